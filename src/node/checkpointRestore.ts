import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, rmdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RestorePlan } from '../core/ports.ts';
import { brokenParent, diskState, type DiskState } from './checkpointDisk.ts';
import { gitOutput, type ShadowRepository } from './checkpointGit.ts';
import type { PlannedRestore, PlannedWrite } from './checkpointPlan.ts';

const temporaryPrefix = '.backstitch-restore-';
/** Ignore rule for the files that a restore writes before it moves them into place. */
export const temporaryPattern = `${temporaryPrefix}*`;
/** One git process gives so many files at once; with the limit on a file's size this bounds the memory. */
const contentsAtOnce = 50;

/**
 * Does a planned restore: first every new content is written beside its place, then files are removed and moved in. When the first half
 * fails (a full disk, a missing object) nothing has changed and it throws. Killed in the second half, the same restore, or the one back,
 * goes on from wherever it stopped; what it left lying about is cleared on the next open.
 */
export async function carryOut(at: ShadowRepository, plan: PlannedRestore): Promise<RestorePlan> {
  const moves = plan.write.map((write) => ({ ...write, temporary: null as string | null }));
  const journal = join(at.gitDir, 'restoring');
  const made: string[] = [];
  const done: RestorePlan = { write: [], remove: [], conflicts: [...plan.conflicts], untouched: plan.untouched };
  if (moves.length) {
    const places = await Promise.all(moves.map(({ path }) => temporaryFor(at, path)));
    await writeFile(journal, JSON.stringify(places));
    try {
      for (let start = 0; start < moves.length; start += contentsAtOnce) {
        const some = moves.slice(start, start + contentsAtOnce);
        const contents = await contentsOf(at, some.map(({ entry }) => entry.id));
        for (const [index, move] of some.entries()) {
          const temporary = places[start + index] as string;
          made.push(temporary);
          await writeTemporary(move, contents[index] as Buffer, join(at.folder, temporary));
          move.temporary = temporary;
        }
      }
    } catch (problem) {
      for (const path of made) await rm(join(at.folder, path), { force: true });
      await rm(journal, { force: true });
      throw problem;
    }
  }
  for (const { path, found } of plan.remove) {
    if (!(await isStill(at, path, found))) done.conflicts.push(path);
    else {
      await rm(join(at.folder, path), { force: true });
      await removeEmptyParents(at, path);
      done.remove.push(path);
    }
  }
  for (const { path, temporary, found } of moves) {
    const isPlaced = await moveIn(at, join(at.folder, temporary ?? ''), path, found);
    (isPlaced ? done.write : done.conflicts).push(path);
  }
  await rm(journal, { force: true });
  return done;
}

/** Removes what a killed restore left lying about. */
export async function clearInterrupted(at: ShadowRepository): Promise<void> {
  const journal = join(at.gitDir, 'restoring');
  const text = await readFile(journal, 'utf8').catch(() => null);
  if (text === null) return;
  for (const path of placesOf(text)) if ((await brokenParent(at.folder, path)) === null) await rm(join(at.folder, path), { force: true });
  await rm(journal, { force: true });
}

function placesOf(text: string): string[] {
  try {
    const places: unknown = JSON.parse(text);
    return Array.isArray(places) ? places.filter((path): path is string => typeof path === 'string' && (path.split('/').at(-1) ?? '').startsWith(temporaryPrefix)) : [];
  } catch {
    // Killed while the journal was written: nothing had been written to the folder yet.
    return [];
  }
}

/** A name beside the path, or in its nearest parent that is a real directory, relative to the folder. */
async function temporaryFor(at: ShadowRepository, path: string): Promise<string> {
  const name = `${temporaryPrefix}${createHash('sha1').update(path).digest('hex').slice(0, 16)}`;
  const broken = await brokenParent(at.folder, path);
  const parent = dirname(broken?.path ?? path);
  return parent === '.' ? name : `${parent}/${name}`;
}

/** Contents of these blobs, in order. A missing one is a failure that names it. */
async function contentsOf(at: ShadowRepository, ids: string[]): Promise<Buffer[]> {
  const output = await gitOutput(at, ['cat-file', '--batch'], ids.map((id) => `${id}\n`).join(''));
  let position = 0;
  return ids.map((id) => {
    const end = output.indexOf(10, position);
    const [, kind, size] = output.subarray(position, end).toString().split(' ');
    if (kind !== 'blob') throw new Error(`The content ${id} is missing from the checkpoints.`);
    position = end + 1 + Number(size) + 1;
    return output.subarray(end + 1, position - 1);
  });
}

async function writeTemporary({ entry, found }: PlannedWrite, content: Buffer, temporary: string): Promise<void> {
  await rm(temporary, { force: true });
  if (entry.mode === '120000') return symlink(content, temporary);
  const isExecutable = entry.mode === '100755';
  await writeFile(temporary, content, { flag: 'wx', mode: isExecutable ? 0o777 : 0o666 });
  if (found.is !== 'entry' || found.mode === '120000') return;
  // The other permissions of the file that it replaces stay as they were; execution follows reading, as git has only one bit for it.
  const plain = found.permissions & 0o666;
  await chmod(temporary, isExecutable ? plain | ((plain & 0o444) >> 2) : plain);
}

async function moveIn(at: ShadowRepository, temporary: string, path: string, found: DiskState): Promise<boolean> {
  const target = join(at.folder, path);
  const canPlace = found.is === 'directory' ? await removeEmptyTree(at, path) : await isStill(at, path, found);
  if (!canPlace || !(await makeParents(at, path))) {
    await rm(temporary, { force: true });
    return false;
  }
  await rename(temporary, target);
  return true;
}

/** Directories that a removal left empty may still stand where a file goes; `rmdir` refuses all others. */
async function removeEmptyTree(at: ShadowRepository, path: string): Promise<boolean> {
  const state = await diskState(at.folder, path);
  if (state.is === 'absent') return true;
  return state.is === 'directory' && rmdir(join(at.folder, path)).then(() => true, () => false);
}

async function isStill(at: ShadowRepository, path: string, found: DiskState): Promise<boolean> {
  const now = await diskState(at.folder, path);
  if (now.is !== 'entry' || found.is !== 'entry') return now.is === found.is;
  return now.stamp === found.stamp;
}

async function makeParents(at: ShadowRepository, path: string): Promise<boolean> {
  for (;;) {
    const broken = await brokenParent(at.folder, path);
    if (broken === null) return true;
    if (broken.is === 'blocked') return false;
    await mkdir(join(at.folder, broken.path));
  }
}

async function removeEmptyParents(at: ShadowRepository, path: string): Promise<void> {
  for (let parent = dirname(path); parent !== '.'; parent = dirname(parent)) {
    const isGone = await rmdir(join(at.folder, parent)).then(() => true, () => false);
    if (!isGone) return;
  }
}
