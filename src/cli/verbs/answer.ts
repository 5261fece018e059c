import { Option } from 'commander';
import { HumanError } from '../../core/errors.ts';
import { matterLine } from '../../core/requestMatter.ts';
import type { Lane, PermissionRequest, SessionSummary } from '../../core/view.ts';
import { shellWord } from '../../core/shellWord.ts';
import { sessionAnswer, sessionClose, sessionOpen } from '../../protocol/protocol.ts';
import { usageError } from '../failure.ts';
import { nameOf } from '../options.ts';
import { printable, printJson, printLine, printWhole } from '../print.ts';
import { requestLines } from '../requestText.ts';
import { sessionVerb, withSession, type SessionOptions } from '../session.ts';
import type { DeclareVerb } from '../verbs.ts';

interface AnswerOptions extends SessionOptions {
  request?: string;
  allow?: boolean;
  allowAlways?: boolean;
  deny?: boolean;
  message?: string;
}

const noRequest = (id: string) => new HumanError('no-such-request', `${id} is not asking for a permission now.`);

const terminalOnly = ({ title, tool }: PermissionRequest, id: string) =>
  new HumanError('terminal-only', `${id} waits in its terminal only for the answer to “${title || tool}”. Answer there: backstitch attach --id ${shellWord(id)}`);

/** By its id, or by its number in the list as it is now. */
const requestNamed = (requests: PermissionRequest[], name: string): PermissionRequest | undefined =>
  requests.find(({ request }) => request === name) ?? (/^[1-9]\d{0,2}$/.test(name) ? requests[Number(name) - 1] : undefined);

const chooseRequest = (requests: PermissionRequest[], id: string, wanted: string | undefined): PermissionRequest => {
  const chosen = wanted === undefined ? requests[0] : requestNamed(requests, wanted);
  if (!chosen) throw noRequest(id);
  if (wanted === undefined && requests.length > 1) {
    const list = requests.map((request, at) => `${at + 1} (${matterLine(request)})`).join(', ');
    throw usageError(`${id} asks for ${requests.length} permissions. Say which by --request: ${list}.`);
  }
  return chosen;
};

const print = (requests: PermissionRequest[], session: SessionSummary, lanes: readonly Lane[]): void => {
  const { id } = session;
  if (requests.length === 0) printLine(`${id} asks for nothing.`);
  for (const request of requests) {
    for (const { text, indent, isWhole } of requestLines(request, { session, lanes, cwd: process.cwd() })) {
      printWhole(isWhole ? text : printable(text), indent);
    }
  }
  const first = requests.findIndex(({ isTerminalOnly }) => !isTerminalOnly);
  if (first >= 0) printLine(`Answer with \`backstitch answer --id ${shellWord(id)}${requests.length > 1 ? ` --request ${first + 1}` : ''} --allow\`, or with --allow-always or --deny.`);
};

const choiceOf = (options: AnswerOptions): 'allow' | 'allow_always' | 'deny' | null => {
  if (options.allow) return 'allow';
  if (options.allowAlways) return 'allow_always';
  return options.deny ? 'deny' : null;
};

/** `backstitch answer`: answers a permission request, or lists those that are open. */
export const answerVerb: DeclareVerb = (program) => {
  sessionVerb(program, 'answer', 'answer a permission request; without a choice, list those that are open')
    .option('--request <request>', 'which one, if several are open: its id, or its number in the list', nameOf('a request, as this verb lists them'))
    .addOption(new Option('--allow', 'allow it this once').conflicts(['allowAlways', 'deny']))
    .addOption(new Option('--allow-always', 'allow it from now on').conflicts(['deny']))
    .option('--deny', 'do not allow it')
    .option('--message <text>', 'what the agent shall be told with a denial')
    .addHelpText('after', '\nExample: backstitch answer --id fix-1 --allow')
    .action((options: AnswerOptions) => withSession(options.id, async (connection, session) => {
      const { requests, lanes } = await connection.sendRequest(sessionOpen, { session: session.uid, blocks: 1 });
      await connection.sendRequest(sessionClose, { session: session.uid });
      const option = choiceOf(options);
      if (options.message !== undefined && option !== 'deny') {
        throw usageError('--message is what the agent is told with a denial: give --deny with it.');
      }
      if (option === null) {
        if (options.json) printJson(requests.map(({ request, lane, tool, title, input, options: choices, isTerminalOnly }) => ({
          request, lane, tool, title, input, options: choices, ...(isTerminalOnly && { terminal_only: true }),
        })));
        else print(requests, session, lanes);
        return;
      }
      const chosen = chooseRequest(requests, session.id, options.request);
      if (chosen.isTerminalOnly) throw terminalOnly(chosen, session.id);
      const { request } = chosen;
      const { won } = await connection.sendRequest(sessionAnswer, {
        session: session.uid, request, option, from: 'cli', ...(options.message !== undefined && { message: options.message }),
      });
      if (options.json) printJson({ ok: true, id: session.id, uid: session.uid, request, option, won });
      else printLine(won ? 'Answered.' : 'Too late: it was answered elsewhere, or only its terminal can answer it by now.');
    }));
};
