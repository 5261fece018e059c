/** Edits that make one word of the other: a character added, left out or changed, or two neighbours exchanged. */
const distance = (from: string, to: string): number => {
  let twoBack: number[] = [];
  let before = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let row = 1; row <= from.length; row++) {
    const now = [row];
    for (let at = 1; at <= to.length; at++) {
      const isSame = from[row - 1] === to[at - 1];
      const isSwapped = row > 1 && at > 1 && from[row - 1] === to[at - 2] && from[row - 2] === to[at - 1];
      now[at] = Math.min(
        (before[at] ?? 0) + 1, (now[at - 1] ?? 0) + 1, (before[at - 1] ?? 0) + (isSame ? 0 : 1),
        isSwapped ? (twoBack[at - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [twoBack, before] = [before, now];
  }
  return before[to.length] ?? 0;
};

/** A word that is longer is no mistyped one. */
const longest = 40;

/** So many edits make another word of it. */
const tooFar = (word: string): number => (word.length <= 3 ? 2 : word.length <= 6 ? 3 : 4);

/** A beginning of a word counts as near; it is often all that is typed. */
const farness = (word: string, known: string): number =>
  (word !== known && word.length > 1 && known.startsWith(word) ? 0.5 : distance(word, known));

/** The known word that was most likely meant; null when none is near. Of equally near ones the first. */
export const nearestOf = (word: string, known: readonly string[]): string | null => {
  if (word.length > longest) return null;
  const typed = word.toLowerCase();
  let [nearest, least]: [string | null, number] = [null, tooFar(typed)];
  for (const one of known) {
    const far = farness(typed, one);
    if (far < least) [nearest, least] = [one, far];
  }
  return nearest;
};
