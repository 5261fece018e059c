import type { AgentState } from '../../core/events.ts';
import { asNumber, asObject, asText, type Json } from './json.ts';
import { type Row, textOf } from './row.ts';

export type Limit = Omit<Extract<AgentState, { is: 'limited' }>, 'is'>;

/** What the CLI writes when an account or its budget is used up (2.1.329, and the form of older ones with a time stamp behind a bar). */
const limitWords = /hit your (?:[^\n]{1,60}\s)?limit\b|\b(?:usage|spend|session|weekly|\d+-hour) limit (?:reached|hit)|out of (?:extra )?usage|limit reached\|\d{10}/i;
/** A moment that has only just passed is meant, and not the same time tomorrow: times are told without seconds. */
const justPassedMs = 60_000;
const dayMs = 24 * 60 * 60 * 1_000;
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** The limit that a row of a transcript tells; null for every other row. A request that was only refused for a while (a plain 429) is none. */
export function limitOfRow(row: Row, zone: string): Limit | null {
  if (row.json['isApiErrorMessage'] !== true) return null;
  const text = textOf(row.parts);
  if (row.json['apiError'] !== 'usage_limit_reached' && !limitWords.test(text)) return null;
  const seconds = resetOf(row.json['quotaLimits']) ?? resetOf(asObject(row.json['apiErrorParams'])?.['rate_limit_info']);
  const told = asText(row.json['timestamp']);
  const until = seconds === undefined ? untilIn(text, told === undefined ? Number.NaN : Date.parse(told), zone) : isoOf(seconds * 1_000);
  return limit(text, until);
}

/** The same from a text of the CLI's own: what a hook reports, or a line of its screen. `nowMs`: when it was said. */
export function limitInText(text: string, nowMs: number, zone: string): Limit | null {
  return limitWords.test(text) ? limit(text, untilIn(text, nowMs, zone)) : null;
}

/**
 * The line below the input box, or the dialog, that says that the limit holds. What the conversation shows further up is old. A row that the
 * limit's own words begin is asked for, since an answer may quote them.
 */
export function limitOnScreen(rows: readonly string[], nowMs: number, zone: string): Limit | null {
  const end = rows.slice(-8);
  const line = end.find((row) => /^\s*⚠?\s*Usage limit reached · limit resets /.test(row)) ?? (isLimitDialog(rows) ? rows.findLast((row) => limitWords.test(row)) : undefined);
  return line === undefined ? null : limitInText(line.replace(/^[\s⚠⎿●]+/u, ''), nowMs, zone);
}

const isLimitDialog = (rows: readonly string[]): boolean =>
  rows.some((row) => row.includes('What do you want to do?')) && rows.some((row) => /wait for limit/i.test(row));

function limit(text: string, until: string | undefined): Limit {
  const message = text.replace(/\|\d{10}\b/, '').replace(/\s+/g, ' ').trim().slice(0, 300);
  return { ...(until === undefined ? {} : { until }), message };
}

const resetOf = (limits: unknown): number | undefined => asNumber((asObject(limits) as Json | undefined)?.['resetsAt']);

/**
 * When a text says that something resets, UTC ISO 8601: a time stamp, a time (the next such one), a date with or without a time, or a span; in
 * the zone that it names, else in `zone`.
 */
export function untilIn(text: string, nowMs: number, zone: string): string | undefined {
  const stamp = /\|(\d{10})\b/.exec(text)?.[1];
  if (stamp !== undefined) return isoOf(Number(stamp) * 1_000);
  const said = /\bresets?\b:?\s*(?:at\s+|on\s+)?([^·\n]+)/i.exec(text)?.[1];
  if (said === undefined || Number.isNaN(nowMs)) return undefined;
  const span = spanOf(said);
  if (span !== null) return isoOf(nowMs + span);
  const place = isZone(/\(([A-Za-z]+(?:[/_+-][A-Za-z0-9]+)*)\)/.exec(said)?.[1]) ?? isZone(zone) ?? 'UTC';
  const time = /\b(\d{1,2})(?::(\d{2}))?\s*([ap])\.?m\b/i.exec(said) ?? /\b(\d{1,2}):(\d{2})\b/.exec(said);
  const date = /\b([A-Za-z]{3})[a-z]*\.?\s+(\d{1,2})(?:,?\s+(\d{4}))?/.exec(said);
  const month = date ? months.indexOf(date[1]?.toLowerCase() ?? '') : -1;
  if (!time && month < 0) return undefined;
  const hour = time ? (Number(time[1]) % (time[3] ? 12 : 24)) + (time[3]?.toLowerCase() === 'p' ? 12 : 0) : 0;
  const minute = Number(time?.[2] ?? 0);
  const today = wallClock(nowMs, place);
  if (month < 0) {
    const first = instantOf(today.year, today.month, today.day, hour, minute, place);
    const moment = first + justPassedMs > nowMs ? first : instantOf(today.year, today.month, today.day + 1, hour, minute, place);
    return isoOf(moment);
  }
  const day = Number(date?.[2]);
  const moment = instantOf(Number(date?.[3] ?? today.year), month, day, hour, minute, place);
  const isPast = date?.[3] === undefined && moment + dayMs < nowMs;
  return isoOf(isPast ? instantOf(today.year + 1, month, day, hour, minute, place) : moment);
}

/** `in 2h 15m`, `in 3 hours`, as milliseconds. */
function spanOf(said: string): number | null {
  if (!/^in\s+\d/i.test(said)) return null;
  const units: Record<string, number> = { d: dayMs, h: 3_600_000, m: 60_000, s: 1_000 };
  let ms = 0;
  for (const [, count, unit] of said.matchAll(/(\d+)\s*(d|h|m|s)[a-z]*/gi)) ms += Number(count) * (units[unit?.toLowerCase() ?? ''] ?? 0);
  return ms > 0 ? ms : null;
}

interface WallClock {
  year: number;
  month: number;
  day: number;
}

/** Year, month (from 0) and day in a zone. */
function wallClock(ms: number, zone: string): WallClock {
  const shifted = new Date(ms + offsetOf(ms, zone));
  return { year: shifted.getUTCFullYear(), month: shifted.getUTCMonth(), day: shifted.getUTCDate() };
}

/** When a clock in the zone shows this. Twice, since the offset is that of the moment that is looked for. */
function instantOf(year: number, month: number, day: number, hour: number, minute: number, zone: string): number {
  const asIfUtc = Date.UTC(year, month, day, hour, minute);
  const guess = asIfUtc - offsetOf(asIfUtc, zone);
  return asIfUtc - offsetOf(guess, zone);
}

function offsetOf(ms: number, zone: string): number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' });
  const parts = new Map(format.formatToParts(new Date(ms)).map(({ type, value }) => [type, Number(value)]));
  const at = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  return Date.UTC(at('year'), at('month') - 1, at('day'), at('hour'), at('minute'), at('second')) - Math.floor(ms / 1_000) * 1_000;
}

function isZone(name: string | undefined): string | undefined {
  try {
    return name === undefined ? undefined : new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

const isoOf = (ms: number): string | undefined => (Math.abs(ms) < 8e15 ? new Date(ms).toISOString() : undefined);
