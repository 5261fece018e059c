import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, truncateSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { connectHost } from '../../src/client/connect.ts';
import type { Event, UnknownEvent } from '../../src/core/events.ts';
import { readLogRows } from '../../src/node/eventLog.ts';
import * as p from '../../src/protocol/protocol.ts';
import { FailingSync } from '../support/failingSync.ts';
import { dist, Product } from '../support/product.ts';
import type { SessionUnderTest } from '../support/sessionUnderTest.ts';

async function until(what: string, test: () => Promise<boolean> | boolean): Promise<void> {
  for (let round = 0; !(await test()); round++) {
    if (round > 1_000) throw new Error(`never: ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
}

const statusOf = (connection: MessageConnection, session: SessionUnderTest) => connection.sendRequest(p.sessionStatus, { session: session.uid });

const withoutGap = (rows: (Event | UnknownEvent)[]): void => assert.deepEqual(rows.map((row) => row.seq), rows.map((_, index) => index + 1));

it('a disk that fails to sync stops the recording of a session, not its agent, and what was not safe is written once more', async () => {
  const product = new Product();
  const folder = product.folder('disk');
  const disk = new FailingSync(folder);
  const host = spawn(process.execPath, [dist('host.mjs')], { env: { ...product.env, ...disk.env }, stdio: 'ignore', cwd: '/' });
  const ended = once(host, 'exit');
  try {
    const client = { env: product.env, hostScript: dist('host.mjs'), execPath: process.execPath, client: 'test', build: 'test' };
    await until('the host is up', async () => (await connectHost(client)) !== null);
    const connection = await product.connect();
    assert.equal(product.hostPid, host.pid);
    const session = await product.start(connection, { id: 'unsynced' });
    await session.idle();
    await session.ask('make a plan');
    const { logPath } = await statusOf(connection, session);

    disk.fail();
    await session.ask('echo while it fails');
    await until('it is said', async () => (await statusOf(connection, session)).problem !== null);
    const { problem, alive } = await statusOf(connection, session);
    assert.match(problem ?? '', /^Recording to .* has stopped: the disk reports an error\. The agent goes on;/);
    assert.equal(alive, true);
    await session.ask('echo it goes on');
    assert.match(session.steps().at(-1) ?? '', /it goes on/);
    await assert.rejects(session.rewind('s3'), { message: /has stopped: the disk reports an error/ });
    await assert.rejects(product.start(connection, { id: 'another' }), { message: /has stopped: the disk reports an error/ });
    // Nobody takes the second answer of such a descriptor for the truth.
    await until('it has tried again', () => disk.calls.filter((call) => call.endsWith('EIO')).length >= 3);

    disk.mend();
    await until('it is well', async () => (await statusOf(connection, session)).problem === null);
    await session.ask('echo after it');
    assert.equal((await session.rewind('s3', { files: false })).branch, 'branch-2');
    await connection.sendRequest(p.sessionStop, { session: session.uid });
    const { rows, damage } = await readLogRows(logPath);
    assert.deepEqual(damage, []);
    withoutGap(rows);
    for (const text of ['echo while it fails', 'echo it goes on', 'echo after it']) assert.equal(rows.filter((row) => row.type === 'block' && row.kind === 'prompt' && row.text === text).length, 1, text);
    assert.deepEqual(disk.askedAgain, []);
  } finally {
    disk.mend();
    await product.dispose();
    await ended;
  }
});

/** What somebody may do to the log of a session at work; whether everything is there afterwards. */
const misdeeds: { is: string; doTo(path: string): void; damage: RegExp | null }[] = [
  { is: 'deleted', doTo: (path) => unlinkSync(path), damage: null },
  { is: 'replaced by a copy', doTo: (path) => { copyFileSync(path, `${path}.copy`); renameSync(`${path}.copy`, path); }, damage: null },
  { is: 'shortened', doTo: (path) => truncateSync(path, 100), damage: /cannot be read/ },
  { is: 'moved away, and its folder with it', damage: null, doTo: (path) => {
    const folder = join(path, '..');
    rmSync(`${folder}.away`, { recursive: true, force: true });
    renameSync(folder, `${folder}.away`);
    setTimeout(() => mkdirSync(folder, { mode: 0o700 }), 300);
  } },
];

for (const { is, doTo, damage } of misdeeds) it(`a log that is ${is} under a session at work: the agent goes on, and so does the record`, async () => {
  const product = new Product();
  try {
    const connection = await product.connect();
    const session = await product.start(connection, { id: 'disturbed' });
    await session.idle();
    await session.ask('make a plan');
    const { logPath, pid } = await statusOf(connection, session);
    const before = readFileSync(logPath);
    doTo(logPath);
    await session.ask('echo one');
    await session.ask('echo two');
    await until('it is well', async () => (await statusOf(connection, session)).problem === null);
    assert.equal((await statusOf(connection, session)).pid, pid);
    await connection.sendRequest(p.sessionStop, { session: session.uid });
    const { rows, damage: found } = await readLogRows(logPath);
    assert.equal(rows.filter((row) => row.type === 'recovered').length, 1);
    const prompts = rows.flatMap((row) => (row.type === 'block' && row.kind === 'prompt' ? [row.text] : []));
    if (damage === null) {
      assert.deepEqual(found, []);
      withoutGap(rows);
      assert.deepEqual(prompts, ['make a plan', 'echo one', 'echo two']);
    } else {
      assert.match(found.join('; '), damage);
      assert.deepEqual(prompts, ['echo one', 'echo two']);
      assert.ok(before.length > 100);
    }
    // Whatever a client was told since is there.
    const held = new Set(rows.map((row) => row.seq));
    const since = before.toString().split('\n').length - 1;
    assert.deepEqual(session.events.filter((event) => event.seq > since && !held.has(event.seq)), []);
  } finally {
    await product.dispose();
  }
});
