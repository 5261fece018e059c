import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, realpathSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { connectionOver } from '../../src/protocol/connection.ts';
import * as p from '../../src/protocol/protocol.ts';
import { isRunning, Product } from '../support/product.ts';
import { SessionUnderTest } from '../support/sessionUnderTest.ts';

/** Clients that misbehave: that stop reading, never acknowledge, or are killed. */
describe('clients of a host', () => {
  let product: Product;
  let connection: MessageConnection;
  let socketPath: string;
  before(async () => {
    product = new Product();
    connection = await product.connect();
    socketPath = join(realpathSync(join(product.env['BACKSTITCH_STATE_DIR'] ?? '', 'sockets')), `host-${p.protocolVersion}.sock`);
  });
  const sockets: net.Socket[] = [];
  after(() => {
    for (const socket of sockets) socket.destroy();
    return product.dispose();
  });

  /** Greets, and opens the session if one is named, over a bare socket; whoever holds it reads or does not. */
  async function raw(uid: string | null): Promise<{ socket: net.Socket; rpc: MessageConnection }> {
    const socket = net.connect(socketPath);
    await once(socket, 'connect');
    sockets.push(socket);
    const rpc = connectionOver(socket);
    rpc.listen();
    await rpc.sendRequest(p.hello, { protocol: p.protocolVersion, build: 'test', client: 'test' });
    if (uid !== null) await rpc.sendRequest(p.sessionOpen, { session: uid, blocks: 1 });
    return { socket, rpc };
  }

  interface Reader { got: number; offset: number; gaps: number; text: string }

  /** Attaches and acknowledges; counts what came and what did not follow on what came before. */
  async function reader(rpc: MessageConnection, uid: string, acks = true): Promise<Reader> {
    const view: Reader = { got: 0, offset: -1, gaps: 0, text: '' };
    rpc.onNotification(p.terminalData, ({ session, data, offset }) => {
      if (session !== uid) return;
      if (offset - data.length !== view.offset) view.gaps++;
      view.got += data.length;
      view.offset = offset;
      view.text = (view.text + data).slice(-4_000);
      if (acks) void rpc.sendNotification(p.terminalAck, { session: uid, offset });
    });
    view.offset = (await rpc.sendRequest(p.terminalAttach, { session: uid, cols: 100, rows: 30 })).offset;
    return view;
  }

  const until = async (what: string, test: () => boolean): Promise<void> => {
    for (let round = 0; !test(); round++) {
      if (round > 3_000) throw new Error(`never: ${what}`);
      await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
  };

  /** About `characters` of terminal output: the agent draws what it is told to say. */
  const flood = async (session: SessionUnderTest, rounds: number): Promise<void> => {
    for (let n = 0; n < rounds; n++) await session.ask(`echo ${`round ${n} `.repeat(6_000)}`);
  };

  it('lets clients that never acknowledge, or stop reading, slow nobody and cost next to nothing', async () => {
    const session = await product.start(connection, { id: 'flooded', cwd: product.folder('flooded') });
    await session.idle();
    const healthy = await product.connect();
    const reading = await reader(healthy, session.uid);
    await flood(session, 2);
    const silent = await raw(null);
    const silentView = await reader(silent.rpc, session.uid, false);
    const deaf = await raw(null);
    const deafView = await reader(deaf.rpc, session.uid, false);
    deaf.socket.pause();
    const gotBefore = reading.got;
    await flood(session, 6);
    await until('the healthy view has all', () => reading.text.includes('round 5'));
    const passed = reading.got - gotBefore;
    assert.ok(passed > 300_000, `only ${passed} characters of output`);
    assert.equal(reading.gaps, 0);
    assert.ok(silentView.got <= 150_000, `${silentView.got} sent to a view that acknowledges nothing`);
    // What waited for the other one, in its socket and in the host: all of it comes now.
    deaf.socket.resume();
    await until('it has what was sent', () => deafView.got > 50_000);
    await deaf.rpc.sendRequest(p.hostStatus, {});
    assert.ok(deafView.got <= 150_000, `${deafView.got} waited for a client that does not read`);
    assert.equal((await connection.sendRequest(p.hostStatus, {})).clients, 4);
  });

  it('hangs up on a client that follows a session and does not read, before it costs much', async () => {
    const session = await product.start(connection, { id: 'followed', cwd: product.folder('followed'), env: { ...product.env, BACKSTITCH_DEMO_SPEED: '1' } });
    await session.idle();
    await session.send('slow long');
    const deaf = await raw(session.uid);
    deaf.socket.pause();
    const closed = once(deaf.socket, 'close');
    // Every event goes to whoever has opened the session: 17 MB of prompts that wait for their turn.
    for (let n = 0; n < 40; n++) await session.send('words '.repeat(70_000));
    await until('all of them wait', () => session.conversation.queue.length === 40);
    deaf.socket.resume();
    await closed;
    assert.equal((await connection.sendRequest(p.sessionStatus, { session: session.uid })).alive, true);
    await connection.sendRequest(p.sessionStop, { session: session.uid, timeoutMs: 0 });
  });

  it('loses no byte and no agent when client processes are killed while output flows', async () => {
    const session = await product.start(connection, { id: 'killed', cwd: product.folder('killed'), env: { ...product.env, BACKSTITCH_DEMO_SPEED: '0.1' } });
    await session.idle();
    const { pid } = await connection.sendRequest(p.sessionStatus, { session: session.uid });
    const constant = await product.connect();
    const steady = await reader(constant, session.uid);
    const start = steady.offset;
    let isDone = false;
    const work = (async (): Promise<void> => {
      for (let n = 0; n < 3; n++) await session.ask(`long ${n}`);
      isDone = true;
    })();
    let kills = 0;
    for (; !isDone && kills < 20; kills++) {
      const client = program(session.uid);
      await Promise.race([once(client.stdout!, 'data'), once(client, 'exit')]);
      client.kill('SIGKILL');
      await once(client, 'exit');
    }
    await work;
    assert.ok(kills >= 5, `only ${kills} clients were killed`);
    assert.ok(isRunning(pid ?? 0));
    const again = await reader(await product.connect(), session.uid);
    await until('the steady view is level', () => steady.offset === again.offset);
    assert.equal(steady.gaps, 0);
    assert.equal(steady.got, steady.offset - start);
    // The raw file has every byte that was shown: the same text, since this agent asks the terminal nothing.
    await until('the raw file is level', () => rawText(session.uid).length >= steady.offset);
    assert.ok(rawText(session.uid).endsWith(steady.text));
    const status = await connection.sendRequest(p.hostStatus, {});
    assert.ok(status.clients <= 6, `${status.clients} clients are still known`);
  });

  const rawText = (uid: string): string => readFileSync(join(product.env['BACKSTITCH_STATE_DIR'] ?? '', 'output', `${uid}.log`), 'utf8');

  /** A client in a process of its own: attaches, acknowledges, and says a word once output flows. */
  function program(uid: string): ChildProcess {
    const source = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
    return spawn(process.execPath, ['--input-type=module', '-e', `
      import net from 'node:net';
      const { connectionOver } = await import(${source('../../src/protocol/connection.ts')});
      const p = await import(${source('../../src/protocol/protocol.ts')});
      const rpc = connectionOver(net.connect(${JSON.stringify(socketPath)}));
      rpc.onNotification(p.terminalData, ({ offset }) => { console.log(offset); void rpc.sendNotification(p.terminalAck, { session: '${uid}', offset }); });
      rpc.listen();
      await rpc.sendRequest(p.hello, { protocol: p.protocolVersion, build: 'test', client: 'test' });
      await rpc.sendRequest(p.sessionOpen, { session: '${uid}', blocks: 5 });
      await rpc.sendRequest(p.terminalAttach, { session: '${uid}', cols: 100, rows: 30 });
      console.log('attached');
    `], { stdio: ['ignore', 'pipe', 'inherit'] });
  }
});
