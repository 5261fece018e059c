import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, realpathSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Message } from 'vscode-jsonrpc/node';
import { frameOf } from '../../src/protocol/frame.ts';
import { connectionOver } from '../../src/protocol/connection.ts';
import * as p from '../../src/protocol/protocol.ts';
import { Product } from '../support/product.ts';

const request = (id: number, method: string, params: object): Message => ({ jsonrpc: '2.0', id, method, params } as Message);
const greeting = { protocol: p.protocolVersion, build: 'test', client: 'test' };

describe('clients that ask more than they read', () => {
  const product = new Product();
  let socketPath: string;
  before(async () => {
    await product.connect({ BACKSTITCH_HOST_HELLO_MS: '300' });
    const folder = realpathSync(join(product.env['BACKSTITCH_STATE_DIR'] ?? '', 'sockets'));
    socketPath = join(folder, `host-${p.protocolVersion}.sock`);
  });
  after(() => product.dispose());

  const dial = async (): Promise<net.Socket> => {
    const socket = net.connect(socketPath);
    await once(socket, 'connect');
    return socket;
  };
  const hostMegabytes = (): number => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${product.hostPid}/status`, 'utf8'))?.[1]) / 1024;

  it('30,000 requests of which no answer is read cost next to nothing, and all are answered once it reads', async () => {
    const count = 30_000;
    const connection = await product.connect();
    await connection.sendRequest(p.hostStatus, {});
    const before = hostMegabytes();
    const socket = await dial();
    const frames = Array.from({ length: count }, (_, id) => frameOf(request(id + 1, 'host/status', {})));
    socket.write(Buffer.concat([frameOf(request(0, 'hello', greeting)), ...frames]));
    // Others are served meanwhile: once these are answered, the host has taken in what it takes in.
    for (let round = 0; round < 2_000; round++) await connection.sendRequest(p.hostStatus, {});
    const cost = hostMegabytes() - before;
    assert.ok(cost < 40, `${cost} MB`);
    assert.ok(socket.writableLength > 0, 'the host has taken in all of it');
    const mark = 'Content-Length';
    let answers = 0;
    let rest = '';
    await new Promise<void>((resolve) => {
      socket.on('data', (data: Buffer) => {
        const parts = (rest + data.toString('latin1')).split(mark);
        answers += parts.length - 1;
        // A mark may be cut in two.
        rest = (parts.at(-1) ?? '').slice(1 - mark.length);
        if (answers >= count) resolve();
      });
    });
    socket.destroy();
  });

  it('a connection that never says hello is closed, and told why', async () => {
    const socket = await dial();
    const connection = connectionOver(socket);
    const told = new Promise<string>((resolve) => { connection.onNotification(p.hostHangUp, ({ reason }) => resolve(reason)); });
    connection.listen();
    assert.equal(await told, 'The session host has hung up on this client: it has not said hello within 0.3 s.');
    if (!socket.destroyed) await once(socket, 'close');
    assert.match(product.hostLog(), /hung up on a client: it has not said hello/);
  });

  it('a connection that begins with a long message is closed', async () => {
    const socket = await dial();
    socket.on('error', () => undefined).write('Content-Length: 900000000\r\n\r\n{');
    await once(socket.resume(), 'close');
  });

  it('more connections than there can be are refused with the reason', async () => {
    const connections = [];
    const refused = await (async () => {
      for (;;) connections.push(await product.connect());
    })().catch((error: Error) => error.message);
    assert.equal(refused, 'The session host has hung up on this client: 512 others are connected.');
    assert.ok(connections.length > 500);
  });
});
