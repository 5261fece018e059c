import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { connectOrStartHost } from '../../src/client/connect.ts';
import type { HumanError } from '../../src/core/errors.ts';
import * as p from '../../src/protocol/protocol.ts';
import { dist, gone, isRunning, Product } from '../support/product.ts';

async function withProduct(work: (product: Product, state: string) => Promise<void>): Promise<void> {
  const product = new Product();
  try {
    await work(product, product.env['BACKSTITCH_STATE_DIR'] as string);
  } finally {
    await product.dispose();
  }
}

/** Why no connection comes about; no host is left behind by the attempt. */
async function refusal(product: Product): Promise<string> {
  const error = await product.connect().then(() => assert.fail('connected'), (reason: HumanError) => reason);
  assert.deepEqual(product.hostPids(), []);
  return error.message;
}

const mounted = (state: string, options: string, work: () => Promise<void>): Promise<void> => {
  assert.equal(spawnSync('mount', ['-t', 'tmpfs', '-o', `mode=700,${options}`, 'none', state]).status, 0);
  return work().finally(() => spawnSync('umount', ['-l', state]));
};

const backstitch = (product: Product, ...args: string[]): { status: number | null; said: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [dist('cli.mjs'), ...args], { env: product.env, cwd: product.folder(), encoding: 'utf8' });
  return { status, said: stdout + stderr };
};

/** Starts a host that makes all that the state directory holds, and ends it. */
const begin = async (product: Product): Promise<void> => {
  await (await product.connect()).sendRequest(p.hostShutdown, { force: true });
  await gone(product.hostPid);
};

it('a directory at the place of its socket', () => withProduct(async (product, state) => {
  await begin(product);
  const place = join(realpathSync(join(state, 'sockets')), `host-${p.protocolVersion}.sock`);
  mkdirSync(place);
  const wanted = `There is a directory at ${place}, where a socket of Backstitch belongs. Move it away and try again.`;
  assert.equal(await refusal(product), wanted);
  assert.match(product.hostLog(), new RegExp(`could not start: There is a directory at ${place}`));
  assert.deepEqual(backstitch(product, 'status'), { status: 1, said: `backstitch: ${wanted}\n` });
}));

it('no inodes left', () => withProduct((product, state) => mounted(state, 'nr_inodes=40', async () => {
  await begin(product);
  for (let at = 0; ; at++) {
    try {
      writeFileSync(join(state, `filler-${at}`), '');
    } catch {
      break;
    }
  }
  assert.match(await refusal(product), /^The disk is full, or has no inodes left( \(.*\))? \(`df -h`, `df -i`\)\. Make room and try again\.$/);
})));

it('a file in place of one of its folders', () => withProduct(async (product, state) => {
  await begin(product);
  rmSync(join(state, 'runs'), { recursive: true });
  writeFileSync(join(state, 'runs'), '');
  assert.equal(await refusal(product), `The state directory ${join(state, 'runs')} cannot be used: it is not a directory.`);
}));

it('a folder of its that belongs to another user', () => withProduct(async (product, state) => {
  await begin(product);
  execFileSync('chown', ['12345', join(state, 'sockets')]);
  assert.match(await refusal(product), /cannot be used: others can use it\.$/);
}));

it('a read-only file system', () => withProduct((product, state) => mounted(state, 'size=1m', async () => {
  chmodSync(state, 0o700);
  assert.equal(spawnSync('mount', ['-o', 'remount,ro', state]).status, 0);
  assert.match(await refusal(product), /^The state directory .* cannot be used: it is read-only \(EROFS\)\./);
})));

it('too few open files for a host', () => withProduct(async (product) => {
  const args = ['--nofile=48:48', process.execPath, dist('cli.mjs'), 'run', 'demo', '--detach'];
  const { status, stderr } = spawnSync('prlimit', args, { env: product.env, cwd: product.folder(), encoding: 'utf8' });
  assert.equal(stderr, 'backstitch: The session host may have only 48 files open at once, and needs at least 128. '
    + 'Allow more (`ulimit -n 4096` in a shell, and start it from there), or stop some sessions.\n');
  assert.equal(status, 1);
  assert.deepEqual(product.hostPids(), []);
}));

