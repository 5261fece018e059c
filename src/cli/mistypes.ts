import type { Command } from 'commander';
import {
  argumentAt, emptyLine, optionNamed, optionsOf, partsOf, splitOption, withWord, type Line,
} from './completing/line.ts';
import { shellWord } from '../core/shellWord.ts';
import { usageError } from './failure.ts';
import { nearestOf } from './nearest.ts';
import { otherWords } from './otherWords.ts';

const quoted = (words: readonly string[]): string => `\`backstitch ${words.join(' ')}\``;

/** Which verb a word stands for that is none; null when none is near. */
const verbMeant = (word: string, verbs: readonly string[]): string | null => {
  const meaning = new Map(verbs.flatMap((verb) => [verb, ...otherWords[verb] ?? []].map((said) => [said, verb])));
  const said = nearestOf(word, [...verbs, ...meaning.keys()]);
  return said === null ? null : meaning.get(said) ?? null;
};

const allVerbs = '`backstitch --help` lists the verbs.';
const didYouMean = (words: readonly string[]): string => `Did you mean ${quoted(words)}?`;
const ownOptions = ['-h', '--help', '-v', '--version'];

/** An option in front of the verb. */
const noOptionThere = (args: readonly string[], verbs: readonly string[]) => {
  const [option = '', verb] = args;
  const isVerb = verb !== undefined && verbs.includes(verb);
  const next = isVerb ? `Say the verb first: ${quoted([verb, ...args.slice(2), option])}` : allVerbs;
  return usageError(`There is no option “${option}” without a verb. ${next}`);
};

/** The beginning of a command line. @throws HumanError when it is no verb; it names the one that was meant */
export const checkVerb = (args: readonly string[], verbs: readonly string[]): void => {
  const word = args[0] === 'help' ? args[1] : args[0];
  if (word === undefined || word === 'help' || verbs.includes(word) || ownOptions.includes(word)) return;
  if (word.startsWith('-')) throw noOptionThere(args, verbs);
  const meant = verbMeant(word, verbs.filter((verb) => verb !== 'complete'));
  throw usageError(`There is no verb “${word}”. ${meant === null ? allVerbs : didYouMean([meant])}`);
};

const noSuchPart = (verb: string, word: string, parts: readonly string[]) => {
  const meant = nearestOf(word, parts);
  const next = meant === null ? `There are ${parts.join(', ')}.` : didYouMean([verb, meant]);
  return usageError(`\`${verb}\` has no part “${word}”. ${next}`);
};

const noSuchOption = (line: Line, option: string) => {
  const verb = line.command.name();
  const meant = nearestOf(option, optionsOf(line.command).flatMap(({ long }) => long ?? []));
  const next = meant === null ? `${quoted([verb, '--help'])} lists its options.` : `Did you mean ${meant}?`;
  return usageError(`\`${verb}\` has no option “${option}”. ${next}`);
};

/** One word too many. Where a session has to be named, it is most likely its name. */
const tooMany = (line: Line, word: string) => {
  const verb = line.command.name();
  const wantsSession = optionNamed(line.command, '--id') !== undefined && line.session === null;
  const next = wantsSession ? didYouMean([verb, '--id', shellWord(word)]) : `${quoted([verb, '--help'])} shows what it takes.`;
  return usageError(`\`${verb}\` takes no word “${word}”. ${next}`);
};

/** `first`: the first word that is no option, behind the verb. */
const checkWord = (before: Line, word: string, first: string | null): void => {
  if (before.isOver || before.isHelp) return;
  const isValue = before.open !== null && !(before.open.isOptional && word.startsWith('-'));
  if (isValue) return;
  if (word.startsWith('--')) {
    if (word !== '--' && !optionNamed(before.command, splitOption(word).flag)) throw noSuchOption(before, word);
    return;
  }
  if (word.startsWith('-')) return;
  const parts = partsOf(before.command);
  const names = parts.flatMap((part) => [part.name(), ...part.aliases()]);
  if (before.operands === 0 && names.includes(word)) return;
  if (argumentAt(before.command, before.operands)) return;
  if (parts.length > 0) throw noSuchPart(before.command.name(), first ?? word, names.filter((name) => name !== 'help'));
  throw tooMany(before, word);
};

/**
 * What the verb on this command line would not take: a part, an option or a word too many, each answered with what
 * was most likely meant. Asked before the line is parsed, so that `--help` behind a mistake does not hide it. @throws
 * HumanError
 */
export const checkWords = (program: Command, args: readonly string[]): void => {
  let line = emptyLine(program);
  let first: string | null = null;
  for (const [at, word] of args.entries()) {
    if (at > 0) checkWord(line, word, first);
    const next = withWord(line, word);
    if (line.operands === 0 && next.operands === 1) first = word;
    line = next;
  }
};
