import { link, open, rename, rm, rmdir, symlink, unlink } from 'node:fs/promises';
import { posix } from 'node:path';
import type { RestorePlan } from '../core/ports.ts';
import { directoryMode } from './checkpointChanges.ts';
import { diskState, type DiskState } from './checkpointDisk.ts';
import { gitOutput, type ShadowRepository } from './checkpointGit.ts';
import { differsInPermissions, opensUp, type PlannedRestore, type PlannedWrite } from './checkpointPlan.ts';
import { type FolderHandle, nameOf, setPermissions } from './folderHandle.ts';
import { journalOf, type Place, type RestoreJournal, temporaryFor, undiscarded } from './restoreJournal.ts';

/** One git process gives so many files at once; with the limit on a file's size this bounds the memory. */
const contentsAtOnce = 50;
/** What the owner of a directory needs to put something into it. */
const ownersAll = 0o700;
/** Of these failures a single path is left alone; any other ends the restore. */
const refusals = new Set(['EACCES', 'EPERM', 'EBUSY', 'EROFS', 'ETXTBSY', 'ENOTEMPTY', 'EEXIST', 'EISDIR', 'ENOTDIR', 'ENOENT', 'ELOOP', 'EXDEV', 'EMLINK']);

interface Move extends PlannedWrite {
  /** Where its content waits; null: there is none (yet). */
  temporary: Place | null;
  /** Another path that is to be the same file, and is written before it. */
  twin: Move | null;
  /** Another path that is that file already. */
  kept: string | null;
  isPlaced: boolean;
}

export interface Carrying {
  at: ShadowRepository;
  folder: FolderHandle;
  plan: PlannedRestore;
  /** Permission bits that a directory had at the target. */
  directoryPermissions(path: string): number;
}

/** Directories that are made: open to their owner until all that goes into them is there. */
interface Making {
  folder: FolderHandle;
  permissionsOf(path: string): number;
  /** Those that are shut then, with their bits; what is deeper comes later. */
  shut: Map<string, number>;
}

/**
 * Does a planned restore: first every new content is written beside its place, then files are removed and moved in. When the first half
 * fails (a full disk, a missing object) nothing has changed and it throws. A path that cannot be changed after all is a conflict. However
 * it ends, nothing of ours is left in the folder; killed in the second half, the same restore, or the one back, goes on from wherever it
 * stopped. What lies about then, or lies in a directory that was moved away just now, is cleared on the next open, capture or restore.
 * Every step goes through handles that cannot leave the folder.
 */
export async function carryOut({ at, folder, plan, directoryPermissions }: Carrying): Promise<RestorePlan> {
  const done: RestorePlan = { write: [], remove: [], conflicts: [...plan.conflicts], untouched: [...plan.untouched] };
  const directories = plan.write.filter(({ entry }) => entry.mode === directoryMode);
  const made = directories.filter((write) => !differsInPermissions(write));
  const opened = directories.filter(opensUp);
  const shut = directories.filter((write) => differsInPermissions(write) && !opensUp(write));
  const moves = withTwins(plan.write.filter(({ entry }) => entry.mode !== directoryMode), plan.links);
  const journal = journalOf(at);
  const making: Making = { folder, permissionsOf: directoryPermissions, shut: new Map() };
  const tell = (path: string, isDone: boolean): number => (isDone ? done.write : done.conflicts).push(path);
  const give = async (write: PlannedWrite): Promise<void> => { tell(write.path, await may(() => changePermissions(folder, write))); };
  try {
    // What is in it can be changed only then.
    for (const write of opened) await give(write);
    await stage(at, folder, moves, journal).catch(async (problem: unknown) => {
      for (const write of opened) await may(() => changePermissions(folder, write, bitsOf(write.found)));
      throw problem;
    });
    await takeAway(folder, plan, done);
    for (const { path, entry } of made) {
      const name = path.slice(0, -1);
      const bits = entry.permissions ?? directoryPermissions(name);
      const isMade = (await makeParents(making, name)) && (await may(() => makeDirectory(making, name, bits)));
      tell(path, isMade);
    }
    for (const move of moves) {
      move.isPlaced = await may(() => moveIn(making, move));
      tell(move.path, move.isPlaced);
    }
    await shutMade(making);
    for (const write of shut.toReversed()) await give(write);
  } finally {
    await shutMade(making);
    const unplaced = moves.flatMap(({ temporary, isPlaced }) => (temporary === null || isPlaced ? [] : [temporary]));
    await journal.end(await undiscarded(folder, unplaced));
  }
  done.write.sort();
  done.conflicts.sort();
  return done;
}

