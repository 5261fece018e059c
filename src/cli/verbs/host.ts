import { endHost } from '../../client/endHost.ts';
import { some } from '../../core/describe.ts';
import { HumanError } from '../../core/errors.ts';
import { hostStatus } from '../../protocol/protocol.ts';
import { hostOptions, withHost } from '../connection.ts';
import { describeOther, otherHostsNow, otherJson, todoOfOther } from '../otherHosts.ts';
import { printJson, printLine, shortTime } from '../print.ts';
import type { DeclareVerb } from '../verbs.ts';

const hostStaysUp = (sessions: number) =>
  new HumanError('host-in-use', `The session host keeps ${some(sessions, 'session')} and was left running. Stop what runs first, or use --force, which ends their agents.`);

/** `backstitch host`: the process that owns the sessions. */
export const hostVerb: DeclareVerb = (program) => {
  const host = program.command('host').description('show or end the session host, the process that owns the sessions')
    .addHelpText('after', '\nExample: backstitch host status');
  host.command('status').description('where it is and what it keeps').addHelpText('after', '\nExample: backstitch host status --json | jq .sessions')
    .option('--json', 'print JSON for scripts')
    .action((options: { json?: boolean }) => withHost(async (connection) => {
      const status = await connection.sendRequest(hostStatus, {});
      const others = await otherHostsNow();
      if (options.json) {
        printJson({
          pid: status.pid, build: status.build, node: status.node, state_directory: status.stateDirectory,
          sessions: status.sessions, clients: status.clients, uptime_s: Math.floor(status.uptimeMs / 1000),
          other_hosts: others.map(otherJson),
        });
        return;
      }
      printLine(`Session host ${status.build}, process ${status.pid}, Node ${status.node}, up ${shortTime(status.uptimeMs / 1000)}`);
      printLine(`${some(status.sessions, 'session')}, ${some(status.clients, 'client')}; state in ${status.stateDirectory}`);
      for (const other of others) printLine(`${describeOther(other)} ${todoOfOther(other)}`);
    }));
  host.command('stop').description('end it; refuses while agents are running').addHelpText('after', '\nExample: backstitch host stop --force')
    .option('--force', 'also when agents are running; they end with it')
    .option('--json', 'print JSON for scripts')
    .action(async (options: { force?: boolean; json?: boolean }) => {
      const left = await endHost(hostOptions(), options.force === true);
      if (left) throw hostStaysUp(left.keeps);
      if (options.json) printJson({ ok: true });
      else printLine('The session host has ended.');
    });
};
