import { sessionInterrupt } from '../../protocol/protocol.ts';
import { printJson, printLine } from '../print.ts';
import { sessionVerb, withSession, type SessionOptions } from '../session.ts';
import type { DeclareVerb } from '../verbs.ts';

/** `backstitch interrupt`: ends the agent's turn, not the agent. */
export const interruptVerb: DeclareVerb = (program) => {
  sessionVerb(program, 'interrupt', "end the agent's turn; the session goes on")
    .addHelpText('after', '\nExample: backstitch interrupt --id fix-1')
    .action((options: SessionOptions) => withSession(options.id, async (connection, session) => {
      await connection.sendRequest(sessionInterrupt, { session: session.uid });
      if (options.json) printJson({ ok: true, id: session.id, uid: session.uid });
      else printLine(`Interrupted ${session.id}.`);
    }));
};
