import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import type { SessionSettings } from '../../src/core/events.ts';
import * as p from '../../src/protocol/protocol.ts';
import { gone, Product } from '../support/product.ts';
import { SessionUnderTest } from '../support/sessionUnderTest.ts';

/** Prompts of the agent's own history, in the order in which it read them. */
const read = (session: SessionUnderTest): string[] => [...session.conversation.blocks.values()].flatMap((block) => (block.kind === 'prompt' ? block.text : []));

describe('the queue', () => {
  let product: Product;
  let connection: MessageConnection;
  before(async () => {
    product = new Product();
    connection = await product.connect();
  });
  after(() => product.dispose());

  const send = (session: SessionUnderTest, text: string, more: { force?: boolean; submit?: boolean | 'enter' } = {}) =>
    connection.sendRequest(p.sessionSend, { session: session.uid, text, from: 'cli', ...more });
  const change = (session: SessionUnderTest, what: p.QueueChange) => connection.sendRequest(p.sessionChangeQueue, { session: session.uid, change: what, from: 'cli' });
  const fate = (session: SessionUnderTest, sent: { send: string }) => connection.sendRequest(p.sessionSendFate, { session: session.uid, send: sent.send });
  const interrupt = (session: SessionUnderTest) => connection.sendRequest(p.sessionInterrupt, { session: session.uid });
  /** A session whose agent is at work until it is interrupted. */
  const busy = async (settings: Partial<SessionSettings> = {}): Promise<SessionUnderTest> => {
    const session = await product.start(connection, { settings });
    await session.idle();
    await session.send('hang');
    await session.until('busy', ({ state }) => state.is === 'busy');
    await session.until('silent', ({ blocks }) => [...blocks.values()].some((block) => block.kind === 'text'));
    return session;
  };

  it('delivers in order, and tells what became of each prompt', async () => {
    const session = await busy();
    const [first, second] = [await send(session, 'echo one'), await send(session, 'echo two')];
    assert.deepEqual([first.status, second.status], ['queued', 'queued']);
    await interrupt(session);
    assert.deepEqual([await fate(session, first), await fate(session, second)], [{ status: 'delivered' }, { status: 'delivered' }]);
    await session.idle();
    assert.deepEqual(read(session), ['hang', 'echo one', 'echo two']);
    await assert.rejects(connection.sendRequest(p.sessionSendFate, { session: session.uid, send: 'never' }), { message: /No prompt “never” waits/ });
  });

  it('tells a prompt delivered once its agent took it up, however long the agent is held up', async () => {
    const session = await product.start(connection, {});
    await session.idle();
    const { pid } = await connection.sendRequest(p.sessionStatus, { session: session.uid });
    assert.ok(pid);
    process.kill(pid, 'SIGSTOP');
    const sent = await send(session, 'echo late');
    let isHeldUp = true;
    const told = fate(session, sent).then(({ status }) => ({ status, isHeldUp }));
    const idle = connection.sendRequest(p.sessionWaitIdle, { session: session.uid, send: sent.send }).then(() => read(session));
    // Longer than the queue waits for a prompt of which nothing need be seen.
    setTimeout(() => {
      isHeldUp = false;
      process.kill(pid, 'SIGCONT');
    }, 4_500);
    assert.deepEqual([await told, await idle], [{ status: 'delivered', isHeldUp: false }, ['echo late']]);
    await assert.rejects(send(session, ' \n ', { force: true }), { message: /takes no prompt of blanks alone/ });
    assert.deepEqual(await fate(session, await send(session, '/exit')), { status: 'delivered' });
    await session.until('its end', ({ alive }) => !alive);
  });

  it('is edited, reordered, and emptied', async () => {
    const session = await busy();
    const [a, b, c] = [await send(session, 'echo a'), await send(session, 'echo b'), await send(session, 'echo c')];
    await change(session, { is: 'edit', send: b.send, text: 'echo B' });
    await change(session, { is: 'move', send: c.send, to: 0 });
    const listing = await change(session, { is: 'drop', sends: [a.send] });
    assert.deepEqual(listing.sends.map(({ text }) => text), ['echo c', 'echo B']);
    assert.deepEqual(await fate(session, a), { status: 'dropped' });
    await assert.rejects(change(session, { is: 'edit', send: a.send, text: 'late' }), { message: /delivered, dropped, or never there/ });
    await interrupt(session);
    await session.idle();
    assert.deepEqual(read(session), ['hang', 'echo c', 'echo B']);
    assert.deepEqual((await connection.sendRequest(p.sessionQueue, { session: session.uid })), { paused: false, sends: [] });
  });

  it('is held back and let go', async () => {
    const session = await product.start(connection);
    await session.idle();
    await change(session, { is: 'pause' });
    const sent = await send(session, 'echo held');
    await session.idle();
    assert.deepEqual([sent.status, read(session), session.conversation.queuePaused], ['queued', [], true]);
    await change(session, { is: 'continue' });
    assert.equal((await fate(session, sent)).status, 'delivered');
    await session.idle();
    assert.deepEqual(read(session), ['echo held']);
  });

  it('lets one pass all others', async () => {
    const session = await busy();
    await send(session, 'echo later');
    const urgent = await send(session, 'echo urgent');
    await change(session, { is: 'now', send: urgent.send });
    await interrupt(session);
    await session.idle();
    assert.deepEqual(read(session), ['hang', 'echo urgent', 'echo later']);
    // One that was put back before it was typed is told again when its turn has come.
    const forced = new Map(session.events.flatMap((event) => (event.type === 'send' ? [[event.send, event.forced] as const] : [])));
    assert.deepEqual([...forced.values()], [false, true, false]);
  });

  it('takes 64 prompts and no more', async () => {
    const session = await busy();
    for (let i = 0; i < 64; i++) await send(session, `echo ${i}`);
    await assert.rejects(send(session, 'echo 64'), { message: /64 prompts wait for session .* already/ });
    await change(session, { is: 'drop', sends: 'all' });
    assert.equal((await send(session, 'echo again')).status, 'queued');
  });

  it('drops what has waited too long, by itself', async () => {
    const session = await busy({ inbox_ttl_s: 0.3 });
    const sent = await send(session, 'echo too late');
    assert.deepEqual(await fate(session, sent), { status: 'expired', reason: 'it waited longer than the session keeps prompts' });
    await interrupt(session);
    await session.idle();
    assert.deepEqual([read(session), session.events.filter(({ type }) => type === 'expired').length], [['hang'], 1]);
  });

  it('takes nothing that the terminal would cut, and says why', async () => {
    const session = await product.start(connection, { agent: 'bash', args: ['--norc', '--noprofile'] });
    await session.idle();
    await assert.rejects(send(session, `echo ${'x'.repeat(5_000)}`), { message: /Line 1 is 5005 bytes long; .* nothing was typed/ });
    assert.deepEqual([session.events.filter(({ type }) => type === 'queued').length, read(session)], [0, []]);
  });

  it('types without Enter, and Enter alone', async () => {
    const session = await product.start(connection);
    await session.idle();
    await send(session, 'echo typed', { submit: false });
    const screen = async () => (await connection.sendRequest(p.terminalText, { session: session.uid })).text;
    for (let looks = 0; looks < 200 && !(await screen()).includes('› echo typed'); looks++) await new Promise((resolve) => { setTimeout(resolve, 10); });
    assert.match(await screen(), /› echo typed/);
    assert.deepEqual(read(session), []);
    await send(session, '', { submit: 'enter' });
    await session.until('the prompt', () => read(session).length === 1);
    assert.deepEqual(read(session), ['echo typed']);
  });

  it('gives a prompt again that was typed to an agent which ended before it read it, and only then', async () => {
    const session = await product.start(connection);
    await session.idle();
    const pid = (await connection.sendRequest(p.sessionStatus, { session: session.uid })).pid ?? 0;
    const resume = async () => {
      await gone(pid);
      await session.until('the end', () => session.events.at(-1)?.type === 'exited');
      await connection.sendRequest(p.sessionResume, { session: session.uid, env: product.env, cols: 100, rows: 30 });
      await session.idle();
    };
    process.kill(pid, 'SIGSTOP');
    const unread = await send(session, 'echo unread');
    await session.until('what was typed', () => session.events.some((event) => event.type === 'delivered' && event.send === unread.send));
    process.kill(pid, 'SIGKILL');
    assert.equal((await fate(session, unread)).status, 'failed');
    await resume();
    assert.deepEqual(read(session), ['echo unread']);
    assert.deepEqual(session.events.filter(({ type }) => type === 'queue_changed').length, 1);

    // One that was read, by an agent that is killed in the middle of its answer, is not given again.
    await send(session, 'hang');
    await session.until('the answer', ({ blocks }) => [...blocks.values()].some((block) => block.kind === 'text' && block.text === 'Now I fall silent.'));
    process.kill((await connection.sendRequest(p.sessionStatus, { session: session.uid })).pid ?? 0, 'SIGKILL');
    await resume();
    assert.deepEqual(read(session), ['echo unread', 'hang']);
  });

  it('adds nothing to what somebody is writing in the terminal', async () => {
    const session = await product.start(connection);
    await session.idle();
    const type = (data: string) => connection.sendNotification(p.terminalInput, { session: session.uid, data });
    await connection.sendRequest(p.terminalAttach, { session: session.uid, cols: 100, rows: 30 });
    await type('echo by hand\u001b[D');
    const sent = await send(session, 'echo queued');
    await assert.rejects(session.until('a delivery', ({ queue }) => queue.length === 0, 700), /waited 700 ms/);
    await type('\r');
    assert.equal((await fate(session, sent)).status, 'delivered');
    await session.idle();
    assert.deepEqual(read(session), ['echo by hand', 'echo queued']);
    // Taken back, it holds nothing up.
    await type('no\u007f\u007f');
    await session.ask('echo after');
    assert.equal(read(session).at(-1), 'echo after');
  });

  it('adds nothing to a text that was left at the prompt, until it is submitted, by us or by a person, or taken back', async () => {
    const session = await product.start(connection);
    await session.idle();
    const listing = () => connection.sendRequest(p.sessionQueue, { session: session.uid });
    const held = async () => (await connection.sendRequest(p.sessionStatus, { session: session.uid })).queueHeld;
    await connection.sendRequest(p.terminalAttach, { session: session.uid, cols: 100, rows: 30 });
    const type = (data: string) => connection.sendNotification(p.terminalInput, { session: session.uid, data });
    for (const [draft, finish] of [
      ['echo left one', () => send(session, '', { submit: 'enter' })],
      ['echo left two', () => type('\r')],
      ['left three', () => type('\u0015')],
    ] as const) {
      await send(session, draft, { submit: false });
      assert.equal(await held(), undefined);
      const sent = await send(session, `echo after ${draft}`);
      assert.deepEqual([sent.status, (await listing()).held, await held()], ['queued', 'draft', 'draft']);
      await finish();
      assert.deepEqual(await fate(session, sent), { status: 'delivered' });
      await session.idle();
      assert.deepEqual([await listing(), await held()], [{ paused: false, sends: [] }, undefined]);
    }
    assert.deepEqual(read(session), ['echo left one', 'echo after echo left one', 'echo left two', 'echo after echo left two', 'echo after left three']);
  });

  it('types nothing into a question, and nothing into an agent that is to end', async () => {
    const session = await product.start(connection);
    await session.idle();
    await session.send('permission');
    await session.until('the question', ({ requests }) => requests.size === 1);
    const sent = await send(session, 'echo later');
    await assert.rejects(change(session, { is: 'now', send: sent.send }), { message: /waits for an answer; what is typed now would be taken for it/ });
    await connection.sendRequest(p.sessionStop, { session: session.uid });
    assert.deepEqual((await connection.sendRequest(p.sessionQueue, { session: session.uid })).sends.map(({ text }) => text), ['echo later']);
    assert.deepEqual(read(session), ['permission']);
  });

  it('waits for the turn of a forced prompt as well', async () => {
    const session = await product.start(connection);
    await session.idle();
    const pid = (await connection.sendRequest(p.sessionStatus, { session: session.uid })).pid ?? 0;
    process.kill(pid, 'SIGSTOP');
    const sent = send(session, 'echo forced', { force: true });
    await session.until('what was typed', () => session.events.some(({ type }) => type === 'send'));
    let isIdle = false;
    const idle = session.idle().then(() => { isIdle = true; });
    await assert.rejects(session.until('an idle agent', () => isIdle, 500), /waited 500 ms/);
    process.kill(pid, 'SIGCONT');
    assert.equal((await sent).status, 'delivered');
    await idle;
    assert.deepEqual(read(session), ['echo forced']);
  });

  it('waits for the turn of what somebody has sent in the terminal', async () => {
    const session = await product.start(connection);
    await session.idle();
    const pid = (await connection.sendRequest(p.sessionStatus, { session: session.uid })).pid ?? 0;
    await connection.sendRequest(p.terminalAttach, { session: session.uid, cols: 100, rows: 30 });
    process.kill(pid, 'SIGSTOP');
    await connection.sendNotification(p.terminalInput, { session: session.uid, data: 'echo by hand\r' });
    const sent = await send(session, 'echo queued');
    await assert.rejects(session.until('a delivery', ({ queue }) => queue.length === 0, 500), /waited 500 ms/);
    process.kill(pid, 'SIGCONT');
    assert.equal((await fate(session, sent)).status, 'delivered');
    await session.idle();
    assert.deepEqual(read(session), ['echo by hand', 'echo queued']);
  });

  it('survives the death of its host, and goes on when the session is resumed', async () => {
    const session = await busy();
    await send(session, 'echo a');
    const b = await send(session, 'echo b');
    await change(session, { is: 'edit', send: b.send, text: 'echo B' });
    await change(session, { is: 'move', send: b.send, to: 0 });
    const pid = product.hostPid;
    process.kill(pid, 'SIGKILL');
    await gone(pid);
    connection = await product.connect();
    const listing = await connection.sendRequest(p.sessionQueue, { session: session.uid });
    assert.deepEqual(listing.sends.map(({ text }) => text), ['echo B', 'echo a']);
    await connection.sendRequest(p.sessionResume, { session: session.uid, env: product.env, cols: 100, rows: 30 });
    const again = await SessionUnderTest.open(connection, session.uid);
    await again.idle();
    assert.deepEqual(read(again), ['hang', 'echo B', 'echo a']);
  });
});
