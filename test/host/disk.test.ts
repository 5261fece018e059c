import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { mainLane } from '../../src/core/ids.ts';
import { decodeRow, encodeRows, type Row } from '../../src/node/eventLogRow.ts';
import * as p from '../../src/protocol/protocol.ts';
import { dialOtherHost, startOtherHost } from '../support/otherHost.ts';
import { gone, isRunning, Product } from '../support/product.ts';
import { SessionUnderTest } from '../support/sessionUnderTest.ts';

const canMount = process.platform === 'linux' && process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'true']).status === 0;

const rowsOf = (path: string): { seq: number; type: string }[] =>
  readFileSync(path, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as { seq: number; type: string });

async function withProduct(work: (product: Product) => Promise<void>): Promise<void> {
  const product = new Product();
  try {
    await work(product);
  } finally {
    await product.dispose();
  }
}

/** The state directory on a disk of its own. */
function onDisk(work: (product: Product, disk: { fill(): void; empty(): void }) => Promise<void>): Promise<void> {
  return withProduct(async (product) => {
    const state = product.env['BACKSTITCH_STATE_DIR'] ?? '';
    assert.equal(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=700', 'none', state]).status, 0);
    const filler = join(state, 'filler');
    try {
      await work(product, {
        fill: () => { assert.notEqual(spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4096']).status, 0); },
        empty: () => rmSync(filler),
      });
    } finally {
      rmSync(filler, { force: true });
      // Out of the way at once, for good when the host has ended.
      spawnSync('umount', ['-l', state]);
    }
  });
}

async function until(what: string, test: () => Promise<boolean> | boolean): Promise<void> {
  for (let round = 0; !(await test()); round++) {
    if (round > 300) throw new Error(`never: ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
}

describe('the host and its disk', () => {
  if (canMount) it('stops recording when the disk is full, says so, and writes all of it when there is room', () => onDisk(async (product, disk) => {
    const connection = await product.connect();
    const session = await product.start(connection, { id: 'full' });
    await session.idle();
    await session.ask('make a plan');
    const statusOf = (): Promise<{ problem: string | null; logPath: string; branch: string; alive: boolean }> => connection.sendRequest(p.sessionStatus, { session: session.uid });
    const { logPath } = await statusOf();
    disk.fill();
    await session.ask(`echo ${'w'.repeat(9_000)}`);
    const { problem, alive } = await statusOf();
    assert.match(problem ?? '', /^Recording to .* has stopped: the disk is full\. The agent goes on;/);
    assert.equal(alive, true);
    // The agent and all who look on go on.
    await session.ask('what do you remember?');
    const last = session.conversation.chain(mainLane).at(-1);
    assert.match(last?.kind === 'text' ? last.text : '', /^I remember 13 steps/);
    const steps = session.steps();
    await assert.rejects(session.rewind('s3'), { message: /^Recording to .* has stopped: the disk is full/ });
    await assert.rejects(product.start(connection, { id: 'another', cwd: product.folder('another') }), (error: Error) => /has stopped|cannot be/.test(error.message));
    assert.deepEqual((await connection.sendRequest(p.sessionList, { all: true })).map((one) => one.id), ['full']);
    assert.deepEqual(session.steps(), steps);
    assert.ok(rowsOf(logPath).length < session.conversation.lastSeq);

    // What is told is gone with its cause, whatever it was, and without anything more happening.
    disk.empty();
    await until('recording goes on', async () => (await statusOf()).problem === null);
    await until('every row is there', () => rowsOf(logPath).at(-1)?.seq === session.conversation.lastSeq);
    assert.deepEqual(rowsOf(logPath).map((row) => row.seq), Array.from({ length: session.conversation.lastSeq }, (_, index) => index + 1));
    assert.equal((await session.rewind('s3', { files: false })).branch, 'branch-2');
  }));

  if (canMount) it('a disk that is full while files are captured: what is told of it is gone once there is room', () => onDisk(async (product) => {
    const connection = await product.connect();
    const session = await product.start(connection, { id: 'captured' });
    await session.idle();
    const status = { session: session.uid };
    const problemOf = async (): Promise<string | null> => (await connection.sendRequest(p.sessionStatus, status)).problem;
    for (let at = 0; at < 200; at++) writeFileSync(join(product.folder(), `file-${at}`), randomBytes(20_000));
    await session.ask('make a plan');
    await until('the disk is full of what was captured', async () => (await problemOf()) !== null);
    spawnSync('mount', ['-o', 'remount,size=64m', product.env['BACKSTITCH_STATE_DIR'] ?? '']);
    await until('it is well', async () => (await problemOf()) === null);
  }));

  it('tells what is kept beside the log no more, and tells it no more once it is kept again', () => withProduct(async (product) => {
    const connection = await product.connect();
    const state = product.env['BACKSTITCH_STATE_DIR'] ?? '';
    // Where a directory belongs there is a file: nothing can be made below it.
    rmSync(join(state, 'output'), { recursive: true });
    writeFileSync(join(state, 'output'), '');
    const session = await product.start(connection, { id: 'beside' });
    const problemOf = async (): Promise<string> => (await connection.sendRequest(p.sessionStatus, { session: session.uid })).problem ?? '';
    await until('the output is not kept', async () => (await problemOf()).startsWith(`What the terminal shows is not kept in ${state}/output/`));
    rmSync(join(state, 'output'));
    await until('it is kept', async () => (await problemOf()) === '');
    assert.notEqual(readdirSync(join(state, 'output')).length, 0);

    await session.idle();
    const kept = join(state, 'native', session.uid);
    rmSync(kept, { recursive: true, force: true });
    writeFileSync(kept, '');
    await session.ask('make a plan');
    await until('the history is not kept', async () => (await problemOf()).startsWith(`The agent’s history is not kept beside the log (${kept}): `));
    rmSync(kept);
    await until('it is kept', async () => (await problemOf()) === '');
    assert.notEqual(readdirSync(kept).length, 0);
  }));

  if (canMount) it('names a state directory that is read-only', () => onDisk(async (product) => {
    const state = product.env['BACKSTITCH_STATE_DIR'] ?? '';
    spawnSync('mount', ['-o', 'remount,ro', state]);
    await assert.rejects(product.connect(), { message: /^The state directory .* cannot be used: .*Set BACKSTITCH_STATE_DIR to a directory that you can write/ });
    spawnSync('mount', ['-o', 'remount,rw', state]);
  }));

  it('opens a session of whose log a line is broken, shows the damage and goes on', () => withProduct(async (product) => {
    const first = await product.connect();
    const session = await product.start(first, { id: 'broken' });
    await session.idle();
    await session.ask('make a plan');
    const { logPath, pid } = await first.sendRequest(p.sessionStatus, { session: session.uid });
    await first.sendRequest(p.sessionStop, { session: session.uid });
    const host = product.hostPid;
    await first.sendRequest(p.hostShutdown, { force: true });
    await gone(host);
    assert.equal(isRunning(pid ?? 0), false);
    const lines = readFileSync(logPath, 'utf8').split('\n');
    const at = lines.findIndex((line) => line.includes('"kind":"thinking"'));
    lines[at] = lines[at]?.replace('"kind":"thinking"', '"kind":"thinkinG"') ?? '';
    writeFileSync(logPath, lines.join('\n'));

    const second = await product.connect();
    const [summary] = await second.sendRequest(p.sessionList, { all: true });
    const damage = new RegExp(`bytes \\d+ to \\d+ cannot be read \\(row ${at + 1}\\)`);
    assert.match(summary?.problem ?? '', damage);
    const snapshot = await second.sendRequest(p.sessionOpen, { session: session.uid, blocks: 50 });
    assert.match(snapshot.damage.join(), damage);
    await second.sendRequest(p.sessionResume, { session: session.uid, env: product.env, cols: 100, rows: 30 });
    const again = await SessionUnderTest.open(second, session.uid);
    await again.idle();
    await again.ask('echo it goes on');
    assert.match(again.steps().at(-1) ?? '', /it goes on/);
    assert.match((await second.sendRequest(p.sessionStatus, { session: session.uid })).problem ?? '', damage);
    // The damaged file is as it was; what came since stands beside it.
    assert.equal(readFileSync(logPath, 'utf8'), lines.join('\n'));
  }));

  it('reads the logs of sessions that are over without holding them, and takes one for writing only to change it', () => withProduct(async (product) => {
    const first = await product.connect();
    const uids: string[] = [];
    for (const id of ['one', 'two', 'three']) {
      const session = await product.start(first, { id });
      await session.idle();
      await first.sendRequest(p.sessionStop, { session: session.uid });
      uids.push(session.uid);
    }
    const [one] = await first.sendRequest(p.sessionList, { all: true });
    const host = product.hostPid;
    await first.sendRequest(p.hostShutdown, { force: true });
    await gone(host);
    const events = join(product.env['BACKSTITCH_STATE_DIR'] ?? '', 'events');
    const logs = readdirSync(events).filter((name) => name.endsWith('.jsonl'));
    // An agent that this version has never heard of, and a file that is no session's.
    const foreign = decodeRow(Buffer.from(readFileSync(one?.logPath ?? '', 'utf8').split('\n')[0] ?? ''));
    assert.equal(foreign?.type, 'started');
    const strange = join(events, logs[0]?.replace(/--.*/, '--00000000-0000-4000-8000-000000000000.jsonl') ?? '');
    const rows = (id: string, path: string): Buffer => Buffer.concat(encodeRows([
      { ...foreign, agent: 'oracle', id },
      { ...foreign, seq: 2, id, type: 'run_started', run: 1, pid: 1, cause: 'start', native: { session: 'other', path }, branch: 'main' },
      { ...foreign, seq: 3, id, type: 'run_ended', run: 1, code: 0, cause: 'exited' },
    ] as Row[]));
    writeFileSync(strange, rows('strange', '/elsewhere/history'), { mode: 0o600 });
    writeFileSync(strange.replace('00000000-', '20000000-'), rows('program', ''), { mode: 0o600 });
    writeFileSync(strange.replace('00000000-', '10000000-'), '', { mode: 0o600 });

    const second = await product.connect();
    const open = (): string[] => readdirSync(`/proc/${product.hostPid}/fd`).flatMap((fd) => {
      const link = spawnSync('readlink', [`/proc/${product.hostPid}/fd/${fd}`], { encoding: 'utf8' }).stdout.trim();
      return link.startsWith(events) ? [link] : [];
    });
    const list = await second.sendRequest(p.sessionList, { all: true });
    assert.deepEqual(list.map((summary) => summary.id).sort(), ['one', 'program', 'strange', 'three', 'two']);
    const unknown = list.find((summary) => summary.id === 'strange');
    assert.deepEqual([unknown?.agentName, unknown?.problem, unknown?.alive], ['oracle', 'This version does not know the agent “oracle”.', false]);
    const before = readFileSync(strange, 'utf8');
    await assert.rejects(second.sendRequest(p.sessionRemove, { session: 'strange' }), { message: /was made with the agent “oracle”/ });
    assert.equal((await second.sendRequest(p.sessionStatus, { session: 'strange' })).problem, unknown?.problem);
    await assert.rejects(second.sendRequest(p.sessionRename, { session: 'strange', id: 'mine' }), { message: /was not touched/ });
    // One without a history of its agent's own may be any program's.
    assert.equal((await second.sendRequest(p.sessionOpen, { session: 'program', blocks: 10 })).summary.agentName, 'oracle');
    await assert.rejects(second.sendRequest(p.sessionResume, { session: 'program', env: product.env, cols: 80, rows: 24 }), { message: /no program oracle is on the PATH/ });
    assert.equal(readFileSync(strange, 'utf8'), before);

    await second.sendRequest(p.sessionOpen, { session: 'two', blocks: 10 });
    assert.deepEqual(open(), []);
    await second.sendRequest(p.sessionRename, { session: 'two', id: 'renamed' });
    assert.equal(new Set(open()).size, 1);
    assert.equal((await second.sendRequest(p.sessionStatus, { session: 'renamed' })).uid, uids[1]);

    // Removed with all that was kept of it.
    const path = list.find((summary) => summary.id === 'one')?.logPath ?? '';
    appendFileSync(path.replace('.jsonl', '.2.jsonl'), '');
    await second.sendRequest(p.sessionRemove, { session: 'one' });
    const left = readdirSync(product.env['BACKSTITCH_STATE_DIR'] ?? '', { recursive: true }).filter((name) => String(name).includes(uids[0] ?? ''));
    assert.deepEqual(left, []);
    assert.equal(existsSync(path), false);
  }));

  it('leaves a session alone whose log another host is writing', (t) => withProduct(async (product) => {
    // As after an update that changed the protocol.
    await startOtherHost(t, product.env);
    const connection = await dialOtherHost(product.env);
    const session = await product.start(connection, { id: 'theirs' });
    await session.idle();
    const second = await product.connect();
    assert.deepEqual(await second.sendRequest(p.sessionList, { all: true }), []);
    assert.match(product.hostLog(), /is being written by process \d+/);
    await session.ask('echo still mine');
    assert.match(session.steps().at(-1) ?? '', /still mine/);
    assert.deepEqual(rowsOf((await connection.sendRequest(p.sessionStatus, { session: session.uid })).logPath).filter((row) => row.type === 'run_ended'), []);
  }));
});
