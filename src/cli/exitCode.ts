import { copyLog, followLog } from '../client/logs.ts';
import type { Event, UnknownEvent } from '../core/events.ts';
import { parseEvent } from '../core/parse.ts';
import type { SessionSummary } from '../core/view.ts';

/** Far more than the end of a session takes to be written. */
const lastWordsMs = 10_000;

const rowsIn = (lines: Uint8Array): (Event | UnknownEvent)[] =>
  new TextDecoder().decode(lines).split('\n').filter(Boolean).flatMap((line) => parseEvent(JSON.parse(line)) ?? []);

/**
 * The `seq` with which following a session ends; null while it may still write. One that has just ended writes what it adds up to, and then its
 * end; after that at most what somebody does to it (another label).
 */
export const endSeqOf = async ({ alive, ended, lastTs, lastSeq, logPath }: SessionSummary): Promise<number | null> => {
  if (alive) return null;
  if (ended === 'interrupted' || Date.now() - Date.parse(lastTs) > lastWordsMs) return lastSeq;
  let last = '';
  await copyLog(logPath, (lines) => { last = rowsIn(lines).at(-1)?.type ?? last; }, { types: new Set(['run_started', 'exited']) });
  return last === 'exited' ? lastSeq : null;
};

/** The code in the row that says how the session ended, which may be about to be written; null when there is none. */
export async function exitCodeOf(session: SessionSummary): Promise<number | null> {
  let code: number | null = null;
  await followLog(session.logPath, (lines) => {
    for (const row of rowsIn(lines)) if (row.type === 'exited' && typeof row['code'] === 'number') code = row['code'];
  }, await endSeqOf(session), { types: new Set(['exited']) });
  return code;
}
