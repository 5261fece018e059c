import { lstat, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { moreFilesMark } from './checkpointChanges.ts';
import { type CheckpointLimits, decide, type Decision, unreadable } from './checkpointDecision.ts';
import { GitFailure, gitOutput, type ShadowRepository, type WorkTree } from './checkpointGit.ts';
import { entriesOfIndex, insideOf, type Listing, listingOf, namesOf } from './checkpointListing.ts';
import { keepNotes, type Notes, notesName, textOfNotes } from './checkpointNotes.ts';
import { notesFrom, usualFor } from './checkpointNoting.ts';
import { isFolderIgnored, type Surroundings, surroundingsOf, trackedIgnored } from './checkpointSurroundings.ts';
import { firstUsual, type Walk, walkFolder } from './checkpointWalk.ts';
import { FolderHandle } from './folderHandle.ts';
import type { OwnState } from './ownState.ts';
import { clearInterrupted, isTemporary, temporaryPattern } from './restoreJournal.ts';

/** From this many files on they go into one pack: 10,000 files of their own take five times as long (measured: 8 s and 1.6 s). */
const packFrom = 256;
/** Git looks through all that a pack has got so far for each file that comes: 49,000 files in one pack take 7 s, in ten 2 s. */
const packMost = 5_000;
/** Streams every file, however small, into the pack. Older git would make a pack for each. */
const intoOnePack = ['-c', 'core.bigFileThreshold=0'];
const ignoredFolder = 'ignored by git';

export interface CapturedTree {
  tree: string;
  notes: Notes;
  /** `FolderHandle.lasting`; null: the folder is gone. */
  folder: string | null;
}

/** What one life of the checkpoints knows from one capture to the next. */
export interface Memory {
  /** The checkpoint that the index stands for; null: nothing is known of the index. */
  last: { tree: string; text: string; notes: Notes } | null;
  /** Of the user's own index, when it was asked what it tracks. */
  indexMark: string | null;
  exclude: string | null;
}

export interface Capturing {
  at: ShadowRepository;
  limits: CheckpointLimits;
  own: OwnState;
  memory: Memory;
  /** The checkpoint before; null when there was none or it is gone. */
  previous: { tree: string; notes: Notes | null } | null;
}

/**
 * Brings the private index up to the folder's present state and gives its tree. Files that vanish or change while they are read are
 * looked at again, a few times; then the failure is told.
 */
export async function captureTree(capturing: Capturing): Promise<CapturedTree> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await capture(capturing);
    } catch (problem) {
      capturing.memory.last = null;
      if (attempt === 3 || !(problem instanceof GitFailure) || problem.isLate) throw problem;
    }
  }
}

async function capture(capturing: Capturing): Promise<CapturedTree> {
  const { at, limits, own, memory, previous } = capturing;
  const known = memory.last?.notes ?? previous?.notes ?? null;
  const look = (usual = known?.usual ?? firstUsual): Promise<Walk | null> =>
    walkFolder(at.folder, { fileBytes: limits.fileBytes, usual, prune: [...own.paths, ...uncoveredDirectories(known)] });
  // Processes go first: they can be ended where the folder does not answer.
  const [around, first] = await Promise.all([surroundingsOf(at.folder, at.git), look()]);
  const isGone = await lstat(at.folder).then(() => false, ({ code }: NodeJS.ErrnoException) => code === 'ENOENT' || code === 'ENOTDIR');
  if (isGone) return captureNothing(capturing);
  await own.refresh();
  const folder = await FolderHandle.open(at.folder);
  try {
    await clearInterrupted(at, folder);
    await assertReadableRules(at.folder, around, first);
    await settleIndex(capturing, around);
    await takeTracked(capturing, around);
    const isIgnored = await isFolderIgnored(at.folder, around, at.git);
    const listing = await listingOf(at, around, isIgnored);
    const { skipped, partial, isSame } = await update(capturing, around, listing, first);
    const usual = first && usualFor(first, await entriesOfIndex(at));
    const walk = usual === null || usual === first?.usual ? first : await look(usual);
    const notes = notesFrom({ listing, skipped, partial: isIgnored ? ignoredFolder : partial, walk, own });
    const tree = await write(capturing, around, notes, isSame);
    await folder.assertSame();
    return { tree, notes, folder: await folder.lasting() };
  } finally {
    await folder.close();
  }
}

