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

/** Removes what a restore wrote beside a path, if it is still there. */
export async function discard(folder: FolderHandle, temporary: string): Promise<void> {
  const parent = await folder.parentOf(temporary);
  // In a directory that may not be changed any more nothing could be written either.
  if (parent.is === 'there') await rm(parent.directory.at(nameOf(temporary)), { force: true }).catch(() => undefined);
}

/** Notes which files a restore writes beside others, for the case that it is killed. */
export function journalOf(at: ShadowRepository): { begin(places: string[]): Promise<void>; clear(): Promise<void> } {
  const path = join(at.gitDir, 'restoring');
  return {
    begin: (places) => writeFile(path, JSON.stringify(places), { mode: 0o600 }),
    clear: () => rm(path, { force: true }),
  };
}

/** Removes what a killed restore left lying about. */
export async function clearInterrupted(at: ShadowRepository, folder: FolderHandle): Promise<void> {
  const text = await readFile(join(at.gitDir, 'restoring'), 'utf8').catch(() => null);
  if (text === null) return;
  for (const path of placesOf(text)) await discard(folder, path);
  await journalOf(at).clear();
}

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
