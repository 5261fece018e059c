import { plainText } from '../core/plainText.ts';

/** Text of agents and files as it may be shown on a terminal: no control sequences, one line. */
export const printable = (text: string): string => plainText(text).replace(/\s*\n\s*/g, ' ').trim();

/**
 * What JSON leaves as it is and a terminal takes for a control (DEL, C1), for another direction of writing, or for the end of a line. A line feed ends
 * each value, and JSON itself escapes all other controls of C0.
 */
const deceiving = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
/** The same as bytes of UTF-8, one character for each byte. */
const deceivingBytes = /[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]/g;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A value as JSON that is the same when it is parsed, and does nothing to a terminal that it is printed on. */
export const jsonText = (value: unknown): string => JSON.stringify(value).replace(deceiving, escaped);

/** Whole lines of JSON, as they are in a file; what would do something to a terminal is escaped, and they are the same when they are parsed. */
export const jsonLines = (bytes: Uint8Array): Uint8Array => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  deceivingBytes.lastIndex = 0;
  if (!deceivingBytes.test(text)) return bytes;
  return Buffer.from(text.replace(deceivingBytes, (found: string) => escaped(Buffer.from(found, 'latin1').toString('utf8'))), 'latin1');
};

/** One JSON value on stdout, for scripts. */
export const printJson = (value: unknown): void => {
  process.stdout.write(`${jsonText(value)}\n`);
};

/** Bytes that are safe to print (of `jsonLines`), or that somebody asked for as they are; at the pace of whoever reads them. */
export const printBytes = (bytes: Uint8Array): Promise<void> => new Promise((written) => {
  process.stdout.write(bytes, () => written());
});

/** A line for people on stdout. */
export const printLine = (text: string): void => {
  process.stdout.write(`${printable(text)}\n`);
};

/** On a terminal, before what is drawn again. */
export const clearScreen = (): void => {
  process.stdout.write('\u001b[H\u001b[2J');
};

/** Text of several lines on stdout, as it is laid out. */
export const printText = (text: string): void => {
  process.stdout.write(plainText(text));
};

/** A line for people on stderr, beside what scripts read. */
export const sayLine = (text: string): void => {
  process.stderr.write(`${printable(text)}\n`);
};

/** Text of several lines on stderr, as it is laid out. */
export const sayText = (text: string): void => {
  process.stderr.write(plainText(text));
};

/** As `sayLine`, with who says it. */
export const say = (sentence: string): void => sayLine(`backstitch: ${sentence}`);

/** Seconds as people say them: 12s, 5m, 3h, 2d. */
export const shortTime = (seconds: number): string => {
  if (seconds < 60) return `${Math.max(0, Math.floor(seconds))}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
};
