import { createHash } from 'node:crypto';
import { constants, type BigIntStats } from 'node:fs';
import { access, lstat, open, readdir, readlink } from 'node:fs/promises';
import { type Broken, type FolderHandle, nameOf } from './folderHandle.ts';

/** What is at a path, in git's words. `stamp` changes when somebody changes the file between look and deed. */
export type DiskState =
  | { is: 'absent' }
  | { is: 'directory'; isEmpty: boolean; permissions: number }
  /** Neither a file nor a link nor a directory, or it may not be read. */
  | { is: 'other'; why: string }
  | { is: 'entry'; mode: FileMode; id: string; stamp: string; identity: string; permissions: number };

export type FileMode = '100644' | '100755' | '120000';

const noSuchFile = new Set(['ENOENT', 'ENOTDIR']);
const refusals = new Set(['EACCES', 'EPERM', 'ELOOP']);
/** No checkpoint holds a file as large as this. */
const mostBytes = 64n * 1024n * 1024n;
const codeOf = (problem: unknown): string => (problem as NodeJS.ErrnoException).code ?? '';

const lstatOrNull = async (path: string): Promise<BigIntStats | null | 'refused'> => {
  try {
    return await lstat(path, { bigint: true });
  } catch (problem) {
    if (noSuchFile.has(codeOf(problem))) return null;
    if (refusals.has(codeOf(problem))) return 'refused';
    throw problem;
  }
};

/** Git's id of these bytes as a blob. */
export const blobId = (content: Uint8Array, algorithm: 'sha1' | 'sha256' = 'sha1'): string =>
  createHash(algorithm).update(`blob ${content.length}\0`).update(content).digest('hex');

/**
 * Whether a path of a checkpoint may be touched: relative, without `..`, `.git` or empty parts. What comes out of an object database
 * is not trusted to be what we put in.
 */
export const staysInside = (path: string): boolean => {
  const parts = path.split('/');
  const bad = (part: string) => part === '' || part === '.' || part === '..' || part.toLowerCase() === '.git' || part.includes('\0');
  if (parts.some(bad)) return false;
  return process.platform !== 'win32' || !/[\\:]/.test(path);
};

/** The first parent of the path that is not a real directory (a symlink, a file, missing), relative to the folder; null: all are. */
export const brokenParent = async (folder: FolderHandle, path: string): Promise<Broken | null> => {
  const parent = await folder.parentOf(path);
  return parent.is === 'broken' ? parent.broken : null;
};

/** Whether entries can be made and removed where the path is, or in its nearest parent that is there. */
export const mayChange = async (folder: FolderHandle, path: string): Promise<boolean> => {
  const parent = await folder.parentOf(path);
  if (parent.is === 'there') return access(parent.directory.at('.'), constants.W_OK | constants.X_OK).then(() => true, () => false);
  return parent.broken.is === 'blocked' || mayChange(folder, parent.broken.path);
};

/** What is at the path now, never followed through a symlinked parent. */
export const diskState = async (folder: FolderHandle, path: string, algorithm: 'sha1' | 'sha256' = 'sha1'): Promise<DiskState> => {
  const parent = await folder.parentOf(path);
  if (parent.is === 'broken') return { is: 'absent' };
  const place = parent.directory.at(nameOf(path));
  const stats = await lstatOrNull(place);
  if (stats === null) return { is: 'absent' };
  if (stats === 'refused') return { is: 'other', why: 'it may not be read' };
  if (stats.isDirectory()) {
    const isEmpty = await readdir(place).then((names) => names.length === 0, () => false);
    return { is: 'directory', isEmpty, permissions: Number(stats.mode & 0o777n) };
  }
  if (!stats.isSymbolicLink() && !stats.isFile()) return { is: 'other', why: 'neither a file nor a link' };
  if (stats.size > mostBytes) return { is: 'other', why: 'larger than 64 MB' };
  const content = await contentOf(place, stats);
  if (content === null) return { is: 'other', why: 'it may not be read' };
  return {
    is: 'entry', mode: stats.isSymbolicLink() ? '120000' : (stats.mode & 0o100n) !== 0n ? '100755' : '100644',
    id: blobId(content, algorithm), stamp: `${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.mode}`,
    identity: `${stats.dev}:${stats.ino}`, permissions: Number(stats.mode & 0o777n),
  };
};

/** The bytes of a file, or where a link leads to; null when it may not be read. */
export async function contentOf(place: string, stats: BigIntStats): Promise<Buffer | null> {
  try {
    if (stats.isSymbolicLink()) return await readlink(place, { encoding: 'buffer' });
    // Meanwhile a link or a FIFO may have taken its place.
    const file = await open(place, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    return await file.readFile().finally(() => file.close());
  } catch (problem) {
    if (refusals.has(codeOf(problem))) return null;
    throw problem;
  }
}

/** Every path below a directory, relative to the folder: what is no directory, and empty directories (itself, too) as `path/`. */
export const pathsBelow = async (folder: FolderHandle, directory: string): Promise<string[]> => {
  const parent = await folder.parentOf(`${directory}/x`);
  if (parent.is === 'broken') return [];
  const entries = await readdir(parent.directory.at('.'), { withFileTypes: true });
  if (entries.length === 0) return [`${directory}/`];
  const found: string[] = [];
  for (const entry of entries) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory()) found.push(...(await pathsBelow(folder, path)));
    else found.push(path);
  }
  return found;
};
