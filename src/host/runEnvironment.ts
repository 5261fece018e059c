import { adapters } from '../agents/all.ts';

/** What a terminal, or a program inside one, says of itself to what runs in it. An agent runs in ours, whatever it was started from. */
const otherTerminals = new Set(['TERM', 'COLORTERM', 'TERMCAP', 'TERMINFO', 'LINES', 'COLUMNS', 'COLORFGBG', 'TMUX', 'TMUX_PANE', 'STY', 'WINDOW', 'ZELLIJ', 'ZELLIJ_SESSION_NAME',
  'ZELLIJ_PANE_ID', 'TERM_PROGRAM_VERSION', 'TERM_SESSION_ID', 'LC_TERMINAL', 'LC_TERMINAL_VERSION', 'VTE_VERSION', 'WT_SESSION', 'WT_PROFILE_ID', 'TERMINAL_EMULATOR',
  'INSIDE_EMACS', 'ITERM_SESSION_ID', 'ITERM_PROFILE', 'KONSOLE_VERSION', 'ConEmuANSI', 'WINDOWID']);
const ofOtherTerminals = /^(?:KITTY|WEZTERM|ALACRITTY|GHOSTTY|KONSOLE_DBUS)_/;

/** What says to an agent's children in which session they run. */
const ourMarkers = new Set(['BACKSTITCH_SESSION', 'BACKSTITCH_ID', 'BACKSTITCH_AGENT', 'BACKSTITCH_HOOK_TOKEN']);
const agentsMarkers = new Set(adapters.flatMap(({ markers = [] }) => markers));

const proxies = ['http_proxy', 'https_proxy', 'all_proxy'];
const loopback = ['127.0.0.1', 'localhost', '::1'];

/**
 * The environment of an agent's process: that of whoever starts it, without what another agent or another terminal has left in it, with what
 * ours is. `own` says which session it is. NO_COLOR and the like are the user's wishes, and stay.
 */
export function runEnvironment(starter: Readonly<Record<string, string>>, own: Readonly<Record<string, string>>): Record<string, string> {
  const env = Object.fromEntries(Object.entries(starter).filter(([name, value]) => !isForeign(name, value)));
  return { ...env, TERM: 'xterm-256color', COLORTERM: 'truecolor', ...loopbackPast(env), ...own };
}

function isForeign(name: string, value: string): boolean {
  // The terminals of a VS Code window are those in which it shows ours.
  if (name === 'TERM_PROGRAM') return value !== 'vscode';
  return otherTerminals.has(name) || ofOtherTerminals.test(name) || ourMarkers.has(name) || agentsMarkers.has(name);
}

/** What reports to us on the loopback is not to go to a proxy: no proxy could reach us. Either spelling is read by some program. */
function loopbackPast(env: Readonly<Record<string, string>>): Record<string, string> {
  const isProxied = proxies.some((name) => env[name] || env[name.toUpperCase()]);
  if (!isProxied) return {};
  const [lower, upper] = [env['no_proxy'], env['NO_PROXY']];
  return { no_proxy: withLoopback(lower ?? upper ?? ''), NO_PROXY: withLoopback(upper ?? lower ?? '') };
}

function withLoopback(list: string): string {
  const entries = list.split(/[\s,]+/).filter((entry) => entry !== '');
  if (entries.includes('*')) return list;
  return [...entries, ...loopback.filter((host) => !entries.includes(host))].join(',');
}
