import { constants } from 'node:fs';
import { access, lstat, open } from 'node:fs/promises';
import { join } from 'node:path';
import { changesOfIndex, moreFilesMark, type TreeChange, uncoveredMode } from './checkpointChanges.ts';
import { brokenParent } from './checkpointDisk.ts';
import { GitFailure, gitOutput, nulFields, type ShadowRepository } from './checkpointGit.ts';

export interface CheckpointLimits {
  /** Larger files are not covered. */
  fileBytes: number;
  /** Files beyond this number are not covered. */
  files: number;
}

export const defaultLimits: CheckpointLimits = { fileBytes: 10 * 1024 * 1024, files: 50_000 };

type Skipped = { path: string; why: string }[];

/** Any id will do for an entry that only says "not covered"; it is the same always, so that it never looks changed. */
const uncoveredId = 'b5'.repeat(20);

/** From this many files on they go into one pack: 10,000 files of their own take five times as long (measured: 8 s and 1.6 s). */
const packFrom = 256;
/** Streams every file, however small, into the pack. Older git would make a pack for each. */
const intoOnePack = ['-c', 'core.bigFileThreshold=0'];

export interface CapturedTree {
  tree: string;
  /** How it differs from the tree that the caller named; null when it named none. */
  changes: TreeChange[] | null;
  skipped: Skipped;
}

/** What one path's new state means for the index. */
type Decision = { is: 'take' } | { is: 'drop' } | { is: 'skip'; why: string };

/**
 * Brings the private index up to the folder's present state and gives its tree. Files that vanish or change while they are read are
 * looked at again, a few times; then the failure is told. `previous`: the tree of the capture before; `isIndex`: the index is still that.
 */
export async function captureTree(at: ShadowRepository, limits: CheckpointLimits, previous: { tree: string; isIndex: boolean } | null): Promise<CapturedTree> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await capture(at, limits, previous);
    } catch (problem) {
      if (attempt === 3 || !(problem instanceof GitFailure)) throw problem;
    }
  }
}

async function capture(at: ShadowRepository, limits: CheckpointLimits, previous: { tree: string; isIndex: boolean } | null): Promise<CapturedTree> {
  const { modified, others, skipped } = await candidatesOf(at);
  const admitted = await admittedOf(at, others, limits, skipped);
  const decisions = await decide(at, [...modified, ...admitted.paths], limits);
  const take: string[] = [];
  const info: string[] = [];
  for (const [path, decision] of decisions) {
    if (decision.is === 'take') take.push(path);
    else if (decision.is === 'drop') info.push(`0 ${'0'.repeat(40)}\t${path}`);
    else {
      skipped.push({ path, why: decision.why });
      info.push(`${uncoveredMode} ${uncoveredId} 0\t${path}`);
    }
  }
  if (admitted.isCut) info.push(`${uncoveredMode} ${uncoveredId} 0\t${moreFilesMark}`);
  if (previous?.isIndex && info.length === 0 && take.length === 0) return { tree: previous.tree, changes: [], skipped };
  // Removals first: a file may have taken the place of a directory, or the other way round.
  if (info.length) await gitOutput(at, ['update-index', '-z', '--replace', '--index-info'], `${info.join('\0')}\0`);
  const packing = take.length >= packFrom && at.canPack ? intoOnePack : [];
  if (take.length) await gitOutput(at, [...packing, 'update-index', '-z', '--add', '--remove', '--replace', '--stdin'], `${take.join('\0')}\0`);
  const [tree, changes] = await Promise.all([gitOutput(at, ['write-tree']), previous && changesOfIndex(at, previous.tree)]);
  return { tree: tree.toString().trim(), changes, skipped };
}

/** Paths whose state differs from the index, tracked ones apart from new ones. Other repositories inside the folder are skipped. */
async function candidatesOf(at: ShadowRepository): Promise<{ modified: Set<string>; others: Set<string>; skipped: Skipped }> {
  const listed = nulFields(await gitOutput(at, ['ls-files', '-z', '-t', '--others', '--modified', '--exclude-standard']));
  const modified = new Set<string>();
  const others = new Set<string>();
  const skipped: Skipped = [];
  for (const field of listed) {
    if (field === null) skipped.push({ path: '(a name that is not UTF-8)', why: 'its name is not valid UTF-8' });
    else if (field.endsWith('/')) skipped.push({ path: field.slice(2, -1), why: 'a repository of its own' });
    else (field.startsWith('? ') ? others : modified).add(field.slice(2));
  }
  modified.delete(moreFilesMark);
  return { modified, others, skipped };
}

/** As many of the new files as the limit on their number lets in. */
async function admittedOf(at: ShadowRepository, others: Set<string>, limits: CheckpointLimits, skipped: Skipped): Promise<{ paths: string[]; isCut: boolean }> {
  const paths = [...others].sort();
  if (paths.length === 0) return { paths, isCut: false };
  const room = Math.max(0, limits.files - (await entriesOfIndex(at)));
  const left = paths.length - room;
  if (left <= 0) return { paths, isCut: false };
  skipped.push({ path: '.', why: `more than ${limits.files.toLocaleString('en')} files: ${left.toLocaleString('en')} are not covered` });
  return { paths: paths.slice(0, room), isCut: true };
}

/** The number of entries, as the index's header tells it (gitformat-index); 0 when there is no index yet. */
async function entriesOfIndex({ gitDir }: ShadowRepository): Promise<number> {
  const file = await open(join(gitDir, 'index')).catch(() => null);
  if (file === null) return 0;
  const { buffer, bytesRead } = await file.read(Buffer.alloc(12), 0, 12, 0).finally(() => file.close());
  return bytesRead === 12 ? buffer.readUInt32BE(8) : 0;
}

async function decide(at: ShadowRepository, paths: string[], limits: CheckpointLimits): Promise<Map<string, Decision>> {
  const decisions = new Map<string, Decision>();
  const atOnce = 64;
  for (let start = 0; start < paths.length; start += atOnce) {
    const some = paths.slice(start, start + atOnce);
    const found = await Promise.all(some.map((path) => decisionOf(at, path, limits)));
    some.forEach((path, index) => decisions.set(path, found[index] ?? { is: 'drop' }));
  }
  return decisions;
}

async function decisionOf({ folder }: ShadowRepository, relative: string, limits: CheckpointLimits): Promise<Decision> {
  const path = join(folder, relative);
  const stats = await lstat(path).catch(() => null);
  // What lies beyond a link that took a directory's place is not ours.
  if (stats === null || stats.isDirectory() || (await brokenParent(folder, relative))) return { is: 'drop' };
  if (stats.isSymbolicLink()) return { is: 'take' };
  if (!stats.isFile()) return { is: 'skip', why: 'neither a file nor a link' };
  if (stats.size > limits.fileBytes) return { is: 'skip', why: `larger than ${limitText(limits.fileBytes)}` };
  const isReadable = await access(path, constants.R_OK).then(() => true, () => false);
  return isReadable ? { is: 'take' } : { is: 'skip', why: 'it may not be read' };
}

const limitText = (bytes: number) => (bytes >= 1024 * 1024 ? `${Math.round(bytes / 1024 / 1024)} MB` : `${bytes.toLocaleString('en')} bytes`);
