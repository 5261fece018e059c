import { Option } from 'commander';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { HumanError } from '../../core/errors.ts';
import type { AgentState } from '../../core/events.ts';
import type { SessionSummary } from '../../core/view.ts';
import { shellWord } from '../../core/shellWord.ts';
import { sessionSend, sessionSendFate, sessionStatus, sessionWaitEnd, sessionWaitIdle, type SendFate } from '../../protocol/protocol.ts';
import { humanErrorOf } from '../../protocol/failures.ts';
import { isHostGone } from '../connection.ts';
import { FailureWithFacts, usageError, within } from '../failure.ts';
import { endJson, stateJson } from '../json.ts';
import { nameOf, secondsOf } from '../options.ts';
import { printable, printJson, printLine } from '../print.ts';
import { relayed, senderOf } from '../relay.ts';
import { lookupOptions, sessionVerb, withSession, type SessionOptions } from '../session.ts';
import { endWords } from '../sessionEnd.ts';
import { standardInput } from '../standardInput.ts';
import type { DeclareVerb } from '../verbs.ts';

interface SendOptions extends SessionOptions {
  message?: string;
  wait: boolean;
  waitForIdle?: boolean;
  force?: boolean;
  submitOnly?: boolean;
  submit: boolean;
  relay?: boolean;
  timeout?: number;
  verbose?: boolean;
  key?: string;
}

/** Until it is delivered, and until the agent is idle again. */
const deliverySeconds = 120;
const idleSeconds = 600;

/** The text given as words, by --message or on standard input. `missing`: what there is none of, if so. */
export const messageOf = async (words: string[], message: string | undefined, missing: string): Promise<string> => {
  if (message !== undefined && words.length > 0) throw usageError('Give the prompt once: as --message, as words, or on standard input.');
  const text = message ?? (words.length > 0 ? words.join(' ') : await standardInput());
  if (text.trim() === '') throw usageError(`There is no ${missing}: give --message TEXT, words, or text on standard input.`);
  return text;
};

const textOf = async (words: string[], options: SendOptions): Promise<string> => {
  if (!options.submitOnly) return messageOf(words, options.message, 'prompt to send');
  if (words.length > 0 || options.message !== undefined) throw usageError('--submit-only sends nothing but what submits: leave the text away.');
  if (!options.submit) throw usageError('--submit-only and --no-submit exclude each other.');
  return '';
};

/** A prompt that waits no more and was not delivered. */
const undelivered = (id: string, { status, reason }: SendFate) => new HumanError(`send-${status}`,
  `${id} did not get the prompt: ${status === 'expired' ? 'it waited too long' : status === 'failed' ? 'it was not taken up' : 'it was taken out of the queue'}${reason ? ` (${reason})` : ''}.`);

/** What became of the prompt once it waits no more. */
const fateOf = async (connection: MessageConnection, { uid, id }: SessionSummary, sent: { send: string } & SendFate): Promise<SendFate> => {
  const fate = sent.status === 'queued' ? await connection.sendRequest(sessionSendFate, { session: uid, send: sent.send }) : sent;
  if (fate.status !== 'delivered' && fate.status !== 'queued') throw undelivered(id, fate);
  return fate;
};

/** Resolves when the agent has been given the prompt and is idle again. @throws HumanError when it was not given it, or has ended with it */
const untilIdle = async (connection: MessageConnection, session: SessionSummary, sent: { send: string } & SendFate): Promise<{ fate: SendFate; state: AgentState }> => {
  const { uid, id } = session;
  const idle = connection.sendRequest(sessionWaitIdle, { session: uid, send: sent.send });
  // an answer that nobody waits for any more, once the prompt turns out not to be delivered
  idle.catch(() => undefined);
  const fate = await fateOf(connection, session, sent);
  try {
    return { fate, state: (await idle).state };
  } catch (error) {
    if (isHostGone(error) || humanErrorOf(error).code !== 'not-running') throw error;
    // It has ended. What it was given it may have carried out: only the log, and what it has changed, can tell.
    const end = await connection.sendRequest(sessionWaitEnd, { session: uid });
    throw new FailureWithFacts('ended-first', `${id} got the prompt and then ${endWords(end)}. \`backstitch resume --id ${shellWord(id)}\` starts its agent again.`,
      { id, uid, send: sent.send, status: fate.status, ...endJson(end) });
  }
};

