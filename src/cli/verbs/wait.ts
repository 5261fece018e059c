import { Option } from 'commander';
import { HumanError } from '../../core/errors.ts';
import { exitCodeOf } from '../exitCode.ts';
import { sessionStatus } from '../../protocol/protocol.ts';
import { within } from '../failure.ts';
import { secondsOf } from '../options.ts';
import { printJson, printLine } from '../print.ts';
import { sessionVerb, withSession, type SessionOptions } from '../session.ts';
import type { DeclareVerb } from '../verbs.ts';
import { goals, waitUntil, type Goal } from '../waiting.ts';

interface WaitOptions extends SessionOptions {
  until: Goal;
  timeout?: number;
}

/** Long enough for any wait that names no limit: the largest delay of a timer. */
const foreverSeconds = 2_147_483;

/** `backstitch wait`: returns when a session is where one wants it; waiting for its end returns the agent's own exit code. */
export const waitVerb: DeclareVerb = (program) => {
  sessionVerb(program, 'wait', "wait for the end of a session (exit code: the agent's own), or until it is somewhere")
    .addOption(new Option('--until <goal>', 'what to wait for').choices([...goals]).default('exited'))
    .option('--timeout <seconds>', 'give up after this long; exit code 124', secondsOf)
    .addHelpText('after', '\nExample: backstitch wait --id fix-1 --until task_complete --timeout 600')
    .action((options: WaitOptions) => withSession(options.id, async (connection, session) => {
      const waited = waitUntil(connection, session, options.until);
      const end = await within(options.timeout ?? foreverSeconds, waited, `${session.id} did not come to “${options.until}”`);
      if (!end.reached) throw new HumanError('ended-first', `${session.id} ended before it came to “${options.until}”.`);
      const code = end.code ?? (options.until === 'exited' ? await exitCodeOf(await connection.sendRequest(sessionStatus, { session: session.uid })) : null);
      if (options.json) printJson({ ok: true, id: session.id, uid: session.uid, until: options.until, state: end.state, code });
      else printLine(options.until === 'exited' ? `${session.id} has ended${code === null ? '' : ` with code ${code}`}.` : `${session.id} is ${end.state}.`);
      if (options.until === 'exited') process.exitCode = code ?? 0;
    }));
};
