/** How harnex's `--watch PATH` is called here; said when it was used. */
const sayWhatItIs = (path: string): void => {
  process.stderr.write(`backstitch: --watch ${path} is --watch-file ${path} now; --watch alone looks after a stalled agent.\n`);
};

const beforeDashes = (words: readonly string[]): number => (words.includes('--') ? words.indexOf('--') : words.length);

/** The words of a command line in which harnex's `--watch=PATH` is what it is here: a file whose changes are told. */
export const withWatchFile = (words: readonly string[]): string[] => {
  const end = beforeDashes(words);
  return words.flatMap((word, at) => {
    if (at >= end || !word.startsWith('--watch=')) return [word];
    const path = word.slice('--watch='.length);
    sayWhatItIs(path);
    return ['--watch-file', path];
  });
};

/**
 * The operand that harnex's `--watch PATH` means, if there is one: a word with a slash directly behind `--watch`, where another one is left to be the
 * agent. Any other word there is the agent, or an argument of it, as behind a bare `--watch`.
 */
export const watchedWordOf = (operands: readonly string[], typed: readonly string[]): string | null => {
  const end = beforeDashes(typed);
  const at = typed.indexOf('--watch');
  const word = at >= 0 && at + 1 < end ? typed[at + 1] : undefined;
  const own = typed.length - end - (end < typed.length ? 1 : 0);
  if (word === undefined || !/[/\\]/.test(word) || !operands.includes(word) || operands.length - own < 2) return null;
  sayWhatItIs(word);
  return word;
};
