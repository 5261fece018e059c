import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { moreFilesMark } from './checkpointChanges.ts';
import { gitOutput, type ShadowRepository } from './checkpointGit.ts';
import { notesName } from './checkpointNotes.ts';
import type { Surroundings } from './checkpointSurroundings.ts';

/** What git finds in the folder beside what its index has. Paths are relative to the folder. */
export interface Listing {
  /** In the index, and different on the disk or gone from it. */
  modified: string[];
  /** Not in the index, and not ignored. */
  others: string[];
  /** Repositories of their own. */
  repositories: string[];
  /** Ignored; one that ends in `/` is a directory with all that is in it. */
  ignored: string[];
  /** Names that are not UTF-8, with what is wrong in them written out. */
  odd: string[];
}

/** Asks git for all of it. `isIgnored`: a rule ignores the folder as a whole. */
export async function listingOf(at: ShadowRepository, around: Surroundings, isIgnored: boolean): Promise<Listing> {
  const rules = ['-c', `core.excludesFile=${around.excludesFile ?? ''}`];
  const within = around.prefix === '' ? [] : ['--', around.prefix];
  const listing: Listing = { modified: [], others: [], repositories: [], ignored: [], odd: [] };
  const list = (...what: string[]): Promise<Buffer> => gitOutput(at, [...rules, 'ls-files', '-z', ...what, '--exclude-standard', ...within], { on: around });
  const [found, ignored] = await Promise.all([
    list('-t', ...(isIgnored ? [] : ['--others']), '--modified'),
    isIgnored ? Buffer.alloc(0) : list('--others', '--ignored', '--directory'),
  ]);
  const modified = new Set<string>();
  for (const { text, isWhole } of namesOf(found)) {
    const path = insideOf(text.slice(2), around.prefix);
    if (path === null) continue;
    if (!isWhole) listing.odd.push(path);
    else if (path.endsWith('/')) listing.repositories.push(path.slice(0, -1));
    else if (text.startsWith('? ')) listing.others.push(path);
    else modified.add(path);
  }
  modified.delete(notesName);
  listing.others = listing.others.filter((path) => path !== notesName && path !== moreFilesMark);
  listing.modified = [...modified];
  listing.ignored = wholly(namesOf(ignored).flatMap(({ text, isWhole }) => (isWhole ? (insideOf(text, around.prefix) ?? []) : [])));
  return listing;
}

export const insideOf = (path: string, prefix: string): string | null => (path.startsWith(prefix) && path !== prefix ? path.slice(prefix.length) : null);

/** Git names a directory also when only all that is in it is ignored; then what is in it follows, and the directory itself may hold more one day. */
function wholly(paths: string[]): string[] {
  const sorted = [...paths].sort();
  return sorted.filter((path, index) => !path.endsWith('/') || !(sorted[index + 1]?.startsWith(path) ?? false));
}

/** The fields of NUL-terminated output, also those that are no text. */
export function namesOf(output: Buffer): { text: string; isWhole: boolean }[] {
  const names: { text: string; isWhole: boolean }[] = [];
  for (let start = 0; start < output.length; ) {
    const found = output.indexOf(0, start);
    const bytes = output.subarray(start, found < 0 ? output.length : found);
    const text = bytes.toString();
    const isWhole = !text.includes('\ufffd') || Buffer.from(text).equals(bytes);
    names.push({ text: isWhole ? text : writtenOut(bytes), isWhole });
    start += bytes.length + 1;
  }
  return names;
}

const writtenOut = (bytes: Buffer): string => bytes.toString('latin1').replace(/[\x80-\xff]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`);

/** The number of entries, as the index's header tells it (gitformat-index); 0 when there is no index yet. */
export async function entriesOfIndex({ gitDir }: ShadowRepository): Promise<number> {
  const file = await open(join(gitDir, 'index')).catch(() => null);
  if (file === null) return 0;
  const { buffer, bytesRead } = await file.read(Buffer.alloc(12), 0, 12, 0).finally(() => file.close());
  return bytesRead === 12 ? buffer.readUInt32BE(8) : 0;
}
