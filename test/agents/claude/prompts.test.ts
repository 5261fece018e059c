import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { mainLane } from '../../../src/core/ids.ts';
import * as p from '../../../src/protocol/protocol.ts';
import { textOf } from '../../modelServer/messages.ts';
import { ClaudeProduct } from '../../support/claudeProduct.ts';
import type { SessionUnderTest } from '../../support/sessionUnderTest.ts';

/** Prompts that mean something to the CLI's own prompt, and how the model is given each: as it was sent. */
const prompts = [
  'look in C:\\tmp\\', '\\', 'two of them \\\\', 'a \\\nb', 'a\nb\nc\nlast\\', '!ls', '!', `!ls ${'w'.repeat(300)}`, ' !ls', '?', '? what', 'Exit', 'quit it', '#note', '# note', '&', '& do it', '@', 'look @hel',
  '/etc/passwd', '/etc/passwd is a file', '   leading blanks', '\n\nleading lines', 'emoji 👩‍👩‍👧‍👦 ❤️', '\u00a0x\u3000y',
  Array.from({ length: 30 }, (_, line) => `line ${line}: ${'z'.repeat(line * 4)}`).join('\n'), `${'y'.repeat(1_500)}\n\n\nend`,
];

describe('prompts that mean something to Claude Code’s own prompt', () => {
  let claude: ClaudeProduct;
  let connection: MessageConnection;
  let session: SessionUnderTest;
  before(async () => {
    claude = await ClaudeProduct.open();
    mkdirSync(join(claude.sandbox.cwd, '.claude/commands'), { recursive: true });
    writeFileSync(join(claude.sandbox.cwd, '.claude/commands/hello.md'), 'Say hello to $ARGUMENTS');
    connection = await claude.product.connect();
    session = await claude.start(connection, { id: 'typed' });
  });
  after(() => claude.dispose());

  const send = (text: string, force = false) => connection.sendRequest(p.sessionSend, { session: session.uid, text, from: 'cli', force });
  const fateOf = (sent: string) => connection.sendRequest(p.sessionSendFate, { session: session.uid, send: sent });
  const given = (from: number): string[] => claude.requests().slice(from).map(({ body }) => {
    const last = body.messages.findLast(({ role }) => role === 'user');
    const content = last?.content ?? '';
    return typeof content === 'string' ? content : textOf({ role: 'user', content: content.slice(-1) });
  });

  for (const prompt of prompts) it(`${JSON.stringify(prompt).slice(0, 40)} arrives as it was sent`, async () => {
    const from = claude.requests().length;
    await session.ask(prompt);
    assert.deepEqual(given(from), [prompt]);
  });

  it('a prompt that would not arrive as it is is refused by name, and nothing of it is typed', async () => {
    for (const text of ['a\tb', 'a\u202eb', '   ', 'a\u001b[201~b', 'exit', ' :q ']) await assert.rejects(send(text), { message: /Claude Code’s prompt/ });
    const from = claude.requests().length;
    await session.ask('say [[again]]');
    assert.deepEqual(given(from), ['say [[again]]']);
  });

  it('a command of the user’s goes on working; one that is not known fails by name, and none is completed', async () => {
    const from = claude.requests().length;
    const hello = await send('/hello world');
    assert.deepEqual(await fateOf(hello.send), { status: 'delivered' });
    await session.idle();
    assert.deepEqual(given(from), ['Say hello to world']);
    for (const [text, reason] of [['/nosuch', 'Unknown command: /nosuch'], ['/comp', 'Unknown command: /comp. Did you mean /loop?']] as const) {
      const { send: sent } = await send(text);
      assert.deepEqual(await fateOf(sent), { status: 'failed', reason });
    }
    await session.idle();
    assert.ok(!session.conversation.chain(mainLane).some(({ kind }) => kind === 'compaction'));
  });

  it('an agent that is held up takes the prompt later, and is idle only then', async () => {
    const { pid } = await connection.sendRequest(p.sessionStatus, { session: session.uid });
    assert.ok(pid);
    const from = claude.requests().length;
    process.kill(pid, 'SIGSTOP');
    const sent = await send('say [[hi]]');
    const fate = fateOf(sent.send);
    const idle = connection.sendRequest(p.sessionWaitIdle, { session: session.uid, send: sent.send }).then(() => given(from));
    // Longer than the queue waits for a prompt of which nothing need be seen.
    setTimeout(() => process.kill(pid, 'SIGCONT'), 7_000);
    assert.deepEqual(await fate, { status: 'delivered' });
    assert.deepEqual(await idle, ['say [[hi]]']);
  });

  it('what is typed past the queue is delivered once it is taken up, too', async () => {
    const from = claude.requests().length;
    assert.equal((await send('look in C:\\tmp\\', true)).status, 'delivered');
    await session.idle();
    assert.deepEqual(given(from), ['look in C:\\tmp\\']);
  });
});
