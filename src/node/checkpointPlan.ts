import { posix } from 'node:path';
import type { RestoreRequest, Untouched } from '../core/ports.ts';
import {
  directoryMode, moreFilesMark, type Noted, rootPath, type TreeChange, type TreeEntry, uncoveredMode,
} from './checkpointChanges.ts';
import { brokenParent, diskState, type DiskState, mayChange, pathsBelow, staysInside } from './checkpointDisk.ts';
import { whyUncovered } from './checkpointNotes.ts';
import type { FolderHandle } from './folderHandle.ts';
import type { OwnState } from './ownState.ts';

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

/** A restore, decided path by path and not yet done. Paths of directories end in `/`. */
export interface PlannedRestore {
  write: PlannedWrite[];
  remove: PlannedRemoval[];
  conflicts: string[];
  untouched: Untouched[];
  /** Directories that were there at the target: they stay even with nothing in them. */
  standing: ReadonlySet<string>;
  /** Of paths that are written: what other names their file had; null: that is not known. */
  links: ReadonlyMap<string, { file: string; kept: string | null }> | null;
}

export interface Planning {
  /** Null: the folder is gone, so nothing is in it. */
  folder: FolderHandle | null;
  own: OwnState;
  tip: Noted;
  to: Noted;
  /** From tip to target. */
  changes: TreeChange[];
  request: RestoreRequest;
}

const takenBefore = 'what it left out was not noted by the version of Backstitch that captured it';

/**
 * Decides for every path that differs between tip and target whether it is written, removed, left alone, or well as it is.
 *
 * Invariant: a restore writes or removes a path only if its state is known at the seam and known now, it was changed by this session in
 * between (`only`), and it is reached without following a link out of the folder. Everything else is told: as a conflict where a user may
 * choose, else as untouched.
 */
export async function planRestore(planning: Planning): Promise<PlannedRestore> {
  const { folder, own, changes, request } = planning;
  const only = request.only && new Set(request.only);
  const overwrite = new Set(request.overwrite);
  const plan: PlannedRestore = { write: [], remove: [], conflicts: [], untouched: [], standing: new Set(), links: null };
  const parents = new Set(changes.filter(({ to }) => to !== null).map(({ path }) => posix.dirname(`${path}.`)));
  for (const change of changes) {
    const { path, from, to } = change;
    const isDirectory = from?.mode === directoryMode || to?.mode === directoryMode;
    const name = isDirectory ? path.slice(0, -1) : path;
    if (path === moreFilesMark || own.has(name)) continue;
    const unknown = unknownOf(change, planning);
    if (unknown?.because === 'not-captured-then') {
      if (from?.mode !== uncoveredMode && to?.mode !== uncoveredMode) plan.untouched.push({ path, ...unknown });
      continue;
    }
    if (only && !only.has(path)) continue;
    if (path !== rootPath && !staysInside(name)) {
      plan.untouched.push({ path, because: 'not-covered', why: 'a name that is never written' });
      continue;
    }
    const found: DiskState = folder === null ? { is: 'absent' } : await diskState(folder, name, (to ?? from)?.id.length === 64 ? 'sha256' : 'sha1');
    if (isDirectory) planDirectory(plan, change, found, overwrite.has(path));
    else if (equals(found, to) || (to === null && found.is === 'directory' && parents.has(path))) continue;
    else if (found.is === 'other') plan.untouched.push({ path, because: 'not-covered', why: found.why });
    else if (unknown !== null && found.is !== 'absent') plan.untouched.push({ path, ...unknown });
    else if (unknown === null && !equals(found, from) && found.is !== 'directory' && !overwrite.has(path)) plan.conflicts.push(path);
    else if (to === null) plan.remove.push({ path, found });
    else plan.write.push({ path, entry: to, found });
  }
  return folder === null ? plan : withoutBlocked(folder, plan);
}

/** Why nothing may be concluded from a path's absence in one of the two checkpoints; null: it was not there. */
function unknownOf({ path, from, to }: TreeChange, planning: Planning): { because: Untouched['because']; why: string } | null {
  if (to === null || to.mode === uncoveredMode) {
    const why = planning.to.notes === null ? takenBefore : whyUncovered(planning.to.notes, path);
    if (why !== null || to !== null) return { because: 'not-captured-then', why: why ?? takenBefore };
  }
  // To shut a directory again would take away what is left alone in it.
  if (to?.mode === directoryMode && from !== null && planning.to.notes !== null) {
    const why = whyUncovered({ uncovered: planning.to.notes.uncovered, partial: null }, path.slice(0, -1));
    if (why !== null) return { because: 'not-captured-then', why };
  }
  if (from === null || from.mode === uncoveredMode) {
    const why = planning.tip.notes === null ? null : whyUncovered(planning.tip.notes, path);
    if (why !== null || from !== null) return { because: 'not-covered', why: why ?? takenBefore };
  }
  return null;
}

