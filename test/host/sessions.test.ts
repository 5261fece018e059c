import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { mainLane } from '../../src/core/ids.ts';
import { titleOf } from '../../src/core/sessionTitle.ts';
import type { SessionSummary } from '../../src/core/view.ts';
import { isLogHeld } from '../../src/node/eventLogLock.ts';
import * as p from '../../src/protocol/protocol.ts';
import { gone, isRunning, Product } from '../support/product.ts';
import { SessionUnderTest } from '../support/sessionUnderTest.ts';

const rowsOf = (path: string): Record<string, unknown>[] => readFileSync(path, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as Record<string, unknown>);

/** Reads a terminal's output as a view would: the replay, then what follows, acknowledged. */
class View {
  text = '';
  offset = 0;
  #waiting: (() => void)[] = [];

  static async attach(connection: MessageConnection, session: string): Promise<View> {
    const view = new View();
    const early: { data: string; offset: number }[] = [];
    let isAttached = false;
    const take = (chunk: { data: string; offset: number }): void => {
      if (chunk.offset <= view.offset) return;
      view.text += chunk.data;
      view.offset = chunk.offset;
      void connection.sendNotification(p.terminalAck, { session, offset: chunk.offset });
      for (const wake of view.#waiting.splice(0)) wake();
    };
    connection.onNotification(p.terminalData, (chunk) => { if (chunk.session === session) { if (isAttached) take(chunk); else early.push(chunk); } });
    connection.onNotification(p.terminalReset, (screen) => {
      view.text = screen.replay;
      view.offset = screen.offset;
      for (const wake of view.#waiting.splice(0)) wake();
    });
    const { replay, offset } = await connection.sendRequest(p.terminalAttach, { session, cols: 100, rows: 30 });
    view.text = replay;
    view.offset = offset;
    isAttached = true;
    for (const chunk of early) take(chunk);
    return view;
  }

  async until(pattern: RegExp): Promise<void> {
    const deadline = Date.now() + 30_000;
    while (!pattern.test(this.text)) {
      if (Date.now() > deadline) throw new Error(`no ${pattern} in:\n${this.text.slice(-2_000)}`);
      await new Promise<void>((resolve) => { const timer = setTimeout(resolve, 1_000); this.#waiting.push(() => { clearTimeout(timer); resolve(); }); });
    }
  }
}

describe('sessions of a host', () => {
  let product: Product;
  let connection: MessageConnection;
  before(async () => {
    product = new Product({ SECRET_OF_A_WINDOW: 'not for the host' });
    connection = await product.connect();
  });
  after(() => product.dispose());

  it('tells whether a session was named, what it is for, and when it finished', async () => {
    const session = await product.start(connection, { cwd: product.folder('named') });
    await session.idle();
    const facts = async () => {
      const { id, named, title, agentName, finishedTs } = await connection.sendRequest(p.sessionStatus, { session: session.uid });
      return [titleOf({ id, named, title, agentName } as SessionSummary), named, typeof finishedTs];
    };
    assert.deepEqual(await facts(), ['Demo agent', false, 'object']);
    await session.ask('  Look\tinto the import\nand tell');
    assert.deepEqual(await facts(), ['Look into the import', false, 'string']);
    const fork = await connection.sendRequest(p.sessionFork, { session: session.uid, seam: 'tip', env: product.env, cols: 80, rows: 24 });
    assert.equal(fork.named, false, 'a fork of one that was not named is not named');
    await connection.sendRequest(p.sessionStop, { session: fork.uid });
    await connection.sendRequest(p.sessionRename, { session: session.uid, id: 'imports' });
    assert.deepEqual(await facts(), ['imports', true, 'string']);
    await connection.sendRequest(p.sessionStop, { session: session.uid });
  });

  it('gives an agent the environment of whoever started it, and keeps none of it', async () => {
    const first = await product.start(connection, { id: 'first', env: { ...product.env, MY_VARIABLE: 'one' } });
    const second = await product.start(connection, { id: 'second', env: { ...product.env, MY_VARIABLE: 'two' } });
    const environmentOf = async (session: SessionUnderTest): Promise<string[]> => {
      const { pid } = await connection.sendRequest(p.sessionStatus, { session: session.uid });
      return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    };
    const one = await environmentOf(first);
    assert.ok(one.includes('MY_VARIABLE=one'));
    assert.ok(one.includes(`BACKSTITCH_SESSION=${first.uid}`));
    assert.ok(one.includes('BACKSTITCH_ID=first'));
    assert.ok(one.includes('BACKSTITCH_AGENT=demo'));
    assert.ok((await environmentOf(second)).includes('MY_VARIABLE=two'));
    assert.doesNotMatch(readFileSync(`/proc/${product.hostPid}/environ`, 'utf8'), /not for the host|MY_VARIABLE/);
    const state = join(product.home, 'state');
    // A capture is under way: what it writes gets its last name after it was listed here.
    const textAt = (path: string): string => (existsSync(path) ? readFileSync(path, 'latin1') : '');
    const stored = readdirSync(state, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      .filter((entry) => /not for the host|MY_VARIABLE=/.test(textAt(join(entry.parentPath, entry.name))));
    assert.deepEqual(stored.map((entry) => entry.name), []);
  });

  it('keeps working when every client dies, and shows all of it to the next one, once', async () => {
    const session = await product.start(connection, { id: 'survivor', env: { ...product.env, BACKSTITCH_DEMO_SPEED: '0.2' } });
    await session.idle();
    const { pid } = await connection.sendRequest(p.sessionStatus, { session: session.uid });
    const other = await product.connect();
    await View.attach(other, session.uid);
    await session.send('long');
    await session.until('the first steps', (c) => c.blockCount > 3);
    other.dispose();
    const again = await product.connect();
    const reopened = await SessionUnderTest.open(again, session.uid);
    await reopened.idle();
    assert.equal((await again.sendRequest(p.sessionStatus, { session: session.uid })).pid, pid);
    assert.deepEqual(reopened.steps(), session.steps());
    assert.equal(new Set(reopened.steps()).size, reopened.steps().length);
    const view = await View.attach(again, session.uid);
    assert.match(view.text, /long/);
  });

  it('types what a terminal view types, and multi-line prompts arrive intact', async () => {
    const session = await product.start(connection, { id: 'typed' });
    await session.idle();
    const view = await View.attach(connection, session.uid);
    await connection.sendNotification(p.terminalInput, { session: session.uid, data: 'echo from the terminal\r' });
    await session.until('the typed prompt', (c) => c.chain(mainLane).some((block) => block.kind === 'text'));
    await view.until(/from the terminal/);
    const text = 'echo first line\n  second line\n\nfourth “line” $HOME `x`';
    await session.ask(text);
    const prompts = session.conversation.chain(mainLane).flatMap((block) => (block.kind === 'prompt' ? [block.text] : []));
    assert.deepEqual(prompts, ['echo from the terminal', text]);
  });

  it('takes prompts while busy and delivers each when its turn has come', async () => {
    const session = await product.start(connection, { id: 'queued', env: { ...product.env, BACKSTITCH_DEMO_SPEED: '0.2' } });
    await session.idle();
    await session.send('make a plan');
    await session.send('echo second');
    await session.send('echo third');
    await session.idle();
    const prompts = session.conversation.chain(mainLane).flatMap((block) => (block.kind === 'prompt' ? [block.text] : []));
    assert.deepEqual(prompts, ['make a plan', 'echo second', 'echo third']);
    assert.deepEqual(session.conversation.queue, []);
  });

  it('lets a panel touch its own session and nothing else', async () => {
    const mine = await product.start(connection, { id: 'mine' });
    const other = await product.start(connection, { id: 'other' });
    await mine.idle();
    const panel = await product.connect();
    await panel.sendRequest(p.restrict, { session: mine.uid });
    assert.equal((await panel.sendRequest(p.sessionStatus, { session: mine.uid })).id, 'mine');
    await panel.sendRequest(p.sessionSend, { session: mine.uid, text: 'echo hello', from: 'panel' });
    const refused = { message: /This connection may not/ };
    await assert.rejects(panel.sendRequest(p.sessionStatus, { session: other.uid }), refused);
    await assert.rejects(panel.sendRequest(p.sessionStart, { agent: 'demo', cwd: product.folder(), args: [], env: {}, cols: 80, rows: 24 }), refused);
    await assert.rejects(panel.sendRequest(p.sessionList, {}), refused);
    await assert.rejects(panel.sendRequest(p.terminalAttach, { session: mine.uid, cols: 80, rows: 24 }), refused);
    await assert.rejects(panel.sendRequest(p.sessionStop, { session: mine.uid }), refused);
    await assert.rejects(panel.sendRequest(p.hostShutdown, { force: true }), refused);
    await assert.rejects(panel.sendRequest(p.restrict, { session: other.uid }), refused);
    await assert.rejects(panel.sendRequest('session/send', { session: 5 }), { message: /session\/send was called with bad parameters: session/ });
  });

  it('answers a permission once: the first answer wins, the other closes', async () => {
    const session = await product.start(connection, { id: 'asking', cwd: product.folder('asking') });
    await session.idle();
    await session.send('permission');
    await session.until('the request', (c) => c.requests.size === 1);
    assert.deepEqual((await connection.sendRequest(p.sessionStatus, { session: session.uid })).state, { is: 'waiting', for: 'permission' });
    const [request = ''] = session.conversation.requests.keys();
    const answers = await Promise.all(['allow' as const, 'deny' as const].map((option) =>
      connection.sendRequest(p.sessionAnswer, { session: session.uid, request, option, from: 'panel' })));
    assert.deepEqual(answers, [{ won: true }, { won: false }]);
    await session.idle();
    assert.ok(existsSync(join(product.folder('asking'), 'demo/allowed.txt')));

    await session.send('permission');
    await session.until('the next request', (c) => c.requests.size === 1);
    await View.attach(connection, session.uid);
    await connection.sendNotification(p.terminalInput, { session: session.uid, data: 'n' });
    await session.until('the answer from the terminal', (c) => c.requests.size === 0);
    await session.idle();
    const resolved = session.events.flatMap((event) => (event.type === 'permission_resolved' ? [[event.outcome, event.by]] : []));
    assert.equal(resolved.length, 2);
    assert.deepEqual(resolved[0], ['allowed', 'panel']);
  });

  it('ends a session with one row at its end, and says how', async () => {
    const folder = product.folder('repository');
    execFileSync('git', ['init', '-q', folder]);
    writeFileSync(join(folder, 'a.txt'), 'a\n');
    execFileSync('git', ['-C', folder, 'add', '.']);
    execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.invalid', 'commit', '-qm', 'start']);
    const session = await product.start(connection, { id: 'ending', cwd: folder });
    await session.idle();
    await session.ask('make a plan');
    const { pid, logPath } = await connection.sendRequest(p.sessionStatus, { session: session.uid });
    assert.deepEqual(await connection.sendRequest(p.sessionStop, { session: session.uid }), { code: 0, signal: null, sent: 'exit_sequence' });
    assert.equal(isRunning(pid ?? 0), false);
    assert.equal((await connection.sendRequest(p.sessionStatus, { session: session.uid })).ended, 'stopped');
    const rows = rowsOf(logPath);
    assert.deepEqual(rows.slice(-5).map((row) => row['type']), ['run_ended', 'usage', 'git', 'summary', 'exited']);
    assert.deepEqual(rows.map((row) => row['seq']), rows.map((_, index) => index + 1));
    assert.equal(rows.at(-1)?.['reason'], 'success');
    assert.equal(rows[0]?.['type'], 'started');
    assert.ok(rows.every((row) => row['schema_version'] === 1 && row['id'] === 'ending'));
    assert.equal(statSync(logPath).mode & 0o777, 0o600);
    assert.match(await connection.sendRequest(p.sessionSend, { session: 'ending', text: 'x', from: 'cli' }).then(() => '', (error: Error) => error.message), /has no running agent/);
  });

  it('refuses what cannot be started, and creates nothing', async () => {
    const count = (): Promise<number> => connection.sendRequest(p.sessionList, { all: true }).then((list) => list.length);
    const before = await count();
    const start = (options: Partial<p.StartParams>): Promise<unknown> => connection.sendRequest(p.sessionStart, { agent: 'demo', cwd: product.folder(), args: [], env: product.env, cols: 80, rows: 24, ...options });
    await assert.rejects(start({ cwd: join(product.home, 'nowhere') }), { message: /nowhere does not exist or is not a folder/ });
    await assert.rejects(start({ agent: 'nobody' }), { message: /^There is no agent “nobody”, and no program nobody is on the PATH\. Known agents: \w+, demo; any other program runs by its name or path\.$/ });
    await assert.rejects(start({ agent: 'claude', env: { ...product.env, PATH: '/nowhere' } }), { message: /cannot be started/ });
    await assert.rejects(start({ id: '…' }), { message: /cannot be an id/ });
    await start({ id: 'Taken' });
    await assert.rejects(start({ id: 'taken' }), { message: /already running/ });
    assert.equal(await count(), before + 1);
  });

  it('brings an interrupted session back after the host was killed', async () => {
    const own = new Product();
    try {
      const first = await own.connect();
      const session = await own.start(first, { id: 'again' });
      await session.idle();
      await session.ask('make a plan');
      const { pid } = await first.sendRequest(p.sessionStatus, { session: session.uid });
      process.kill(own.hostPid, 'SIGKILL');
      await gone(own.hostPid);
      await gone(pid ?? 0);
      const second = await own.connect();
      const summary = await second.sendRequest(p.sessionStatus, { session: 'again' });
      assert.deepEqual([summary.alive, summary.ended, summary.state.is], [false, 'interrupted', 'exited']);
      const reopened = await SessionUnderTest.open(second, session.uid);
      assert.deepEqual(reopened.steps(), session.steps());
      await second.sendRequest(p.sessionResume, { session: 'again', env: own.env, cols: 100, rows: 30 });
      await reopened.idle();
      await reopened.ask('what do you remember?');
      const last = reopened.conversation.chain(mainLane).at(-1);
      assert.match(last?.kind === 'text' ? last.text : '', /^I remember 11 steps/);
    } finally {
      await own.dispose();
    }
  });

  it('lets go of a session that it cannot take over from a dead host, so that the next host can', async () => {
    const own = new Product();
    try {
      const first = await own.connect();
      const session = await own.start(first, { id: 'left' });
      await session.idle();
      const { pid, logPath } = await first.sendRequest(p.sessionStatus, { session: session.uid });
      process.kill(own.hostPid, 'SIGKILL');
      await gone(own.hostPid);
      await gone(pid ?? 0);
      const failing = await own.connect({ BACKSTITCH_HOST_FAIL_AT: 'recovering' });
      assert.deepEqual(await failing.sendRequest(p.sessionList, { all: true }), []);
      assert.match(own.hostLog(), /made to fail at “recovering”/);
      assert.equal(await isLogHeld(logPath), false);
      await failing.sendRequest(p.hostShutdown, { force: true });
      await gone(own.hostPid);
      const summary = await (await own.connect()).sendRequest(p.sessionStatus, { session: 'left' });
      assert.deepEqual([summary.alive, summary.ended], [false, 'interrupted']);
    } finally {
      await own.dispose();
    }
  });

  it('refuses a state directory that others can write', async () => {
    const own = new Product();
    try {
      chmodSync(own.env['BACKSTITCH_STATE_DIR'] ?? '', 0o777);
      await assert.rejects(own.connect(), { message: /The state directory .* cannot be used/ });
    } finally {
      chmodSync(own.env['BACKSTITCH_STATE_DIR'] ?? '', 0o700);
      await own.dispose();
    }
  });

  it('elects one host when many clients start at once; the others end', async () => {
    const own = new Product();
    try {
      const connections = await Promise.all(Array.from({ length: 12 }, () => own.connect()));
      const pids = await Promise.all(connections.map((one) => one.sendRequest(p.hostStatus, {}).then((status) => status.pid)));
      assert.equal(new Set(pids).size, 1);
      // One that came up only after the elected one had gone would be elected, too.
      for (const pid of own.hostPids()) if (pid !== own.hostPid) await gone(pid);
      assert.deepEqual(own.hostPids(), [own.hostPid]);
    } finally {
      await own.dispose();
    }
  });
});
