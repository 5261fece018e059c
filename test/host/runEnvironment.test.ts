import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runEnvironment } from '../../src/host/runEnvironment.ts';

const own = { BACKSTITCH_SESSION: 'uid', BACKSTITCH_ID: 'fix-1', BACKSTITCH_AGENT: 'x' };
const near = '127.0.0.1,localhost,::1';
const ours = { TERM: 'xterm-256color', COLORTERM: 'truecolor', NO_PROXY: near, no_proxy: near, ...own };

test('the terminal is ours, whatever the agent was started from; the user’s wishes stay', () => {
  const started = {
    TERM: 'dumb', COLORTERM: '24bit', TERM_PROGRAM: 'tmux', TERM_PROGRAM_VERSION: '3.4', TMUX: '/tmp/tmux-0/default,1,0', TMUX_PANE: '%1', STY: '1.pts', LINES: '5', COLUMNS: '20',
    KITTY_WINDOW_ID: '1', NO_COLOR: '1', HOME: '/home/me',
  };
  assert.deepEqual(runEnvironment(started, own), { NO_COLOR: '1', HOME: '/home/me', ...ours });
  assert.deepEqual(runEnvironment({ TERM_PROGRAM: 'vscode' }, own), { TERM_PROGRAM: 'vscode', ...ours });
});

test('what an agent leaves for its children reaches no new session', () => {
  const started = {
    CLAUDE_CODE_CHILD_SESSION: '1', CLAUDE_CODE_SESSION_ID: 'a', CLAUDE_PID: '1', AI_AGENT: 'x', CLAUDECODE: '1', CLAUDE_CODE_ENTRYPOINT: 'cli', BACKSTITCH_HOOK_TOKEN: 't',
    BACKSTITCH_SESSION: 'other', BACKSTITCH_ID: 'other', CLAUDE_CONFIG_DIR: '/c', BACKSTITCH_STATE_DIR: '/s', CLAUDE_CODE_USE_BEDROCK: '1',
  };
  assert.deepEqual(runEnvironment(started, own), { CLAUDE_CONFIG_DIR: '/c', BACKSTITCH_STATE_DIR: '/s', CLAUDE_CODE_USE_BEDROCK: '1', ...ours });
});

test('no proxy stands between an agent and its host', () => {
  const past = (env: Record<string, string>) => {
    const { NO_PROXY, no_proxy } = runEnvironment(env, own);
    return [NO_PROXY, no_proxy];
  };
  // An agent may know a proxy from its own settings.
  assert.deepEqual(past({}), [near, near]);
  assert.deepEqual(past({ NO_PROXY: 'example.com' }), [`example.com,${near}`, `example.com,${near}`]);
  assert.deepEqual(past({ HTTP_PROXY: 'http://p' }), ['127.0.0.1,localhost,::1', '127.0.0.1,localhost,::1']);
  assert.deepEqual(past({ https_proxy: 'http://p', NO_PROXY: 'example.com, localhost' }), ['example.com,localhost,127.0.0.1,::1', 'example.com,localhost,127.0.0.1,::1']);
  assert.deepEqual(past({ ALL_PROXY: 'http://p', NO_PROXY: 'a', no_proxy: 'b' }), [`a,b,${near}`, `a,b,${near}`]);
  assert.deepEqual(past({ all_proxy: 'http://p', no_proxy: '*' }), ['*', '*']);
});
