import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { ShadowRepository } from './checkpointGit.ts';
import { brokenParent } from './checkpointDisk.ts';
import { type FolderHandle, nameOf } from './folderHandle.ts';

const temporaryPrefix = '.backstitch-restore-';
/** Ignore rule for the files that a restore writes before it moves them into place. */
export const temporaryPattern = `${temporaryPrefix}*`;
/** Whether it is one of them: another session's, perhaps, in the same folder. */
export const isTemporary = (path: string): boolean => nameOf(path).startsWith(temporaryPrefix);

/** A name beside the path, or in its nearest parent that is a real directory, relative to the folder. */
export async function temporaryFor(folder: FolderHandle, path: string): Promise<string> {
  const name = `${temporaryPrefix}${createHash('sha1').update(path).digest('hex').slice(0, 16)}`;
  const broken = await brokenParent(folder, path);
  const parent = posix.dirname(broken?.path ?? path);
  return parent === '.' ? name : `${parent}/${name}`;
}

/** A file that a restore writes beside others, relative to the folder; `directory`: identity of the directory that it was written into, once it was. */
export interface Place {
  path: string;
  directory?: string;
}

/** Removes such a file, if it is still there; false when its directory is not in its place at present. */
async function discard(folder: FolderHandle, { path, directory }: Place): Promise<boolean> {
  const parent = await folder.parentOf(path);
  if (parent.is === 'broken' || (directory !== undefined && directory !== parent.directory.identity)) return false;
  // In a directory that may not be changed any more nothing could be written either.
  await rm(parent.directory.at(nameOf(path)), { force: true }).catch(() => undefined);
  return true;
}

/** More than one restore writes: what was left by the oldest ones is given up first. */
const mostNoted = 100_000;

/** The files that a restore writes beside others, for the case that it is killed, or cannot reach one of them when it ends. */
export interface RestoreJournal {
  begin(paths: string[]): Promise<void>;
  /** `left`: those that could not be reached. */
  end(left: Place[]): Promise<void>;
}

export function journalOf(at: ShadowRepository): RestoreJournal {
  // What earlier restores could not reach stays noted; null: nothing was written, so that nothing is noted anew.
  let before: Place[] | null = null;
  return {
    begin: async (paths) => {
      before = await placesIn(at);
      await note(at, [...before, ...paths.map((path) => ({ path }))]);
    },
    end: async (left) => {
      if (before !== null) await note(at, [...before, ...left]);
    },
  };
}

/** Removes what earlier restores left lying about: they were killed, or a directory was not in its place when they ended. */
export async function clearInterrupted(at: ShadowRepository, folder: FolderHandle): Promise<void> {
  const places = await placesIn(at);
  if (places.length > 0) await note(at, await undiscarded(folder, places));
}

async function note(at: ShadowRepository, places: Place[]): Promise<void> {
  if (places.length === 0) await rm(pathOf(at), { force: true });
  else await writeFile(pathOf(at), JSON.stringify(places.slice(-mostNoted)), { mode: 0o600 });
}

/** Those of the files that could not be reached. */
export async function undiscarded(folder: FolderHandle, places: readonly Place[]): Promise<Place[]> {
  const left: Place[] = [];
  for (const place of places) if (!(await discard(folder, place))) left.push(place);
  return left;
}

const pathOf = ({ gitDir }: ShadowRepository): string => join(gitDir, 'restoring');

const placesIn = async (at: ShadowRepository): Promise<Place[]> => placesOf(await readFile(pathOf(at), 'utf8').catch(() => '[]'));

function placesOf(text: string): Place[] {
  try {
    const places: unknown = JSON.parse(text);
    // Earlier versions noted paths alone.
    return Array.isArray(places) ? places.map((place: unknown) => (typeof place === 'string' ? { path: place } : place)).filter(isPlace) : [];
  } catch {
    // Killed while the journal was written: nothing had been written to the folder yet.
    return [];
  }
}

function isPlace(value: unknown): value is Place {
  if (typeof value !== 'object' || value === null || !('path' in value) || typeof value.path !== 'string') return false;
  const parts = value.path.split('/');
  return isTemporary(value.path) && !parts.some((part) => part === '' || part === '.' || part === '..');
}
