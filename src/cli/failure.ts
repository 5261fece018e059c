import { CommanderError } from 'commander';
import { limitsOf } from '../client/openFiles.ts';
import { HumanError } from '../core/errors.ts';
import { systemFailure } from '../core/systemFailure.ts';
import { printable } from './print.ts';

/** A mistake in the command line itself: exit code 2. */
export const usageError = (sentence: string) => new HumanError('usage', sentence, 2);
/** A failure that says to scripts how far it got: with --json, `facts` stand beside the error. */
export class FailureWithFacts extends HumanError {
  readonly facts: object;
  constructor(code: string, sentence: string, facts: object) {
    super(code, sentence);
    this.facts = facts;
  }
}

/** What was waited for did not come: exit code 124, as of timeout(1). */
export const timedOut = (what: string, seconds: number) =>
  new HumanError('timeout', `${what} within ${seconds} s.`, 124);

/** The answer, or the failure `timeout` when it does not come in time; without a limit it takes as long as it takes. The one who asked lets go of the connection. */
export const within = async <T>(seconds: number | undefined, answer: Promise<T>, late: string): Promise<T> => {
  if (seconds === undefined) return answer;
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
  const refused = systemFailure(error, { who: 'This command', ...limitsOf(error) });
  if (refused) return { code: refused.code, sentence: refused.message, exitCode: refused.exitCode };
  const sentence = error instanceof Error ? (process.env['BACKSTITCH_TRACE'] ? error.stack ?? error.message : error.message) : String(error);
  return { code: 'internal', sentence: `${sentence} (this is a defect in Backstitch; BACKSTITCH_TRACE=1 shows where)`, exitCode: 1 };
};

/** Says on stderr (and with --json on stdout) what went wrong, and sets the exit code. */
export const exitWith = (error: unknown, json: boolean): void => {
  const { code, sentence, exitCode } = described(error);
  const facts = error instanceof FailureWithFacts ? error.facts : {};
  if (json) process.stdout.write(`${JSON.stringify({ error: { code, message: sentence }, ...facts })}\n`);
  // commander has already printed its own message
  if (!(error instanceof CommanderError)) process.stderr.write(`backstitch: ${printable(sentence)}\n`);
  process.exitCode = exitCode;
};
