import { createHash } from 'node:crypto';
import { mkdir, realpath } from 'node:fs/promises';
import net from 'node:net';
import { basename, dirname, join } from 'node:path';
import { logInUse } from '../core/errors.ts';
import { claimSocket, stateOfSocket } from './linkedSocket.ts';
import { socketDirectoryOf } from './socketDirectory.ts';

/** How long the owner of a log may take to say who it is before it is called unknown. */
const ownerAnswerMs = 1000;

const ownerAt = (path: string): Promise<string> =>
  new Promise((resolve) => {
    const socket = net.connect(path);
    let said = '';
    const end = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(said.trim() || 'another process');
    };
    const timer = setTimeout(end, ownerAnswerMs);
    socket.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    socket.on('end', end).on('error', end);
  });

/** Name of the lock of the log at a real path: a pipe on Windows, else a socket's file name. Pure. */
export const lockNameOf = (realPath: string, platform: string): string => {
  const key = createHash('sha256').update(realPath).digest('hex').slice(0, 12);
  return platform === 'win32' ? `\\\\.\\pipe\\backstitch-log-${key}` : `log-${key}.sock`;
};

/** The lock's place follows from the log's real path alone, so that no two processes can disagree about it. */
const lockPathOf = async (path: string): Promise<string> => {
  const folder = await realpath(dirname(path));
  const name = lockNameOf(join(folder, basename(path)), process.platform);
  if (process.platform === 'win32') return name;
  const home = basename(folder) === 'events' ? dirname(folder) : folder;
  return join(await socketDirectoryOf(home), name);
};

/** Whether a living process is the writer of a log. */
export const isLogHeld = async (path: string): Promise<boolean> => (await stateOfSocket(await lockPathOf(path))) === 'alive';

/**
 * Makes this process the one writer of a log until it ends or disposes; the kernel holds the lock, so a killed writer leaves none behind.
 * Throws `logInUse`, which names the owner, when there is a writer already.
 */
export const lockLog = async (path: string): Promise<{ dispose(): Promise<void> }> => {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const lockPath = await lockPathOf(path);
  const server = net.createServer((socket) => socket.on('error', () => socket.destroy()).end(`process ${process.pid}`));
  const claim = await claimSocket(lockPath, server);
  if (claim.is === 'taken') throw logInUse(path, await ownerAt(lockPath));
  server.unref();
  return claim;
};
