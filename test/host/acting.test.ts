import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import type { Conversation } from '../../src/core/conversation.ts';
import type { Shown } from '../../src/core/shown.ts';
import * as p from '../../src/protocol/protocol.ts';
import { Product } from '../support/product.ts';
import { SessionUnderTest } from '../support/sessionUnderTest.ts';

/** Prompts of the agent's own history, in the order in which it read them. */
const read = ({ conversation }: SessionUnderTest): string[] =>
  conversation.chain('main', conversation.branch, { count: 1_000 }).flatMap((block) => (block.kind === 'prompt' ? block.text : []));

/** What a person at a panel with this conversation sees. */
const shownIn = ({ branch, runningTurn: turn, lastSeq: seq }: Conversation): Shown => ({ branch, turn, seq });

const code = (expected: string, message: RegExp) => (error: { message: string; data?: { code?: string } }): boolean => {
  assert.equal(error.data?.code, expected, error.message);
  assert.match(error.message, message);
  return true;
};

describe('what a person does happens to what was shown', () => {
  let product: Product;
  let connection: MessageConnection;
  before(async () => {
    product = new Product();
    connection = await product.connect();
  });
  after(() => product.dispose());

  const interrupt = (session: SessionUnderTest, shown?: Shown) =>
    connection.sendRequest(p.sessionInterrupt, { session: session.uid, ...(shown && { shown }) });
  const send = (session: SessionUnderTest, text: string, more: object = {}) =>
    connection.sendRequest(p.sessionSend, { session: session.uid, text, from: 'panel', ...more });
  const started = async (options: Partial<p.StartParams> = {}): Promise<SessionUnderTest> => {
    const session = await product.start(connection, options);
    await session.idle();
    return session;
  };
  /** The agent works on its prompt number `nth` and says nothing until it is interrupted. */
  const untilHung = (session: SessionUnderTest, nth: number): Promise<void> => session.until(`hang ${nth}`, ({ blocks, runningTurn }) =>
    runningTurn !== null && [...blocks.values()].filter((block) => block.kind === 'text').length >= nth);

  it('an interrupt ends the turn that was shown, and no other one', async () => {
    const session = await started();
    await send(session, 'hang');
    await untilHung(session, 1);
    await send(session, 'hang again');
    const first = shownIn(session.conversation);
    await interrupt(session, first);
    await untilHung(session, 2);
    await assert.rejects(interrupt(session, first), code('turn-over', /^That turn of session “.*” is over, and another one has begun\. Nothing was interrupted\.$/));
    // The second prompt goes on: nothing was pressed.
    await send(session, 'echo after it');
    assert.equal(session.conversation.turns.size, 2);
    await interrupt(session, shownIn(session.conversation));
    await session.idle();
    assert.deepEqual([...session.conversation.turns.values()].map(({ status }) => status), ['interrupted', 'interrupted', 'completed']);
    await assert.rejects(interrupt(session, first), code('turn-over', /is over\. Nothing was interrupted\.$/));
  });

  it('asked twice at once, it presses the key once, and the next prompt is left alone', async () => {
    const session = await started();
    await send(session, 'hang');
    await untilHung(session, 1);
    await send(session, 'hang again');
    const shown = shownIn(session.conversation);
    await Promise.all([interrupt(session, shown), interrupt(session, shown), interrupt(session, shown)]);
    await untilHung(session, 2);
    await send(session, 'echo after it');
    assert.deepEqual([...session.conversation.turns.values()].map(({ status }) => status), ['interrupted', 'running']);
    await interrupt(session);
    await session.idle();
  });

  it('work of which no turn was known yet is interrupted, unless something has ended since', async () => {
    const session = await started();
    const rest = shownIn(session.conversation);
    assert.equal(rest.turn, null);
    await interrupt(session, rest);
    await send(session, 'hang');
    await untilHung(session, 1);
    await assert.rejects(interrupt(session, rest), code('turn-over', /another one has begun/));
    const busy = session.events.find((event) => event.type === 'state' && event.state.is === 'busy')!;
    await interrupt(session, { branch: 'main', turn: null, seq: busy.seq });
    await session.idle();
    await send(session, 'hang');
    await untilHung(session, 2);
    await assert.rejects(interrupt(session, { branch: 'main', turn: null, seq: busy.seq }), code('turn-over', /another one has begun/));
    await interrupt(session);
    await session.idle();
  });

  it('a stop ends what was shown: not a turn that has begun since', async () => {
    const session = await started();
    const idle = shownIn(session.conversation);
    await send(session, 'hang');
    await untilHung(session, 1);
    const stop = (shown: Shown) => connection.sendRequest(p.sessionStop, { session: session.uid, shown });
    await assert.rejects(stop(idle), code('stale', /it has begun other work since/));
    assert.notEqual((await stop(shownIn(session.conversation))).sent, null);
  });

  it('a prompt is for the branch that was shown', async () => {
    const session = await started();
    await session.ask('echo one');
    await session.ask('echo two');
    const [first] = await session.seams();
    await session.rewind(first!.seam);
    await assert.rejects(send(session, 'echo three', { branch: 'main', key: 'k1' }), code('stale', /on branch “branch-2” now/));
    assert.equal((await send(session, 'echo three', { branch: 'branch-2', key: 'k1' })).status, 'queued');
    await session.idle();
    assert.deepEqual(read(session), ['echo one', 'echo three']);
    await assert.rejects(interrupt(session, { branch: 'main', turn: null, seq: 1 }), code('stale', /on branch “branch-2” now/));
  });

  it('an answer overtakes what is streamed to a panel that has not taken it yet', async () => {
    const panel = await product.connect();
    const session = await started();
    let batches = 0;
    panel.onNotification(p.sessionBatch, () => { batches++; });
    await panel.sendRequest(p.sessionOpen, { session: session.uid, blocks: 10, paced: true });
    for (let i = 0; i < 5; i++) await session.ask(`echo ${'word '.repeat(2_000)}`);
    const sent = await panel.sendRequest(p.sessionSend, { session: session.uid, text: 'echo mine', from: 'panel', key: 'mine', branch: 'main' });
    assert.deepEqual([typeof sent.send, batches <= 1], ['string', true]);
    await session.idle();
    assert.equal(read(session).at(-1), 'echo mine');
    panel.dispose();
  });

  it('a rename is of the name that was shown', async () => {
    const session = await started({ id: 'seen' });
    const rename = (id: string, was: string) => connection.sendRequest(p.sessionRename, { session: session.uid, id, was });
    await rename('other', 'seen');
    await assert.rejects(rename('late', 'seen'), code('stale', /it is called “other” now/));
    assert.equal((await rename('later', 'other')).id, 'later');
  });

  it('a prompt that is sent again under its key is one prompt, also past the queue', async () => {
    const session = await started();
    const [a, b] = await Promise.all([send(session, 'echo one', { key: 'k1' }), send(session, 'echo one', { key: 'k1' })]);
    assert.equal(a.send, b.send);
    await session.idle();
    assert.deepEqual(await send(session, 'echo one', { key: 'k1', branch: 'elsewhere' }), { send: a.send, status: 'delivered' });
    const forced = await send(session, 'echo two', { key: 'k2', force: true });
    assert.deepEqual(await send(session, 'echo two', { key: 'k2', force: true }), forced);
    await session.idle();
    assert.deepEqual(read(session), ['echo one', 'echo two']);
    const rows = session.events.flatMap((event) => (event.type === 'queued' || event.type === 'send' ? [[event.type, event.key]] : []));
    assert.deepEqual(rows, [['queued', 'k1'], ['send', 'k1'], ['send', 'k2']]);
  });

  it('changes of the queue name what was shown of it', async () => {
    const session = await started();
    const change = (what: p.QueueChange) => connection.sendRequest(p.sessionChangeQueue, { session: session.uid, change: what, from: 'panel' });
    await send(session, 'hang');
    await untilHung(session, 1);
    const [a, b, c] = [await send(session, 'echo a'), await send(session, 'echo b'), await send(session, 'echo c')].map((sent) => sent.send);
    await change({ is: 'edit', send: b!, text: 'echo B', was: 'echo b' });
    const lateChanges: p.QueueChange[] = [{ is: 'edit', send: b!, text: 'x', was: 'echo b' }, { is: 'drop', sends: [b!], was: ['echo b'] }, { is: 'now', send: b!, was: 'echo b' }];
    for (const late of lateChanges)
      await assert.rejects(change(late), code('stale', /prompt “.*” says something else now/));
    const { sends } = await change({ is: 'move', send: c!, to: 1, behind: a! });
    assert.deepEqual(sends.map(({ text }) => text), ['echo a', 'echo c', 'echo B']);
    await change({ is: 'drop', sends: [a!], was: ['echo a'] });
    const moved = await change({ is: 'move', send: b!, to: 1, behind: a! });
    assert.deepEqual(moved.sends.map(({ text }) => text), ['echo B', 'echo c'], 'what it was to follow is gone: so it is the first one');
    await interrupt(session);
    await session.idle();
    await assert.rejects(change({ is: 'hold', send: b!, editor: 'e', was: 'echo B' }), code('no-such-send', /it was delivered/));
    assert.deepEqual(read(session), ['hang', 'echo B', 'echo c']);
  });
});

