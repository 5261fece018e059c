import type { MessageConnection } from 'vscode-jsonrpc/node';
import { HumanError } from '../../core/errors.ts';
import { agentsList, hostStatus, hostTryTerminal, sessionList } from '../../protocol/protocol.ts';
import { ownBuild, shellEnvironment, withHost } from '../connection.ts';
import { aboutGit, aboutLeftovers, aboutStateDirectory, aboutTmux, memoryOf, note, ok, problem, type Finding } from '../findings.ts';
import { describeOther, otherHostsNow, todoOfOther } from '../otherHosts.ts';
import { printable, printJson, printLine } from '../print.ts';
import { tableLines } from '../table.ts';
import type { DeclareVerb } from '../verbs.ts';

/** A host with this much and a usual number of sessions keeps more than it should. */
const muchMemoryBytes = 1024 ** 3;

const aboutHost = async (connection: MessageConnection): Promise<Finding[]> => {
  const host = await connection.sendRequest(hostStatus, {});
  const bytes = await memoryOf(host.pid);
  const memory = bytes === null ? 'memory unknown' : `${Math.round(bytes / 1024 / 1024)} MB`;
  const found = `process ${host.pid}, build ${host.build}, Node ${host.node}, ${host.sessions} running, ${memory}`;
  if (bytes !== null && bytes > muchMemoryBytes) return [note('session host', found, 'That is much. It can be started anew when its sessions have ended: `backstitch host stop`.')];
  if (host.build !== ownBuild) return [note('session host', found, 'It is of another build than this command. It is replaced after `backstitch host stop`, which waits until no agent runs.')];
  return [ok('session host', found)];
};

const aboutTerminals = async (connection: MessageConnection): Promise<Finding> => {
  const { problem: why } = await connection.sendRequest(hostTryTerminal, {});
  return why === null
    ? ok('terminals', 'a program was started in one and read')
    : problem('terminals', why, 'No agent can be started. Build node-pty anew (`npm rebuild node-pty`), and see whether pseudo-terminals are left (`ls /dev/pts`).');
};

const aboutAgents = async (connection: MessageConnection): Promise<Finding[]> =>
  (await connection.sendRequest(agentsList, { env: shellEnvironment() })).map(({ name, install }) => {
    if (install.is !== 'ready') return note(name, install.problem, install.todo);
    const found = `${install.version} (${install.path})`;
    return install.note ? note(name, found, install.note) : ok(name, found);
  });

/** What only a session host can tell; that there is none is a finding too. */
const aboutWhatRuns = async (): Promise<Finding[]> => {
  try {
    return await withHost(async (connection) => [
      ...await aboutHost(connection),
      ...(await otherHostsNow()).map((other) => note('session host', describeOther(other), todoOfOther(other))),
      await aboutTerminals(connection),
      ...await aboutLeftovers(await connection.sendRequest(sessionList, { all: true })),
      ...await aboutAgents(connection),
    ]);
  } catch (error) {
    if (!(error instanceof HumanError)) throw error;
    return [problem('session host', error.message, 'Nothing runs without it. Its own words are in host.log in the state directory.')];
  }
};

/** Nothing is cut: whoever looks needs the whole of it. What to do stands below each finding. */
const print = async (findings: Finding[]): Promise<void> => {
  const [head = '', ...lines] = await tableLines([{ head: 'WHAT' }, { head: 'IS' }, { head: 'FOUND' }], findings.map(({ what, is, found }) => [what, is, found]), null);
  printLine(head);
  lines.forEach((line, at) => {
    printLine(line);
    const todo = findings[at]?.todo;
    if (todo) process.stdout.write(`  → ${printable(todo)}\n`);
  });
};

/** `backstitch doctor`: what is needed, what is there, what to do. Exit code 1 when something is in the way. */
export const doctorVerb: DeclareVerb = (program) => {
  program.command('doctor').description('look at everything that Backstitch needs, and say what to do where something is missing')
    .option('--json', 'print JSON for scripts')
    .addHelpText('after', '\nExample: backstitch doctor --json | jq -c ".[] | select(.is != \\"ok\\")"')
    .action(async (options: { json?: boolean }) => {
      const findings = [...await aboutStateDirectory(), await aboutGit(), await aboutTmux(), ...await aboutWhatRuns()];
      if (options.json) printJson(findings);
      else await print(findings);
      if (findings.some(({ is }) => is === 'problem')) process.exitCode = 1;
    });
};