/** The folder itself is gone: nothing is in it, which is a state to come back from like any other. */
async function captureNothing(capturing: Capturing): Promise<CapturedTree> {
  const { at, memory, previous } = capturing;
  await gitOutput(at, ['read-tree', '--empty']);
  await writeFile(join(at.gitDir, 'prefix'), '', { mode: 0o600 });
  const usual = memory.last?.notes.usual ?? previous?.notes?.usual ?? null;
  const notes: Notes = { uncovered: new Map(), partial: null, usual, modes: new Map(), empty: [], links: [] };
  return { tree: await write(capturing, undefined, notes, false), notes, folder: null };
}

/** Those that git names again; that one may not be read only the walk tells. */
const uncoveredDirectories = (notes: Notes | null): string[] =>
  [...(notes?.uncovered ?? [])].filter(([path, why]) => path.endsWith('/') && why !== unreadable).map(([path]) => path.slice(0, -1));

/** Git would wait for ever for an ignore file that is a FIFO. @throws Error in words */
async function assertReadableRules(folder: string, { root }: Surroundings, walk: Walk | null): Promise<void> {
  const odd = [...(walk?.special ?? [])].filter((path) => /(^|\/)\.git(ignore|attributes)$/.test(path)).map((path) => join(folder, path));
  for (let above = dirname(folder); folder !== root; above = dirname(above)) {
    for (const name of ['.gitignore', '.gitattributes']) {
      const found = await lstat(join(above, name)).catch(() => null);
      if (found && !found.isFile() && !found.isSymbolicLink() && !found.isDirectory()) odd.push(join(above, name));
    }
    if (above === root || above === dirname(above)) break;
  }
  if (odd[0] !== undefined) throw new Error(`${odd[0]} is neither a file nor a link, so git cannot read it. Remove it`);
}

/** Makes the index and the ignore rules those of the working tree that git is to see. */
async function settleIndex({ at, own, memory, previous }: Capturing, { prefix, exclude }: Surroundings): Promise<void> {
  const mark = join(at.gitDir, 'prefix');
  const before = await readFile(mark, 'utf8').catch(() => '');
  if (before !== prefix) {
    // What was covered stays so, also where a rule that came later ignores it.
    await rm(join(at.gitDir, 'index'), { force: true });
    if (previous) await gitOutput(at, ['read-tree', ...(prefix === '' ? [] : [`--prefix=${prefix}`]), previous.tree]);
    await writeFile(mark, prefix, { mode: 0o600 });
    memory.last = null;
    memory.indexMark = null;
  }
  const patternOf = (path: string): string => `/${prefix}${path}`.replace(/[\\*?[\]]/g, '\\$&');
  const ours = [...own.paths.map(patternOf), ...[...own.beginnings].map((start) => `${patternOf(start)}*`)];
  const text = `${[exclude, temporaryPattern, ...ours].join('\n')}\n`;
  if (text === memory.exclude) return;
  await writeFile(join(at.gitDir, 'info', 'exclude'), text, { mode: 0o600 });
  memory.exclude = text;
}

/** What the user's repository tracks is covered, also where a rule ignores it. */
async function takeTracked({ at, limits, own, memory }: Capturing, around: Surroundings): Promise<void> {
  if (around.index === null) return;
  const mark = await stat(around.index, { bigint: true }).then(({ ino, size, mtimeNs }) => `${ino}:${size}:${mtimeNs}`, () => '');
  if (mark === memory.indexMark) return;
  // An index that cannot be read leaves them ignored, which is told; one that would never be read ends the capture.
  const listed = await trackedIgnored(at.folder, at.git).catch((problem: unknown) => {
    if (problem instanceof GitFailure && !problem.isLate) return Buffer.alloc(0);
    throw problem;
  });
  const tracked = namesOf(listed).flatMap(({ text, isWhole }) => (isWhole ? (insideOf(text, around.prefix) ?? []) : []));
  const decisions = await decide(at.folder, tracked, limits, null);
  const take = tracked.filter((path) => decisions.get(path)?.is === 'take' && !own.has(path));
  if (take.length > 0) {
    await addFiles(at, around, take);
    memory.last = null;
  }
  memory.indexMark = mark;
}