/**
 * A directory is only made where nothing is, or a file that goes (`withoutBlocked` looks), and only taken away with nothing in it. One that
 * was there all the time gets its permission bits back.
 */
function planDirectory(plan: PlannedRestore, change: TreeChange, found: DiskState, isOverwritten: boolean): void {
  const { path, from, to } = change;
  if (to === null) {
    if (found.is === 'directory' && found.isEmpty) plan.remove.push({ path, found });
  } else if (found.is === 'other') {
    plan.untouched.push({ path, because: 'not-covered', why: found.why });
  } else if (found.is !== 'directory') {
    plan.write.push({ path, entry: to, found });
  } else if (from !== null && found.permissions !== to.permissions) {
    if (found.permissions === from.permissions || isOverwritten) plan.write.push({ path, entry: to, found });
    else plan.conflicts.push(path);
  }
}

const equals = (found: DiskState, entry: TreeEntry | null): boolean => {
  if (entry === null) return found.is === 'absent';
  if (found.is !== 'entry' || found.mode !== entry.mode || found.id !== entry.id) return false;
  return entry.permissions === undefined || entry.permissions === found.permissions;
};

/** Whether the file or directory is there as it was, but for its permission bits: those are set, and nothing is written. */
export const differsInPermissions = ({ found, entry }: PlannedWrite): boolean =>
  entry.permissions !== undefined && (entry.mode === directoryMode
    ? found.is === 'directory'
    : found.is === 'entry' && found.id === entry.id && found.mode !== '120000' && entry.mode !== '120000');

/** Whether a directory gets bits with which its entries may be changed. */
export const opensUp = (write: PlannedWrite): boolean =>
  write.entry.mode === directoryMode && differsInPermissions(write) && ((write.entry.permissions ?? 0) & 0o300) === 0o300;

/** Takes out what cannot be done without touching something that is not in the plan: a directory with other files, a parent that is a link. */
async function withoutBlocked(folder: FolderHandle, plan: PlannedRestore): Promise<PlannedRestore> {
  const opened = plan.write.filter(opensUp).map(({ path }) => path);
  const may = new Map<string, boolean>();
  const mayBeChanged = async (path: string): Promise<boolean> => {
    const parent = posix.dirname(path);
    if (opened.some((open) => open === rootPath ? parent === '.' : path.startsWith(open))) return true;
    if (!may.has(parent)) may.set(parent, await mayChange(folder, path));
    return may.get(parent) ?? true;
  };
  const remove: PlannedRemoval[] = [];
  for (const removal of plan.remove) {
    const isDirectory = removal.path.endsWith('/');
    // Somebody made a directory where a file of ours was.
    if (removal.found.is === 'directory' && !isDirectory) plan.conflicts.push(removal.path);
    else if (await mayBeChanged(removal.path.replace(/\/$/, ''))) remove.push(removal);
    else plan.conflicts.push(removal.path);
  }
  // What stays is in the way of what was to come in its place.
  const removed = new Set(remove.map(({ path }) => path));
  const isFree = async ({ path, found, entry }: PlannedWrite): Promise<boolean> => {
    if (differsInPermissions({ path, found, entry })) return true;
    if (!(await mayBeChanged(path.replace(/\/$/, '')))) return false;
    const name = path.replace(/\/$/, '');
    if (entry.mode === directoryMode && found.is === 'entry') return removed.has(name);
    if (found.is === 'directory') return (await pathsBelow(folder, path)).every((below) => removed.has(below));
    const parent = await brokenParent(folder, name);
    return parent === null || parent.is === 'missing' || removed.has(parent.path);
  };
  const free: PlannedWrite[] = [];
  for (const write of plan.write) {
    if (await isFree(write)) free.push(write);
    else plan.conflicts.push(write.path);
  }
  return { ...plan, write: free, remove, conflicts: eachOnce(plan.conflicts) };
}

/** What stands in the way of a directory is named as the file that it is. */
function eachOnce(paths: readonly string[]): string[] {
  const named = new Set(paths);
  return [...named].filter((path) => !path.endsWith('/') || !named.has(path.slice(0, -1))).sort();
}
