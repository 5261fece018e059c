import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import type { SessionSettings } from '../../core/events.ts';
import type { SessionSummary } from '../../core/view.ts';
import { shellWord } from '../../core/shellWord.ts';
import { sessionStart, type StartParams } from '../../protocol/protocol.ts';
import { shellEnvironment, withHost } from '../connection.ts';
import { usageError, within } from '../failure.ts';
import { labelOf, nameOf, objectOf, secondsOf } from '../options.ts';
import { printJson, printLine } from '../print.ts';
import { startedJson } from '../startedJson.ts';
import { terminalSize } from '../shownTerminal.ts';
import { attachTerminal, canAttach, exitCodeAfter } from '../terminalView.ts';
import { openWindow, tmuxSession } from '../tmux.ts';
import type { DeclareVerb } from '../verbs.ts';
import { fileOf, settingsOf, watchOptions, type WatchOptions } from '../watchOptions.ts';
import { followWatch } from '../watchSteps.ts';
import { watchedWordOf, withWatchFile } from '../watchWord.ts';

interface RunOptions extends WatchOptions {
  id?: string;
  cwd: string;
  description?: string;
  meta?: Record<string, unknown>;
  detach?: boolean;
  tmux?: string | true;
  watch?: boolean;
  context?: string;
  sessionLine: boolean;
  model?: string;
  effort?: string;
  permissionMode?: string;
  timeout: number;
  json?: boolean;
}

/** What was typed after the verb, sorted: whom to start, with which arguments of its own, in a tmux window of which name. */
interface Wanted {
  agent: string;
  args: string[];
  tmux: string | true | undefined;
}

/** The word after --tmux is the window's name only when another one is left to be the agent. */
const wantedOf = (operands: readonly string[], tmux: string | true | undefined, typed: readonly string[]): Wanted => {
  const dashes = typed.indexOf('--');
  const own = dashes < 0 ? 0 : typed.length - dashes - 1;
  const isAgentThere = operands.length > own;
  if (!isAgentThere && typeof tmux === 'string') return { agent: tmux, args: [...operands], tmux: true };
  const [agent, ...args] = operands;
  if (!agent || !isAgentThere) throw usageError('Say which agent to start: `backstitch run demo` needs none installed.');
  return { agent, args, tmux };
};

/** What a path that was given in another way than by an option names. */
const fileNamed = (by: string, path: string): string => {
  try {
    return fileOf(path);
  } catch (error) {
    throw error instanceof InvalidArgumentError ? usageError(`${by} ${path}: ${error.message}`) : error;
  }
};

/** What this user has set for all sessions. */
const ownSettings = (): Partial<SessionSettings> => {
  const path = process.env['BACKSTITCH_SUMMARY_OUT'];
  return path ? { summary_out: fileNamed('BACKSTITCH_SUMMARY_OUT', path) } : {};
};

const isOff = (value: string | undefined): boolean => value !== undefined && /^(0|off|no|false)$/i.test(value);

const check = (options: RunOptions): void => {
  const isElsewhere = options.detach === true || options.tmux !== undefined;
  if (options.preset && !options.watch) throw usageError('--preset needs --watch.');
  if (options.maxResumes && !options.watch) throw usageError('--max-resumes needs --watch: without it nothing is ever typed.');
  if (isElsewhere || options.watch) return;
  if (options.json) throw usageError('--json needs --detach, --tmux or --watch: without them the terminal belongs to the agent.');
  if (!canAttach()) throw usageError('Standard input and output are not a terminal. Use --detach, and `backstitch attach` later.');
};

const paramsOf = ({ agent, args }: Wanted, options: RunOptions): StartParams => ({
  agent, cwd: resolve(options.cwd), args, env: shellEnvironment(), ...terminalSize(),
  agentSettings: {
    ...(options.model !== undefined && { model: options.model }),
    ...(options.effort !== undefined && { effort: options.effort }),
    ...(options.permissionMode !== undefined && { permissionMode: options.permissionMode }),
  },
  settings: { ...ownSettings(), ...settingsOf(options, options.watch === true) },
  ...(options.id !== undefined && { id: options.id }),
  ...(options.description !== undefined && { description: options.description }),
  ...(options.meta !== undefined && { meta: options.meta }),
  ...(options.context !== undefined && { context: options.context, sessionLine: options.sessionLine && !isOff(process.env['BACKSTITCH_SESSION_LINE']) }),
});

