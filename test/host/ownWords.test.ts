import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { textOf } from '../../src/core/conversationText.ts';
import type { BlockOf } from '../../src/core/view.ts';
import * as p from '../../src/protocol/protocol.ts';
import { Product } from '../support/product.ts';
import { SessionUnderTest } from '../support/sessionUnderTest.ts';

type Prompt = BlockOf<'prompt'>;

describe('what Backstitch itself has typed is told as such', () => {
  const product = new Product();
  let connection: MessageConnection;
  let session: SessionUnderTest;
  const watched = join(product.home, 'watched.txt');
  const promptsOf = ({ conversation }: SessionUnderTest): Prompt[] =>
    conversation.chain('main').filter((block): block is Prompt => block.kind === 'prompt');
  const line = '[backstitch session id=named]';

  before(async () => {
    connection = await product.connect();
    session = await product.start(connection, { id: 'named', context: 'echo first' });
    await session.until('the first prompt to be answered', () => promptsOf(session).length === 1);
    await session.idle();
  });
  after(() => product.dispose());

  it('tells the line that names the session as added, in the log, in texts and as no part of the title', async () => {
    const [first] = promptsOf(session);
    assert.equal(first?.text, `${line} echo first`);
    assert.deepEqual(first?.added, { text: line, why: 'session' });
    assert.match(textOf(session.conversation), /^> echo first \(added by Backstitch to name the session: \[backstitch session id=named\]\)$/m);
    assert.equal((await connection.sendRequest(p.sessionStatus, { session: session.uid })).title, 'echo first');
    const rows = session.events.filter((event) => event.type === 'queued' || event.type === 'send');
    for (const row of rows) assert.deepEqual(row.added, { text: line, why: 'session' }, row.type);
  });

  it('tells nothing of what a person types, also where it begins in the same way', async () => {
    await session.ask(`${line} echo mine`);
    assert.equal(promptsOf(session).at(-1)?.text, `${line} echo mine`);
    assert.equal(promptsOf(session).at(-1)?.added, undefined);
  });

  it('tells a nudge and a watched file as words of its own', async () => {
    await connection.sendRequest(p.sessionNudge, { session: session.uid });
    await session.until('the nudge', () => promptsOf(session).at(-1)?.text === 'resume');
    assert.deepEqual(promptsOf(session).at(-1)?.added, { text: 'resume', why: 'stall' });
    await session.idle();
    await session.ask('resume');
    assert.equal(promptsOf(session).at(-1)?.added, undefined);
    await connection.sendRequest(p.sessionConfigure, { session: session.uid, settings: { watch_file: watched }, from: 'cli' });
    writeFileSync(watched, 'changed');
    await session.until('the file to be told', () => promptsOf(session).at(-1)?.text.includes('watched.txt') === true);
    const told = `file-change-hook: read ${watched}`;
    assert.deepEqual([promptsOf(session).at(-1)?.text, promptsOf(session).at(-1)?.added], [told, { text: told, why: 'file' }]);
    await session.idle();
  });

  it('goes with a fork, whose agent knows nothing of it', async () => {
    const { uid } = await connection.sendRequest(p.sessionFork, { session: session.uid, seam: 'tip', env: product.env, cols: 80, rows: 24 });
    const fork = await SessionUnderTest.open(connection, uid);
    await fork.idle();
    assert.deepEqual(promptsOf(fork).map(({ text, added }) => [text, added]), promptsOf(session).map(({ text, added }) => [text, added]));
  });

  it('is kept while the agent has not taken the prompt up, over the death of the host', async () => {
    const late = await product.start(connection, { id: 'late', context: 'echo late' });
    await late.until('the prompt to be typed', () => late.events.some(({ type }) => type === 'send') || promptsOf(late).length > 0);
    process.kill(product.hostPid, 'SIGKILL');
    connection = await product.connect();
    await connection.sendRequest(p.sessionResume, { session: late.uid, env: product.env, cols: 80, rows: 24 });
    const again = await SessionUnderTest.open(connection, late.uid);
    await again.until('the prompt', () => promptsOf(again).length > 0);
    assert.deepEqual(promptsOf(again)[0]?.added, { text: '[backstitch session id=late]', why: 'session' });
  });

  it('is left out where it was not wanted', async () => {
    const plain = await product.start(connection, { id: 'plain', context: 'echo plain', sessionLine: false });
    await plain.until('the prompt', () => promptsOf(plain).length === 1);
    assert.deepEqual(promptsOf(plain).map(({ text, added }) => [text, added]), [['echo plain', undefined]]);
  });
});
