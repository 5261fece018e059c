import { CommanderError } from 'commander';
import { HumanError } from '../core/errors.ts';
import { printable } from './print.ts';

/** A mistake in the command line itself: exit code 2. */
export const usageError = (sentence: string) => new HumanError('usage', sentence, 2);
/** What was waited for did not come: exit code 124, as of timeout(1). */
export const timedOut = (what: string, seconds: number) =>
  new HumanError('timeout', `${what} within ${seconds} s.`, 124);

/** The answer, or the failure `timeout` when it does not come in time. The one who asked lets go of the connection. */
export const within = async <T>(seconds: number, answer: Promise<T>, late: string): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(timedOut(late, seconds)), seconds * 1000);
  });
  try {
    return await Promise.race([answer, expired]);
  } finally {
    clearTimeout(timer);
    // a request that is given up is rejected when the connection goes; nobody waits for it any more
    answer.catch(() => undefined);
  }
};

/** What scripts get with --json, and the exit code. A bug keeps its stack out of the sentence unless BACKSTITCH_TRACE is set. */
const described = (error: unknown): { code: string; sentence: string; exitCode: number } => {
  if (error instanceof HumanError) return { code: error.code, sentence: error.message, exitCode: error.exitCode };
  if (error instanceof CommanderError) return { code: 'usage', sentence: error.message.replace(/^error: /, ''), exitCode: 2 };
  const sentence = error instanceof Error ? (process.env['BACKSTITCH_TRACE'] ? error.stack ?? error.message : error.message) : String(error);
  return { code: 'internal', sentence: `${sentence} (this is a defect in Backstitch; BACKSTITCH_TRACE=1 shows where)`, exitCode: 1 };
};

/** Says on stderr (and with --json on stdout) what went wrong, and sets the exit code. */
export const exitWith = (error: unknown, json: boolean): void => {
  const { code, sentence, exitCode } = described(error);
  if (json) process.stdout.write(`${JSON.stringify({ error: { code, message: sentence } })}\n`);
  // commander has already printed its own message
  if (!(error instanceof CommanderError)) process.stderr.write(`backstitch: ${printable(sentence)}\n`);
  process.exitCode = exitCode;
};
