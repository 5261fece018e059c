import { runProgram } from '../client/programs.ts';
import { HumanError } from '../core/errors.ts';
import { printable } from './print.ts';

/** The tmux session that windows are opened in when the shell is in none. */
const ownSession = 'backstitch';

/** What a window needs of this shell to find the same session host. */
const neededVariables = /^(BACKSTITCH_STATE_DIR|XDG_STATE_HOME|HOME|ELECTRON_RUN_AS_NODE)$/;

interface Said {
  ok: boolean;
  text: string;
}

/** A word that ends in a semicolon would end tmux's command, and what follows would be another one. */
const asWord = (text: string): string => text.replace(/;$/, '\\;');

const tmux = async (...args: string[]): Promise<Said> => {
  const { ok, stdout, stderr } = await runProgram('tmux', args.map(asWord), 10_000);
  return { ok, text: (stdout + stderr).trim() };
};

/**
 * The name of a window for a label. tmux expands names (`#(command)`, `#{format}`, `#[style]`), now and whenever it or a line of the user's
 * configuration shows one: only letters, digits and signs that mean nothing to tmux or a shell are handed to it.
 */
export const windowName = (label: string, otherwise: string): string =>
  printable(label).normalize().replace(/[^\p{L}\p{M}\p{N} @_+=,-]+/gu, '-').replace(/^[- ]+|[- ]+$/g, '') || otherwise;

/** The tmux session that a window is opened in. @throws HumanError when there is no tmux: called before anything is created. */
export const tmuxSession = async (): Promise<string> => {
  if (!(await tmux('-V')).ok) {
    throw new HumanError('no-tmux', 'There is no tmux on the PATH. Install the package tmux, or use --detach, and `backstitch attach` in a terminal of your own.');
  }
  if (!process.env['TMUX']) return ownSession;
  const here = await tmux('display-message', '-p', '#{session_name}');
  return here.ok ? here.text : ownSession;
};

const attachCommand = (uid: string): string[] => [
  '/usr/bin/env', ...Object.entries(process.env).filter(([name]) => neededVariables.test(name)).map(([name, value]) => `${name}=${value ?? ''}`),
  process.execPath, process.argv[1] ?? '', 'attach', '--id', uid,
];

/**
 * Opens a window, in the tmux that this shell is in or else in one of our own, that shows the session's terminal. The agent lives in the
 * session host: closing the window ends nothing. Resolves to the window's name. @throws HumanError
 */
export const openWindow = async (uid: string, wanted: string): Promise<string> => {
  const name = windowName(wanted, uid);
  const inWindow = ['-d', '-n', name];
  const command = attachCommand(uid);
  const open = async (): Promise<Said> => {
    if (process.env['TMUX']) return tmux('new-window', ...inWindow, ...command);
    // the other way round when somebody else has just made the session
    const first = await tmux('new-session', '-d', '-s', ownSession, '-n', name, ...command);
    if (first.ok) return first;
    const second = await tmux('new-window', '-t', `=${ownSession}:`, ...inWindow, ...command);
    return second.ok ? second : { ok: false, text: `${first.text}; ${second.text}` };
  };
  const opened = await open();
  if (!opened.ok) {
    throw new HumanError('no-window', `tmux opened no window: ${printable(opened.text)}. The session runs all the same: backstitch attach --id ${uid}`);
  }
  return name;
};
