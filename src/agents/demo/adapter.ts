import type { AgentAdapter, Keystroke, LaunchRequest, LaunchSpec, UserInput } from '../../core/adapter.ts';
import { HumanError, unreachable } from '../../core/errors.ts';
import { DemoDecoder, historyWatch } from './decoder.ts';
import { demoHome, demoVersion, historyDirectory, historyPath } from './rows.ts';
import { demoHistory } from './surgery.ts';

const programName = 'demoAgent.mjs';
/** Name of the file in the run's directory that tells the program where to report, and with what. */
const hooksName = 'hooks.json';
const pasteStart = '\u001b[200~';
const pasteEnd = '\u001b[201~';

function launch({ how, args, env, execPath, bundled, hooks, runDir, platform }: LaunchRequest): LaunchSpec {
  const isNew = how.is === 'new';
  const session = isNew ? how.session : how.native.session;
  const path = isNew || how.native.path === '' ? historyPath(demoHome(env), session) : how.native.path;
  const reportsTo = `${runDir}${platform === 'win32' ? '\\' : '/'}${hooksName}`;
  return {
    argv: [execPath, bundled(programName), isNew ? '--session' : '--resume', session, '--history', path, '--hooks', reportsTo, ...args],
    // Harmless for Node; without it VS Code's own executable would open a window.
    env: { ELECTRON_RUN_AS_NODE: '1' },
    files: [{ name: hooksName, content: JSON.stringify({ url: hooks.url, token: hooks.token }) }],
    watches: [{ watch: historyWatch, is: 'lines', path }],
  };
}

function keystrokes(input: UserInput): Keystroke[] {
  switch (input.is) {
    case 'prompt': return [{ write: pasted(prompted(input.text)) }, { pauseMs: 10 }, { write: '\r' }];
    case 'text': return [{ write: pasted(input.text) }];
    case 'interrupt': return [{ write: '\u0003' }];
    case 'submit': return [{ write: '\r' }];
    case 'exit': return [{ write: '\u0003' }, { pauseMs: 20 }, { write: '\u0004' }];
    default: return unreachable(input);
  }
}

/** Line ends as \n; no character that a terminal reads as a key. */
// oxlint-disable-next-line no-control-regex
const typeable = (text: string): string => text.replace(/\r\n?/g, '\n').replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');

/** @throws HumanError for a prompt with which no turn would begin */
function prompted(text: string): string {
  if (typeable(text).trim() !== '') return text;
  throw new HumanError('cannot-be-typed', 'The demo agent’s prompt takes no prompt of blanks alone. Send some words.');
}

const pasted = (text: string): string => `${pasteStart}${typeable(text)}${pasteEnd}`;

/** The built-in agent: scripted, without account or network, with a memory that really is its history. */
export const demoAdapter: AgentAdapter = {
  id: 'demo',
  name: 'Demo agent',
  about: 'Built in: a scripted agent to try Backstitch with, no account needed',
  promptHint: 'It is scripted: “what do you remember” shows its memory, also after a rewind; any other prompt lets it read, write and check a file.',
  probe: async ({ execPath }) => ({ is: 'ready', path: execPath, version: demoVersion }),
  launch,
  decoder: (run) => new DemoDecoder(run),
  keystrokes,
  showsTakeUp: true,
  isCommand: (text) => text.trim() === '/exit',
  hookReply: (hook, _payload, decision) => ({ status: 200, body: decision ? { option: decision.option, message: decision.message ?? '' } : { hook } }),
  history: demoHistory,
  ownPlaces: (env) => [{ path: historyDirectory(demoHome(env)) }],
};
