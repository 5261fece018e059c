import { HumanError } from '../core/errors.ts';
import { isWholeLine } from './eventLogRow.ts';

/** Which rows are wanted; a row that cannot be read is not. */
export interface RowFilter {
  /** Only rows of these types. */
  types?: ReadonlySet<string>;
  /** Only rows of this moment or later: ISO 8601. */
  fromTs?: string;
}

/** Whether the line `bytes[start..end)`, without its newline, is a row that is wanted. */
export type SelectsLine = (bytes: Buffer, start: number, end: number) => boolean;

// How every row of ours begins: {"schema_version":1,"seq":7,"ts":"2030-01-02T03:04:05.678Z","id":"fix-1","type":"block",...
const beforeSeq = Buffer.from('{"schema_version":1,"seq":');
const beforeTs = Buffer.from(',"ts":"');
const tsLength = '2030-01-02T03:04:05.678Z'.length;
const beforeId = Buffer.from('","id":"');
const beforeType = Buffer.from('","type":"');
const quote = 0x22;
const backslash = 0x5c;

const momentOf = (fromTs: string): number => {
  const moment = Date.parse(fromTs);
  if (Number.isNaN(moment)) throw new HumanError('bad-time', `“${fromTs}” is no point in time. Give one as of ISO 8601, such as 2030-01-02T03:04:05Z.`, 2);
  return moment;
};

/**
 * Looks at the first bytes of a row of ours, and at its checksum when it is wanted: no text is made of it. Any other line is parsed.
 * @throws HumanError when `fromTs` is no point in time.
 */
export const lineSelector = ({ types, fromTs }: RowFilter): SelectsLine => {
  const fromMs = fromTs === undefined ? null : momentOf(fromTs);
  const fromBytes = fromMs === null ? null : Buffer.from(new Date(fromMs).toISOString());
  const wanted = types && [...types].map((type) => Buffer.from(`${JSON.stringify(type).slice(1)}`));
  const isWantedType = (bytes: Buffer, at: number): boolean => wanted === undefined || wanted.some((type) => isAt(bytes, at, type));

  return (bytes, start, end) => {
    const ts = tsAt(bytes, start);
    const type = ts < 0 ? -1 : typeAt(bytes, ts + tsLength, end);
    if (type < 0) return isWantedRow(parsed(bytes, start, end), types, fromMs);
    if (!isWantedType(bytes, type) || (fromBytes !== null && bytes.compare(fromBytes, 0, tsLength, ts, ts + tsLength) < 0)) return false;
    return isWholeLine(bytes, start, end) || isWantedRow(parsed(bytes, start, end), types, fromMs);
  };
};

const isAt = (bytes: Buffer, at: number, wanted: Buffer): boolean => {
  for (let index = 0; index < wanted.length; index++) if (bytes[at + index] !== wanted[index]) return false;
  return true;
};

/** Where the time of a row of ours begins, -1 where the line begins otherwise. */
const tsAt = (bytes: Buffer, start: number): number => {
  if (!isAt(bytes, start, beforeSeq)) return -1;
  let at = start + beforeSeq.length;
  while (bytes[at]! >= 0x30 && bytes[at]! <= 0x39) at++;
  if (!isAt(bytes, at, beforeTs)) return -1;
  at += beforeTs.length;
  // A year of more digits, or a time without a Z, is not compared by its bytes.
  return bytes[at + 4] === 0x2d && bytes[at + tsLength - 1] === 0x5a && isAt(bytes, at + tsLength, beforeId) ? at : -1;
};

/** Where the name of the type begins, given where the time ends; -1 where it is not so simple. */
const typeAt = (bytes: Buffer, tsEnd: number, end: number): number => {
  for (let at = tsEnd + beforeId.length; at < end; at++) {
    if (bytes[at] === backslash) return -1;
    if (bytes[at] === quote) return isAt(bytes, at, beforeType) ? at + beforeType.length : -1;
  }
  return -1;
};

const parsed = (bytes: Buffer, start: number, end: number): unknown => {
  try {
    return JSON.parse(bytes.toString('utf8', start, end));
  } catch {
    return null;
  }
};

const isWantedRow = (row: unknown, types: ReadonlySet<string> | undefined, fromMs: number | null): boolean => {
  if (typeof row !== 'object' || row === null) return false;
  const { type, ts } = row as Record<string, unknown>;
  if (types !== undefined && !(typeof type === 'string' && types.has(type))) return false;
  // A time that cannot be read is NaN, and no later than any.
  return fromMs === null || (typeof ts === 'string' && Date.parse(ts) >= fromMs);
};
