import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import * as p from '../../src/protocol/protocol.ts';
import { isRunning, Product } from '../support/product.ts';

const program = fileURLToPath(new URL('bursts.program.mjs', import.meta.url));
/** 81 characters each, with what the terminal makes of the line feed. */
const burstLines = 1_250_000;

/** A view of one session's terminal on a connection of its own. */
interface View { connection: MessageConnection; uid: string; text: string; got: number; gaps: number; resets: number; offset: number; hash: ReturnType<typeof createHash> }

const until = async (what: string, test: () => boolean): Promise<void> => {
  for (let round = 0; !test(); round++) {
    if (round > 6_000) throw new Error(`never: ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
};

describe('what a program may do to its terminal', () => {
  let product: Product;
  before(() => { product = new Product(); });
  after(() => product.dispose());

  async function start(id: string, lines = 0): Promise<string> {
    const connection = await product.connect();
    const { uid } = await connection.sendRequest(p.sessionStart, { agent: process.execPath, cwd: product.folder(), args: [program, String(lines)], env: product.env, cols: 80, rows: 24, id });
    return uid;
  }

  async function view(uid: string): Promise<View> {
    const connection = await product.connect();
    const seen: View = { connection, uid, text: '', got: 0, gaps: 0, resets: 0, offset: 0, hash: createHash('sha256') };
    connection.onNotification(p.terminalData, ({ session, data, offset }) => {
      if (session !== uid) return;
      if (offset - data.length !== seen.offset) seen.gaps++;
      seen.got += data.length;
      seen.offset = offset;
      seen.text = (seen.text + data).slice(-2_000);
      seen.hash.update(data);
      void connection.sendNotification(p.terminalAck, { session, offset });
    });
    // One that is far behind gets the screen as it is now, and goes on from there.
    connection.onNotification(p.terminalReset, ({ session, replay, offset }) => {
      if (session !== uid) return;
      [seen.text, seen.offset] = [replay, offset];
      seen.resets++;
    });
    const { replay, offset } = await connection.sendRequest(p.terminalAttach, { session: uid, cols: 80, rows: 24 });
    [seen.text, seen.offset] = [replay + seen.text, Math.max(offset, seen.offset)];
    await until('it is ready', () => seen.text.includes('ready'));
    return seen;
  }

  const press = (seen: View, keys: string): Promise<void> => seen.connection.sendNotification(p.terminalInput, { session: seen.uid, data: keys });
  const alive = async ({ connection, uid }: View): Promise<boolean> => isRunning((await connection.sendRequest(p.sessionStatus, { session: uid })).pid ?? 0);

  it('100 MB at once come whole, byte by byte, and another session goes on meanwhile', async () => {
    const seen = await view(await start('burst', burstLines));
    const other = await view(await start('other'));
    const from = seen.got;
    seen.hash = createHash('sha256');
    await press(seen, 'b');
    let echoes = 0;
    while (seen.got - from < burstLines * 81) {
      echoes++;
      const had = other.got;
      await press(other, 'k');
      await until('the other one answers', () => other.got > had);
    }
    await until('the end', () => seen.text.endsWith('the end'));
    const expected = createHash('sha256');
    for (let at = 0; at < burstLines; at++) expected.update(`${String(at).padStart(79, '.')}\r\n`);
    assert.equal(seen.hash.digest('hex'), expected.update('the end').digest('hex'));
    assert.deepEqual([seen.got - from, seen.gaps, seen.resets, other.gaps], [burstLines * 81 + 'the end'.length, 0, 0, 0]);
    assert.ok(echoes > 3, `the other session answered only ${echoes} times`);
    assert.ok(await alive(seen));
  });

  it('a program’s end is told to a slow view after the last of its output', async () => {
    const connection = await product.connect();
    const { uid } = await connection.sendRequest(p.sessionStart, { agent: '/bin/sh', cwd: product.folder(), args: ['-c', `printf ready; read go; head -c 400000 /dev/zero | tr '\\0' z`], env: product.env, cols: 80, rows: 24, id: 'slow' });
    await connection.sendRequest(p.sessionOpen, { session: uid, blocks: 1 });
    let got = 0;
    let unacknowledged = 0;
    connection.onNotification(p.terminalData, ({ session: from, data, offset }) => {
      if (from !== uid) return;
      got += data.match(/z/g)?.length ?? 0;
      unacknowledged++;
      setTimeout(() => {
        unacknowledged--;
        void connection.sendNotification(p.terminalAck, { session: uid, offset });
      }, 40);
    });
    let gotAtEnd = -1;
    connection.onNotification(p.sessionEvents, ({ events }) => { if (gotAtEnd < 0 && events.some(({ type }) => type === 'exited')) gotAtEnd = got; });
    await connection.sendRequest(p.terminalAttach, { session: uid, cols: 80, rows: 24 });
    await connection.sendNotification(p.terminalInput, { session: uid, data: '\r' });
    await until('its end', () => gotAtEnd >= 0);
    assert.equal(gotAtEnd, 400_000);
    await until('the last acknowledgement', () => unacknowledged === 0);
  });

  it('every byte there is goes into the raw file, and the session goes on', async () => {
    const uid = await start('binary');
    const seen = await view(uid);
    const file = join(product.env['BACKSTITCH_STATE_DIR'] ?? '', 'output', `${uid}.log`);
    const raw = (): Buffer => (existsSync(file) ? readFileSync(file) : Buffer.alloc(0));
    await until('the beginning is written', () => raw().includes('ready'));
    const begin = raw().length;
    await press(seen, 'x');
    await until('the end', () => seen.text.endsWith('the end'));
    const sent = Buffer.alloc(1 << 20, 0).map((_, at) => (at * 7 + (at >> 8)) & 255);
    // The terminal makes \r\n of \n, of nothing else.
    const expected = Buffer.concat([Buffer.from(Buffer.from(sent).toString('latin1').replaceAll('\n', '\r\n'), 'latin1'), Buffer.from('\x18\x1b\\\x1bcthe end')]);
    await until('all of it is written', () => raw().length >= begin + expected.length);
    assert.ok(raw().subarray(begin, begin + expected.length).equals(expected));
    await press(seen, 'k');
    await until('it answers', () => seen.text.endsWith('<k>'));
    assert.match((await seen.connection.sendRequest(p.terminalText, { session: uid })).text, /the end<k>/);
  });

  it('a storm of sizes from three views, while output flows, ends at the last one', async () => {
    const uid = await start('storm', 100_000);
    const views = [await view(uid), await view(uid), await view(uid)];
    const [first] = views as [View];
    await press(first, 'b');
    for (let n = 0; n < 3_000; n++) {
      const { connection } = views[n % 3] as View;
      void connection.sendNotification(p.terminalResize, { session: uid, cols: (n * 37) % 300, rows: (n * 17) % 90 });
      if (n % 100 === 0) for (const [cols, rows] of [[-5, 0], [1e9, 1e9], [0.5, 1e300]]) void connection.sendNotification(p.terminalResize, { session: uid, cols: cols as number, rows: rows as number });
    }
    // Each connection's notifications come before its next answer.
    for (const { connection } of views) await connection.sendRequest(p.hostStatus, {});
    await first.connection.sendNotification(p.terminalResize, { session: uid, cols: 91, rows: 31 });
    const now = await first.connection.sendRequest(p.terminalText, { session: uid });
    assert.deepEqual([now.cols, now.rows], [91, 31]);
    // A view that is behind may get a fresh screen in place of the answer: it is asked for again.
    for (let n = 0; !views.every(({ text }) => text.includes('{91x31}')); n++) {
      assert.ok(n < 300, 'the program never had the last size');
      await press(first, 's');
      await new Promise((resolve) => { setTimeout(resolve, 100); });
    }
    assert.deepEqual(views.map(({ gaps }) => gaps), [0, 0, 0]);
    assert.ok(await alive(first));
  });
});