describe('a prompt that is edited is held', () => {
  const product = new Product({ BACKSTITCH_HOST_EDIT_GONE_MS: '400', BACKSTITCH_HOST_EDIT_UNTOUCHED_MS: '1500' });
  let connection: MessageConnection;
  let session: SessionUnderTest;
  before(async () => {
    connection = await product.connect();
    session = await product.start(connection);
    await session.idle();
  });
  after(() => product.dispose());

  const change = (what: p.QueueChange, by = connection) => by.sendRequest(p.sessionChangeQueue, { session: session.uid, change: what, from: 'panel' });
  const send = (text: string) => connection.sendRequest(p.sessionSend, { session: session.uid, text, from: 'panel' });
  /** Two prompts wait behind a pause, the first of them is edited, and the pause ends. */
  const held = async (first: string, second: string, by = connection): Promise<string[]> => {
    await change({ is: 'pause' });
    const sends = [(await send(first)).send, (await send(second)).send];
    await change({ is: 'hold', send: sends[0]!, editor: 'e1', was: first }, by);
    await change({ is: 'continue' });
    return sends;
  };

  it('it and what is behind it wait; the edit ends that, and everybody can see both', async () => {
    const [a] = await held('echo a', 'echo b');
    const status = () => connection.sendRequest(p.sessionStatus, { session: session.uid });
    const { held: why, editing, sends } = await connection.sendRequest(p.sessionQueue, { session: session.uid });
    assert.deepEqual([why, editing, sends.map(({ text }) => text)], ['edit', [a], ['echo a', 'echo b']]);
    const { queueHeld, editing: told, queued } = await status();
    assert.deepEqual([queueHeld, told, queued], ['edit', [a], 2]);
    await assert.rejects(change({ is: 'hold', send: a!, editor: 'e2' }), code('being-edited', /is being edited in another place/));
    await assert.rejects(change({ is: 'edit', send: a!, text: 'x' }), code('being-edited', /Nothing was done/));
    await assert.rejects(change({ is: 'now', send: a! }), code('being-edited', /Nothing was done/));
    await change({ is: 'edit', send: a!, text: 'echo A', was: 'echo a', editor: 'e1' });
    await session.idle();
    assert.deepEqual(read(session), ['echo A', 'echo b']);
    const after = await status();
    assert.deepEqual([after.queueHeld, after.editing], [undefined, undefined]);
  });

  it('it goes on as it was when the edit is given up, and when nothing has touched it for long', async () => {
    const [a] = await held('echo c', 'echo d');
    await change({ is: 'release', send: a!, editor: 'another' });
    assert.equal(session.conversation.queue.length, 2);
    await change({ is: 'release', send: a!, editor: 'e1' });
    await session.idle();
    await held('echo e', 'echo f');
    await session.idle();
    assert.deepEqual(read(session).slice(2), ['echo c', 'echo d', 'echo e', 'echo f']);
  });

  it('it goes on when the client that edits has gone, unless the same edit is taken up again', async () => {
    const editor = await product.connect();
    const [a] = await held('echo g', 'echo h', editor);
    const again = await product.connect();
    editor.dispose();
    await change({ is: 'hold', send: a!, editor: 'e1' }, again);
    await change({ is: 'hold', send: a!, editor: 'e1' }, again);
    assert.deepEqual((await connection.sendRequest(p.sessionQueue, { session: session.uid })).editing, [a]);
    again.dispose();
    await session.idle();
    assert.deepEqual(read(session).slice(6), ['echo g', 'echo h']);
  });
});

