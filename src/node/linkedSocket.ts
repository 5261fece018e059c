import { randomBytes } from 'node:crypto';
import { link, lstat, readdir, stat, unlink } from 'node:fs/promises';
import net from 'node:net';
import { basename, dirname, join } from 'node:path';
import { withMask } from './umask.ts';
import { socketPathTooLong, socketPlaceTaken } from '../core/errors.ts';

/** Longest path of a socket in bytes: Node cuts what is longer than the system's limit in silence, so we stay below every system's. */
export const maxSocketPathBytes = 99;
/** Longest suffix that claiming appends to the name for a moment. */
export const claimSuffixBytes = '.t-'.length + 8;

export type Claim = { is: 'claimed'; server: net.Server; path: string; dispose(): Promise<void> } | { is: 'taken' };

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';
const pauseMs = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Listens with files that only the user can open. */
const listenOn = (server: net.Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    withMask(0o177, () => server.listen(path, () => {
      server.off('error', reject);
      resolve();
    }));
  });

/** `alive`: somebody listens there. `dead`: the name is left over. `absent`: there is no such name. */
export const stateOfSocket = (path: string): Promise<'alive' | 'dead' | 'absent'> =>
  new Promise((resolve, reject) => {
    const socket = net.connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve('alive');
    });
    socket.once('error', (error) => {
      const code = codeOf(error);
      if (code === 'ECONNREFUSED' || code === 'ENOTSOCK') resolve('dead');
      else if (code === 'ENOENT') resolve('absent');
      else if (code === 'EAGAIN' || code === 'ECONNRESET' || code === 'EPIPE') resolve('alive');
      else reject(error);
    });
  });

const unlinkIfThere = (path: string): Promise<void> =>
  unlink(path).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });

/**
 * Removes a dead public name, one process at a time. There is no "unlink if still dead" in POSIX, so whoever wants to do it first links
 * its own listening socket to a name of its own and looks for others: of two, the later one always sees the earlier one and withdraws. A
 * process killed in here leaves a name that refuses, and so stands in nobody's way.
 */
const removeDead = async (privatePath: string, publicPath: string, tag: string): Promise<void> => {
  const own = `${publicPath}.t-${tag}`;
  await link(privatePath, own);
  try {
    const prefix = `${basename(publicPath)}.t-`;
    for (const name of await readdir(dirname(publicPath))) {
      const other = join(dirname(publicPath), name);
      if (!name.startsWith(prefix) || other === own) continue;
      const state = await stateOfSocket(other);
      if (state === 'dead') await unlinkIfThere(other);
      if (state === 'alive') return;
    }
    if ((await stateOfSocket(publicPath)) === 'dead') await unlinkIfThere(publicPath);
  } finally {
    await unlinkIfThere(own);
  }
};

const disposerOf = (server: net.Server, path: string, inode: number) => async () => {
  // While we listen nobody may take the name away; the inode guards against somebody who did all the same.
  const found = await stat(path).catch(() => null);
  if (found?.ino === inode) await unlinkIfThere(path);
  await new Promise<void>((resolve) => server.close(() => resolve()));
};

/** What is left over there by us can be replaced; a directory is none of ours. @throws HumanError */
const mustBeSocket = async (path: string): Promise<void> => {
  const found = await lstat(path).catch(() => null);
  if (found?.isDirectory()) throw socketPlaceTaken(path);
};

const claimByLink = async (path: string, server: net.Server): Promise<Claim> => {
  const tag = randomBytes(4).toString('hex');
  const privatePath = `${path}.${tag}`;
  await listenOn(server, privatePath);
  const giveUp = () => new Promise<void>((resolve) => server.close(() => resolve()));
  try {
    for (;;) {
      try {
        await link(privatePath, path);
        const { ino } = await stat(privatePath);
        await unlinkIfThere(privatePath);
        return { is: 'claimed', server, path, dispose: disposerOf(server, path, ino) };
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
      }
      await mustBeSocket(path);
      const state = await stateOfSocket(path);
      if (state === 'alive') {
        await giveUp();
        return { is: 'taken' };
      }
      if (state === 'dead') await removeDead(privatePath, path, tag);
      await pauseMs(Math.random() * 10);
    }
  } catch (error) {
    await giveUp();
    throw error;
  }
};

/** Windows has one owner per pipe name by itself, and no left-overs. */
const claimPipe = async (path: string, server: net.Server): Promise<Claim> => {
  try {
    await listenOn(server, path);
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE' || codeOf(error) === 'EACCES') return { is: 'taken' };
    throw error;
  }
  return { is: 'claimed', server, path, dispose: () => new Promise<void>((resolve) => server.close(() => resolve())) };
};

/**
 * Makes `server` listen on `path` unless a living process already does: the kernel decides, no pid is ever looked at, and what a killed
 * process left is replaced. `server` is closed when the name is taken. On Windows `path` is the name of a pipe.
 */
export const claimSocket = async (path: string, server: net.Server): Promise<Claim> => {
  if (path.startsWith('\\\\')) return claimPipe(path, server);
  const bytes = Buffer.byteLength(path) + claimSuffixBytes;
  if (bytes > maxSocketPathBytes) throw socketPathTooLong(path, bytes, maxSocketPathBytes);
  return claimByLink(path, server);
};
