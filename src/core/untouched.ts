import { shownPath } from './plainText.ts';
import type { Untouched } from './ports.ts';

/** So many are named at most, wherever they are told; of the others it is told how many there are. */
const mostNamed = 50;
/** So many of one kind stand in a text for people. */
const mostInText = 10;

/** What a rewind or switch leaves alone, as far as it is named. */
export interface ToldUntouched {
  untouched: Untouched[];
  /** So many more are not named; absent: none. */
  unnamed?: number;
}

/** Each path once, for the first of its reasons. `.` is the folder itself: what is said of it is said of many paths that are not named. */
export function toldOf(all: readonly Untouched[]): ToldUntouched {
  const named = new Map<string, Untouched>();
  for (const one of all) {
    const key = one.path === '.' ? `.\0${one.why}` : one.path;
    if (!named.has(key)) named.set(key, one);
  }
  const untouched = [...named.values()].slice(0, mostNamed);
  const unnamed = named.size - untouched.length;
  return { untouched, ...(unnamed > 0 ? { unnamed } : {}) };
}

/** Paths that are left alone for one and the same reason. */
export interface UntouchedGroup {
  because: Untouched['because'];
  why: string;
  /** As they may be shown; empty where the reason says all there is. */
  paths: string[];
}

export function untouchedGroups(untouched: readonly Untouched[]): UntouchedGroup[] {
  const groups = new Map<string, UntouchedGroup>();
  for (const { path, because, why } of untouched) {
    const key = path === '.' ? `.\0${why}` : `${because}\0${why}`;
    const group = groups.get(key) ?? { because, why, paths: [] };
    if (path !== '.') group.paths.push(shownPath(path));
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Some paths in one text: the first of them, and how many more there are. */
export function somePaths(paths: readonly string[], most = mostInText): string {
  const left = paths.length - most;
  return left > 0 ? `${paths.slice(0, most).join(', ')} and ${left.toLocaleString('en')} more` : paths.join(', ');
}

const heads = {
  'not-captured-then': 'Not captured then', 'changed-by-others': 'Changed by others', 'not-covered': 'Not covered',
};

/** A line for each reason, for people; empty when nothing is left alone. */
export function untouchedLines({ untouched = [], unnamed = 0 }: Partial<ToldUntouched>): string[] {
  const lines = untouchedGroups(untouched).map(({ because, why, paths }) => {
    const head = because === 'changed-by-others' ? heads[because] : `${heads[because]} (${why})`;
    return paths.length === 0 ? `${heads[because]}: ${why}` : `${head}: ${somePaths(paths)}`;
  });
  return unnamed > 0 ? [...lines, `And ${unnamed.toLocaleString('en')} more paths are left as they are.`] : lines;
}
