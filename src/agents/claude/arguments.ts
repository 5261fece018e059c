import { HumanError } from '../../core/errors.ts';

/** Options of `claude` (2.1.329) that take one value, and those that take all words up to the next option. */
const single = new Set(['--agent', '--agents', '--append-system-prompt', '--append-system-prompt-file', '--autocompact', '--debug-file', '--effort', '--environment',
  '--fallback-model', '--max-turns', '--model', '--name', '-n', '--permission-mode', '--permission-prompt-tool', '--plugin-dir', '--plugin-url',
  '--remote-control-session-name-prefix', '--resume-session-at', '--session-id', '--setting-sources', '--settings', '--system-prompt', '--system-prompt-file',
  '--system-prompt-snapshot', '--thinking', '--thinking-display']);
const variadic = new Set(['--add-dir', '--allowedTools', '--allowed-tools', '--disallowedTools', '--disallowed-tools', '--betas', '--file', '--mcp-config', '--tools']);
/** Options whose value may be left out. */
const optional = new Set(['--cloud', '-d', '--debug', '--from-pr', '--prompt-suggestions', '--remote-control', '-r', '--resume', '--teleport', '-w', '--worktree']);

/** Options that leave nothing for us to run: the CLI would print, go to the background or open elsewhere. */
const refused: Readonly<Record<string, string>> = {
  '-p': 'it prints one answer and ends, and a session needs the interactive program',
  '--print': 'it prints one answer and ends, and a session needs the interactive program',
  '--bg': 'it moves the agent out of the terminal that the session owns',
  '--background': 'it moves the agent out of the terminal that the session owns',
  '--cloud': 'the agent would run elsewhere, where nothing of it can be seen',
  '--teleport': 'the agent would come from elsewhere, with a history that cannot be followed',
  '--desktop': 'it opens another program',
  '--tmux': 'it moves the agent out of the terminal that the session owns',
  '--bare': 'it switches off the hooks by which the session follows the agent',
  '--safe-mode': 'it switches off the hooks by which the session follows the agent',
};

/** Options that choose the conversation. A resumed run has its own; they must not reach it. */
const choosing = new Set(['--session-id', '-r', '--resume', '-c', '--continue', '--fork-session', '--from-pr', '--resume-session-at']);

export interface Argument {
  /** As given, `--name=value` split; null for a word that is the prompt (or behind `--`). */
  option: string | null;
  values: string[];
}

/** Splits the words of a command line into options with their values and loose words. */
function parseArguments(args: readonly string[]): Argument[] {
  const parsed: Argument[] = [];
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? '';
    if (word === '--') return [...parsed, ...args.slice(at + 1).map((value) => ({ option: null, values: [value] }))];
    if (!word.startsWith('-') || word === '-') {
      parsed.push({ option: null, values: [word] });
      continue;
    }
    const equals = word.startsWith('--') ? word.indexOf('=') : -1;
    if (equals > 0) {
      parsed.push({ option: word.slice(0, equals), values: [word.slice(equals + 1)] });
      continue;
    }
    const takes = variadic.has(word) ? Number.POSITIVE_INFINITY : single.has(word) || optional.has(word) ? 1 : 0;
    const values: string[] = [];
    while (values.length < takes && at + 1 < args.length && (single.has(word) || !args[at + 1]?.startsWith('-'))) values.push(args[++at] ?? '');
    parsed.push({ option: word, values });
  }
  return parsed;
}

export interface OwnArguments {
  /** What goes to the CLI besides our own options. */
  words: string[];
  /** True when the user's words name the conversation, so that no session id may be given. */
  choosesConversation: boolean;
  /** Text of the user's own `--settings`: JSON or the path of a file. */
  settings?: string;
}

/**
 * What of the user's arguments goes on to the CLI, for a new conversation or for a resumed one. A resumed run keeps flags and drops what
 * chooses a conversation and the prompt, which was sent when the session began. Throws a HumanError for arguments that cannot be served.
 */
export function ownArguments(args: readonly string[], resumed: boolean): OwnArguments {
  const words: string[] = [];
  const prompt: string[] = [];
  let settings: string | undefined;
  let choosesConversation = false;
  for (const { option, values } of parseArguments(args)) {
    if (option === null) {
      if (!resumed) prompt.push(...values);
      continue;
    }
    const why = refused[option];
    if (why) throw argumentRefused(option, why);
    if (option === '--settings') {
      settings = values[0];
      continue;
    }
    if (choosing.has(option)) {
      if (resumed) continue;
      choosesConversation = true;
    }
    words.push(option, ...values);
  }
  if (prompt.length) words.push('--', ...prompt);
  return { words, choosesConversation, ...(settings === undefined ? {} : { settings }) };
}

export const argumentRefused = (option: string, why: string) =>
  new HumanError('argument-refused', `Claude Code cannot be started with ${option}: ${why}. Leave it out and start again.`, 2);