const words: Record<SendFate['status'], string> = { delivered: 'Sent', queued: 'Queued', expired: 'Expired', dropped: 'Dropped', failed: 'Failed' };

const deliver = async (connection: MessageConnection, session: SessionSummary, text: string, options: SendOptions): Promise<void> => {
  const { uid, id } = session;
  const sent = await connection.sendRequest(sessionSend, {
    session: uid, text, from: 'cli', ...(session.moving === null && { branch: session.branch }), ...(options.key !== undefined && { key: options.key }), ...(options.force && { force: true }),
    ...(options.submitOnly ? { submit: 'enter' } : !options.submit && { submit: false }),
  });
  // The disk may have taken it since.
  const problem = sent.recorded === false ? (await connection.sendRequest(sessionStatus, { session: uid })).problem : null;
  const facts = { ok: true, id, uid, send: sent.send, ...(problem !== null && { recorded: false }) };
  if (problem !== null) process.stderr.write(`backstitch: the prompt is in the session host's memory only. ${printable(problem)}\n`);
  if (options.verbose) process.stderr.write(`backstitch: prompt ${sent.send} ${sent.status === 'queued' ? 'waits its turn' : 'was taken at once'}: ${id} was ${session.state.is}\n`);
  if (options.waitForIdle) {
    const { fate, state } = await within(options.timeout ?? idleSeconds, untilIdle(connection, session, sent), `${id} was not idle again`);
    if (options.json) printJson({ ...facts, status: fate.status, ...stateJson(state) });
    else printLine(`Sent to ${id}; it is ${state.is}.`);
    return;
  }
  const late = `${id} did not take the prompt, which stays in its queue (\`backstitch queue --id ${shellWord(id)}\`),`;
  const { status } = options.wait ? await within(options.timeout ?? deliverySeconds, fateOf(connection, session, sent), late) : sent;
  if (options.json) printJson({ ...facts, status });
  else printLine(`${words[status]} ${status === 'queued' ? 'for' : 'to'} ${id}.`);
};

/** `backstitch send`: a prompt for a session; waits in its queue while the agent is at work. */
export const sendVerb: DeclareVerb = (program) => {
  lookupOptions(sessionVerb(program, 'send', 'send a prompt to a session, and wait until its agent has been given it'))
    .argument('[words...]', 'the prompt, if not given by --message or on standard input')
    .option('-m, --message <text>', 'the prompt')
    .option('--no-wait', 'return as soon as it is queued')
    .addOption(new Option('--wait-for-idle', 'return when the agent has taken it up and is idle again').conflicts(['submitOnly']))
    .option('--force', 'type it now, also while the agent is at work')
    .option('--submit-only', 'only submit what stands at the prompt')
    .option('--no-submit', 'type it and leave it at the prompt')
    .option('--relay', 'say who sends it, also from outside of any session')
    .option('--no-relay', 'do not say who sends it (it is said when one session sends to another)')
    .option('--key <key>', 'a name of your own for it, under which it is sent once', nameOf('a key'))
    .option('--verbose', 'say on standard error whether it waits its turn')
    .option('--timeout <seconds>', `how long to wait; exit code 124 (default: ${deliverySeconds}, with --wait-for-idle ${idleSeconds})`, secondsOf)
    .addHelpText('after', '\nExample: backstitch send --id fix-1 --message "Run the tests" --wait-for-idle\nA prompt of more than about 100 kB: backstitch send --id fix-1 < prompt.txt')
    .action(async (said: string[], options: SendOptions) => {
      if (!options.wait && options.waitForIdle) throw usageError('--no-wait and --wait-for-idle exclude each other.');
      const text = await textOf(said, options);
      await withSession(options, (connection, session) => {
        const whole = options.submitOnly ? '' : relayed(text, session.uid, senderOf(process.env), options.relay, new Date().toISOString());
        return deliver(connection, session, whole, options);
      });
    });
};
