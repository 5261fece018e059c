import type { Command } from 'commander';
import { candidatesFor, type Candidate } from '../completing/candidates.ts';
import { known } from '../completing/known.ts';
import { splitOption } from '../completing/line.ts';
import { printable } from '../print.ts';
import { verbs, type DeclareVerb } from '../verbs.ts';

/** Words that hold what no shell takes as it is are left out. */
const print = (words: Candidate[], before: string): void => {
  process.stdout.write(['words', ...words.filter(({ word }) => word === printable(word)).map(({ word, about }) => `${before}${word}\t${printable(about).replaceAll('\t', ' ')}`), ''].join('\n'));
};

const complete = async (program: Command, words: string[]): Promise<void> => {
  for (const [verb, load] of Object.entries(verbs)) if (verb !== 'complete') (await load())(program);
  const candidates = candidatesFor(program, words);
  const { flag, value } = splitOption(words.at(-1) ?? '');
  const before = value === null ? '' : `${flag}=`;
  switch (candidates.is) {
    case 'files':
    case 'folders': return void process.stdout.write(`${candidates.is}\n`);
    case 'words': return print(candidates.words, before);
    default: return print(await known(candidates.is, candidates.verb, candidates.session), before);
  }
};

/**
 * `backstitch complete`: what the completion scripts ask at each Tab, with the words of the line up to the cursor behind `--`. Prints `words` and
 * a line `WORD<tab>WHAT IT IS` for each that may stand there, or `files`, or `folders`. Not for people, so no help names it.
 */
export const completeVerb: DeclareVerb = (program) => {
  program.command('complete', { hidden: true }).description('what may stand at the end of a command line, for completion scripts')
    .argument('[words...]', 'the words of the line behind the program, the last one as far as it is typed')
    .action((words: string[]) => complete(program, words));
};
