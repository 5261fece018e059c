import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it, test } from 'node:test';
import { agentEnvironment } from '../../src/host/runEnvironment.ts';
import { Product } from '../support/product.ts';

const always = {
  TERM: 'xterm-256color', COLORTERM: 'truecolor',
  NO_PROXY: '127.0.0.1,localhost,::1', no_proxy: '127.0.0.1,localhost,::1',
};

/** As the shell tool of Claude Code 2.1.329 has them, and its hooks. */
const ofAgent = {
  COREPACK_ENABLE_AUTO_PIN: '0', CLAUDE_CODE_CHILD_SESSION: '1', AI_AGENT: 'claude-code_2-1-329_agent', CLAUDE_CODE_SESSION_ID: '548798d9',
  CLAUDE_PID: '26163', CLAUDE_EFFORT: 'medium', CLAUDE_CODE_MESSAGING_SOCKET: '/tmp/cc-socks/26163.sock', NoDefaultCurrentDirectoryInExePath: '1',
  CLAUDECODE: '1', CLAUDE_CODE_CHILD_NOTES_DIR: '/tmp/c/started', CLAUDE_CODE_SESSION_ATTENDED: '1', GIT_EDITOR: 'true',
  CLAUDE_CODE_ENTRYPOINT: 'cli', CLAUDE_CODE_EXECPATH: '/c/claude', CLAUDE_CODE_MESSAGING_TOKEN: '35186deb', CLAUDE_PROJECT_DIR: '/p',
  BACKSTITCH_SESSION: 'outer', BACKSTITCH_ID: 'outer', BACKSTITCH_AGENT: 'x', BACKSTITCH_HOOK_TOKEN: 't', ELECTRON_RUN_AS_NODE: '1',
};
const ofTerminal = {
  TERM: 'dumb', COLORTERM: '24bit', TERM_PROGRAM: 'iTerm.app', TERM_PROGRAM_VERSION: '3', TERM_SESSION_ID: 'w0', LC_TERMINAL: 'iTerm2',
  TMUX: '/tmp/tmux,1,0', TMUX_PANE: '%1', STY: '1.pts', WINDOW: '0', WT_SESSION: 'g', WINDOWID: '7', VTE_VERSION: '7600', LINES: '24', COLUMNS: '80',
  KITTY_WINDOW_ID: '1', KITTY_PID: '2', ITERM_PROFILE: 'd', ITERM_SESSION_ID: 'w', WEZTERM_PANE: '0', ALACRITTY_WINDOW_ID: '1', ZELLIJ: '0',
  GHOSTTY_RESOURCES_DIR: '/g', KONSOLE_VERSION: '1', INSIDE_EMACS: 'vterm', GPG_TTY: '/dev/pts/1', VSCODE_INJECTION: '1', VSCODE_SHELL_LOGIN: '1',
};
/** Settings of the user's, some of them near in name. */
const ofUser = {
  PATH: '/bin', HOME: '/h', LANG: 'C.UTF-8', NO_COLOR: '1', FORCE_COLOR: '3', EDITOR: 'vi', TMUX_TMPDIR: '/t', SSH_CONNECTION: 'a 1 b 2',
  ANTHROPIC_API_KEY: 'k', CLAUDE_CONFIG_DIR: '/c', CLAUDE_CODE_USE_BEDROCK: '1', CLAUDE_CODE_MAX_OUTPUT_TOKENS: '9', CLAUDE_CODE_OAUTH_TOKEN: 'o',
  CLAUDE_CODE_SESSIONEND_HOOKS_TIMEOUT_MS: '5', CLAUDE_CODE_SSE_PORT: '1', BACKSTITCH_STATE_DIR: '/s', BACKSTITCH_SUMMARY_OUT: 'f', GIT_ASKPASS: '/a',
  VSCODE_GIT_IPC_HANDLE: '/i', WINDOWS: 'w', TERMS: 't',
};

describe('the environment of an agent', () => {
  const rows: [what: string, given: Record<string, string>, gets: Record<string, string>, platform?: string][] = [
    ['nothing given', {}, always],
    ['a window of VS Code shows our terminal', { TERM_PROGRAM: 'vscode', TERM_PROGRAM_VERSION: '1' }, { TERM_PROGRAM: 'vscode', ...always }],
    ['the user’s own stays', ofUser, { ...ofUser, ...always }],
    ['what an agent leaves for its children is taken away', { ...ofUser, ...ofAgent }, { ...ofUser, ...always }],
    ['what another agent leaves, too', { GEMINI_CLI: '1', CODEX_SANDBOX: 'seatbelt', CODEX_HOME: '/x' }, { CODEX_HOME: '/x', ...always }],
    ['what a terminal tells of itself, too', { ...ofUser, ...ofTerminal }, { ...ofUser, ...always }],
    ['a value that a user may set is taken away only beside a marker', { GIT_EDITOR: 'true' }, { GIT_EDITOR: 'true', ...always }],
    ['another value stays beside a marker', { GIT_EDITOR: 'vi', CLAUDECODE: '1' }, { GIT_EDITOR: 'vi', ...always }],
    ['the user’s exceptions stay', { HTTP_PROXY: 'http://p', NO_PROXY: 'corp.example, localhost' }, {
      HTTP_PROXY: 'http://p', ...always, NO_PROXY: 'corp.example,localhost,127.0.0.1,::1', no_proxy: 'corp.example,localhost,127.0.0.1,::1',
    }],
    ['both spellings say what either said', { all_proxy: 'socks://p', no_proxy: 'a', NO_PROXY: 'b a' }, {
      all_proxy: 'socks://p', ...always, NO_PROXY: 'b,a,127.0.0.1,localhost,::1', no_proxy: 'b,a,127.0.0.1,localhost,::1',
    }],
    ['no proxy at all stays so', { https_proxy: 'http://p', no_proxy: '*' }, { https_proxy: 'http://p', ...always, NO_PROXY: '*', no_proxy: '*' }],
    ['names of any case on Windows', { Path: 'C:\\', term: 'dumb', ClaudeCode: '1', No_Proxy: 'a' }, {
      Path: 'C:\\', TERM: 'xterm-256color', COLORTERM: 'truecolor', NO_PROXY: 'a,127.0.0.1,localhost,::1',
    }, 'win32'],
    ['a name in small letters is another one elsewhere', { claudecode: '1', term: 'x' }, { claudecode: '1', term: 'x', ...always }],
  ];
  for (const [what, given, gets, platform = 'linux'] of rows) {
    it(what, () => {
      assert.deepEqual(agentEnvironment(given, platform), gets);
      assert.deepEqual(agentEnvironment(gets, platform), gets, 'made twice it is the same');
    });
  }
});

const product = new Product();
after(() => product.dispose());

test('a program that is started from an agent’s shell gets its own session, our terminal, and no way to the hooks', async () => {
  const connection = await product.connect();
  const env = { ...product.env, ...ofAgent, ...ofTerminal };
  const session = await product.start(connection, { agent: 'sh', id: 'inner', args: ['-c', 'env -0 > seen'], env });
  await session.until('its end', (conversation) => !conversation.alive);
  const lines = readFileSync(join(product.folder(), 'seen'), 'utf8').split('\0').filter(Boolean);
  const seen = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  for (const name of ['PWD', 'OLDPWD', 'SHLVL', '_']) delete seen[name];
  assert.deepEqual(seen, { ...product.env, ...always, BACKSTITCH_SESSION: session.uid, BACKSTITCH_ID: 'inner', BACKSTITCH_AGENT: 'sh' });
});
