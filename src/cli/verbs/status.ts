import { Option } from 'commander';
import { orderOf, standingOf } from '../../core/attention.ts';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { withHost } from '../connection.ts';
import { sessionNameOf } from '../options.ts';
import { describeOther, otherHostsNow, todoOfOther } from '../otherHosts.ts';
import { sessionJson } from '../json.ts';
import { printJson, printLine } from '../print.ts';
import { sessionLines } from '../sessionTable.ts';
import { filterOf, lookupOptions, withSession, type Lookup } from '../session.ts';
import { sessionList } from '../../protocol/protocol.ts';
import type { SessionSummary } from '../../core/view.ts';
import type { DeclareVerb } from '../verbs.ts';

interface StatusOptions extends Partial<Lookup> {
  all?: boolean;
  ended?: boolean;
  json?: boolean;
}

/** What is shown unless all is asked for: what lives, and what wants to be resumed. */
const isCurrent = ({ alive, ended }: SessionSummary): boolean => alive || ended === 'interrupted';

/** Where the sessions of a list are looked for, in words. */
const placeOf = ({ all, repo, cli }: StatusOptions): string =>
  `${cli === undefined ? '' : ` of ${cli}`}${all ? '' : repo === undefined ? ' for this folder' : ` for ${repo}`}`;

const printSessions = async (sessions: SessionSummary[], now: number): Promise<void> => {
  if (sessions.length === 0) return;
  for (const line of await sessionLines(sessions, process.stdout.columns || null, now)) process.stdout.write(`${line}\n`);
  for (const session of sessions) if (session.problem) printLine(`${session.id}: ${session.problem}`);
};

/** What is not in the list, and how to see it. */
const printRest = (shown: number, left: number, options: StatusOptions): void => {
  const others = options.all ? '' : ' `backstitch status --all` looks in all folders.';
  if (left > 0) printLine(`${shown > 0 ? `${left} more` : `No session${placeOf(options)} is alive; ${left}`} ${left === 1 ? 'has' : 'have'} ended: add --ended to see ${left === 1 ? 'it' : 'them'}.${shown > 0 ? '' : others}`);
  else if (shown === 0) printLine(`There are no sessions${placeOf(options)}.${others}`);
};

const list = async (connection: MessageConnection, options: StatusOptions, now: number): Promise<void> => {
  const { all, repo, cli } = options;
  const found = await connection.sendRequest(sessionList, all ? { all: true, ...filterOf({ cli }) } : { cwd: process.cwd(), ...filterOf({ repo, cli }) });
  const current = new Map((options.ended ? found : found.filter(isCurrent)).map((session) => [session.uid, session]));
  const { uids } = orderOf([...current.values()], (session) => standingOf(session, null));
  const shown = uids.flatMap((uid) => current.get(uid) ?? []);
  if (options.json) {
    printJson(shown.map((session) => sessionJson(session, now)));
    return;
  }
  await printSessions(shown, now);
  printRest(shown.length, found.length - shown.length, options);
  for (const host of await otherHostsNow()) printLine(`${describeOther(host)} ${todoOfOther(host)}`);
};

/** `backstitch status`: the sessions of this folder, or of all. */
export const statusVerb: DeclareVerb = (program) => {
  lookupOptions(program.command('status').description('list the sessions of this folder that live or were interrupted')
    .option('--id <session>', 'only this session, wherever it works', sessionNameOf)
    .addOption(new Option('-a, --all', 'the sessions of all folders').conflicts('repo'))
    .option('--ended', 'also those that have ended'))
    .option('--json', 'print JSON for scripts: an array; with --id one object')
    .addHelpText('after', '\nExample: backstitch status --id fix-1 --json | jq -r .state')
    .action(async ({ id, ...options }: StatusOptions) => {
      const now = Date.now();
      if (id === undefined) await withHost((connection) => list(connection, options, now));
      else await withSession({ ...options, id }, async (_, session) => {
        if (options.json) printJson(sessionJson(session, now));
        else await printSessions([session], now);
      });
    });
};
