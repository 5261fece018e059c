import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { processesOf } from '../../scripts/processes.mjs';
import { readLogRows } from '../../src/node/eventLog.ts';
import * as p from '../../src/protocol/protocol.ts';
import { gone, isRunning, Product } from '../support/product.ts';

const sessionCount = 50;

const residentMb = (pid: number): number => Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024);

it(`${sessionCount} sessions run, work, stop and leave nothing behind, all at once`, async (t) => {
  const product = new Product();
  t.after(() => product.dispose());
  const connection = await product.connect();
  const emptyMb = residentMb(product.hostPid);
  const sessions = await Promise.all(Array.from({ length: sessionCount }, (_, n) => connection.sendRequest(p.sessionStart, {
    agent: 'demo', cwd: product.folder(`work-${n}`), args: [], env: product.env, cols: 80, rows: 24, id: `one-of-${n}`,
  })));
  const uids = sessions.map(({ uid }) => uid);
  const each = <T>(work: (session: string, n: number) => Promise<T>): Promise<T[]> => Promise.all(uids.map(work));
  await each((session) => connection.sendRequest(p.sessionWaitIdle, { session }));
  const idleMb = residentMb(product.hostPid);
  assert.equal((await connection.sendRequest(p.hostStatus, {})).sessions, sessionCount);
  await each(async (session, n) => {
    await connection.sendRequest(p.sessionSend, { session, text: `edit number ${n}`, from: 'cli' });
    await connection.sendRequest(p.sessionSend, { session, text: `echo done ${n}`, from: 'cli' });
    await connection.sendRequest(p.sessionWaitIdle, { session });
  });
  for (const [n] of uids.entries()) assert.match(readFileSync(`${product.folder(`work-${n}`)}/demo/notes.md`, 'utf8'), new RegExp(`^1\\. edit number ${n}\\n$`));
  const statuses = await each((session) => connection.sendRequest(p.sessionStatus, { session }));
  assert.deepEqual(statuses.filter(({ problem }) => problem !== null), []);
  const workedMb = residentMb(product.hostPid);

  const ends = await each((session) => connection.sendRequest(p.sessionStop, { session, timeoutMs: 60_000 }));
  assert.deepEqual(ends, uids.map(() => ({ code: 0, signal: null, sent: 'exit_sequence' })));
  assert.deepEqual(statuses.filter(({ pid }) => isRunning(pid ?? 0)), []);
  const host = product.hostPid;
  await connection.sendRequest(p.hostShutdown, { force: false });
  await gone(host);
  assert.deepEqual(processesOf(product.home), []);
  for (const { logPath, uid } of statuses) {
    const { rows, damage } = await readLogRows(logPath);
    assert.deepEqual([damage, rows.at(-1)?.type, rows.filter((row) => row.type === 'delivered').length, rows.filter((row) => row.type === 'task_complete').length], [[], 'exited', 2, 2], uid);
    assert.deepEqual(rows.map((row) => row.seq), rows.map((_, index) => index + 1));
  }
  t.diagnostic(`the host's memory: ${emptyMb} MB empty, ${idleMb} MB with ${sessionCount} idle sessions (${((idleMb - emptyMb) / sessionCount).toFixed(1)} MB each), ${workedMb} MB after their work`);
});
