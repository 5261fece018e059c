import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Untouched } from '../core/ports.ts';
import { runBounded } from './boundedProgram.ts';
import type { Noted } from './checkpointChanges.ts';
import { printingFind } from './checkpointWalk.ts';

/** A list of more than this helps nobody. */
const mostTold = 100;
/** So many of one directory are told by name. */
const mostOfDirectory = 20;
const mostLooked = 50;
const limitMs = 5_000;

/** Whether anything at or below these paths has changed since the file `mark` was written; those that could not be looked at count as changed. */
async function changedSince(folder: string, paths: string[], mark: string): Promise<Set<string>> {
  const program = await printingFind();
  const looked = paths.slice(0, mostLooked);
  const changed = new Set(paths.slice(mostLooked));
  await Promise.all(looked.map(async (path) => {
    const args = ['-P', join(folder, path), '-cnewer', mark, '-printf', 'x', '-quit'];
    const end = program === null ? null : await runBounded({ program, args, env: { LC_ALL: 'C' }, limitMs }).catch(() => null);
    if (end === null || end.code !== 0 || end.stdout.length > 0) changed.add(path);
  }));
  return changed;
}

/**
 * What is not covered at the target or at the tip and may differ between the two: it came or went, or has changed since the target was
 * captured (`mark` is a file written then).
 */
export async function uncoveredBetween(folder: string, to: Noted, tip: Noted, mark: string): Promise<Untouched[]> {
  const then = to.notes?.uncovered ?? new Map<string, string>();
  const now = tip.notes?.uncovered ?? new Map<string, string>();
  const tell = (path: string, why: string): Untouched => ({ path: path.replace(/\/$/, ''), because: 'not-covered', why });
  const come = [...now].filter(([path]) => !then.has(path)).map(([path, why]) => tell(path, why));
  const stayed = [...now.keys()].filter((path) => then.has(path));
  const changed = await changedSince(folder, stayed, mark);
  const gone: Untouched[] = [];
  for (const [path, why] of then) {
    if (now.has(path)) continue;
    const isThere = await lstat(join(folder, path)).then(() => true, () => false);
    if (!isThere) gone.push(tell(path, `${why}; it is gone`));
  }
  const others = [...now].filter(([path]) => changed.has(path)).map(([path, why]) => tell(path, why));
  return [...come, ...others, ...gone];
}

/** What is said of a directory holds for all that is in it. */
function isWithinTold({ path, because }: Untouched, told: ReadonlyMap<string, Untouched>): boolean {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    if (told.get(path.slice(0, end))?.because === because) return true;
  }
  return false;
}

/** One entry for a path, few for a directory, and a bound for all of them: what is left out is counted. */
export function boundedUntouched(untouched: readonly Untouched[]): Untouched[] {
  const byPath = new Map<string, Untouched>();
  for (const one of untouched) if (!byPath.has(one.path)) byPath.set(one.path, one);
  const groups = new Map<string, Untouched[]>();
  for (const one of byPath.values()) {
    if (isWithinTold(one, byPath)) continue;
    const [top = ''] = one.path.split('/');
    const key = `${one.because} ${one.why} ${top === one.path ? '' : top}`;
    const there = groups.get(key);
    if (there) there.push(one);
    else groups.set(key, [one]);
  }
  const told = [...groups.values()].flatMap((group) => {
    const [first] = group;
    const [top = ''] = first?.path.split('/') ?? [];
    if (first === undefined || group.length <= mostOfDirectory || first.path === top) return group;
    return [{ ...first, path: top, why: `${first.why} (${group.length.toLocaleString('en')} paths)` }];
  }).sort((a, b) => (a.path < b.path ? -1 : 1));
  if (told.length <= mostTold) return told;
  const left = told.length - mostTold;
  return [...told.slice(0, mostTold), { path: '.', because: 'not-covered', why: `and ${left.toLocaleString('en')} more paths` }];
}