/** Says what runs now, and where it is seen. */
const announce = async (session: SessionSummary, window: string | null, json: boolean): Promise<void> => {
  if (json) {
    printJson(await startedJson(session, window));
    return;
  }
  const shows = window === null ? `\`backstitch attach --id ${shellWord(session.id)}\` shows its terminal.` : `The tmux window “${window}” shows its terminal; closing that ends nothing.`;
  printLine(`${session.id} runs ${session.agentName} (process ${session.pid}). ${shows}`);
};

const start = async (connection: MessageConnection, wanted: Wanted, options: RunOptions, tmux: Pick<StartParams, 'tmuxSession'>): Promise<void> => {
  const params = { ...paramsOf(wanted, options), ...tmux };
  const starting = connection.sendRequest(sessionStart, params);
  const session = await within(options.timeout, starting, `${wanted.agent} did not start`);
  if (wanted.tmux !== undefined || options.detach) {
    const window = wanted.tmux === undefined ? null : await openWindow(session.uid, wanted.tmux === true ? session.id : wanted.tmux);
    await announce(session, window, options.json === true);
  } else if (options.watch) {
    if (options.json) printJson(await startedJson(session));
    process.exitCode = await followWatch(connection, session, options.json === true);
  } else {
    process.exitCode = exitCodeAfter(await attachTerminal(connection, session));
  }
};

/** `backstitch run`: starts an agent in a session of its own; on this terminal, in a tmux window, or detached. */
export const runVerb: DeclareVerb = (program) => {
  const verb = program.command('run').description('start an agent; its terminal is put on this shell unless --detach, --tmux or --watch')
    .usage('[options] <agent> [-- agent arguments]')
    .showHelpAfterError("(the agent's own arguments go after --, as in: backstitch run bash -- -c ls; add --help for what is possible)")
    .argument('[agent]', 'the agent, or any other program; `backstitch run demo` needs none installed', nameOf('an agent or a program'))
    .argument('[arguments...]', "the agent's own arguments, after --")
    .option('--id <label>', 'label of the session; one is made up when absent', labelOf)
    .option('--cwd <folder>', 'where the agent works', '.')
    .option('--description <text>', 'what it is for: the title in `status`; the first prompt when absent')
    .option('--meta <json>', 'a JSON object kept with the session', objectOf)
    .option('--context <text>', 'the first prompt, given as soon as the agent takes one')
    .option('--no-session-line', 'no line that names the session before that prompt (BACKSTITCH_SESSION_LINE=off: never)')
    .option('--model <model>', 'where the agent knows such a setting', nameOf('a model'))
    .option('--effort <level>', 'where the agent knows such a setting', nameOf('a level'))
    .option('--permission-mode <mode>', 'where the agent knows such a setting', nameOf('a mode'))
    .option('-d, --detach', 'return at once; the agent runs in the session host')
    .addOption(new Option('--tmux [name]', 'return at once, and show its terminal in a new tmux window'))
    .option('--watch', 'nudge a stalled agent (after 8m, once), then call you; alone it follows the steps instead of showing the terminal');
  const parse = verb.parseOptions.bind(verb);
  verb.parseOptions = (words) => parse(withWatchFile(words));
  watchOptions(verb)
    .option('--timeout <seconds>', 'how long the start may take; exit code 124', secondsOf, 60)
    .option('--json', 'print JSON for scripts; with --detach, --tmux or --watch')
    .addHelpText('after', '\nExamples:\n  backstitch run demo --id fix-1 --cwd ~/project --detach\n  backstitch run demo --id fix-2 --tmux --watch --preset impl --context "Make the tests pass"\n  backstitch run python3 --id calc --detach -- -i -q')
    .action(async (_agent: string | undefined, _args: string[], options: RunOptions, command: Command) => {
      const typed = process.argv.slice(2);
      const watched = watchedWordOf(command.args, typed);
      if (watched !== null) Object.assign(options, { watch: false, watchFile: fileNamed('--watch-file', watched) });
      const operands = watched === null ? command.args : command.args.toSpliced(command.args.indexOf(watched), 1);
      const wanted = wantedOf(operands, options.tmux, typed);
      check(options);
      const tmux = wanted.tmux === undefined ? {} : { tmuxSession: await tmuxSession() };
      await withHost((connection) => start(connection, wanted, options, tmux));
    });
};
