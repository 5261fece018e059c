import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, test } from 'node:test';
import { SocketReader } from '../../src/protocol/socketReader.ts';

const message = (body: unknown): Buffer => {
  const json = Buffer.from(JSON.stringify(body));
  return Buffer.concat([Buffer.from(`Content-Length: ${json.length}\r\n\r\n`), json]);
};
const words = [{ jsonrpc: '2.0', method: 'grüße', params: ['漢字 👋'] }, { jsonrpc: '2.0', method: 'b' }, { jsonrpc: '2.0', method: 'c', params: { data: '\r\n\r\nContent-Length: 3\r\n\r\n' } }];

test('messages come whole and in order, wherever the stream is cut', async () => {
  const all = Buffer.concat(words.map(message));
  for (let cut = 0; cut <= all.length; cut++) {
    const { reader, got } = fed();
    reader(all.subarray(0, cut));
    reader(all.subarray(cut));
    assert.deepEqual(got, words, `cut at ${cut}`);
  }
  const { reader, got } = fed();
  for (const byte of all) reader(Buffer.of(byte));
  assert.deepEqual(got, words);
});

test('a message of 20 MB in many pieces, and one behind it, over a real connection', async () => {
  const server = net.createServer((socket) => socket.end(Buffer.concat([message({ text }), message({ after: true })]))).listen(0, '127.0.0.1');
  after(() => server.close());
  const text = 'x'.repeat(20 << 20);
  await once(server, 'listening');
  const reader = new SocketReader(net.connect((server.address() as net.AddressInfo).port, '127.0.0.1'));
  const got: unknown[] = [];
  reader.listen((one) => got.push(one));
  await new Promise<void>((resolve) => { reader.onClose(resolve); });
  assert.ok((got[0] as { text: string }).text === text);
  assert.deepEqual(got.slice(1), [{ after: true }]);
});

for (const [name, data] of Object.entries({ 'no length': 'Content-Type: x\r\n\r\n{}', 'an endless head': 'x'.repeat(2000), 'a body that is no JSON': 'Content-Length: 3\r\n\r\n{{{' })) {
  test(`${name} is an error, and nothing is read after it`, async () => {
    const { reader, got, errors } = fed();
    reader(Buffer.concat([message({ before: true }), Buffer.from(data)]));
    reader(message({ behind: true }));
    assert.deepEqual(got, [{ before: true }]);
    assert.equal(errors.length, 1);
  });
}

test('a content type beside the length is no harm', () => {
  const { reader, got } = fed();
  reader(Buffer.from('Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}'));
  assert.deepEqual(got, [{}]);
});

/** A reader of a socket that is not connected: its data comes by hand. */
function fed(): { reader(data: Buffer): void; got: unknown[]; errors: string[] } {
  const socket = new net.Socket();
  const got: unknown[] = [];
  const errors: string[] = [];
  const reader = new SocketReader(socket);
  reader.onError((error) => errors.push(error.message));
  reader.listen((message) => got.push(message));
  return { reader: (data) => void socket.emit('data', data), got, errors };
}