/** Takes the listed changes into the index. */
async function update(capturing: Capturing, around: Surroundings, listing: Listing, walk: Walk | null): Promise<{ skipped: Map<string, string>; partial: string | null; isSame: boolean }> {
  const { at, limits, own } = capturing;
  // A state directory may hold no file but the host's, and else directories with nothing in them.
  const empty = (walk?.empty ?? []).map((path) => `${path}/`);
  await own.learn([...listing.modified, ...listing.others, ...empty]);
  const admitted = await admittedOf(at, listing.others.filter((path) => !own.has(path)), limits);
  const decisions = new Map<string, Decision>([
    ...(await decide(at.folder, listing.modified, limits, null)),
    ...(await decide(at.folder, admitted.paths, limits, walk)),
  ]);
  const isIndexed = new Set(listing.modified);
  const skipped = new Map<string, string>();
  const take: string[] = [];
  const drop: string[] = [];
  for (const [path, decision] of decisions) {
    const isOurs = own.has(path) || path === moreFilesMark || isTemporary(path);
    if (decision.is === 'take' && !isOurs) take.push(path);
    else if (isIndexed.has(path)) drop.push(path);
    if (decision.is === 'skip' && !isOurs) skipped.set(path, decision.why);
  }
  // Removals first: a file may have taken the place of a directory, or the other way round.
  if (drop.length) await setEntries(at, around, drop.map((path) => `0 ${'0'.repeat(40)}\t${around.prefix}${path}`));
  if (take.length) await addFiles(at, around, take);
  return { skipped, partial: admitted.why, isSame: drop.length + take.length === 0 };
}

const setEntries = (at: ShadowRepository, on: WorkTree | undefined, entries: string[]): Promise<Buffer> =>
  gitOutput(at, ['update-index', '-z', '--replace', '--index-info'], { input: `${entries.join('\0')}\0`, ...(on && { on }) });

async function addFiles(at: ShadowRepository, around: WorkTree, paths: string[]): Promise<void> {
  const packing = paths.length >= packFrom && at.canPack ? intoOnePack : [];
  for (let start = 0; start < paths.length; start += packMost) {
    const input = paths.slice(start, start + packMost).map((path) => `${around.prefix}${path}\0`).join('');
    await gitOutput(at, [...packing, 'update-index', '-z', '--add', '--remove', '--replace', '--stdin'], { input, on: around });
  }
}

/** As many of the new files as the limit on their number lets in; `why` not all. */
async function admittedOf(at: ShadowRepository, others: string[], limits: CheckpointLimits): Promise<{ paths: string[]; why: string | null }> {
  const paths = [...others].sort();
  if (paths.length === 0) return { paths, why: null };
  // One entry of the index is the notes.
  const room = Math.max(0, limits.files - Math.max(0, (await entriesOfIndex(at)) - 1));
  const left = paths.length - room;
  if (left <= 0) return { paths, why: null };
  return { paths: paths.slice(0, room), why: `more than ${limits.files.toLocaleString('en')} files: ${left.toLocaleString('en')} are not covered` };
}

/** Puts the notes beside the files and gives the tree of both. */
async function write({ at, memory }: Capturing, on: WorkTree | undefined, notes: Notes, isSame: boolean): Promise<string> {
  const text = textOfNotes(notes);
  const { last } = memory;
  const prefix = on?.prefix ?? '';
  if (last && isSame && text === last.text) return last.tree;
  if (last?.text !== text) await setEntries(at, on, [`100644 ${await keepNotes(at, text)} 0\t${prefix}${notesName}`]);
  const tree = (await gitOutput(at, ['write-tree', ...(prefix === '' ? [] : [`--prefix=${prefix}`])], on && { on })).toString().trim();
  memory.last = { tree, text, notes };
  return tree;
}