/** False when it may not be done, or something is in the way. `work` may also say so itself. */
async function may(work: () => Promise<boolean | void>): Promise<boolean> {
  try {
    return (await work()) !== false;
  } catch (problem) {
    if (refusals.has((problem as NodeJS.ErrnoException).code ?? '')) return false;
    throw problem;
  }
}

/** Hard links of one file at the target are links of one file again. Where none are known, those that are links now stay so. */
function withTwins(writes: PlannedWrite[], links: PlannedRestore['links']): Move[] {
  const firsts = new Map<string, Move>();
  return writes.map((write) => {
    const { path, found, entry } = write;
    const now = found.is === 'entry' ? found.identity : null;
    const link = links?.get(path) ?? null;
    const file = links === null ? now : (link?.file ?? null);
    const key = file === null || differsInPermissions(write) ? null : `${file} ${entry.mode} ${entry.id}`;
    const twin = (key !== null && firsts.get(key)) || null;
    const move: Move = { ...write, temporary: null, twin, kept: link?.kept ?? null, isPlaced: false };
    if (key !== null && twin === null) firsts.set(key, move);
    return move;
  });
}

/** Writes every new content beside its place. */
async function stage(at: ShadowRepository, folder: FolderHandle, moves: Move[], journal: RestoreJournal): Promise<void> {
  const written = moves.filter((move) => !differsInPermissions(move));
  const staged = written.filter((move) => move.twin === null && move.kept === null);
  const places = new Map<Move, string>();
  for (const move of written) places.set(move, await temporaryFor(folder, move.path));
  if (written.length) await journal.begin([...places.values()]);
  for (let start = 0; start < staged.length; start += contentsAtOnce) {
    const some = staged.slice(start, start + contentsAtOnce);
    const contents = await contentsOf(at, some.map(({ entry }) => entry.id));
    for (const [index, move] of some.entries()) {
      const temporary = places.get(move) as string;
      // Without a whole one it is a conflict when its turn comes.
      const isWhole = await may(() => writeTemporary(folder, move, contents[index] as Buffer, temporary));
      if (isWhole || move.temporary === null) continue;
      await undiscarded(folder, [move.temporary]);
      move.temporary = null;
    }
  }
}

async function takeAway(folder: FolderHandle, plan: PlannedRestore, done: RestorePlan): Promise<void> {
  const files = plan.remove.filter(({ path }) => !path.endsWith('/'));
  // What is deeper goes first.
  const directories = plan.remove.filter(({ path }) => path.endsWith('/')).reverse();
  for (const { path, found } of [...files, ...directories]) {
    const name = path.replace(/\/$/, '');
    const isGone = await may(async () => (await isStill(folder, name, found)) && removeEntry(folder, name, found.is === 'directory'));
    if (isGone) await removeEmptyParents(folder, name, plan.standing);
    (isGone ? done.remove : done.conflicts).push(path);
  }
  done.remove.sort();
}

async function removeEntry(folder: FolderHandle, path: string, isDirectory: boolean): Promise<boolean> {
  const parent = await folder.parentOf(path);
  if (parent.is === 'broken') return false;
  await (isDirectory ? rmdir : unlink)(parent.directory.at(nameOf(path)));
  return true;
}

/** Contents of these blobs, in order. A missing one is a failure that names it. */
async function contentsOf(at: ShadowRepository, ids: string[]): Promise<Buffer[]> {
  const output = await gitOutput(at, ['cat-file', '--batch'], { input: ids.map((id) => `${id}\n`).join('') });
  let position = 0;
  return ids.map((id) => {
    const end = output.indexOf(10, position);
    const [, kind, size] = output.subarray(position, end).toString().split(' ');
    if (kind !== 'blob') throw new Error(`The content ${id} is missing from the checkpoints.`);
    position = end + 1 + Number(size) + 1;
    return output.subarray(end + 1, position - 1);
  });
}

async function writeTemporary(folder: FolderHandle, move: Move, content: Buffer, path: string): Promise<void> {
  const parent = await folder.parentOf(path);
  if (parent.is === 'broken') return;
  const { directory } = parent;
  const place = directory.at(nameOf(path));
  await rm(place, { force: true });
  const temporary = { path, directory: directory.identity };
  if (move.entry.mode === '120000') {
    await symlink(content, place);
    move.temporary = temporary;
    return;
  }
  // "x": never through a link that was put there.
  const file = await open(place, 'wx', 0o600);
  move.temporary = temporary;
  try {
    await file.writeFile(content);
    await file.chmod(permissionsFor(move));
  } finally {
    await file.close();
  }
}

