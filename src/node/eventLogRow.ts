import { crc32 } from 'node:zlib';
import type { Event, UnknownEvent } from '../core/events.ts';

export type Row = Event | UnknownEvent;

/** `,"crc":"` and 8 hex digits and `"}`: how every row ends. */
const crcBytes = 18;
const crcHead = Buffer.from(',"crc":"');
const hexDigits = Buffer.from('0123456789abcdef');
const newline = 0x0a;
const comma = 0x2c;
const closingBrace = 0x7d;
const quote = 0x22;

/** Where rows are put together, and how much of them is handed out in one piece: more only where a single row is. */
const scratch = Buffer.allocUnsafeSlow(256 * 1024);
/** Of a UTF-16 unit in UTF-8. */
const mostBytes = 3;

/** Puts a row's line, its newline included, at `start`; gives where it ends. Its checksum is that of all bytes before `,"crc"`. */
const putLine = (target: Buffer, start: number, json: string): number => {
  const split = start + target.write(json, start) - 1;
  let crc = crc32(target.subarray(start, split));
  for (let index = 0; index < crcHead.length; index++) target[split + index] = crcHead[index] as number;
  const digits = split + crcHead.length;
  for (let at = digits + 7; at >= digits; at--) {
    target[at] = hexDigits[crc & 15] as number;
    crc >>>= 4;
  }
  target[digits + 8] = quote;
  target[digits + 9] = closingBrace;
  target[digits + 10] = newline;
  return split + crcBytes + 1;
};

/** Rows as their lines of the log, each JSON whose last field is a CRC32 of what is before it, and a newline. No row is cut in two. */
export const encodeRows = (rows: readonly Row[]): Buffer[] => {
  const pieces: Buffer[] = [];
  let used = 0;
  const handOut = (): void => {
    if (used > 0) pieces.push(Buffer.from(scratch.subarray(0, used)));
    used = 0;
  };
  for (const row of rows) {
    const json = JSON.stringify(row);
    const most = json.length * mostBytes + crcBytes;
    if (most > scratch.length - used) handOut();
    if (most <= scratch.length) used = putLine(scratch, used, json);
    else {
      const alone = Buffer.allocUnsafeSlow(Buffer.byteLength(json) + crcBytes);
      putLine(alone, 0, json);
      pieces.push(alone);
    }
  }
  handOut();
  return pieces;
};

/** Whether 8 bytes are the lower-case hex digits of a checksum; compared digit by digit, since making a string for each row costs more. */
const isHexOf = (bytes: Buffer, at: number, crc: number): boolean => {
  let rest = crc;
  for (let index = at + 7; index >= at; index--) {
    const digit = rest & 15;
    if (bytes[index] !== (digit < 10 ? 0x30 + digit : 0x57 + digit)) return false;
    rest >>>= 4;
  }
  return true;
};

/** Whether `bytes[start..end)`, a line without its newline, is whole: it ends in the checksum of what comes before. */
export const isWholeLine = (bytes: Buffer, start: number, end: number): boolean => {
  const split = end - crcBytes;
  if (split <= start || bytes[end - 1] !== closingBrace || bytes[end - 2] !== quote) return false;
  if (crcHead.compare(bytes, split, split + crcHead.length) !== 0) return false;
  return isHexOf(bytes, split + crcHead.length, crc32(bytes.subarray(start, split)));
};

/** The row's own JSON, without its checksum: the brace is put where the checksum begins for as long as it takes to read the text. */
const textOf = (bytes: Buffer, start: number, end: number): string => {
  const split = end - crcBytes;
  bytes[split] = closingBrace;
  const text = bytes.toString('utf8', start, split + 1);
  bytes[split] = comma;
  return text;
};

const isRow = (value: unknown): value is Row => {
  if (typeof value !== 'object' || value === null) return false;
  const { seq, type, ts } = value as Record<string, unknown>;
  return Number.isSafeInteger(seq) && typeof type === 'string' && typeof ts === 'string';
};

/** The row in a line without its newline, without `crc`; null when it is not whole. Never throws. */
export const decodeRow = (bytes: Buffer, start = 0, end = bytes.length): Row | null => {
  if (!isWholeLine(bytes, start, end)) return null;
  try {
    const row: unknown = JSON.parse(textOf(bytes, start, end));
    return isRow(row) ? row : null;
  } catch {
    // A right checksum over what is no JSON: written by something else than a log.
    return null;
  }
};

const seqField = '"seq":';

/** The `seq` of a whole line, read off its beginning without parsing the rest; 0 when there is none. */
export const seqOfLine = (line: string): number => {
  const at = line.indexOf(seqField);
  return at < 0 || at > 40 ? 0 : Number.parseInt(line.slice(at + seqField.length, at + seqField.length + 16), 10) || 0;
};
