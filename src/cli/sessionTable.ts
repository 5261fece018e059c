import { isPersonNeeded, needOf, type Need } from '../core/attention.ts';
import type { SessionSummary } from '../core/view.ts';
import { shortTime } from './print.ts';
import { tableLines, type Column } from './table.ts';

/** Time of day where that is enough. */
const clock = (ts: string, now: number): string => {
  const at = new Date(ts);
  const time = `${String(at.getHours()).padStart(2, '0')}:${String(at.getMinutes()).padStart(2, '0')}`;
  return Math.abs(at.getTime() - now) < 86_400_000 ? time : `${ts.slice(0, 10)} ${time}`;
};

const limitWord = (until: string | null, now: number): string => (until === null ? 'limited' : `limited until ${clock(until, now)}`);

/** What a session is about, be it that it needs somebody or goes on by itself. */
const needWord = (need: Need, now: number): string => {
  switch (need.is) {
    case 'stall': return 'stalled';
    case 'limit': return limitWord(need.until, now);
    case 'dialog': return need.dialog;
    default: return need.is;
  }
};

const stateWord = (session: SessionSummary, now: number): string => {
  const { alive, ended, state } = session;
  if (!alive) return ended ?? 'exited';
  const need = needOf(session);
  if (need !== null) return isPersonNeeded(session) ? `needs you (${needWord(need, now)})` : needWord(need, now);
  return state.is === 'limited' ? limitWord(state.until ?? null, now) : state.is;
};

const queueWord = ({ queued, queuePaused, queueHeld }: SessionSummary): string => (queuePaused || queueHeld ? `${queued} (${queuePaused ? 'paused' : 'held'})` : String(queued));

const timeSince = (ts: string, now: number): string => (ts === '' ? '-' : shortTime((now - Date.parse(ts)) / 1000));

/** Whatever the width, it is seen which session it is, what it is about and for how long. */
const columnsOf = (isQueued: boolean): Column[] => [
  { head: 'ID', cut: 'end', isName: true }, { head: 'AGENT', cut: 'start', least: 8, leaves: 5 }, { head: 'STATE' }, { head: 'AGE', leaves: 0 }, { head: 'IDLE' }, ...(isQueued ? [{ head: 'QUEUE', leaves: 6 }] : []),
  { head: 'PID', leaves: 1 }, { head: 'BRANCH', cut: 'end', least: 8, leaves: 2 }, { head: 'FOLDER', cut: 'start', leaves: 4 }, { head: 'TITLE', cut: 'end', leaves: 3 },
];

/** Sessions as `status` shows them to people, in a table no wider than `limit` columns of a terminal (null: nothing is cut). */
export const sessionLines = (sessions: readonly SessionSummary[], limit: number | null, now: number): Promise<string[]> => {
  const isQueued = sessions.some(({ queued }) => queued > 0);
  return tableLines(columnsOf(isQueued), sessions.map((session) => [
    session.id, session.agent, stateWord(session, now), timeSince(session.createdTs, now), timeSince(session.activeTs, now),
    ...(isQueued ? [queueWord(session)] : []), session.pid === null ? '-' : String(session.pid), session.branch, session.cwd, session.title,
  ]), limit);
};
