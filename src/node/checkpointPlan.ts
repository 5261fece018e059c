import type { RestoreRequest, Untouched } from '../core/ports.ts';
import { brokenParent, diskState, type DiskState, pathsBelow, staysInside } from './checkpointDisk.ts';
import { moreFilesMark, type TreeChange, type TreeEntry, uncoveredMode } from './checkpointChanges.ts';
import type { ShadowRepository } from './checkpointGit.ts';

export interface PlannedWrite {
  path: string;
  entry: TreeEntry;
  /** What was there when it was planned. */
  found: DiskState;
}

export interface PlannedRemoval {
  path: string;
  found: DiskState;
}

/** A restore, decided path by path and not yet done. */
export interface PlannedRestore {
  write: PlannedWrite[];
  remove: PlannedRemoval[];
  conflicts: string[];
  untouched: Untouched[];
}

/** Decides for every path that differs between tip and target whether it is written, removed, left alone as a conflict, or well as it is. */
export async function planRestore(at: ShadowRepository, changes: TreeChange[], request: RestoreRequest): Promise<PlannedRestore> {
  const only = request.only && new Set(request.only);
  const overwrite = new Set(request.overwrite);
  const targetIsWhole = !changes.some(({ path, to }) => path === moreFilesMark && to !== null);
  const plan: PlannedRestore = { write: [], remove: [], conflicts: [], untouched: [] };
  for (const { path, from, to } of changes) {
    if (path === moreFilesMark || from?.mode === uncoveredMode || to?.mode === uncoveredMode) continue;
    if (only && !only.has(path)) continue;
    if (!staysInside(path) || (to === null && !targetIsWhole)) {
      plan.conflicts.push(path);
      continue;
    }
    const found = await diskState(at.folder, path, (to ?? from)?.id.length === 64 ? 'sha256' : 'sha1');
    if (equals(found, to)) continue;
    if (!equals(found, from) && found.is !== 'directory' && !overwrite.has(path)) plan.conflicts.push(path);
    else if (found.is === 'other') plan.conflicts.push(path);
    else if (to === null) plan.remove.push({ path, found });
    else plan.write.push({ path, entry: to, found });
  }
  return withoutBlocked(at, plan);
}

const equals = (found: DiskState, entry: TreeEntry | null): boolean =>
  entry === null ? found.is === 'absent' : found.is === 'entry' && found.mode === entry.mode && found.id === entry.id;

/** Takes out what cannot be done without touching something that is not in the plan: a directory with other files, a parent that is a link. */
async function withoutBlocked(at: ShadowRepository, plan: PlannedRestore): Promise<PlannedRestore> {
  const removed = new Set(plan.remove.map(({ path }) => path));
  const isFree = async ({ path, found }: { path: string; found: DiskState }): Promise<boolean> => {
    if (found.is === 'directory') return (await pathsBelow(at.folder, path)).every((below) => removed.has(below));
    const parent = await brokenParent(at.folder, path);
    return parent === null || parent.is === 'missing' || removed.has(parent.path);
  };
  const free: PlannedWrite[] = [];
  for (const write of plan.write) {
    if (await isFree(write)) free.push(write);
    else plan.conflicts.push(write.path);
  }
  const remove: PlannedRemoval[] = [];
  for (const removal of plan.remove) {
    // Somebody made a directory where a file of ours was.
    if (removal.found.is === 'directory') plan.conflicts.push(removal.path);
    else remove.push(removal);
  }
  return { write: free, remove, conflicts: plan.conflicts.sort(), untouched: plan.untouched };
}
