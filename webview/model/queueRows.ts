import { withoutAdded } from '../../src/core/ownWords.ts';
import { plainText } from '../../src/core/plainText.ts';
import type { QueuedSend } from '../../src/core/view.ts';
import { counted, say } from '../strings.ts';
import { localTime } from './phrases.ts';

/** A prompt that waits, as one row. */
export interface QueueRow {
  send: string;
  /** As it would be typed. */
  text: string;
  line: string;
  /** Who queued it, if not the panel, and until when it waits, if not for ever. */
  note: string;
  /** All of it, for a tooltip. */
  title: string;
}

/** Characters beyond which a row's line and its tooltip are cut: a prompt may be of any length. */
const longestLine = 400;
const longestTitle = 2_000;

export const queueRows = (queue: readonly QueuedSend[], now = new Date()): QueueRow[] => queue.map((queued) => rowOf(queued, now));

function rowOf(queued: QueuedSend, now: Date): QueueRow {
  const { send, text, from, queuedTs, expires } = queued;
  const shown = plainText(text);
  const own = plainText(withoutAdded(queued) || text);
  const by = { panel: '', cli: say('queue.fromCli'), host: say('queue.fromHost') }[from];
  const note = [by, expires === undefined ? '' : say('queue.expires', localTime(expires, now))];
  const facts = [queuedTs === undefined ? '' : say('queue.queuedAt', localTime(queuedTs, now)), expires === undefined ? '' : say('queue.expiresAt', localTime(expires, now))];
  return { send, text, line: cut(own.replace(/\s+/g, ' ').trim(), longestLine), note: filled(note).join(' · '), title: filled([cut(shown, longestTitle), filled(facts).join(' ')]).join('\n\n') };
}

/** The line above the rows; empty when the rows say it all. */
export function queueHeading(count: number, how: { paused: boolean; exited: boolean }): string {
  if (how.exited && count > 0) return counted('queue.stopped', count);
  if (how.paused) return count === 0 ? say('queue.heldEmpty') : counted('queue.held', count);
  return count > 1 ? counted('queue.waiting', count) : '';
}

/** What has become of the queue, for a screen reader; empty when nothing has that matters. */
export function queueNews(before: readonly QueuedSend[], after: readonly QueuedSend[]): string {
  if (before.length !== after.length) return after.length === 0 ? say('queue.none') : counted('queue.waiting', after.length);
  return after.some(({ send, text }, index) => before[index]?.send !== send || before[index].text !== text) ? say('queue.changed') : '';
}

const cut = (text: string, longest: number): string => (text.length > longest ? `${text.slice(0, longest)}…` : text);
const filled = (texts: string[]): string[] => texts.filter((text) => text !== '');
