import type { Argument, Command, Option } from 'commander';

/** A command line up to the word that is being typed, read as the parser will read it. */
export interface Line {
  /** The verb, or the part of one, that has been named; the program itself before that. */
  command: Command;
  /** `help` stands before it: only verbs and their parts may follow. */
  isHelp: boolean;
  /** Behind `--`: nothing is an option any more. */
  isOver: boolean;
  /** How many words that are no options stand there already. */
  operands: number;
  used: ReadonlySet<Option>;
  /** The option that the next word belongs to; `isOptional`: or not. */
  open: { option: Option; isOptional: boolean } | null;
  /** The session that `--id` names. */
  session: string | null;
}

/** What people see of a command's verbs or parts. */
export const partsOf = (command: Command): Command[] => command.createHelp().visibleCommands(command);

/** The options that may be given to it: its own, and those of the verb it is a part of. */
export const optionsOf = (command: Command): Option[] => {
  const own = command.createHelp().visibleOptions(command);
  const { parent } = command;
  return parent?.parent ? [...own, ...parent.options.filter((option) => own.every(({ long }) => long !== option.long))] : own;
};

/** The argument that the next operand is; null when there is no room for one. */
export const argumentAt = ({ registeredArguments }: Command, operands: number): Argument | null => {
  const last = registeredArguments.at(-1);
  return registeredArguments[operands] ?? (last?.variadic ? last : null);
};

/** Splits `--option=value`; `value` is null where there is no `=`. */
export const splitOption = (word: string): { flag: string; value: string | null } => {
  const [, flag, value] = /^(--[^=]+)=(.*)$/s.exec(word) ?? [];
  return flag === undefined ? { flag: word, value: null } : { flag, value: value ?? '' };
};

export const optionNamed = (command: Command, flag: string): Option | undefined => optionsOf(command).find(({ long, short }) => flag === long || flag === short);

/** A command line without a word yet. */
export const emptyLine = (program: Command): Line => ({ command: program, isHelp: false, isOver: false, operands: 0, used: new Set(), open: null, session: null });

const withValue = (line: Line, option: Option, value: string): Line => ({
  ...line, open: option.variadic ? { option, isOptional: true } : null, session: option.long === '--id' ? value : line.session,
});

const withOption = (line: Line, word: string): Line => {
  const { flag, value } = splitOption(word);
  const option = optionNamed(line.command, flag);
  if (!option) return { ...line, open: null };
  const used = { ...line, used: new Set([...line.used, option]) };
  if (value !== null) return withValue(used, option, value);
  return { ...used, open: option.required || option.optional ? { option, isOptional: !option.required } : null };
};

const withOperand = (line: Line, word: string): Line => {
  const part = line.operands === 0 ? partsOf(line.command).find((known) => known.name() === word || known.aliases().includes(word)) : undefined;
  if (part?.name() === 'help') return { ...line, open: null, isHelp: true };
  return part ? { ...line, open: null, command: part } : { ...line, open: null, operands: line.operands + 1 };
};

/** The line with one word more. */
export const withWord = (line: Line, word: string): Line => {
  if (line.isOver) return { ...line, operands: line.operands + 1 };
  const looksLikeOption = word.startsWith('-') && word !== '-';
  if (line.open && !(line.open.isOptional && looksLikeOption)) return withValue(line, line.open.option, word);
  if (word === '--') return { ...line, open: null, isOver: true };
  return looksLikeOption ? withOption(line, word) : withOperand(line, word);
};

/** Reads the words that stand before the one that is being typed. */
export const readLine = (program: Command, words: readonly string[]): Line => words.reduce(withWord, emptyLine(program));
