import { plainText } from '../core/plainText.ts';

/** Text of agents and files as it may be shown on a terminal: no control sequences, one line. */
export const printable = (text: string): string => plainText(text).replace(/\s*\n\s*/g, ' ').trim();

/** One JSON value on stdout, for scripts. */
export const printJson = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value)}\n`);
};

/** A line for people on stdout. */
export const printLine = (text: string): void => {
  process.stdout.write(`${printable(text)}\n`);
};

/** A text of several lines for people, each of them behind so many blanks. */
export const printWhole = (text: string, indent: number): void => {
  for (const line of plainText(text).split('\n')) process.stdout.write(`${' '.repeat(indent)}${line}\n`);
};

/** Seconds as people say them: 12s, 5m, 3h, 2d. */
export const shortTime = (seconds: number): string => {
  if (seconds < 60) return `${Math.max(0, Math.floor(seconds))}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
};

const two = (number: number): string => String(number).padStart(2, '0');

/** The time of day of a moment, where the reader is. */
export const localTime = (ts: string): string => {
  const at = new Date(ts);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
};
