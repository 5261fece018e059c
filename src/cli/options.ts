import { InvalidArgumentError, Option, type Command } from 'commander';

/** Parses an option in seconds; fractions are allowed. */
export const secondsOf = (text: string): number => {
  const seconds = Number(text);
  if (text.trim() === '' || !Number.isFinite(seconds) || seconds < 0) throw new InvalidArgumentError('Give a number of seconds.');
  return seconds;
};

/** Parses a number of lines. */
export const linesOf = (text: string): number => {
  const lines = Number(text);
  if (!Number.isInteger(lines) || lines < 1) throw new InvalidArgumentError('Give a number of lines.');
  return lines;
};

/** Parses an option that holds a JSON object. */
export const objectOf = (text: string): Record<string, unknown> => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('This is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new InvalidArgumentError('Give a JSON object.');
  return value as Record<string, unknown>;
};

/** What `rewind` and `switch` have in common. */
export interface FilesOptions {
  files?: boolean;
  keepFiles?: boolean;
  overwrite?: string[];
  interrupt?: boolean;
}

/** Declares how files and a busy agent are treated. */
export const filesOptions = (command: Command): Command => command
  .addOption(new Option('--files', 'take the files back too (the default)').conflicts('keepFiles'))
  .option('--keep-files', 'leave the files as they are')
  .option('--overwrite <paths...>', 'files to take back although somebody else changed them since')
  .option('--interrupt', 'interrupt the agent first when it is at work');

export const wantsFiles = (options: FilesOptions): boolean => options.keepFiles !== true;
