import { createHash } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { access, chmod, lstat, mkdir, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, posix, win32 } from 'node:path';
import { stateDirectoryUnsafe } from '../core/errors.ts';
import type { SessionUid } from '../core/ids.ts';
import { socketDirectoryOf } from './socketDirectory.ts';

/** Places in the user's state directory. All directories exist, belong to the user and are closed to others. */
export interface StateDirectory {
  readonly path: string;
  readonly events: string;
  readonly output: string;
  readonly native: string;
  readonly runs: string;
  readonly checkpoints: string;
  /** Short enough that every socket in it has a path below 100 bytes; may lie outside `path`. */
  readonly sockets: string;
  eventLogPath(repoRoot: string, uid: SessionUid): string;
  outputPath(uid: SessionUid): string;
}

/** Where the state directory is: `BACKSTITCH_STATE_DIR`, else the platform's own place. Pure. */
export const stateDirectoryOf = (env: Record<string, string | undefined>, platform: string, home: string): string => {
  if (env.BACKSTITCH_STATE_DIR) return env.BACKSTITCH_STATE_DIR;
  if (platform === 'win32') return win32.join(env.LOCALAPPDATA || win32.join(home, 'AppData', 'Local'), 'Backstitch');
  if (platform === 'darwin') return posix.join(home, 'Library', 'Application Support', 'Backstitch');
  const base = env.XDG_STATE_HOME;
  // The XDG rules say that a relative path is to be ignored.
  return posix.join(base && posix.isAbsolute(base) ? base : posix.join(home, '.local', 'state'), 'backstitch');
};

/** Names a repository in file names: the first 16 hex digits of the SHA-256 of its root. */
export const repoKeyOf = (repoRoot: string): string => createHash('sha256').update(repoRoot).digest('hex').slice(0, 16);

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);
const ownUid = (): number | null => process.getuid?.() ?? null;

/** Node's own recursive mkdir never returns where a parent is there and nothing can be made in it (as in /proc). */
const makePath = async (path: string): Promise<void> => {
  // A umask takes bits away from those that are asked for.
  const codeOfTry = await mkdir(path, { mode: 0o700 }).then(() => chmod(path, 0o700)).then(() => '', codeOf);
  if (codeOfTry === '') return;
  if (codeOfTry === 'ENOENT' && dirname(path) !== path && !existsSync(dirname(path))) {
    await makePath(dirname(path));
    await makePath(path);
  } else if (codeOfTry !== 'EEXIST' || !existsSync(path)) {
    throw Object.assign(new Error(`mkdir ${path}: ${codeOfTry}`), { code: codeOfTry });
  }
};

const makeDirectory = async (path: string): Promise<void> => {
  try {
    await makePath(path);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST' || code === 'ENOTDIR') throw stateDirectoryUnsafe(path, 'it is not a directory');
    if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') throw stateDirectoryUnsafe(path, `it cannot be created (${code}). Set BACKSTITCH_STATE_DIR to a directory that you can write`);
    throw stateDirectoryUnsafe(path, `it cannot be created (${code})`);
  }
};

/** Refuses a directory that is not the user's alone; `path` itself may be a symbolic link of the user's own. */
const assertPrivateDirectory = async (path: string): Promise<void> => {
  const uid = ownUid();
  const entry = await lstat(path);
  if (entry.isSymbolicLink() && uid !== null && entry.uid !== uid) throw stateDirectoryUnsafe(path, 'it is a symbolic link that belongs to another user');
  const target = await stat(path).catch((error: unknown) => {
    throw stateDirectoryUnsafe(path, `what it points to cannot be read (${codeOf(error)})`);
  });
  if (!target.isDirectory()) throw stateDirectoryUnsafe(path, 'it is not a directory');
  if (uid !== null && target.uid !== uid) throw stateDirectoryUnsafe(path, 'it belongs to another user');
  if (uid !== null && (target.mode & 0o022) !== 0) throw stateDirectoryUnsafe(path, `others can write to it. Make it private: chmod 700 "${path}"`);
  await access(path, constants.W_OK | constants.X_OK).catch((error: unknown) => {
    throw stateDirectoryUnsafe(path, `it is read-only (${codeOf(error)}). Set BACKSTITCH_STATE_DIR to a directory that you can write`);
  });
};

/** A directory inside ours: made private, and checked like the state directory itself. */
const openPart = async (path: string): Promise<string> => {
  await makeDirectory(path);
  await assertPrivateDirectory(path);
  return path;
};

/** The host works in another folder than the command that starts it. */
const relative = 'it is a relative path, which leads to another place from every folder. Set BACKSTITCH_STATE_DIR to an absolute one';

/** Creates or checks the state directory. Throws `stateDirectoryUnsafe` when it is not the user's alone or cannot be written. */
export const openStateDirectory = async (path: string): Promise<StateDirectory> => {
  if (!isAbsolute(path)) throw stateDirectoryUnsafe(path, relative);
  await openPart(path);
  if (((await stat(path)).mode & 0o077) !== 0 && ownUid() !== null) await chmod(path, 0o700);
  const real = await realpath(path);
  const events = await openPart(join(real, 'events'));
  const output = await openPart(join(real, 'output'));
  const native = await openPart(join(real, 'native'));
  const runs = await openPart(join(real, 'runs'));
  const checkpoints = await openPart(join(real, 'checkpoints'));
  return {
    path: real,
    events,
    output,
    native,
    runs,
    checkpoints,
    sockets: await socketDirectoryOf(real),
    eventLogPath: (repoRoot, uid) => join(events, `${repoKeyOf(repoRoot)}--${uid}.jsonl`),
    outputPath: (uid) => join(output, `${uid}.log`),
  };
};
