import { isPersonNeeded, needOf, type Need } from '../../core/attention.ts';
import { withHost } from '../connection.ts';
import { sessionNameOf } from '../options.ts';
import { describeOther, otherHostsNow, todoOfOther } from '../otherHosts.ts';
import { sessionJson } from '../json.ts';
import { printJson, printLine, printTable, shortTime } from '../print.ts';
import { sessionList, sessionStatus } from '../../protocol/protocol.ts';
import type { SessionSummary } from '../../core/view.ts';
import type { DeclareVerb } from '../verbs.ts';

interface StatusOptions {
  id?: string;
  all?: boolean;
  json?: boolean;
}

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

const printSessions = (sessions: SessionSummary[], all: boolean, now: number): void => {
  if (sessions.length === 0) {
    printLine(all ? 'There are no sessions.' : 'There are no sessions for this folder. `backstitch status --all` lists those of other folders.');
    return;
  }
  const isQueued = sessions.some(({ queued }) => queued > 0);
  const head = ['ID', 'AGENT', 'STATE', 'IDLE', ...(isQueued ? ['QUEUE'] : []), 'PID', 'BRANCH', 'FOLDER', 'TITLE'];
  printTable(head, sessions.map((session) => [
    session.id, session.agent, stateWord(session, now), session.activeTs ? shortTime((now - Date.parse(session.activeTs)) / 1000) : '-',
    ...(isQueued ? [queueWord(session)] : []), session.pid === null ? '-' : String(session.pid), session.branch, session.cwd, session.title,
  ]));
  for (const session of sessions) if (session.problem) printLine(`${session.id}: ${session.problem}`);
};

/** `backstitch status`: the sessions of this folder, or of all. */
export const statusVerb: DeclareVerb = (program) => {
  program.command('status').description('list the sessions of this folder')
    .option('--id <session>', 'only this session, wherever it works', sessionNameOf)
    .option('-a, --all', 'the sessions of all folders')
    .option('--json', 'print JSON for scripts: an array; with --id one object')
    .addHelpText('after', '\nExample: backstitch status --id fix-1 --json | jq -r .state')
    .action((options: StatusOptions) => withHost(async (connection) => {
      const now = Date.now();
      if (options.id !== undefined) {
        const session = await connection.sendRequest(sessionStatus, { session: options.id });
        if (options.json) printJson(sessionJson(session, now));
        else printSessions([session], true, now);
        return;
      }
      const sessions = await connection.sendRequest(sessionList, options.all ? { all: true } : { cwd: process.cwd() });
      if (options.json) printJson(sessions.map((session) => sessionJson(session, now)));
      else printSessions(sessions, options.all === true, now);
      if (!options.json) for (const host of await otherHostsNow()) printLine(`${describeOther(host)} ${todoOfOther(host)}`);
    }));
};
