import { followLog } from '../client/logs.ts';
import { parseEvent } from '../core/parse.ts';
import type { SessionSummary } from '../core/view.ts';

/** Far more than the end of a session takes to be written. */
const lastWordsMs = 10_000;

/** Whether no row will come any more. One that has just ended still writes what it adds up to, and then its end. */
export const isOver = ({ alive, ended, lastTs }: SessionSummary): boolean =>
  !alive && (ended === 'interrupted' || Date.now() - Date.parse(lastTs) > lastWordsMs);

/** The code in the row that says how the session ended, which may be about to be written; null when there is none. */
export async function exitCodeOf(session: SessionSummary): Promise<number | null> {
  let code: number | null = null;
  await followLog(session.logPath, (lines) => {
    for (const line of new TextDecoder().decode(lines).split('\n').filter(Boolean)) {
      const row = parseEvent(JSON.parse(line));
      if (row?.type === 'exited' && typeof row['code'] === 'number') code = row['code'];
    }
  }, isOver(session) ? session.lastSeq : null, { types: new Set(['exited']) });
  return code;
}
