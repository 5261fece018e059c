import { shownOf } from '../../core/shown.ts';
import { sessionInterrupt } from '../../protocol/protocol.ts';
import { nameOf } from '../options.ts';
import { printJson, printLine } from '../print.ts';
import { sessionVerb, withSession, type SessionOptions } from '../session.ts';
import type { DeclareVerb } from '../verbs.ts';

/** `backstitch interrupt`: ends the agent's turn, not the agent. */
export const interruptVerb: DeclareVerb = (program) => {
  sessionVerb(program, 'interrupt', "end the agent's turn; the session goes on")
    .option('--turn <turn>', 'only this turn, as `status --json` names it; one that is over is an error', nameOf('a turn'))
    .addHelpText('after', '\nExample: backstitch interrupt --id fix-1')
    .action((options: SessionOptions & { turn?: string }) => withSession(options.id, async (connection, session) => {
      await connection.sendRequest(sessionInterrupt, { session: session.uid, shown: shownOf(session, options.turn) });
      if (options.json) printJson({ ok: true, id: session.id, uid: session.uid });
      else printLine(`Interrupted ${session.id}.`);
    }));
};
