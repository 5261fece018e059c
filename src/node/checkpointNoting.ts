import { special, unreadable } from './checkpointDecision.ts';
import type { Listing } from './checkpointListing.ts';
import { type Notes, whyUncovered } from './checkpointNotes.ts';
import type { UsualPermissions, Walk } from './checkpointWalk.ts';
import type { OwnState } from './ownState.ts';
import { isTemporary } from './restoreJournal.ts';

/** A list of more than this at every checkpoint helps nobody. */
const mostSkipped = 20;
const ignored = 'ignored by git';
const agentsOwn = 'an agent keeps it for itself';

/** The notes on a folder that has just been captured. `skipped`: paths that were not taken in, and why. */
export function notesFrom(seen: {
  listing: Listing;
  skipped: ReadonlyMap<string, string>;
  partial: string | null;
  walk: Walk | null;
  own: OwnState;
}): Notes {
  const { listing, skipped, partial, walk, own } = seen;
  const uncovered = new Map<string, string>(own.keptByAgents.map((path) => [path, agentsOwn]));
  const note = (path: string, why: string): void => {
    if (!own.has(path.replace(/\/$/, '')) && whyUncovered({ uncovered, partial: null }, path.replace(/\/$/, '')) === null) uncovered.set(path, why);
  };
  for (const path of listing.ignored) if (!isTemporary(path)) note(path, ignored);
  for (const path of listing.repositories) note(`${path}/`, 'a repository of its own');
  for (const path of [...listing.odd, ...(walk?.odd ?? [])]) note(path, 'its name is not valid UTF-8');
  for (const path of walk?.unreadable ?? []) if (path.endsWith('/')) note(path, unreadable);
  for (const [path, why] of skipped) note(path, why);
  if (walk === null) return { uncovered, partial, usual: null, modes: new Map(), empty: [], links: null };
  for (const path of walk.special) note(path, special);
  // Of the folder's own repository and those that are left out as a whole that is said already.
  for (const path of walk.gits) if (path !== '.git') note(path, 'files of git itself');
  const isOut = (path: string): boolean => own.has(path) || whyUncovered({ uncovered, partial: null }, path) !== null;
  // Of a directory that may not be read its permission bits are known all the same.
  const isShut = (path: string): boolean => walk.unreadable.has(path) && uncovered.get(path) === unreadable;
  const modes = new Map([...walk.modes].filter(([path]) => isShut(path) || !isOut(path.replace(/\/$/, ''))));
  const groups = [...walk.linked.values()].map((paths) => paths.filter((path) => !isOut(path) && !isTemporary(path)).sort());
  const links = groups.filter((paths) => paths.length > 1).sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
  return { uncovered, partial, usual: walk.usual, modes, empty: walk.empty.filter((path) => !isOut(path)), links };
}

/** What to say of them at the checkpoint; files that are ignored come last, and what is too much is counted. */
export function skippedOf({ uncovered, partial }: Notes): { path: string; why: string }[] {
  const all = [...uncovered].map(([path, why]) => ({ path: path.replace(/\/$/, ''), why }));
  const sorted = [...all.filter(({ why }) => why !== ignored), ...all.filter(({ why }) => why === ignored)];
  const told = sorted.slice(0, mostSkipped);
  const left = sorted.length - told.length;
  return [
    ...(partial === null ? [] : [{ path: '.', why: partial }]),
    ...told,
    ...(left === 0 ? [] : [{ path: '.', why: `and ${left.toLocaleString('en')} more paths that are not covered` }]),
  ];
}

/** Where more than half of the files have other permissions than the usual ones, those are the usual ones from now on. */
export function usualFor({ modes, usual }: Walk, files: number): UsualPermissions {
  const isFile = (path: string): boolean => path !== '' && !path.endsWith('/');
  const counted = (of: (path: string, mode: number) => boolean): number | undefined => {
    const counts = new Map<number, number>();
    for (const [path, mode] of modes) if (of(path, mode)) counts.set(mode, (counts.get(mode) ?? 0) + 1);
    return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
  };
  const odd = [...modes.keys()].filter(isFile).length;
  if (odd <= 64 || odd * 2 <= files) return usual;
  return {
    file: counted((path, mode) => isFile(path) && (mode & 0o100) === 0) ?? usual.file,
    executable: counted((path, mode) => isFile(path) && (mode & 0o100) !== 0) ?? usual.executable,
    directory: counted((path) => path.endsWith('/')) ?? usual.directory,
  };
}
