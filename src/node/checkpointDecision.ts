import { constants } from 'node:fs';
import { access, lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { staysInside } from './checkpointDisk.ts';
import type { Walk } from './checkpointWalk.ts';

export interface CheckpointLimits {
  /** Larger files are not covered. */
  fileBytes: number;
  /** Files beyond this number are not covered. */
  files: number;
  /** A process that takes longer is ended. */
  ms: number;
}

export const defaultLimits: CheckpointLimits = { fileBytes: 10 * 1024 * 1024, files: 50_000, ms: 120_000 };

/** What one path's present state means for the index. */
export type Decision = { is: 'take' } | { is: 'drop' } | { is: 'skip'; why: string };

export const unreadable = 'it may not be read';
export const special = 'neither a file nor a link';
const badName = 'a name that the store of checkpoints cannot hold';
/** Up to so many are looked at one by one, even if a walk has just seen them. */
const fewPaths = 256;
const atOnce = 64;
const gone = new Set(['ENOENT', 'ENOTDIR']);

/** `walk`: what has just been seen of all of them; null: each is looked at. */
export async function decide(folder: string, paths: readonly string[], limits: CheckpointLimits, walk: Walk | null): Promise<Map<string, Decision>> {
  const decisions = new Map<string, Decision>();
  const isSeen = walk !== null && paths.length > fewPaths;
  for (let start = 0; start < paths.length; start += atOnce) {
    const some = paths.slice(start, start + atOnce);
    const found = await Promise.all(some.map((path) => (isSeen ? seenOf(walk, path, limits) : decisionOf(folder, path, limits))));
    some.forEach((path, index) => decisions.set(path, found[index] ?? { is: 'drop' }));
  }
  return decisions;
}

function seenOf(walk: Walk, path: string, limits: CheckpointLimits): Decision {
  if (!staysInside(path)) return { is: 'skip', why: badName };
  if (walk.large.has(path)) return { is: 'skip', why: tooLarge(limits) };
  if (walk.unreadable.has(path)) return { is: 'skip', why: unreadable };
  return walk.special.has(path) ? { is: 'skip', why: special } : { is: 'take' };
}

async function decisionOf(folder: string, relative: string, limits: CheckpointLimits): Promise<Decision> {
  const path = join(folder, relative);
  if (!staysInside(relative)) return { is: 'skip', why: badName };
  try {
    const stats = await lstat(path);
    // What lies beyond a link that took a directory's place is not ours.
    if (stats.isDirectory() || !(await hasPlainParents(folder, relative))) return { is: 'drop' };
    // Git takes no link of this name.
    if (stats.isSymbolicLink()) return /(^|\/)\.gitmodules$/i.test(relative) ? { is: 'skip', why: badName } : { is: 'take' };
    if (!stats.isFile()) return { is: 'skip', why: special };
    if (stats.size > limits.fileBytes) return { is: 'skip', why: tooLarge(limits) };
  } catch (problem) {
    return gone.has((problem as NodeJS.ErrnoException).code ?? '') ? { is: 'drop' } : { is: 'skip', why: unreadable };
  }
  const isReadable = await access(path, constants.R_OK).then(() => true, () => false);
  return isReadable ? { is: 'take' } : { is: 'skip', why: unreadable };
}

async function hasPlainParents(folder: string, path: string): Promise<boolean> {
  const parts = path.split('/');
  for (let count = 1; count < parts.length; count++) {
    if (!(await lstat(join(folder, ...parts.slice(0, count)))).isDirectory()) return false;
  }
  return true;
}

const tooLarge = ({ fileBytes }: CheckpointLimits): string =>
  `larger than ${fileBytes >= 1024 * 1024 ? `${Math.round(fileBytes / 1024 / 1024)} MB` : `${fileBytes.toLocaleString('en')} bytes`}`;
