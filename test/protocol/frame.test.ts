import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, test } from 'node:test';
import type { Message } from 'vscode-jsonrpc/node';
import { frameOf } from '../../src/protocol/frame.ts';
import { SocketReader } from '../../src/protocol/socketReader.ts';
import { SocketWriter } from '../../src/protocol/socketWriter.ts';

const notification = (data: string): Message => ({ jsonrpc: '2.0', method: 'terminal/data', params: { session: 's', data, offset: 5 } }) as Message;

test('a long text stands behind the JSON, as the bytes that it is', () => {
  const text = '"grün"\r\n'.repeat(200);
  const json = '{"jsonrpc":"2.0","method":"terminal/data","params":{"session":"s","data":"","offset":5}}';
  assert.deepEqual(frameOf(notification(text)), Buffer.from(`Content-Length: ${json.length}\r\nText-Length: 1800\r\n\r\n${json}${text}`));
});

for (const [name, message] of Object.entries<Message>({
  'a short text': notification('x'.repeat(1023)),
  'half a character': notification(`${'x'.repeat(2000)}\ud800`),
  'a request': { ...notification('x'.repeat(2000)), id: 1 } as Message,
  'a result': { jsonrpc: '2.0', id: 1, result: { data: 'x'.repeat(2000) } } as Message,
  'data that is no text': { jsonrpc: '2.0', method: 'm', params: { data: ['x'.repeat(2000)] } } as Message,
})) {
  test(`${name} stays in the JSON`, () => {
    const json = Buffer.from(JSON.stringify(message));
    assert.deepEqual(frameOf(message), Buffer.concat([Buffer.from(`Content-Length: ${json.length}\r\n\r\n`), json]));
  });
}

test('messages with and without such a text come whole and in order, wherever the stream is cut', () => {
  const messages = [notification(`${'漢字 👋\r\n\r\nContent-Length: 3\r\n\r\n'.repeat(40)}`), notification('k'), notification('y'.repeat(1024))];
  const all = Buffer.concat(messages.map(frameOf));
  for (let cut = 0; cut <= all.length; cut++) {
    const socket = new net.Socket();
    const got: Message[] = [];
    new SocketReader(socket).listen((one) => got.push(one));
    socket.emit('data', all.subarray(0, cut));
    socket.emit('data', all.subarray(cut));
    assert.deepEqual(got, messages, `cut at ${cut}`);
  }
});

test('what is written is what is read over a real connection, 1,000 messages of all sizes', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  after(() => server.close());
  await once(server, 'listening');
  const client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  const [accepted] = await once(server, 'connection') as [net.Socket];
  const messages = Array.from({ length: 1_000 }, (_, n) => notification('aé漢👋\x1b[m\n'.repeat(n)));
  const got: Message[] = [];
  const read = new Promise<void>((resolve) => {
    new SocketReader(accepted).listen((one) => { if (got.push(one) === messages.length) resolve(); });
  });
  const writer = new SocketWriter(client);
  await Promise.all(messages.map((message) => writer.write(message)));
  await read;
  client.destroy();
  assert.deepEqual(got, messages);
});
