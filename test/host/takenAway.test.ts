import assert from 'node:assert/strict';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { readLogRows } from '../../src/node/eventLog.ts';
import * as p from '../../src/protocol/protocol.ts';
import { gone, isRunning, Product } from '../support/product.ts';

async function until(what: string, test: () => Promise<boolean> | boolean): Promise<void> {
  for (let round = 0; !(await test()); round++) {
    if (round > 1_000) throw new Error(`never: ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
}

const takings: { is: string; take(state: string): void }[] = [
  { is: 'removed', take: (state) => rmSync(state, { recursive: true, force: true, maxRetries: 20 }) },
  { is: 'moved away', take: (state) => renameSync(state, `${state}.away`) },
  { is: 'left without its sockets', take: (state) => rmSync(join(state, 'sockets'), { recursive: true, force: true }) },
];

for (const { is, take } of takings) it(`a state directory that is ${is} under a host at work: it is found again, with its record`, async () => {
  const product = new Product();
  try {
    const connection: MessageConnection = await product.connect();
    const session = await product.start(connection, { id: 'kept' });
    await session.idle();
    await session.ask('make a plan');
    const { logPath, pid } = await connection.sendRequest(p.sessionStatus, { session: session.uid });
    const host = product.hostPid;
    const state = product.env['BACKSTITCH_STATE_DIR'] as string;
    take(state);
    await until('it has noticed', () => product.hostLog().includes('was taken away; it has been made again'));
    const again = await product.connect();
    assert.equal(product.hostPid, host);
    assert.deepEqual(product.hostPids(), [host]);
    assert.equal((await again.sendRequest(p.sessionStatus, { session: 'kept' })).pid, pid);
    await until('its log is there', () => existsSync(logPath));
    await session.ask('echo it goes on');
    await until('recording is well', async () => (await connection.sendRequest(p.sessionStatus, { session: session.uid })).alive);
    await connection.sendRequest(p.sessionStop, { session: session.uid });
    const { rows, damage } = await readLogRows(logPath);
    assert.deepEqual(damage, []);
    assert.deepEqual(rows.map((row) => row.seq), rows.map((_, index) => index + 1));
    const prompts = rows.flatMap((row) => (row.type === 'block' && row.kind === 'prompt' ? [row.text] : []));
    assert.deepEqual(prompts, ['make a plan', 'echo it goes on']);
  } finally {
    await product.dispose();
  }
});

it('a host whose place another one has taken meanwhile ends its agents, records that, and ends', async () => {
  const product = new Product();
  try {
    const connection = await product.connect();
    const session = await product.start(connection, { id: 'first' });
    await session.idle();
    await session.ask('make a plan');
    const { logPath, pid } = await connection.sendRequest(p.sessionStatus, { session: session.uid });
    const host = product.hostPid;
    process.kill(host, 'SIGSTOP');
    rmSync(product.env['BACKSTITCH_STATE_DIR'] as string, { recursive: true, force: true });
    await product.connect();
    const other = product.hostPid;
    assert.notEqual(other, host);
    process.kill(host, 'SIGCONT');
    await until('the first one has ended', () => !isRunning(host));
    await gone(pid as number);
    assert.deepEqual(product.hostPids(), [other]);
    const { rows, damage } = await readLogRows(logPath);
    assert.deepEqual(damage, []);
    assert.equal(rows.at(-1)?.type, 'exited');
    assert.equal(rows.filter((row) => row.type === 'block' && row.kind === 'prompt').length, 1);
  } finally {
    await product.dispose();
  }
});
