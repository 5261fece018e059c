import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, readlink, symlink, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stateDirectoryUnsafe } from '../core/errors.ts';
import { claimSuffixBytes, maxSocketPathBytes } from './linkedSocket.ts';

/** Longest name of a socket of ours: `log-` and 12 hex digits and `.sock`. */
const longestName = 'log-0123456789ab.sock'.length;
const maxDirectoryBytes = maxSocketPathBytes - 1 - longestName - claimSuffixBytes;

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);
const fits = (path: string): boolean => Buffer.byteLength(path) <= maxDirectoryBytes;

/** A short directory for a state directory whose own path is too long for sockets. Pure. */
export const shortSocketDirectory = (statePath: string, runtimeDirectory: string | undefined, temporary: string): string => {
  const name = `bst-${createHash('sha256').update(statePath).digest('hex').slice(0, 8)}`;
  for (const base of [runtimeDirectory, temporary]) {
    if (base && fits(join(base, name))) return join(base, name);
  }
  return join('/tmp', name);
};

const makePrivate = async (path: string): Promise<void> => {
  const isNew = await mkdir(path, { mode: 0o700 }).then(() => true, (error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error;
    return false;
  });
  // A umask takes bits away from those that are asked for.
  if (isNew) await chmod(path, 0o700);
  const found = await lstat(path);
  if (!found.isDirectory()) throw stateDirectoryUnsafe(path, 'it is not a directory');
  const uid = process.getuid?.() ?? found.uid;
  if (found.uid !== uid || (process.getuid && (found.mode & 0o077) !== 0)) throw stateDirectoryUnsafe(path, 'others can use it');
};

/**
 * The directory for the sockets of a state directory (a real path), created if need be. When the path is too long the sockets lie in a
 * short directory, and `sockets` in the state directory is a symbolic link to it: so all processes agree, whatever their environment says.
 */
export const socketDirectoryOf = async (statePath: string): Promise<string> => {
  const own = join(statePath, 'sockets');
  if (process.platform === 'win32' || fits(own)) {
    await makePrivate(own);
    return own;
  }
  for (;;) {
    const target = await readlink(own).catch(() => null);
    if (target === null) {
      const wanted = shortSocketDirectory(statePath, process.env.XDG_RUNTIME_DIR, tmpdir());
      await symlink(wanted, own).catch((error: unknown) => {
        if (codeOf(error) !== 'EEXIST') throw error;
      });
      continue;
    }
    try {
      await makePrivate(target);
      return target;
    } catch (error) {
      // The base went away (a runtime directory ends with the login): nothing can be listening there, so choose again.
      if (codeOf(error) !== 'ENOENT') throw error;
      await unlink(own);
    }
  }
};
