import { sessionResume } from '../../protocol/protocol.ts';
import { shellEnvironment } from '../connection.ts';
import { printLine, printJson } from '../print.ts';
import { sessionVerb, withSession, type SessionOptions } from '../session.ts';
import { startedJson } from '../startedJson.ts';
import { terminalSize } from '../shownTerminal.ts';
import type { DeclareVerb } from '../verbs.ts';

/** `backstitch resume`: starts the agent of a stopped or interrupted session again, on its own history. */
export const resumeVerb: DeclareVerb = (program) => {
  sessionVerb(program, 'resume', 'start the agent of a stopped or interrupted session again')
    .addHelpText('after', '\nExample: backstitch resume --id fix-1')
    .action((options: SessionOptions) => withSession(options.id, async (connection, session) => {
      const resumed = await connection.sendRequest(sessionResume, { session: session.uid, env: shellEnvironment(), ...terminalSize() });
      const { fidelity, reason, branch } = resumed;
      if (options.json) printJson({ ...(await startedJson(resumed)), branch, fidelity, reason });
      else printLine(`${resumed.id} runs again (process ${resumed.pid}).${reason === null ? '' : ` ${reason}`}`);
    }));
};
