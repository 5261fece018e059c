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

/** Removes what a restore wrote beside a path, if it is still there; false when its directory is not in its place at present. */
async function discard(folder: FolderHandle, temporary: string): Promise<boolean> {
  const parent = await folder.parentOf(temporary);
  if (parent.is === 'broken') return false;
  // In a directory that may not be changed any more nothing could be written either.
  await rm(parent.directory.at(nameOf(temporary)), { force: true }).catch(() => undefined);
  return true;
}

/** So many files whose directory was moved away are looked for again. */
const mostLeft = 1_000;

/** The files that a restore writes beside others, for the case that it is killed, or cannot reach one of them when it ends. */
export interface RestoreJournal {
  begin(places: string[]): Promise<void>;
  /** `left`: those that could not be reached. */
  end(left: string[]): Promise<void>;
}

export function journalOf(at: ShadowRepository): RestoreJournal {
  const path = pathOf(at);
  const put = (places: string[]): Promise<void> => writeFile(path, JSON.stringify(places), { mode: 0o600 });
  return {
    begin: async (places) => put([...new Set([...(await placesIn(at)), ...places])]),
    end: async (left) => {
      const all = [...new Set(left)].slice(-mostLeft);
      await (all.length > 0 ? put(all) : rm(path, { force: true }));
    },
  };
}

/** Removes what earlier restores left lying about: they were killed, or a directory was not in its place when they ended. */
export async function clearInterrupted(at: ShadowRepository, folder: FolderHandle): Promise<void> {
  const places = await placesIn(at);
  if (places.length > 0) await journalOf(at).end(await undiscarded(folder, places));
}

/** Those of the places that could not be reached. */
export async function undiscarded(folder: FolderHandle, places: readonly string[]): Promise<string[]> {
  const left: string[] = [];
  for (const place of places) if (!(await discard(folder, place))) left.push(place);
  return left;
}

const pathOf = ({ gitDir }: ShadowRepository): string => join(gitDir, 'restoring');

const placesIn = async (at: ShadowRepository): Promise<string[]> => placesOf(await readFile(pathOf(at), 'utf8').catch(() => '[]'));

function placesOf(text: string): string[] {
  try {
    const places: unknown = JSON.parse(text);
    return Array.isArray(places) ? places.filter((path): path is string => typeof path === 'string' && isPlace(path)) : [];
  } catch {
    // Killed while the journal was written: nothing had been written to the folder yet.
    return [];
  }
}

const isPlace = (path: string): boolean => {
  const parts = path.split('/');
  return (parts.at(-1) ?? '').startsWith(temporaryPrefix) && !parts.some((part) => part === '' || part === '.' || part === '..');
};
