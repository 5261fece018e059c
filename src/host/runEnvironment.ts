import { markersOfAgents } from '../agents/all.ts';
import type { ChildMarkers } from '../core/adapter.ts';

type Variables = Readonly<Record<string, string>>;

/** What we set for one session, and what makes a program run as Node; `BACKSTITCH_STATE_DIR` and the like are the user's. */
const ownMarkers: ChildMarkers = {
  names: ['BACKSTITCH_SESSION', 'BACKSTITCH_ID', 'BACKSTITCH_AGENT', 'BACKSTITCH_HOOK_*', 'ELECTRON_RUN_AS_NODE'],
};

/** What terminals, and programs that are terminals within one, tell of themselves. `NO_COLOR` and `FORCE_COLOR` are the user's wish. */
const terminalMarkers: ChildMarkers = {
  names: [
    'TERM', 'COLORTERM', 'TERMCAP', 'COLORFGBG', 'TERM_PROGRAM', 'TERM_PROGRAM_VERSION', 'TERM_SESSION_ID', 'TERM_FEATURES', 'LINES', 'COLUMNS',
    'LC_TERMINAL', 'LC_TERMINAL_VERSION', 'TERMINAL_EMULATOR', 'WINDOWID', 'GPG_TTY', 'SSH_TTY',
    'TMUX', 'TMUX_PANE', 'STY', 'WINDOW', 'ZELLIJ', 'ZELLIJ_*', 'BYOBU_TTY', 'BYOBU_TERM', 'INSIDE_EMACS', 'VIM_TERMINAL', 'NVIM',
    'ALACRITTY_*', 'CONTOUR_*', 'GHOSTTY_*', 'ITERM_*', 'ITERM2_*', 'KITTY_*', 'MLTERM', 'WEZTERM_*', 'ZED_TERM',
    'VTE_VERSION', 'GNOME_TERMINAL_*', 'TERMINATOR_*', 'TILIX_ID', 'GUAKE_TAB_UUID', 'KONSOLE_*', 'SHELL_SESSION_*', 'XTERM_*',
    'WT_SESSION', 'WT_PROFILE_ID', 'ConEmu*', 'WARP_IS_LOCAL_SHELL_SESSION', 'WARP_USE_SSH_WRAPPER',
    'VSCODE_INJECTION', 'VSCODE_NONCE', 'VSCODE_STABLE', 'VSCODE_SUGGEST', 'VSCODE_SHELL_*', 'VSCODE_ENV_*',
  ],
};

const markersOfAll = [ownMarkers, terminalMarkers, ...markersOfAgents];

const ourTerminal = { TERM: 'xterm-256color', COLORTERM: 'truecolor' };

const loopback = ['127.0.0.1', 'localhost', '::1'];

/**
 * The environment in which an agent is looked for and run: the starter's, without what agents and terminals leave for their children, with
 * our terminal, and with a way to our hooks past every proxy. Pure.
 */
export function agentEnvironment(starter: Variables, platform: string = process.platform): Record<string, string> {
  const isSame = (a: string, b: string): boolean => (platform === 'win32' ? a.toLowerCase() === b.toLowerCase() : a === b);
  const isMarker = markersIn(starter, isSame);
  // The terminals of a VS Code window are those in which it shows ours.
  const isTrue = ([name, value]: [string, string]): boolean => name === 'TERM_PROGRAM' && value === 'vscode';
  const kept = Object.entries(starter).filter((each) => isTrue(each) || (!isMarker(each[0]) && !isNoProxy(each[0])));
  return { ...Object.fromEntries(kept), ...ourTerminal, ...noProxy(starter, platform) };
}

/** `agentEnvironment` with what tells an agent, and the programs that it runs, in which session they are (docs/cli.md). */
export const runEnvironment = (starter: Variables, own: Variables, platform: string = process.platform): Record<string, string> =>
  ({ ...agentEnvironment(starter, platform), ...own });

/** Which variables of an environment were left there by an agent or a terminal. */
function markersIn(env: Variables, isSame: (a: string, b: string) => boolean): (name: string) => boolean {
  const isNamed = ({ names }: ChildMarkers, name: string): boolean =>
    names.some((each) => (each.endsWith('*') ? isSame(name.slice(0, each.length - 1), each.slice(0, -1)) : isSame(name, each)));
  const present = markersOfAll.filter((markers) => Object.keys(env).some((name) => isNamed(markers, name)));
  const isBeside = ({ beside = {} }: ChildMarkers, name: string): boolean =>
    Object.entries(beside).some(([each, value]) => isSame(name, each) && env[name] === value);
  return (name) => present.some((markers) => isNamed(markers, name) || isBeside(markers, name));
}

const isNoProxy = (name: string): boolean => /^no_proxy$/i.test(name);

/**
 * Programs read one spelling or the other, so both say the same. Loopback is named also where no proxy is: an agent may know one from its
 * own settings, and would send its hooks there.
 */
function noProxy(env: Variables, platform: string): Record<string, string> {
  const given = Object.keys(env).filter(isNoProxy).toSorted().flatMap((name) => env[name]?.split(/[\s,]+/).filter(Boolean) ?? []);
  const value = given.includes('*') ? '*' : [...new Set([...given, ...loopback])].join(',');
  return platform === 'win32' ? { NO_PROXY: value } : { NO_PROXY: value, no_proxy: value };
}
