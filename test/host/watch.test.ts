import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import type { SessionSettings } from '../../src/core/events.ts';
import * as p from '../../src/protocol/protocol.ts';
import { Product } from '../support/product.ts';
import type { SessionUnderTest } from '../support/sessionUnderTest.ts';
import { watchSteps } from '../support/watchSteps.ts';

const steps = (session: SessionUnderTest): string[] => watchSteps(session.events);
/** Longer than the demo agent is ever silent between two of its steps, also on a machine that is busy. */
const stallS = 1.5;

const typed = (session: SessionUnderTest): string[] => session.events.flatMap((event) => (event.type === 'send' ? `${event.from} ${event.msg}` : []));

// Most of their time is silence.
describe('the watch', { concurrency: 5 }, () => {
  let product: Product;
  let connection: MessageConnection;
  before(async () => {
    product = new Product();
    connection = await product.connect();
  });
  after(() => product.dispose());

  /** An agent at its prompt, watched from then on: how long its start takes is no matter of these tests. */
  const start = async (settings: Partial<SessionSettings>): Promise<SessionUnderTest> => {
    // Of several followers on one connection only the last would be told.
    const own = await product.connect();
    const session = await product.start(own, {});
    await session.idle();
    await own.sendRequest(p.sessionConfigure, { session: session.uid, settings, from: 'cli' });
    return session;
  };
  const summary = (session: SessionUnderTest) => connection.sendRequest(p.sessionStatus, { session: session.uid });

  it('takes an agent at its prompt for done', async () => {
    const session = await start({ stall_after_s: stallS, max_resumes: 3 });
    await session.ask('echo done');
    await assert.rejects(session.until('a stall', () => steps(session).length > 0, 4_000), /waited 4000 ms/);
    assert.deepEqual(typed(session), ['cli echo done']);
  });

  it('sees a stall behind a screen that is painted again and again, tells it, and types nothing unasked', async () => {
    const session = await start({ stall_after_s: stallS });
    await session.send('hang');
    await session.until('the stall', () => steps(session).length > 0);
    const { stall } = await summary(session);
    assert.deepEqual([stall?.during, stall?.resumes, stall?.escalated], ['turn', 0, null]);
    await connection.sendRequest(p.sessionInterrupt, { session: session.uid });
    await session.idle();
    assert.deepEqual([steps(session), (await summary(session)).stall], [['idle during turn', 'active'], null]);
    assert.deepEqual(typed(session), ['cli hang']);
  });

  it('tells it to go on, and goes on watching', async () => {
    const session = await start({ stall_after_s: stallS, max_resumes: 1, nudge: 'echo I go on' });
    await session.send('hang');
    await session.until('the answer', ({ blocks }) => [...blocks.values()].some((block) => block.kind === 'text' && block.text === 'I go on'));
    await session.idle();
    assert.deepEqual(steps(session), ['idle during turn', 'resume stall 1/1']);
    // A turn that came to its end gives the nudges back.
    await session.send('hang');
    await session.until('another', () => steps(session).length === 4);
    await session.idle();
    assert.deepEqual(steps(session).slice(2), ['idle during turn', 'resume stall 1/1']);
  });

  it('calls a person when its nudges are used up', async () => {
    const session = await start({ stall_after_s: stallS, max_resumes: 2, nudge: 'hang again' });
    await session.send('hang');
    await session.until('the call', () => steps(session).some((step) => step.startsWith('escalated')));
    assert.deepEqual(steps(session), ['idle during turn', 'resume stall 1/2', 'idle during turn', 'resume stall 2/2', 'idle during turn', 'escalated stall']);
    assert.match((await summary(session)).stall?.escalated ?? '', /^silent for \d+ s after 2 nudges$/);
    assert.deepEqual(typed(session), ['cli hang', 'host hang again', 'host hang again']);
  });

  it('lets a prompt that waits tell it to go on, and begins anew with what a person asks', async () => {
    const session = await start({ stall_after_s: stallS, max_resumes: 1, nudge: 'hang again' });
    await session.send('hang');
    await session.until('the turn', ({ state }) => state.is === 'busy');
    await session.send('echo next');
    await session.until('the answer', ({ blocks }) => [...blocks.values()].some((block) => block.kind === 'text' && block.text === 'next'));
    await session.idle();
    assert.deepEqual([steps(session), typed(session)], [['idle during turn', 'resume stall 1/1'], ['cli hang', 'cli echo next']]);

    await session.send('hang');
    await session.until('the call', () => steps(session).some((step) => step.startsWith('escalated')));
    await session.connection.sendRequest(p.sessionInterrupt, { session: session.uid });
    await session.idle();
    const before = steps(session).length;
    await session.send('hang');
    await session.until('another nudge', () => steps(session).slice(before).includes('resume stall 1/1'));
  });

  it('tells a tool that takes long from a stall', async () => {
    const session = await start({ stall_after_s: stallS, max_resumes: 1 });
    await session.ask('sleep 4');
    assert.deepEqual(steps(session), ['idle during tool Shell', 'active']);
    assert.deepEqual(typed(session), ['cli sleep 4']);
  });

  it('leaves a question to a person', async () => {
    const session = await start({ stall_after_s: stallS, max_resumes: 1 });
    await session.send('permission');
    await session.until('the question', ({ requests }) => requests.size === 1);
    await session.send('later');
    await assert.rejects(session.until('a stall', () => steps(session).length > 0, 3_500), /waited 3500 ms/);
    await connection.sendRequest(p.sessionInterrupt, { session: session.uid });
    await session.idle();
    await session.send('dialog');
    await session.until('the dialog', ({ state }) => state.is === 'waiting' && state.for === 'dialog');
    await assert.rejects(session.until('a stall', () => steps(session).length > 0, 3_500), /waited 3500 ms/);
  });

  it('is changed while the agent is silent', async () => {
    const session = await start({ stall_after_s: null });
    await session.send('hang');
    await session.until('silence', ({ blocks }) => [...blocks.values()].some((block) => block.kind === 'text'));
    await connection.sendRequest(p.sessionConfigure, { session: session.uid, settings: { stall_after_s: stallS }, from: 'cli' });
    await session.until('the stall', () => steps(session).length > 0);
    assert.deepEqual(session.conversation.watching.settings.stall_after_s, stallS);
  });

  it('stays at a usage limit unless the session was started to go on', async () => {
    const session = await start({});
    await session.send('limit 0.2');
    await session.until('the limit', ({ state }) => state.is === 'limited');
    assert.match((await summary(session)).state.is, /limited/);
    await assert.rejects(session.until('anything', () => steps(session).length > 0, 700), /waited 700 ms/);
    assert.deepEqual(typed(session), ['cli limit 0.2']);
  });

  it('goes on after a limit where it was allowed to, as often as it was', async () => {
    const session = await start({ limit_window_s: 60, limit_resumes: 1, nudge: 'limit 0.1' });
    await session.send('limit 0.1');
    await session.until('the call', () => steps(session).some((step) => step.startsWith('escalated')), 60_000);
    assert.deepEqual(steps(session), ['resume limit 1/1', 'escalated limit']);
    assert.deepEqual(typed(session), ['cli limit 0.1', 'host limit 0.1']);
  });

  it('calls a person at a limit that is beyond the time it was given', async () => {
    const session = await start({ limit_window_s: 60, limit_resumes: 1 });
    await session.send('limit 3600');
    await session.until('the call', () => steps(session).length > 0);
    assert.deepEqual(steps(session), ['escalated limit']);
    // What was the matter then is not the matter of the next turn.
    await session.connection.sendRequest(p.sessionConfigure, { session: session.uid, settings: { stall_after_s: stallS }, from: 'cli' });
    await session.connection.sendRequest(p.sessionSend, { session: session.uid, text: 'hang', from: 'cli', force: true });
    await session.until('the stall', () => steps(session).includes('idle during turn'));
    assert.equal((await summary(session)).stall?.escalated, null);
  });

  it('tells a person of a tool that does not end', async () => {
    const session = await start({ stall_after_s: 0.5 });
    await session.send('sleep 6');
    await session.until('the call', () => steps(session).includes('escalated stall'));
    assert.deepEqual(typed(session), ['cli sleep 6']);
    assert.match((await summary(session)).stall?.escalated ?? '', /^Shell has run for \d+ s without a sign of life$/);
  });

  it('does not take a change of its settings for a sign of life', async () => {
    const session = await start({ stall_after_s: stallS });
    await session.send('hang');
    await session.until('the stall', () => steps(session).length === 1);
    await session.connection.sendRequest(p.sessionConfigure, { session: session.uid, settings: { inbox_ttl_s: 99 }, from: 'cli' });
    assert.deepEqual([steps(session), (await summary(session)).stall?.during], [['idle during turn'], 'turn']);
  });

  it('ends a session when its work is done, and not before what waits is done', async () => {
    const session = await product.start(await product.connect(), { settings: { auto_stop: true }, context: 'echo first' });
    await session.send('echo second');
    await session.until('the end', () => session.events.some(({ type }) => type === 'exited'));
    const said = [...session.conversation.blocks.values()].flatMap((block) => (block.kind === 'prompt' ? block.text : []));
    assert.deepEqual([said.length, /^\[backstitch session id=\S+\] echo first$/.test(said[0] ?? ''), said[1]], [2, true, 'echo second']);
    const end = session.events.find((event) => event.type === 'exited');
    assert.equal(end?.type === 'exited' && end.reason, 'success');
  });

  it('tells the agent of a watched file, once for each change, also before the file is there', async () => {
    const file = join(product.folder('watched'), 'later', 'report.md');
    const session = await start({ watch_file: file });
    mkdirSync(join(product.folder('watched'), 'later'));
    writeFileSync(file, 'one');
    await session.until('the change', () => typed(session).length === 1);
    writeFileSync(file, 'two');
    writeFileSync(file, 'three');
    await session.until('the next', () => typed(session).length === 2);
    assert.deepEqual(typed(session), [`host file-change-hook: read ${file}`, `host file-change-hook: read ${file}`]);
  });

  it('tells of a file no more once that is taken back: nothing of it is typed that waited for its turn', async () => {
    const file = join(product.folder('unwatched'), 'report.md');
    const session = await start({ watch_file: file });
    await session.send('hang');
    await session.until('the turn', ({ state }) => state.is === 'busy');
    writeFileSync(file, 'one');
    await session.until('the change', ({ queue }) => queue.length === 1);
    await session.connection.sendRequest(p.sessionSend, { session: session.uid, text: 'echo next', from: 'cli' });
    await session.connection.sendRequest(p.sessionConfigure, { session: session.uid, settings: { watch_file: null }, from: 'cli' });
    await session.connection.sendRequest(p.sessionInterrupt, { session: session.uid });
    await session.idle();
    assert.deepEqual(typed(session), ['cli hang', 'cli echo next']);
  });

  it('adds what a session came to to the file that was named, and to none that a repository holds', async () => {
    const folder = product.folder('with koder');
    mkdirSync(join(folder, 'koder'));
    const named = join(folder, 'named', 'rows.jsonl');
    for (const settings of [{ summary_out: named }, {}]) {
      const session = await product.start(await product.connect(), { cwd: folder, settings, meta: { phase: 'impl', predicted: { output_tokens: [1, 2] } }, id: `summed-${Object.keys(settings).length}` });
      await session.idle();
      await session.ask('compact');
      await connection.sendRequest(p.sessionStop, { session: session.uid });
    }
    const row = JSON.parse(readFileSync(named, 'utf8')) as { meta: Record<string, unknown>; predicted: unknown; actual: Record<string, unknown> };
    assert.deepEqual([row.meta['id'], row.meta['harness'], row.meta['agent'], row.meta['phase'], row.predicted], ['summed-1', 'backstitch', 'demo', 'impl', { output_tokens: [1, 2] }]);
    assert.deepEqual([row.actual['exit'], row.actual['compactions'], row.actual['stalls'], row.actual['force_resumes']], ['success', 1, 0, 0]);
    assert.deepEqual([row.actual['input_tokens'], row.actual['output_tokens'], row.actual['reasoning_tokens'], row.actual['total_tokens']], [2, 10, null, 12]);
    assert.deepEqual(readdirSync(join(folder, 'koder')), []);
  });

  it('ends a log as readers of the schema know it', async () => {
    const session = await start({ stall_after_s: stallS, max_resumes: 1, nudge: 'echo on' });
    await session.ask('edit');
    await session.ask('compact');
    await session.send('hang');
    await session.until('the answer', ({ blocks }) => [...blocks.values()].some((block) => block.kind === 'text' && block.text === 'on'));
    await session.idle();
    await connection.sendRequest(p.sessionStop, { session: session.uid });
    await session.until('the end', () => session.events.some(({ type }) => type === 'exited'));
    const end = session.events.slice(session.events.findIndex(({ type }) => type === 'usage'));
    assert.deepEqual(end.map(({ type }) => type).filter((type) => type !== 'checkpoint'), ['usage', 'summary', 'exited']);
    const summed = end.find((event) => event.type === 'summary');
    assert.deepEqual(summed?.type === 'summary' && [summed.exit, summed.turns, summed.stalls, summed.resumes, summed.compactions, summed.disconnections], ['success', 4, 1, 1, 1, 0]);
    const items = session.events.flatMap((event) => (event.type === 'item_completed' ? event.item.type : event.type === 'compaction' ? 'compaction' : []));
    assert.deepEqual(items, [
      'user_message', 'agent_message', 'file_change', 'agent_message', 'user_message', 'compaction', 'agent_message', 'user_message', 'agent_message', 'notice', 'user_message', 'agent_message',
    ]);
  });
});
