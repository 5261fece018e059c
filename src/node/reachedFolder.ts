import type { Stats } from 'node:fs';
import { lstat, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { fileRefused } from '../core/errors.ts';
import { type Broken, FolderHandle } from './folderHandle.ts';
import { kindOf } from './regularFile.ts';
import { usersPermissions } from './umask.ts';

/** A folder that is held open: by which path a name in it is to be used, and what has that name (itself, not what it leads to). */
export interface ReachedFolder {
  at(name: string): string;
  entry(name: string): Promise<Stats | null>;
}

/**
 * Works in a folder below `root`, whose own links are followed; below it none is. `make`: folders that are missing are made; without it null is the
 * answer then. @throws HumanError at a link or file on the way, and what the system says
 */
export async function inFolder<T>(root: string, names: readonly string[], make: boolean, work: (folder: ReachedFolder) => Promise<T>): Promise<T | null> {
  const handle = await FolderHandle.open(await realpath(root));
  try {
    const inside = [...names, 'entry'].join('/');
    let parent = await handle.parentOf(inside);
    for (let made = 0; make && parent.is === 'broken' && parent.broken.is === 'missing' && made < names.length; made++) {
      await handle.makeDirectory(parent.broken.path, usersPermissions(0o777)).catch(unlessThere);
      parent = await handle.parentOf(inside);
    }
    if (parent.is === 'there') return await work({ at: parent.directory.at, entry: (name) => entryAt(parent.directory.at(name)) });
    if (parent.broken.is === 'missing') return null;
    throw await refusedAt(root, parent.broken);
  } finally {
    await handle.close();
  }
}

const entryAt = (place: string): Promise<Stats | null> => lstat(place).catch((error: NodeJS.ErrnoException) => {
  if (error.code === 'ENOENT') return null;
  throw error;
});

async function refusedAt(root: string, { path }: Broken): Promise<Error> {
  const place = join(root, path);
  const found = await entryAt(place);
  return fileRefused(place, found === null || found.isDirectory() ? 'a folder that was exchanged at this moment, or may not be entered' : `${kindOf(found)}, where a folder was to be`);
}

const unlessThere = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EEXIST') throw error;
};
