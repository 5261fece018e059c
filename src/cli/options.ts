import { InvalidArgumentError, Option, type Command } from 'commander';

/** So long at most: what the session host takes, and less than a timer can be set ahead (2^31 ms). */
const mostSeconds = 2_000_000;
/** So often, or so far in a list, at most: what the session host takes. */
const mostCount = 1_000_000;
/** As much as a host takes for a name, and for words. */
const longestName = 500;
const longestWording = 100_000;

/** Parses what names something; `what` says what it is: `a seam`. */
export const nameOf = (what: string) => (text: string): string => {
  if (text.trim() === '') throw new InvalidArgumentError(`Give ${what}.`);
  if (text.length > longestName) throw new InvalidArgumentError(`Give ${what}: at most ${longestName} characters.`);
  return text;
};

/** Parses what is not empty and may be long. */
export const wordingOf = (what: string) => (text: string): string => {
  if (text.trim() === '') throw new InvalidArgumentError(`Give ${what}.`);
  if (text.length > longestWording) throw new InvalidArgumentError(`Give ${what}: at most ${longestWording} characters.`);
  return text;
};

export const sessionNameOf = nameOf('the label or uid of a session');
export const labelOf = nameOf('a label for the session');
export const seamNameOf = nameOf('a seam, as `backstitch seams` names it');
export const branchNameOf = nameOf('a branch, as `backstitch branches` names it');

/** Parses an option in seconds; fractions are allowed. */
export const secondsOf = (text: string): number => {
  const seconds = Number(text);
  if (text.trim() === '' || !(seconds >= 0 && seconds <= mostSeconds)) throw new InvalidArgumentError(`Give a number of seconds, at most ${mostSeconds} (23 days).`);
  return seconds;
};

/** Parses a number of lines. */
export const linesOf = (text: string): number => {
  const lines = Number(text);
  if (!Number.isInteger(lines) || lines < 1) throw new InvalidArgumentError('Give a number of lines.');
  return lines;
};

const unitSeconds: Record<string, number> = { '': 1, s: 1, m: 60, h: 3_600 };

/** Parses a length of time, in seconds: `90`, `90s`, `8m`, `1.5h`; more than nothing. */
export const durationOf = (text: string): number => {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([smh]?)$/i.exec(text.trim()) ?? [];
  const seconds = Number(number) * (unitSeconds[unit?.toLowerCase() ?? ''] ?? 1);
  if (!(seconds > 0)) throw new InvalidArgumentError('Give a length of time such as 90s, 8m or 1.5h.');
  if (seconds > mostSeconds) throw new InvalidArgumentError(`Give at most ${Math.floor(mostSeconds / 3_600)}h (23 days).`);
  return seconds;
};

/** Parses how often something may happen. */
export const countOf = (text: string): number => {
  if (!/^\d+$/.test(text.trim()) || Number(text) > mostCount) throw new InvalidArgumentError(`Give a whole number from 0 to ${mostCount}.`);
  return Number(text);
};

/** Parses a place in a list that counts from 1. */
export const placeOf = (text: string): number => {
  if (!/^[1-9]\d*$/.test(text.trim()) || Number(text) > mostCount) throw new InvalidArgumentError('Give a place in the list, 1 or more.');
  return Number(text);
};

/** As ISO 8601 writes a day, or a moment of one. */
const isoMoment = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?$/i;

/** Parses a point in time. */
export const momentOf = (text: string): string => {
  if (!isoMoment.test(text) || Number.isNaN(Date.parse(text))) throw new InvalidArgumentError('Give a point in time as of ISO 8601, such as 2030-01-02T03:04:05Z.');
  return text;
};

/** Parses words that are separated by commas. */
export const wordsOf = (text: string): string[] => {
  const words = text.split(',').map((word) => word.trim()).filter((word) => word !== '');
  if (words.length === 0) throw new InvalidArgumentError('Give words, separated by commas.');
  return words;
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
  .option('--overwrite <path...>', 'files to take back although somebody else changed them since')
  .option('--interrupt', 'interrupt the agent first when it is at work');

export const wantsFiles = (options: FilesOptions): boolean => options.keepFiles !== true;
