import { Option } from 'commander';
import type { SessionEnd, SessionSummary } from '../../core/view.ts';
import { shellWord } from '../../core/shellWord.ts';
import { FailureWithFacts, within } from '../failure.ts';
import { endJson } from '../json.ts';
import { secondsOf } from '../options.ts';
import { printJson, printLine } from '../print.ts';
import { lookupOptions, sessionVerb, withSession, type SessionOptions } from '../session.ts';
import { endWords, exitCodeOf } from '../sessionEnd.ts';
import type { DeclareVerb } from '../verbs.ts';
import { goals, waitUntil, type Goal, type WaitEnd } from '../waiting.ts';

interface WaitOptions extends SessionOptions {
  until: Goal;
  timeout?: number;
}

const endedFirst = (id: string, goal: Goal, end: SessionEnd, facts: object) => new FailureWithFacts('ended-first',
  `${id} did not come to “${goal}”: it ${endWords(end)}. \`backstitch resume --id ${shellWord(id)}\` starts its agent again.`, facts);

const sentence = (id: string, goal: Goal, { state, end }: WaitEnd): string => {
  const now = end ? endWords(end) : `is ${state}`;
  return goal === 'exited' ? `${id} ${now}.` : `${id} came to “${goal}”: it ${now}.`;
};

const factsOf = ({ id, uid }: SessionSummary, goal: Goal, { state, end, turn }: WaitEnd) =>
  ({ id, uid, until: goal, state, turn, ...endJson(end) });

/** `backstitch wait`: returns when a session is where one wants it; waiting for its end returns the agent's own exit code. */
export const waitVerb: DeclareVerb = (program) => {
  lookupOptions(sessionVerb(program, 'wait', "wait for the end of a session (exit code: the agent's own), or until it is somewhere"))
    .addOption(new Option('--until <goal>', 'what to wait for').choices([...goals]).default('exited'))
    .option('--timeout <seconds>', 'give up after this long; exit code 124', secondsOf)
    .addHelpText('after', '\nExample: backstitch wait --id fix-1 --until task_complete --timeout 600')
    .action((options: WaitOptions) => withSession(options, async (connection, session) => {
      const { until } = options;
      const over = new AbortController();
      const waited = await within(options.timeout, waitUntil(connection, session, until, over.signal), `${session.id} did not come to “${until}”`).finally(() => over.abort());
      const facts = factsOf(session, until, waited);
      if (!waited.reached && waited.end) throw endedFirst(session.id, until, waited.end, facts);
      if (options.json) printJson({ ok: true, ...facts });
      else printLine(sentence(session.id, until, waited));
      if (until === 'exited' && waited.end) process.exitCode = exitCodeOf(waited.end);
    }));
};
