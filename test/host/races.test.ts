import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { mainLane } from '../../src/core/ids.ts';
import * as p from '../../src/protocol/protocol.ts';
import { gone, Product } from '../support/product.ts';
import type { SessionUnderTest } from '../support/sessionUnderTest.ts';

/** Requests that meet each other on the way. */
describe('requests at the same time', () => {
  let product: Product;
  let connection: MessageConnection;
  before(async () => {
    product = new Product();
    connection = await product.connect();
  });
  after(() => product.dispose());

  async function worked(id: string, speed = '0'): Promise<SessionUnderTest> {
    const session = await product.start(connection, { id, cwd: product.folder(id), env: { ...product.env, BACKSTITCH_DEMO_SPEED: speed } });
    await session.idle();
    await session.ask('edit');
    return session;
  }

  const statusOf = (session: SessionUnderTest) => connection.sendRequest(p.sessionStatus, { session: session.uid });
  const resume = (session: SessionUnderTest) => connection.sendRequest(p.sessionResume, { session: session.uid, env: product.env, cols: 100, rows: 30 });
  const typesOf = async (session: SessionUnderTest): Promise<string[]> =>
    readFileSync((await statusOf(session)).logPath, 'utf8').split('\n').filter(Boolean).map((line) => (JSON.parse(line) as { type: string }).type);

  it('two rewinds: one wins, the other is told', async () => {
    const session = await worked('two');
    const outcomes = await Promise.allSettled([session.rewind('s1'), session.rewind('s2')]);
    assert.deepEqual(outcomes.map((outcome) => outcome.status), ['fulfilled', 'rejected']);
    assert.match(String((outcomes[1] as PromiseRejectedResult).reason), /A rewind of this session is under way/);
    assert.equal(session.steps().length, 1);
  });

  it('a prompt sent during a rewind is delivered after it, on the new branch; one that was under way is not lost', async () => {
    const session = await worked('sent');
    const rewinding = session.rewind('s1');
    await session.send('echo afterwards');
    await rewinding;
    await session.idle();
    assert.equal(session.conversation.branch, 'branch-2');
    assert.match(session.steps().at(-1) ?? '', /afterwards/);

    // Sent just before: whichever goes first, it reaches the agent.
    const sending = session.send('echo just before');
    const refused = session.rewind('s1').then(() => 'went', (error: Error) => error.message);
    await sending;
    const said = await refused;
    await session.idle();
    // Either it went first and the agent is at work, or it waited for the rewind.
    assert.match(said, /^went$|at work|under way/);
    assert.deepEqual(session.conversation.queue, []);
    assert.ok([...session.conversation.blocks.values()].some((block) => block.kind === 'prompt' && block.text === 'echo just before'));
  });

  it('a stop during a rewind stops, and stays so', async () => {
    const session = await worked('stopped');
    const [rewound] = await Promise.allSettled([session.rewind('s1'), connection.sendRequest(p.sessionStop, { session: session.uid })]);
    assert.equal(rewound.status, 'fulfilled');
    const { alive, ended, state } = await statusOf(session);
    assert.deepEqual([alive, ended, state.is], [false, 'stopped', 'exited']);
    assert.equal((await typesOf(session)).at(-1), 'exited');
  });

  it('an agent that ends during a rewind leaves a session that has ended, and can be resumed', async () => {
    const session = await worked('ending', '1');
    await session.send('slow long');
    await session.until('it works', (c) => c.state.is === 'busy');
    const { pid } = await statusOf(session);
    const waiting = connection.sendRequest(p.sessionWaitIdle, { session: session.uid }).then(() => 'idle', (error: Error) => error.message);
    const rewinding = session.rewind('s1', { interrupt: true });
    process.kill(pid ?? 0, 'SIGKILL');
    await assert.rejects(rewinding, { message: /has no running agent/ });
    assert.match(await waiting, /has no running agent/);
    await session.until('its end is recorded', (c) => c.ended !== null);
    assert.deepEqual((await typesOf(session)).filter((type) => type === 'run_ended' || type === 'exited'), ['run_ended', 'exited']);
    await resume(session);
    await session.idle();
    assert.equal((await statusOf(session)).alive, true);
  });

  it('resumes once, however often it is asked, and right after the end', async () => {
    const session = await worked('resumed');
    const stopping = connection.sendRequest(p.sessionStop, { session: session.uid });
    await stopping;
    const runs = async (): Promise<number> => (await typesOf(session)).filter((type) => type === 'run_started').length;
    const all = await Promise.all([resume(session), resume(session), resume(session)]);
    assert.equal(new Set(all.map((summary) => summary.pid)).size, 1);
    assert.equal(await runs(), 2);
    await session.idle();
    process.kill((await statusOf(session)).pid ?? 0, 'SIGKILL');
    await session.until('its end', (c) => !c.alive);
    await resume(session);
    await session.idle();
    const types = await typesOf(session);
    assert.ok(types.lastIndexOf('exited') < types.lastIndexOf('run_started'));
    assert.equal((await statusOf(session)).ended, null);
  });

  it('gives a label to one of two that ask for it at once', async () => {
    const start = () => connection.sendRequest(p.sessionStart, { agent: 'demo', cwd: product.folder('label'), id: 'wanted', args: [], env: product.env, cols: 80, rows: 24 });
    const outcomes = await Promise.allSettled([start(), start(), connection.sendRequest(p.sessionList, { all: true })]);
    assert.deepEqual(outcomes.map((outcome) => outcome.status), ['fulfilled', 'rejected', 'fulfilled']);
    assert.match(String((outcomes[1] as PromiseRejectedResult).reason), /“wanted” is already running/);
  });

  it('gives a label to one of two that want to have it, by whatever way', async () => {
    const [one, two, three] = [await worked('one'), await worked('other'), await worked('third')];
    const rename = (session: SessionUnderTest, id: string) => connection.sendRequest(p.sessionRename, { session: session.uid, id });
    const both = await Promise.allSettled([rename(one, 'both'), rename(two, 'Both')]);
    assert.deepEqual(both.map((outcome) => outcome.status), ['fulfilled', 'rejected']);
    assert.match(String((both[1] as PromiseRejectedResult).reason), /“Both” is already running/);

    const start = (id: string) => connection.sendRequest(p.sessionStart, { agent: 'demo', cwd: product.folder('label'), id, args: [], env: product.env, cols: 80, rows: 24 });
    const met = await Promise.allSettled([start('met'), rename(two, 'met')]);
    assert.deepEqual(met.map((outcome) => outcome.status), ['fulfilled', 'rejected']);

    await connection.sendRequest(p.sessionStop, { session: three.uid });
    await Promise.allSettled([resume(three), rename(three, 'again'), start('again')]);
    const labels = (await connection.sendRequest(p.sessionList, { all: true })).filter(({ alive }) => alive).map(({ id }) => id.toLowerCase());
    assert.deepEqual(labels, [...new Set(labels)]);
  });

  it('a permission that is answered while a rewind is under way goes to nobody', async () => {
    const session = await worked('answered');
    await session.send('permission');
    await session.until('the request', (c) => c.requests.size === 1);
    const [request = ''] = session.conversation.requests.keys();
    const rewinding = session.rewind('s1', { interrupt: true });
    const answer = await connection.sendRequest(p.sessionAnswer, { session: session.uid, request, option: 'allow', from: 'panel' });
    assert.deepEqual(answer, { won: false });
    await rewinding;
    assert.equal(session.conversation.requests.size, 0);
    assert.equal(session.conversation.chain(mainLane).length, 1);
  });

  it('ends a session as interrupted when the host is shut down, with its end recorded', async () => {
    const own = new Product();
    try {
      const first = await own.connect();
      const session = await own.start(first, { id: 'shut' });
      await session.idle();
      const { logPath } = await first.sendRequest(p.sessionStatus, { session: session.uid });
      const host = own.hostPid;
      await first.sendRequest(p.hostShutdown, { force: true });
      await gone(host);
      const rows = readFileSync(logPath, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as { type: string; reason?: string });
      assert.deepEqual(rows.slice(-4).map((row) => row.type), ['run_ended', 'usage', 'summary', 'exited']);
      assert.equal(rows.at(-1)?.reason, 'interrupted');
      assert.doesNotMatch(own.hostLog(), /unhandled|uncaught/);
    } finally {
      await own.dispose();
    }
  });
});
