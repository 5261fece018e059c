import { withHost } from '../connection.ts';
import { sessionNameOf } from '../options.ts';
import { describeOther, otherHostsNow, todoOfOther } from '../otherHosts.ts';
import { sessionJson } from '../json.ts';
import { printJson, printLine } from '../print.ts';
import { sessionLines } from '../sessionTable.ts';
import { sessionList, sessionStatus } from '../../protocol/protocol.ts';
import type { SessionSummary } from '../../core/view.ts';
import type { DeclareVerb } from '../verbs.ts';

interface StatusOptions {
  id?: string;
  all?: boolean;
  json?: boolean;
}

const printSessions = async (sessions: SessionSummary[], all: boolean, now: number): Promise<void> => {
  if (sessions.length === 0) {
    printLine(all ? 'There are no sessions.' : 'There are no sessions for this folder. `backstitch status --all` lists those of other folders.');
    return;
  }
  for (const line of await sessionLines(sessions, process.stdout.columns || null, now)) process.stdout.write(`${line}\n`);
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
        else await printSessions([session], true, now);
        return;
      }
      const sessions = await connection.sendRequest(sessionList, options.all ? { all: true } : { cwd: process.cwd() });
      if (options.json) printJson(sessions.map((session) => sessionJson(session, now)));
      else await printSessions(sessions, options.all === true, now);
      if (!options.json) for (const host of await otherHostsNow()) printLine(`${describeOther(host)} ${todoOfOther(host)}`);
    }));
};
