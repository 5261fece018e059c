import { sessionSend, sessionWaitIdle } from '../../protocol/protocol.ts';
import { usageError, within } from '../failure.ts';
import { stateJson } from '../json.ts';
import { secondsOf } from '../options.ts';
import { printJson, printLine } from '../print.ts';
import { sessionVerb, withSession, type SessionOptions } from '../session.ts';
import { standardInput } from '../standardInput.ts';
import type { DeclareVerb } from '../verbs.ts';

interface SendOptions extends SessionOptions {
  message?: string;
  waitForIdle?: boolean;
  force?: boolean;
  timeout: number;
}

const messageOf = async (words: string[], options: SendOptions): Promise<string> => {
  if (options.message !== undefined && words.length > 0) throw usageError('Give the prompt once: as --message, as words, or on standard input.');
  const text = options.message ?? (words.length > 0 ? words.join(' ') : await standardInput());
  if (text.trim() === '') throw usageError('There is no prompt to send: give --message TEXT, words, or text on standard input.');
  return text;
};

/** `backstitch send`: a prompt for a session; waits in its queue while the agent is at work. */
export const sendVerb: DeclareVerb = (program) => {
  sessionVerb(program, 'send', 'send a prompt to a session')
    .argument('[words...]', 'the prompt, if not given by --message or on standard input')
    .option('-m, --message <text>', 'the prompt')
    .option('--wait-for-idle', 'return when the agent has taken it up and is idle again')
    .option('--force', 'type it now, also while the agent is at work')
    .option('--timeout <seconds>', 'for --wait-for-idle; exit code 124', secondsOf, 600)
    .addHelpText('after', '\nExample: backstitch send --id fix-1 --message "Run the tests" --wait-for-idle\nA prompt of more than about 100 kB: backstitch send --id fix-1 < prompt.txt')
    .action(async (words: string[], options: SendOptions) => {
      const text = await messageOf(words, options);
      await withSession(options.id, async (connection, session) => {
        const { send } = await connection.sendRequest(sessionSend, { session: session.uid, text, from: 'cli', ...(options.force && { force: true }) });
        const sent = { ok: true, id: session.id, uid: session.uid, send };
        if (!options.waitForIdle) {
          if (options.json) printJson(sent);
          else printLine(`Sent to ${session.id}.`);
          return;
        }
        const waited = connection.sendRequest(sessionWaitIdle, { session: session.uid, send });
        const { state } = await within(options.timeout, waited, `${session.id} was not idle again`);
        if (options.json) printJson({ ...sent, ...stateJson(state) });
        else printLine(`Sent to ${session.id}; it is ${state.is}.`);
      });
    });
};
