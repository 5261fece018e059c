import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Untouched } from '../core/ports.ts';
import type { ShadowRepository } from './checkpointGit.ts';
import type { FolderHandle } from './folderHandle.ts';

const placeOf = ({ gitDir }: ShadowRepository, tree: string): string => join(gitDir, 'folders', tree);

/** Keeps which folder it was that was captured last as this tree (`FolderHandle.lasting`); null: there was none. */
export async function keepFolderOf(at: ShadowRepository, tree: string, folder: string | null): Promise<void> {
  await mkdir(join(at.gitDir, 'folders'), { recursive: true, mode: 0o700 });
  if (folder === null) await rm(placeOf(at, tree), { force: true });
  else await writeFile(placeOf(at, tree), folder, { mode: 0o600 });
}

/**
 * What is said where another folder has taken the place of the one that was captured: it may be one that the agent
 * has made again, or one that was moved there, so that nothing is refused. Whose the files are is found out file by
 * file, as ever.
 */
export async function replacedSince(at: ShadowRepository, tree: string, folder: FolderHandle): Promise<Untouched[]> {
  const then = await readFile(placeOf(at, tree), 'utf8').catch(() => null);
  if (then === null || then === (await folder.lasting())) return [];
  return [{ path: '.', because: 'not-covered', why: `another folder stands at ${folder.path} now than then` }];
}
