import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connectHost } from '../../src/client/connect.ts';
import { readLogRows } from '../../src/node/eventLog.ts';
import * as p from '../../src/protocol/protocol.ts';
import { dist, Product } from '../support/product.ts';
import { SessionUnderTest } from '../support/sessionUnderTest.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** A host of its own whose clock can be set. */
async function withMovedClock(work: (product: Product, setClock: (offMs: number) => void) => Promise<void>): Promise<void> {
  const product = new Product();
  const file = join(product.home, 'clock');
  const host = spawn(process.execPath, ['--import', fileURLToPath(new URL('../support/movedClock.mjs', import.meta.url)), dist('host.mjs')],
    { env: { ...product.env, MOVED_CLOCK: file }, stdio: 'ignore', cwd: '/' });
  const ended = once(host, 'exit');
  const client = { env: product.env, hostScript: dist('host.mjs'), execPath: process.execPath, client: 'test', build: 'test' };
  try {
    for (let round = 0; !(await connectHost(client)); round++) {
      assert.ok(round < 500, 'the host never came up');
      await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
    await work(product, (offMs) => writeFileSync(file, String(offMs)));
    assert.equal(product.hostPid, host.pid);
  } finally {
    await product.dispose();
    await ended;
  }
}

it('goes on whatever the clock does: nothing hangs, no age is negative, and time in the log never goes back', () => withMovedClock(async (product, setClock) => {
  const connection = await product.connect();
  const session = await product.start(connection, { id: 'moved' });
  await session.idle();
  await session.ask('make a plan');
  for (const offMs of [-hourMs, 2 * dayMs, -400 * dayMs, 90 * dayMs, 0]) {
    setClock(offMs);
    await session.ask(`edit at ${offMs}`);
    // Waits for late rows, by the time of the last one.
    const seams = await session.seams();
    await session.rewind(seams.at(-1)?.seam ?? '', { interrupt: true });
    setClock(-offMs);
    await session.send('slow echo one two three');
    await connection.sendRequest(p.sessionInterrupt, { session: session.uid });
    await session.idle();
  }
  setClock(-dayMs);
  const shell = (...args: string[]): string => execFileSync(process.execPath, [dist('cli.mjs'), ...args], { env: product.env, cwd: product.folder(), encoding: 'utf8' });
  const [told] = JSON.parse(shell('status', '--json')) as { idle_s: number; last_ts: string }[];
  assert.ok(Date.parse(told?.last_ts ?? '') > Date.now(), 'its last row is from the future');
  assert.equal(told?.idle_s, 0);
  assert.doesNotMatch(shell('status'), /\s-\d+[smhd]\s/);
  const status = await connection.sendRequest(p.hostStatus, {});
  assert.ok(status.uptimeMs >= 0 && status.uptimeMs < hourMs);

  setClock(-dayMs);
  assert.deepEqual(await connection.sendRequest(p.sessionStop, { session: session.uid }), { code: 0, signal: null, sent: 'exit_sequence' });
  assert.equal(shell('events', '--id', 'moved').trim().split('\n').length > 10, true);
  const { rows, damage } = await readLogRows((await connection.sendRequest(p.sessionStatus, { session: session.uid })).logPath);
  assert.deepEqual(damage, []);
  assert.deepEqual(rows.map((row) => row.seq), rows.map((_, index) => index + 1));
  assert.deepEqual(rows.map((row) => row.ts), rows.map((row) => row.ts).toSorted());
  await connection.sendRequest(p.sessionResume, { session: session.uid, env: product.env, cols: 80, rows: 24 });
  const again = await SessionUnderTest.open(connection, session.uid);
  await again.idle();
  await again.ask('echo it goes on');
  assert.match(again.steps().at(-1) ?? '', /it goes on/);
}));

it('a clock that jumps while somebody waits keeps nobody waiting', () => withMovedClock(async (product, setClock) => {
  const connection = await product.connect();
  const session = await product.start(connection, { id: 'jumping' });
  await session.idle();
  let jumps = 0;
  const jumping = setInterval(() => setClock(jumps++ % 2 ? 0 : -hourMs), 40);
  try {
    for (let n = 0; n < 10; n++) await session.ask(`echo ${n}`);
    await session.rewind('s3', { files: false, interrupt: true });
    await session.ask('echo after');
  } finally {
    clearInterval(jumping);
  }
  assert.ok(jumps > 20);
  assert.match(session.steps().at(-1) ?? '', /after/);
}));
