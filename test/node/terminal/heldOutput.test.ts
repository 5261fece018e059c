import assert from 'node:assert/strict';
import { openSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { ReadStream } from 'node:tty';
import { UnixTerminal } from '../../../src/node/ptyUnix.ts';

/** While nobody reads, Node gathers output and hands it on in one piece: smaller, as large, and larger than what we read on our own. */
for (const bytes of [4_094, 4_095, 32 * 1_024, 50_000, 200_000]) {
  test(`${bytes} bytes that were held back arrive whole and in order`, async () => {
    const socket = new PassThrough({ highWaterMark: 1 << 20 });
    const terminal = new UnixTerminal({ pid: 0, fd: openSync('/dev/null', 'r'), socket: socket as unknown as ReadStream, onRead: (listener) => void socket.on('data', listener), childSide: null, resize: () => {}, onExit: () => {} });
    const sent = Buffer.alloc(bytes, 0);
    for (let at = 0; at < bytes; at++) sent[at] = (at * 7 + (at >> 8)) & 0xff;
    const got: Uint8Array[] = [];
    const all = new Promise<void>((resolve) => {
      terminal.onData((data) => {
        got.push(data);
        if (got.reduce((sum, part) => sum + part.length, 0) >= bytes) resolve();
      });
    });
    socket.write(sent);
    await all;
    assert.deepEqual(Buffer.concat(got), sent);
  });
}
