import { execFile } from 'node:child_process';
import { access, constants, statfs } from 'node:fs/promises';
import { agentsList, hostStatus } from '../../protocol/protocol.ts';
import { shellEnvironment, withHost } from '../connection.ts';
import { describeOther, otherHostsNow, todoOfOther } from '../otherHosts.ts';
import { printJson, printTable } from '../print.ts';
import type { DeclareVerb } from '../verbs.ts';

/** One thing that was looked at: well, worth knowing, or in the way; and what to do about it. */
interface Finding {
  what: string;
  is: 'ok' | 'note' | 'problem';
  found: string;
  todo: string | null;
}

/** Below this a session's record and its checkpoints soon run out of room. */
const littleRoomBytes = 500 * 1024 * 1024;

const gitVersion = (): Promise<string | null> => new Promise((resolve) => {
  execFile('git', ['--version'], { timeout: 5_000 }, (error, stdout) => resolve(error ? null : stdout.trim()));
});

async function aboutGit(): Promise<Finding> {
  const version = await gitVersion();
  return version
    ? { what: 'git', is: 'ok', found: version, todo: null }
    : { what: 'git', is: 'problem', found: 'not on the PATH', todo: 'Install git: without it the files of a session are not captured, and a rewind leaves them as they are.' };
}

async function aboutDirectory(path: string): Promise<Finding[]> {
  const writable = await access(path, constants.W_OK).then(() => true, () => false);
  const room = await statfs(path).then(({ bavail, bsize }) => bavail * bsize, () => null);
  return [
    writable
      ? { what: 'state directory', is: 'ok', found: path, todo: null }
      : { what: 'state directory', is: 'problem', found: `${path} cannot be written`, todo: 'Make it writable for you, or set BACKSTITCH_STATE_DIR to a directory that is.' },
    room !== null && room < littleRoomBytes
      ? { what: 'disk', is: 'problem', found: `${Math.round(room / 1024 / 1024)} MB free`, todo: 'Make room: recording stops when the disk is full (agents go on).' }
      : { what: 'disk', is: 'ok', found: room === null ? 'unknown' : `${Math.round(room / 1024 / 1024 / 1024)} GB free`, todo: null },
  ];
}

/** `backstitch doctor`: what is needed, what is there, what to do. Exit code 1 when something is in the way. */
export const doctorVerb: DeclareVerb = (program) => {
  program.command('doctor').description('look at everything that Backstitch needs, and say what to do where something is missing')
    .option('--json', 'print JSON for scripts')
    .addHelpText('after', '\nExample: backstitch doctor --json | jq -c ".[] | select(.is != \\"ok\\")"')
    .action((options: { json?: boolean }) => withHost(async (connection) => {
      const host = await connection.sendRequest(hostStatus, {});
      const agents = await connection.sendRequest(agentsList, { env: shellEnvironment() });
      const findings: Finding[] = [
        { what: 'session host', is: 'ok', found: `process ${host.pid}, build ${host.build}, Node ${host.node}, ${host.sessions} running`, todo: null },
        ...(await otherHostsNow()).map((other): Finding => ({ what: 'session host', is: 'note', found: describeOther(other), todo: todoOfOther(other) })),
        ...await aboutDirectory(host.stateDirectory),
        await aboutGit(),
        ...agents.map(({ name, install }): Finding => install.is === 'ready'
          ? { what: name, is: install.note ? 'note' : 'ok', found: `${install.version} (${install.path})`, todo: install.note ?? null }
          : { what: name, is: 'note', found: install.problem, todo: install.todo }),
      ];
      if (options.json) printJson(findings);
      else printTable(['WHAT', 'IS', 'FOUND', 'WHAT TO DO'], findings.map(({ what, is, found, todo }) => [what, is, found, todo ?? '']));
      if (findings.some(({ is }) => is === 'problem')) process.exitCode = 1;
    }));
};
