import type { Event, UnknownEvent } from './events.ts';

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value > 0;

/**
 * A row of a log as an event: its envelope is checked, the log's own `crc` is taken away, everything else passes untouched, also types and
 * fields that are not known. Null when it is no row of ours.
 */
export const parseEvent = (value: unknown): Event | UnknownEvent | null => {
  if (!isRecord(value)) return null;
  const { crc: _crc, ...row } = value;
  const isRow = row['schema_version'] === 1 && isCount(row['seq']) && typeof row['ts'] === 'string' && typeof row['id'] === 'string'
    && typeof row['type'] === 'string' && row['type'] !== '' && (row['run'] === undefined || isCount(row['run']));
  return isRow ? (row as UnknownEvent) : null;
};
