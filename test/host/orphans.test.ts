import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import * as p from '../../src/protocol/protocol.ts';
import { endLeftOverRuns } from '../../src/node/runProcess.ts';
import { dist, gone, isRunning, Product } from '../support/product.ts';

/** An agent that lets nothing end it but the kernel. */
const stubborn = `
  import { writeFileSync } from 'node:fs';
  process.on('SIGHUP', () => {});
  process.on('SIGTERM', () => {});
  setInterval(() => {}, 1_000);
  writeFileSync(process.env.HOME + '/ready', '');`;

it('ends an agent that outlived its host, and nothing else', async () => {
  const product = new Product();
  const bundles = product.folder('bundles');
  writeFileSync(join(bundles, 'demoAgent.mjs'), stubborn);
  copyFileSync(dist('hookRelay.mjs'), join(bundles, 'hookRelay.mjs'));
  const runs = join(product.env['BACKSTITCH_STATE_DIR'] ?? '', 'runs');
  const bystander = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1_000)'], { detached: true, stdio: 'ignore' });
  try {
    const first = await product.connect({ BACKSTITCH_HOST_BUNDLES: bundles });
    const { uid, pid } = await first.sendRequest(p.sessionStart, { agent: 'demo', cwd: product.folder(), args: [], env: product.env, cols: 80, rows: 24, id: 'stubborn' });
    const agent = pid ?? 0;
    const record = join(runs, uid, '1', 'process.json');
    const { machine, agent: mark, host } = JSON.parse(readFileSync(record, 'utf8')) as { machine: string } & Record<'agent' | 'host', { pid: number; started: string }>;
    assert.deepEqual([mark.pid, host.pid], [agent, product.hostPid]);
    for (let round = 0; !existsSync(join(product.home, 'ready')); round++) {
      assert.ok(round < 1_000, 'the agent never started');
      await new Promise((resolve) => { setTimeout(resolve, 10); });
    }
    process.kill(product.hostPid, 'SIGKILL');
    await gone(product.hostPid);
    assert.ok(isRunning(agent), 'it should have outlived its host');
    // Another process that has the number of such an agent by now, and one whose host is alive (this test).
    const other = (n: string, value: object): string => {
      mkdirSync(join(runs, uid, n), { recursive: true });
      writeFileSync(join(runs, uid, n, 'process.json'), JSON.stringify(value));
      return join(runs, uid, n);
    };
    const reused = other('7', { machine, agent: { pid: bystander.pid, started: mark.started }, host });
    const elsewhere = other('9', { machine: `not-${machine}`, agent: mark, host });
    const torn = other('8', {});
    writeFileSync(join(torn, 'process.json'), '{"agent":{"pid":');

    const second = await product.connect();
    const list = await second.sendRequest(p.sessionList, { all: true });
    assert.deepEqual(list.map(({ id, alive, ended }) => [id, alive, ended]), [['stubborn', false, 'interrupted']]);
    assert.equal(isRunning(agent), false);
    assert.ok(isRunning(bystander.pid ?? 0));
    assert.deepEqual([existsSync(record), existsSync(reused), existsSync(elsewhere), existsSync(torn)], [false, false, true, true]);
    assert.match(product.hostLog(), new RegExp(`ended agent ${agent}, which had outlived its host`));
  } finally {
    bystander.kill('SIGKILL');
    await product.dispose();
  }
});

it('leaves the agents of a host alone that is alive', async () => {
  const product = new Product();
  try {
    const connection = await product.connect();
    const session = await product.start(connection, { id: 'theirs' });
    await session.idle();
    const { pid } = await connection.sendRequest(p.sessionStatus, { session: session.uid });
    assert.deepEqual(await endLeftOverRuns(join(product.env['BACKSTITCH_STATE_DIR'] ?? '', 'runs')), []);
    assert.ok(isRunning(pid ?? 0));
    assert.ok(existsSync(join(product.env['BACKSTITCH_STATE_DIR'] ?? '', 'runs', session.uid, '1', 'process.json')));
    await connection.sendRequest(p.sessionStop, { session: session.uid });
    assert.equal(existsSync(join(product.env['BACKSTITCH_STATE_DIR'] ?? '', 'runs', session.uid, '1')), false);
  } finally {
    await product.dispose();
  }
});