describe('a host that was killed', () => {
  const product = new Product();
  after(() => product.dispose());

  it('knows what was sent under which key', async () => {
    const first = await product.connect();
    const session = await product.start(first, { id: 'kept' });
    await session.idle();
    await first.sendRequest(p.sessionChangeQueue, { session: session.uid, change: { is: 'pause' }, from: 'panel' });
    const sent = await first.sendRequest(p.sessionSend, { session: session.uid, text: 'echo once', from: 'panel', key: 'k1' });
    process.kill(product.hostPid, 'SIGKILL');
    const again = await product.connect();
    const retry = () => again.sendRequest(p.sessionSend, { session: session.uid, text: 'echo once', from: 'panel', key: 'k1' });
    assert.deepEqual(await retry(), { send: sent.send, status: 'queued' });
    await again.sendRequest(p.sessionResume, { session: session.uid, env: product.env, cols: 100, rows: 30 });
    await again.sendRequest(p.sessionChangeQueue, { session: session.uid, change: { is: 'continue' }, from: 'panel' });
    assert.equal((await again.sendRequest(p.sessionSendFate, { session: session.uid, send: sent.send })).status, 'delivered');
    await again.sendRequest(p.sessionWaitIdle, { session: session.uid });
    const now = await SessionUnderTest.open(again, session.uid);
    assert.deepEqual([read(now), await retry()], [['echo once'], { send: sent.send, status: 'delivered' }]);
  });
});