it('a host that gets no thread as it starts: its limits are told, not what Node prints of itself', () => withProduct(async (product) => {
  const hostScript = join(product.folder('aborts'), 'host.mjs');
  // As Node does when it cannot start a thread.
  writeFileSync(hostScript, 'process.abort();');
  const limited = `import { connectOrStartHost } from ${JSON.stringify(new URL('../../src/client/connect.ts', import.meta.url).pathname)};
    const options = { env: process.env, hostScript: ${JSON.stringify(hostScript)}, execPath: process.execPath, client: 'test', build: 'test' };
    await connectOrStartHost(options).catch((error) => { console.log(error.message); });`;
  const args = ['--nofile=300:300', '--nproc=4000:4000', '--core=0', process.execPath, '--input-type=module', '--eval', limited];
  const { stdout } = spawnSync('prlimit', args, { env: product.env, encoding: 'utf8' });
  assert.equal(stdout, 'The session host ended by SIGABRT as it started: it got no further thread, open file or memory from this machine. '
    + 'You may have 4000 processes and threads (`ulimit -u`) and 300 open files (`ulimit -n`). End some programs, or allow more, and try again.\n');
}));

it('a host that hangs as it starts is not left behind', () => withProduct(async (product, state) => {
  const hostScript = join(product.folder('hangs'), 'host.mjs');
  const pidFile = `${hostScript}.pid`;
  writeFileSync(hostScript, `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); setInterval(() => {}, 1000);`);
  const options = { env: product.env, hostScript, execPath: process.execPath, client: 'test', build: 'test' };
  await assert.rejects(connectOrStartHost(options), { message: `The session host did not start within 10 s. See ${state}/host.log.` });
  const pid = Number(readFileSync(pidFile, 'utf8'));
  for (let round = 0; isRunning(pid) && round < 100; round++) await new Promise((resolve) => { setTimeout(resolve, 20); });
  const isLeft = isRunning(pid);
  // Ends it where the product has not.
  await gone(pid);
  assert.equal(isLeft, false);
}));

it('no open file left for another session: it says so, keeps what it has, and goes on when it may open more', () => withProduct(async (product) => {
  const connection = await product.connect();
  const session = await product.start(connection, { id: 'first' });
  await session.idle();
  const other = await product.connect();
  const pid = String(product.hostPid);
  const numbers = readdirSync(`/proc/${pid}/fd`).map(Number);
  const most = Math.max(...numbers) + 2;
  const [, before] = /Max open files +(\d+)/.exec(readFileSync(`/proc/${pid}/limits`, 'utf8')) ?? [];
  execFileSync('prlimit', ['--pid', pid, `--nofile=${most}:`]);
  await assert.rejects(async () => {
    for (;;) await product.start(other, { cwd: product.folder('more') });
  }, (error: Error) => error.message.includes(`may have no more than ${most} files open at once`));
  execFileSync('prlimit', ['--pid', pid, `--nofile=${before}:`]);
  await session.ask('echo it goes on');
  assert.match(session.steps().at(-1) ?? '', /it goes on/);
  await product.start(other, { id: 'last', cwd: product.folder('last') });
  assert.equal(product.hostPid, Number(pid));
}));

it('a host that was stopped by a signal is named, and is ended by force only', () => withProduct(async (product) => {
  const connection = await product.connect();
  const session = await product.start(connection, { id: 'kept' });
  await session.idle();
  const { pid: agent } = await connection.sendRequest(p.sessionStatus, { session: session.uid });
  const pid = product.hostPid;
  process.kill(pid, 'SIGSTOP');
  const silent = `backstitch: The session host, process ${pid}, is there and does not answer: it was stopped by a signal. `
    + `\`kill -CONT ${pid}\` lets it go on; \`backstitch host stop --force\` ends it, and the agents of its sessions with it.\n`;
  assert.deepEqual(backstitch(product, 'status'), { status: 1, said: silent });
  assert.deepEqual(backstitch(product, 'host', 'stop'), { status: 1, said: silent });
  process.kill(pid, 'SIGCONT');
  assert.match(backstitch(product, 'status').said, /^kept/m);
  process.kill(pid, 'SIGSTOP');
  assert.deepEqual(backstitch(product, 'host', 'stop', '--force'), { status: 0, said: 'The session host has ended.\n' });
  assert.equal(isRunning(pid), false);
  await gone(agent as number);
  assert.match(backstitch(product, 'status', '--all', '--ended').said, /^kept/m);
  await begin(product);
}));
