import type { Command, Option } from 'commander';
import { argumentAt, optionNamed, optionsOf, partsOf, readLine, splitOption, type Line } from './line.ts';

/** A word that may stand where the cursor is, and what it is. */
export interface Candidate {
  word: string;
  about: string;
}

/** What values are called in the help of the verbs that stand for things which others know. */
export const kinds = ['session', 'seam', 'branch', 'send', 'request', 'agent', 'recipe', 'skill'] as const;
export type Kind = (typeof kinds)[number];

/** What may stand where the cursor is: words, files, or things of a kind. */
export type Candidates =
  | { is: 'words'; words: Candidate[] }
  | { is: 'files' }
  | { is: 'folders' }
  /** `verb` asks for them, about the `session` that the line names. */
  | { is: Kind; verb: string; session: string | null };

const nothing: Candidates = { is: 'words', words: [] };
const places: Record<string, Candidates> = { path: { is: 'files' }, folder: { is: 'folders' } };
const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

/** The verb itself, also of one of its parts. */
const verbOf = (command: Command): string => (command.parent?.parent ? verbOf(command.parent) : command.name());

/** What a value may be: one of its choices, else what it is called in the help. */
const valuesOf = (line: Line, name: string | undefined, choices: readonly string[] | undefined): Candidates => {
  if (choices) return { is: 'words', words: choices.map((word) => ({ word, about: '' })) };
  const place = places[name ?? ''];
  if (place) return place;
  const kind = kinds.find((known) => known === name);
  return kind ? { is: kind, verb: verbOf(line.command), session: line.session } : nothing;
};

const ofOption = (line: Line, option: Option): Candidates => valuesOf(line, /[<[]([\w-]+)/.exec(option.flags)?.[1], option.argChoices);

const partWords = (line: Line): Candidate[] => partsOf(line.command).filter((part) => !(line.isHelp && part.name() === 'help'))
  .flatMap((part) => [part.name(), ...part.aliases()].map((word) => ({ word, about: oneLine(part.description()) })));

const optionWords = ({ command, used }: Line): Candidate[] => optionsOf(command)
  .flatMap((option) => (option.long && (option.variadic || !used.has(option)) ? [{ word: option.long, about: oneLine(option.description) }] : []));

const ofOperand = (line: Line): Candidates => {
  const parts = line.operands === 0 ? partWords(line) : [];
  if (parts.length > 0) return { is: 'words', words: parts };
  const argument = argumentAt(line.command, line.operands);
  return argument ? valuesOf(line, argument.name(), argument.argChoices) : nothing;
};

/**
 * What may follow; `words` are those of the line behind the program's name, the last one as far as it is typed. Read off the declarations of
 * the verbs. Not sorted out by what is typed of the last word: each shell does that in its own way.
 */
export const candidatesFor = (program: Command, words: readonly string[]): Candidates => {
  const line = readLine(program, words.slice(0, -1));
  const typed = words.at(-1) ?? '';
  if (line.isHelp) return { is: 'words', words: partWords(line) };
  if (line.open && !line.open.isOptional) return ofOption(line, line.open.option);
  if (line.isOver) return { is: 'files' };
  if (line.open?.option.variadic && !typed.startsWith('-')) return ofOption(line, line.open.option);
  const { flag, value } = splitOption(typed);
  const option = value === null ? undefined : optionNamed(line.command, flag);
  if (option) return ofOption(line, option);
  if (typed.startsWith('-')) return { is: 'words', words: optionWords(line) };
  const operands = ofOperand(line);
  return operands.is === 'words' && operands.words.length === 0 ? { is: 'words', words: optionWords(line) } : operands;
};