/** As they were at the target. Where that is not known: those of the file that it replaces; execution follows reading, as git has one bit for it. */
function permissionsFor({ entry, found }: PlannedWrite): number {
  if (entry.permissions !== undefined) return entry.permissions;
  const isExecutable = entry.mode === '100755';
  if (found.is !== 'entry' || found.mode === '120000') return isExecutable ? 0o755 : 0o644;
  const plain = found.permissions & 0o666;
  return isExecutable ? plain | ((plain & 0o444) >> 2) : plain;
}

async function moveIn(making: Making, move: Move): Promise<boolean> {
  const { folder } = making;
  const { path, found, twin } = move;
  const canPlace = found.is === 'directory' ? await removeEmptyTree(folder, path) : await isStill(folder, path, found);
  if (!canPlace || !(await makeParents(making, path))) return false;
  if (differsInPermissions(move)) return changePermissions(folder, move);
  const other = move.kept ?? (twin?.isPlaced ? twin.path : null);
  if (other !== null) await linkTwin(folder, move, other);
  if (move.temporary === null) return false;
  return folder.across(move.temporary.path, path, (from, to) => rename(from, to));
}

const changePermissions = (folder: FolderHandle, write: PlannedWrite, bits = permissionsFor(write)): Promise<boolean> =>
  giveBits(folder, write.path.replace(/\/$/, ''), bits, write.found.is === 'directory');

async function giveBits(folder: FolderHandle, path: string, bits: number, toDirectory: boolean): Promise<boolean> {
  const isDirectory = (await diskState(folder, path)).is === 'directory';
  const parent = await folder.parentOf(path);
  if (parent.is === 'broken' || isDirectory !== toDirectory) return false;
  await setPermissions(parent.directory.at(nameOf(path)), bits);
  return true;
}

const bitsOf = (found: DiskState): number | undefined => (found.is === 'directory' ? found.permissions : undefined);

/** A second name for a file that has what is to be written. */
async function linkTwin(folder: FolderHandle, move: Move, other: string): Promise<void> {
  const state = await diskState(folder, other, move.entry.id.length === 64 ? 'sha256' : 'sha1');
  if (state.is !== 'entry' || state.id !== move.entry.id) return;
  const temporary = await temporaryFor(folder, move.path);
  if (await folder.across(other, temporary, (from, to) => link(from, to))) move.temporary = { path: temporary };
}

/** Directories that a removal left empty may still stand where a file goes; `rmdir` refuses all others. */
async function removeEmptyTree(folder: FolderHandle, path: string): Promise<boolean> {
  const state = await diskState(folder, path);
  if (state.is === 'absent') return true;
  return state.is === 'directory' && may(() => removeEntry(folder, path, true));
}

async function isStill(folder: FolderHandle, path: string, found: DiskState): Promise<boolean> {
  const now = await diskState(folder, path);
  if (now.is !== 'entry' || found.is !== 'entry') return now.is === found.is;
  return now.stamp === found.stamp;
}

async function makeDirectory({ folder, shut }: Making, path: string, bits: number): Promise<void> {
  await folder.makeDirectory(path, bits | ownersAll);
  if ((bits & ownersAll) !== ownersAll) shut.set(path, bits);
}

async function shutMade({ folder, shut }: Making): Promise<void> {
  for (const [path, bits] of [...shut].toReversed()) await may(() => giveBits(folder, path, bits, true));
  shut.clear();
}

async function makeParents(making: Making, path: string): Promise<boolean> {
  const { folder, permissionsOf } = making;
  for (;;) {
    const parent = await folder.parentOf(path);
    if (parent.is === 'there') return true;
    const { broken } = parent;
    if (broken.is === 'blocked') return false;
    if (!(await may(() => makeDirectory(making, broken.path, permissionsOf(broken.path))))) return false;
  }
}

async function removeEmptyParents(folder: FolderHandle, path: string, standing: ReadonlySet<string>): Promise<void> {
  for (let parent = posix.dirname(path); parent !== '.' && !standing.has(parent); parent = posix.dirname(parent)) {
    if (!(await may(() => removeEntry(folder, parent, true)))) return;
  }
}
