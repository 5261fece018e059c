import { sessionStop } from '../../protocol/protocol.ts';
import { secondsOf } from '../options.ts';
import { printJson, printLine } from '../print.ts';
import { sessionVerb, withSession, type SessionOptions } from '../session.ts';
import type { DeclareVerb } from '../verbs.ts';

/** `backstitch stop`: ends the agent; the session and all its branches stay. */
export const stopVerb: DeclareVerb = (program) => {
  sessionVerb(program, 'stop', 'end the agent of a session; its conversation and branches stay')
    .option('--timeout <seconds>', 'how long the agent may take to leave by itself before it is killed', secondsOf, 5)
    .addHelpText('after', '\nExample: backstitch stop --id fix-1')
    .action((options: SessionOptions & { timeout: number }) => withSession(options.id, async (connection, session) => {
      const end = await connection.sendRequest(sessionStop, { session: session.uid, timeoutMs: options.timeout * 1000 });
      if (options.json) printJson({ ok: true, id: session.id, uid: session.uid, code: end.code, signal: end.signal });
      else printLine(`Stopped ${session.id}. \`backstitch resume --id ${session.id}\` goes on with it.`);
    }));
};
