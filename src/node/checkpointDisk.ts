import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { lstat, readFile, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** What is at a path, in git's words. `stamp` changes when somebody changes the file between look and deed. */
export type DiskState =
  | { is: 'absent' }
  | { is: 'directory' }
  | { is: 'other' }
  | { is: 'entry'; mode: '100644' | '100755' | '120000'; id: string; stamp: string; permissions: number };

const noSuchFile = new Set(['ENOENT', 'ENOTDIR']);

const lstatOrNull = async (path: string): Promise<BigIntStats | null> => {
  try {
    return await lstat(path, { bigint: true });
  } catch (problem) {
    if (noSuchFile.has((problem as NodeJS.ErrnoException).code ?? '')) return null;
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
export const brokenParent = async (folder: string, path: string): Promise<{ path: string; is: 'missing' | 'blocked' } | null> => {
  const parts = path.split('/');
  for (let count = 1; count < parts.length; count++) {
    const parent = parts.slice(0, count).join('/');
    const stats = await lstatOrNull(join(folder, parent));
    if (stats === null) return { path: parent, is: 'missing' };
    if (!stats.isDirectory()) return { path: parent, is: 'blocked' };
  }
  return null;
};

/** What is at the path now, never followed through a symlinked parent. */
export const diskState = async (folder: string, path: string, algorithm: 'sha1' | 'sha256' = 'sha1'): Promise<DiskState> => {
  if ((await brokenParent(folder, path)) !== null) return { is: 'absent' };
  const full = join(folder, path);
  const stats = await lstatOrNull(full);
  if (stats === null) return { is: 'absent' };
  if (stats.isDirectory()) return { is: 'directory' };
  const stamp = `${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
  const permissions = Number(stats.mode & 0o777n);
  if (stats.isSymbolicLink()) {
    return { is: 'entry', mode: '120000', id: blobId(await readlink(full, { encoding: 'buffer' }), algorithm), stamp, permissions };
  }
  if (!stats.isFile()) return { is: 'other' };
  const mode = (stats.mode & 0o100n) !== 0n ? '100755' : '100644';
  return { is: 'entry', mode, id: blobId(await readFile(full), algorithm), stamp, permissions };
};

/** Every path below a directory that is not itself a directory, relative to the folder. */
export const pathsBelow = async (folder: string, directory: string): Promise<string[]> => {
  const found: string[] = [];
  for (const entry of await readdir(join(folder, directory), { withFileTypes: true })) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory()) found.push(...(await pathsBelow(folder, path)));
    else found.push(path);
  }
  return found;
};
