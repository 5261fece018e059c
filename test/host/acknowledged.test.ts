import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { connectHost } from '../../src/client/connect.ts';
import { durableTypes, type EventType } from '../../src/core/events.ts';
import { paramsOf, type Method } from '../../src/protocol/params.ts';
import * as p from '../../src/protocol/protocol.ts';
import { callHook } from '../support/demoHook.ts';
import { FailingSync } from '../support/failingSync.ts';
import { dist, Product } from '../support/product.ts';
import type { SessionUnderTest } from '../support/sessionUnderTest.ts';

/** What is on the disk at the moment in which a request is answered, with a disk of which each sync takes its time. */
describe('no request is answered before its durable rows are on the disk', () => {
  const product = new Product();
  const disk = new FailingSync(product.folder('disk'));
  let host: ChildProcess;
  let connection: MessageConnection;
  let session: SessionUnderTest;
  /** Of each session that was asked about. */
  const logs = new Map<string, string>();

  before(async () => {
    const env = { ...product.env, ...disk.env };
    host = spawn(process.execPath, [dist('host.mjs')], { env, stdio: 'ignore', cwd: '/' });
    const client = { env: product.env, hostScript: dist('host.mjs'), execPath: process.execPath, client: 'test', build: 'test' };
    while (!(await connectHost(client))) await new Promise((resolve) => { setTimeout(resolve, 20); });
    connection = await product.connect();
    assert.equal(product.hostPid, host.pid);
    session = await product.start(connection, { id: 'first' });
    await session.idle();
    await session.ask('make a plan');
    disk.fail('slow');
  });
  after(async () => {
    disk.mend();
    const ended = once(host, 'exit');
    await product.dispose();
    await ended;
  });

  const logOf = async (uid: string): Promise<string> => {
    const known = logs.get(uid) ?? (await connection.sendRequest(p.sessionStatus, { session: uid })).logPath;
    logs.set(uid, known);
    return known;
  };

  /** Types of the durable rows after `seq` that are on the disk now. */
  const durableOnDisk = (log: string, seq: number): string[] =>
    FailingSync.rowsOnDisk(log).filter((row) => row.seq > seq && durableTypes.has(row.type)).map(({ type }) => type);

  /** What is on the disk of it when `ask` is answered. */
  const askedOf = async (uid: string, ask: () => Promise<unknown>): Promise<string[]> => {
    const log = await logOf(uid);
    const before = FailingSync.rowsOnDisk(log).at(-1)?.seq ?? 0;
    await ask();
    return durableOnDisk(log, before);
  };

  const name = (): { session: string } => ({ session: session.uid });
  const here = (type: { method: string }, params: object = {}) => (): Promise<string[]> =>
    askedOf(session.uid, () => connection.sendRequest(type.method, { ...name(), ...params }));
  /** Of a request that answers with a new session. */
  const there = (method: Method, params: () => object) => async (): Promise<string[]> => {
    const { uid, logPath } = await connection.sendRequest<{ uid: string; logPath: string }>(method, params());
    const found = durableOnDisk(logPath, 0);
    await connection.sendRequest(p.sessionStop, { session: uid });
    return found;
  };
  const nowhere = (method: Method, params: object = {}) => async (): Promise<string[]> => {
    await connection.sendRequest(method, params);
    return [];
  };
  const firstSeam = async (): Promise<string | undefined> => (await session.seams())[0]?.seam;
  const size = { cols: 100, rows: 30 };
  const idle = (work: () => Promise<string[]>) => async (): Promise<string[]> => {
    const found = await work();
    await session.idle();
    return found;
  };

  /** The durable rows of each request, in order; `null`: a notification, which has no answer. */
  const table: Record<Method, { rows: EventType[]; ask(): Promise<string[]> } | null> = {
    hello: { rows: [], ask: nowhere('hello', { protocol: p.protocolVersion, build: 'test', client: 'test' }) },
    restrict: { rows: [], ask: async () => {
      const narrow = await product.connect();
      await narrow.sendRequest(p.restrict, name());
      return [];
    } },
    'agents/list': { rows: [], ask: nowhere('agents/list', { env: product.env }) },
    'agents/skillFolders': { rows: [], ask: nowhere('agents/skillFolders') },
    'session/start': { rows: ['started', 'run_started'], ask: there('session/start', () => (
      { agent: 'demo', cwd: product.folder('other'), args: [], env: product.env, ...size })) },
    'session/fork': { rows: ['started', 'forked', 'run_started'], ask: there('session/fork', () => (
      { ...name(), seam: 'tip', env: product.env, ...size })) },
    'session/list': { rows: [], ask: nowhere('session/list') },
    'session/status': { rows: [], ask: here(p.sessionStatus) },
    'session/open': { rows: [], ask: here(p.sessionOpen, { blocks: 10 }) },
    'session/close': { rows: [], ask: async () => {
      await (await product.connect()).sendRequest(p.sessionClose, name());
      return [];
    } },
    'session/resumable': { rows: [], ask: here(p.sessionResumable, { env: product.env }) },
    'session/page': { rows: [], ask: here(p.sessionPage, { lane: 'main', branch: 'main', count: 10 }) },
    'session/block': { rows: [], ask: here(p.sessionBlock, { block: 'b1' }) },
    'session/fileAt': { rows: [], ask: async () => {
      await assert.rejects(here(p.sessionFileAt, { block: 'b1', path: 'a' })(), { data: { code: 'no-files', exitCode: 1 } });
      return [];
    } },
    'session/compareFile': { rows: [], ask: async () => {
      await assert.rejects(here(p.sessionCompareFile, { checkpoint: 'x', path: 'a' })(), { data: { code: 'no-files', exitCode: 1 } });
      return [];
    } },
    'session/send': { rows: ['queued'], ask: idle(here(p.sessionSend, { text: 'echo one', from: 'cli' })) },
    'session/sendFate': { rows: ['queued', 'send', 'delivered'], ask: idle(() => askedOf(session.uid, async () => {
      const { send } = await connection.sendRequest(p.sessionSend, { ...name(), text: 'echo two', from: 'cli' });
      await connection.sendRequest(p.sessionSendFate, { ...name(), send });
    })) },
    'session/queue': { rows: [], ask: here(p.sessionQueue) },
    'session/changeQueue': { rows: ['queue_changed', 'queue_changed'], ask: () => askedOf(session.uid, async () => {
      await connection.sendRequest(p.sessionChangeQueue, { ...name(), change: { is: 'pause' }, from: 'cli' });
      await connection.sendRequest(p.sessionChangeQueue, { ...name(), change: { is: 'continue' }, from: 'cli' });
    }) },
    'session/nudge': { rows: ['resume'], ask: idle(here(p.sessionNudge)) },
    'session/configure': { rows: ['configured'], ask: here(p.sessionConfigure, { settings: { max_resumes: 7 }, from: 'cli' }) },
    'session/rename': { rows: ['renamed'], ask: here(p.sessionRename, { id: 'renamed' }) },
    'session/waitIdle': { rows: [], ask: here(p.sessionWaitIdle) },
    'session/waitEnd': { rows: ['run_ended', 'exited'], ask: async () => {
      const ending = await product.start(await product.connect(), { id: 'ending', cwd: product.folder('ending') });
      await logOf(ending.uid);
      await ending.idle();
      return askedOf(ending.uid, () => Promise.all([
        connection.sendRequest(p.sessionWaitEnd, { session: ending.uid }),
        connection.sendRequest(p.sessionStop, { session: ending.uid }),
      ]));
    } },
    'session/interrupt': { rows: [], ask: idle(here(p.sessionInterrupt)) },
    'session/answer': { rows: ['permission_resolved'], ask: async () => {
      await session.send('permission');
      await session.until('the request', (c) => c.requests.size === 1);
      const [request = ''] = session.conversation.requests.keys();
      return idle(here(p.sessionAnswer, { request, option: 'allow', from: 'cli' }))();
    } },
    'session/seams': { rows: [], ask: here(p.sessionSeams) },
    'session/branches': { rows: [], ask: here(p.sessionBranches) },
    'session/preview': { rows: [], ask: async () => here(p.sessionPreview, { seam: await firstSeam() })() },
    'session/rewind': { rows: ['rewind_started', 'run_ended', 'run_started', 'rewound'], ask: async () =>
      idle(here(p.sessionRewind, { seam: await firstSeam(), files: false }))() },
    'session/previewSwitch': { rows: [], ask: here(p.sessionPreviewSwitch, { branch: 'main' }) },
    'session/switch': { rows: ['rewind_started', 'run_ended', 'run_started', 'branch_selected'], ask:
      idle(here(p.sessionSwitch, { branch: 'main', files: false })) },
    'terminal/attach': { rows: [], ask: here(p.terminalAttach, size) },
    'terminal/text': { rows: [], ask: here(p.terminalText) },
    'terminal/detach': { rows: [], ask: here(p.terminalDetach) },
    'session/taken': null,
    'terminal/ack': null,
    'terminal/input': null,
    'terminal/resize': null,
    'host/status': { rows: [], ask: nowhere('host/status') },
    'host/tryTerminal': { rows: [], ask: nowhere('host/tryTerminal') },
    'session/stop': { rows: ['run_ended', 'exited'], ask: here(p.sessionStop) },
    'session/resume': { rows: ['run_started'], ask: idle(here(p.sessionResume, { env: product.env, ...size })) },
    'session/remove': { rows: [], ask: async () => {
      const removed = await product.start(await product.connect(), { id: 'removed', cwd: product.folder('removed') });
      const log = await logOf(removed.uid);
      await connection.sendRequest(p.sessionStop, { session: removed.uid });
      await connection.sendRequest(p.sessionRemove, { session: removed.uid });
      assert.equal(existsSync(log), false);
      return [];
    } },
    'host/shutdown': { rows: ['run_ended', 'exited'], ask: () =>
      askedOf(session.uid, () => connection.sendRequest(p.hostShutdown, { force: true })) },
  };

  it('the table names every request there is', () => {
    assert.deepEqual(Object.keys(table).sort(), Object.keys(paramsOf).sort());
  });

  it('the agent hears of a permission once that is on the disk', async () => {
    const asking = await product.start(await product.connect(), { id: 'asking', cwd: product.folder('asking') });
    await asking.idle();
    const log = await logOf(asking.uid);
    const input = { request: 'asked', lane: 'main', call: 'c', tool: 'Shell', title: 'ls', input: {} };
    const call = await callHook(asking, 'permission', input);
    await asking.until('the request', (c) => c.requests.has('asked'));
    const before = FailingSync.rowsOnDisk(log).at(-1)?.seq ?? 0;
    const replied = once(call, 'response').then(() => durableOnDisk(log, before));
    const answer = { session: asking.uid, request: 'asked', option: 'allow', from: 'panel' } as const;
    await connection.sendRequest(p.sessionAnswer, answer);
    assert.deepEqual(await replied, ['permission_resolved']);
    await connection.sendRequest(p.sessionStop, { session: asking.uid });
  });

  for (const [method, entry] of Object.entries(table)) if (entry) it(method, async () => {
    const found = await entry.ask();
    assert.deepEqual(found.filter((type) => (entry.rows as string[]).includes(type)), entry.rows);
  });
});
