import { sessionStop, sessionWaitEnd } from '../../protocol/protocol.ts';
import { shellWord } from '../../core/shellWord.ts';
import { endJson } from '../json.ts';
import { secondsOf } from '../options.ts';
import { printJson, printLine } from '../print.ts';
import { lookupOptions, sessionVerb, withSession, type SessionOptions } from '../session.ts';
import { endWords } from '../sessionEnd.ts';
import type { DeclareVerb } from '../verbs.ts';

/** `backstitch stop`: ends the agent; the session and all its branches stay. */
export const stopVerb: DeclareVerb = (program) => {
  lookupOptions(sessionVerb(program, 'stop', 'end the agent of a session; its conversation and branches stay'))
    .option('--timeout <seconds>', 'how long the agent may take to leave by itself before it is killed', secondsOf, 5)
    .addHelpText('after', '\nExample: backstitch stop --id fix-1')
    .action((options: SessionOptions & { timeout: number }) => withSession(options, async (connection, { uid, id }) => {
      const { sent } = await connection.sendRequest(sessionStop, { session: uid, timeoutMs: options.timeout * 1000 });
      const end = await connection.sendRequest(sessionWaitEnd, { session: uid });
      const signal = end.signal ?? (sent === 'exit_sequence' ? 'exit_sequence_sent' : null);
      if (options.json) printJson({ ok: true, id, uid, ...endJson(end), signal });
      else printLine(`${sent === null ? `${id} was not running` : `Stopped ${id}`}: it ${endWords(end)}. \`backstitch resume --id ${shellWord(id)}\` goes on with it.`);
    }));
};
