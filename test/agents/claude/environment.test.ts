import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import * as p from '../../../src/protocol/protocol.ts';
import { text, tool } from '../../modelServer/scenarios.ts';
import { ClaudeProduct } from '../../support/claudeProduct.ts';
import type { SessionUnderTest } from '../../support/sessionUnderTest.ts';

/** What the agent's shell tool sees is what the next session is started with: an agent that starts agents. */
describe('a Claude Code that was started by another agent, behind a proxy, from a poor terminal', () => {
  let claude: ClaudeProduct;
  let connection: MessageConnection;
  before(async () => {
    claude = await ClaudeProduct.open();
    connection = await claude.product.connect();
    claude.model.script('env', [[text('I look around.'), tool('Bash', { command: 'env -0 > env.txt', description: 'Look' })], [text('Seen.')]]);
  });
  after(() => claude.dispose());

  async function seenBy(session: SessionUnderTest): Promise<Record<string, string>> {
    await session.ask('now [[env]]');
    const lines = readFileSync(join(claude.sandbox.cwd, 'env.txt'), 'utf8').split('\0').filter((line) => line !== '');
    return Object.fromEntries(lines.map((line): [string, string] => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  }

  const args = ['--permission-mode', 'acceptEdits', '--allowedTools', 'Bash(env:*)'];

  it('is followed as any other, and its children find no token', async () => {
    const given = { TERM: 'dumb', TMUX: '/tmp/tmux,1,0', NO_COLOR: '1', HTTP_PROXY: 'http://127.0.0.1:9', NO_PROXY: 'example.com', CLAUDE_CODE_CHILD_SESSION: '1', BACKSTITCH_HOOK_TOKEN: 'of another' };
    const first = await claude.start(connection, { id: 'first', args, env: given });
    const seen = await seenBy(first);
    await first.until('the last words', (c) => c.chain('main').at(-1)?.kind === 'text' && c.chain('main').length === 4);
    assert.deepEqual(first.steps().map((step) => step.replace(/^b\d+ /, '')), ['prompt now [[env]]', 'text I look around.', 'tool Bash completed', 'text Seen.']);
    // A hook that had gone to the proxy would be told as failed, and no checkpoint would name the call.
    assert.ok(first.events.some((event) => event.type === 'turn_started'));
    assert.deepEqual([seen['TERM'], seen['TMUX'], seen['NO_COLOR'], seen['NO_PROXY']], ['xterm-256color', undefined, '1', 'example.com,127.0.0.1,localhost,::1']);
    assert.equal(seen['BACKSTITCH_HOOK_TOKEN'], undefined);
    const token = /"X-Backstitch-Token": "([^"]+)"/.exec(readFileSync(join(claude.product.env['BACKSTITCH_STATE_DIR'] ?? '', 'runs', first.uid, '1', 'settings.json'), 'utf8'))?.[1];
    assert.match(token ?? '', /^[\w-]{32}$/);
    assert.ok(!Object.values(seen).some((value) => value.includes(token ?? '')));
    await connection.sendRequest(p.sessionStop, { session: first.uid });

    const second = await claude.start(connection, { id: 'second', args, env: seen });
    const again = await seenBy(second);
    await second.until('the last words', (c) => c.chain('main').length === 4);
    assert.equal(second.steps()[3], 'b4 text Seen.');
    // All that the first one has added for its children is new for those of the second one, or not there.
    const same = new Set(['CLAUDECODE', 'CLAUDE_CODE_ENTRYPOINT', 'CLAUDE_CODE_CHILD_SESSION', 'CLAUDE_CODE_SESSION_ATTENDED', 'CLAUDE_CODE_EXECPATH', 'CLAUDE_EFFORT', 'AI_AGENT', 'BACKSTITCH_AGENT']);
    const added = Object.keys(seen).filter((name) => /CLAUDE|AGENT|BACKSTITCH/.test(name) && !(name in claude.env));
    assert.deepEqual(added.filter((name) => seen[name] === again[name] && !same.has(name)), []);
    assert.notEqual(again['CLAUDE_CODE_SESSION_ID'], seen['CLAUDE_CODE_SESSION_ID']);
    await connection.sendRequest(p.sessionStop, { session: second.uid });
  });
});
