import { readdir } from 'node:fs/promises';
import { posix } from 'node:path';
import type { Untouched } from '../core/ports.ts';
import { directoryMode, type TreeChange } from './checkpointChanges.ts';
import { type Notes, whyUncovered } from './checkpointNotes.ts';
import type { PlannedRestore } from './checkpointPlan.ts';
import type { FolderHandle } from './folderHandle.ts';
import type { OwnState } from './ownState.ts';
import { isTemporary } from './restoreJournal.ts';

/** So many paths are looked at, and so many of them told. */
const mostLooked = 2_000;
const mostTold = 20;

/** Where a restore takes directories away: what it knows of them. */
export interface Clearing {
  folder: FolderHandle;
  own: OwnState;
  plan: PlannedRestore;
  /** From tip to target. */
  changes: readonly TreeChange[];
  tip: Notes | null;
}

/**
 * What somebody has put into directories that are to go since the files were captured last: it stays, and so do the
 * directories. Directories end in `/`.
 */
export async function strangersIn(clearing: Clearing): Promise<Untouched[]> {
  const known = new Set(clearing.changes.flatMap(({ path }) => [path, ...parentsOf(path)]));
  const found: string[] = [];
  const waiting = goingIn(clearing);
  for (let looked = 0; looked < mostLooked && found.length < mostTold; looked++) {
    const directory = waiting.shift();
    if (directory === undefined) break;
    for (const entry of await entriesOf(clearing.folder, directory)) {
      const path = `${directory}/${entry.name}`;
      if (isNothingTold(clearing, path)) continue;
      if (!entry.isDirectory()) {
        if (!known.has(path)) found.push(path);
        continue;
      }
      waiting.push(path);
      const isKnown = known.has(path) || known.has(`${path}/`);
      if (!isKnown && (await entriesOf(clearing.folder, path)).length === 0) found.push(`${path}/`);
    }
  }
  return found.sort().map((path) => ({ path, because: 'changed-by-others', why: 'changed by others since' }));
}

/** The uppermost directories that are there and were not at the target. */
function goingIn({ plan, changes }: Clearing): string[] {
  const emptied = changes.filter(({ from, to }) => from?.mode === directoryMode && to === null);
  // Where a file is to come back in the place of a directory, the file is the conflict.
  const conflicts = new Set(plan.conflicts);
  const emptying = plan.remove.flatMap(({ path }) => parentsOf(path).filter((parent) => !plan.standing.has(parent)));
  const going = new Set([...emptied.map(({ path }) => path.slice(0, -1)), ...emptying]);
  const isToldOf = (path: string): boolean =>
    conflicts.has(path) || parentsOf(path).some((parent) => conflicts.has(parent) || going.has(parent));
  return [...going].filter((path) => !isToldOf(path));
}

function parentsOf(path: string): string[] {
  const parents: string[] = [];
  for (let at = posix.dirname(path); at !== '.' && at !== '/'; at = posix.dirname(at)) parents.push(at);
  return parents;
}

async function entriesOf(folder: FolderHandle, directory: string): Promise<{ name: string; isDirectory(): boolean }[]> {
  const parent = await folder.parentOf(`${directory}/x`);
  return parent.is === 'broken' ? [] : readdir(parent.directory.at('.'), { withFileTypes: true }).catch(() => []);
}

const isNothingTold = ({ own, tip }: Clearing, path: string): boolean =>
  isTemporary(path) || own.has(path) || (tip !== null && whyUncovered(tip, path) !== null);
