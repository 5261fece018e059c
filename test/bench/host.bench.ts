import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { once } from 'node:events';
import { dirname } from 'node:path';
import * as nodePty from 'node-pty';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { historyPath } from '../../src/agents/demo/rows.ts';
import { openEventLog } from '../../src/node/eventLog.ts';
import { openStateDirectory } from '../../src/node/stateDirectory.ts';
import * as p from '../../src/protocol/protocol.ts';
import { Product } from '../support/product.ts';
import type { SessionUnderTest } from '../support/sessionUnderTest.ts';
import { appendRows, demoSteps } from './demoHistory.ts';
import { type Figure, median, ms, msOf, pause, quantile } from './floors.ts';
import { attached, echoing, megabytesOf, type Side, withShells } from './shells.ts';

const rounds = 5;
const pourings = 9;
const warmingUp = 3;
const echoes = 200;
const throughputBytes = 20 << 20;
/** As a build prints: the terminal makes CR LF of LF, as it does for every program that does not draw. */
const pouring = `stty -echo -icanon; printf ready; head -c 1 > /dev/null; yes 'some text of a line of output, as a build prints it' | head -c ${throughputBytes}; exec sleep 60`;

/** The session host as its clients feel it: keys, output, new steps, opening, start and memory. Floors in the same rounds, medians told. */
export async function bench(): Promise<Figure[]> {
  return [...(await throughTerminals()), ...(await withShells((product, _, start) => memory(product, start))), ...(await opening()), ...(await coldStart())];
}

const throughTerminals = (): Promise<Figure[]> =>
  withShells(async (product, connection, start) => [...(await echo(connection, await start(echoing))), await throughput(connection, start), await attaching(connection, await start(echoing)), ...(await newSteps(product, await start(echoing)))]);

function bare(command: string): { side: Side; kill(): void } {
  const pty = nodePty.spawn('/bin/sh', ['-c', command], { cols: 80, rows: 24, env: process.env, encoding: null });
  const side: Side = { write: (data) => pty.write(data), onData: () => undefined };
  pty.onData((data) => side.onData(data.length));
  return { side, kill: () => pty.kill('SIGKILL') };
}

const ready = (side: Side): Promise<void> => new Promise((resolve) => { side.onData = () => resolve(); });

async function echo(connection: MessageConnection, session: SessionUnderTest): Promise<Figure[]> {
  const ours = await attached(connection, session);
  const floor = bare(echoing);
  await ready(floor.side);
  const times = { ours: [] as number[], floor: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    times.floor.push(...(await echoTimes(floor.side)));
    times.ours.push(...(await echoTimes(ours)));
  }
  floor.kill();
  await connection.sendRequest(p.terminalDetach, { session: session.uid });
  const [p50, floor50, p99] = [median(times.ours), median(times.floor), quantile(times.ours, 0.99)];
  return [
    { name: 'T3 key to echo through the host, p50', figure: `${p50.toFixed(3)} ms (bare node-pty ${floor50.toFixed(3)} ms)`, ratio: p50 / floor50, goal: '<= bare + 0.25 ms', ok: p50 <= floor50 + 0.25 },
    { name: 'T3 key to echo through the host, p99', figure: `${p99.toFixed(2)} ms (bare node-pty ${quantile(times.floor, 0.99).toFixed(2)} ms)`, goal: '<= 5 ms', ok: p99 <= 5 },
  ];
}

async function echoTimes(side: Side): Promise<number[]> {
  const times: number[] = [];
  for (let at = 0; at < echoes; at++) {
    const back = ready(side);
    const from = performance.now();
    side.write('k');
    await back;
    times.push(performance.now() - from);
  }
  return times.slice(echoes / 10);
}

async function throughput(connection: MessageConnection, start: (command: string) => Promise<SessionUnderTest>): Promise<Figure> {
  const ratios: number[] = [];
  const speeds: number[] = [];
  // The first ones are for warming up, of both.
  for (let round = -warmingUp; round < pourings; round++) {
    const floor = bare(pouring);
    await ready(floor.side);
    const floorMs = await pourMs(floor.side);
    floor.kill();
    const session = await start(pouring);
    const side = await attached(connection, session);
    // What a session does when it begins (its first checkpoint) is not what is measured.
    await pause(1_000);
    const oursMs = await pourMs(side);
    await connection.sendRequest(p.sessionStop, { session: session.uid, timeoutMs: 100 });
    if (round < 0) continue;
    ratios.push(floorMs / oursMs);
    speeds.push(throughputBytes / 1e3 / oursMs);
  }
  const ratio = median(ratios);
  return { name: 'T2 output through host and emulator against bare node-pty', figure: `${median(speeds).toFixed(0)} MB/s, spread ${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}`, ratio, goal: '>= 0.7', ok: ratio >= 0.7 };
}

/** From the key that opens the tap to the last character. */
function pourMs(side: Side): Promise<number> {
  return new Promise((resolve) => {
    const from = performance.now();
    let length = 0;
    side.onData = (more) => {
      length += more;
      if (length >= throughputBytes) resolve(performance.now() - from);
    };
    side.write('k');
  });
}

async function attaching(connection: MessageConnection, session: SessionUnderTest): Promise<Figure> {
  const side = await attached(connection, session);
  const filled = ready(side);
  side.write(`${'a line of a full screen with scrollback\r\n'.repeat(500)}`);
  await filled;
  const times: number[] = [];
  for (let round = 0; round < 40; round++) times.push(await msOf(() => connection.sendRequest(p.terminalAttach, { session: session.uid, cols: 80, rows: 24 })));
  return { name: 'T5 attach of a view with 500 lines, p50', figure: `${ms(median(times))} (p95 ${ms(quantile(times, 0.95))})`, goal: '<= 50 ms', ok: median(times) <= 50 };
}

/** Rows written to the agent's own history, one at a time, until they are events at the client. */
async function newSteps(product: Product, session: SessionUnderTest): Promise<Figure[]> {
  const path = historyPath(product.env['BACKSTITCH_DEMO_HOME'] ?? '', session.conversation.native.session);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const times: number[] = [];
  for (const [at, row] of demoSteps(200, null).entries()) {
    const from = performance.now();
    appendRows(path, [row]);
    await session.until('the step', ({ blockCount }) => blockCount === at + 1);
    times.push(performance.now() - from);
  }
  return [{ name: 'row in the agent\'s history to event at a client, p50', figure: `${ms(median(times))} (p95 ${ms(quantile(times, 0.95))})` }];
}

async function memory(product: Product, start: (command: string) => Promise<SessionUnderTest>): Promise<Figure[]> {
  const count = 10;
  const before = megabytesOf(product.hostPid);
  for (let at = 0; at < count; at++) await start(echoing);
  const each = (megabytesOf(product.hostPid) - before) / count;
  return [{ name: `host memory for each of ${count} idle sessions more`, figure: `${each.toFixed(1)} MB (${before.toFixed(0)} MB before)`, goal: '<= 6 MB', ok: each <= 6 }];
}

async function opening(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const count of [100, 10_000]) {
    const product = new Product();
    try {
      const uid = await recorded(product, count);
      const connection = await product.connect();
      const open = () => connection.sendRequest(p.sessionOpen, { session: uid, blocks: 60 });
      const firstMs = await msOf(open);
      const times: number[] = [];
      for (let round = 0; round < 20; round++) times.push(await msOf(open));
      figures.push({ name: `session/open, 60 of ${count.toLocaleString('en')} blocks`, figure: `${ms(median(times))} (the first after the host's start ${ms(firstMs)})` });
    } finally {
      await product.dispose();
    }
  }
  return figures;
}

/** A log of an ended session, row by row as the host writes it. */
async function recorded(product: Product, count: number): Promise<string> {
  const uid = crypto.randomUUID();
  const cwd = product.folder();
  const directory = await openStateDirectory(product.env['BACKSTITCH_STATE_DIR'] ?? '');
  const { log } = await openEventLog(directory.eventLogPath(cwd, uid));
  const native = { session: 'first', path: '' };
  const stamp = { id: 'opened', run: 1 };
  void log.append([
    { type: 'started', pid: null, uid, agent: 'demo', agent_version: '1.0.0', cwd, repo_root: cwd, args: [] },
    { type: 'run_started', pid: 1, cause: 'start', native, branch: 'main' },
  ], stamp);
  for (let n = 1; n <= count; n++)
    void log.append([{ type: 'block', block: `b${n}`, lane: 'main', after: n > 1 ? `b${n - 1}` : null, native: { session: 'first', id: `n${n}` }, kind: 'text', text: 'The quick brown fox jumps over the lazy dog. '.repeat(3) }], stamp);
  await log.append([{ type: 'run_ended', code: 0, cause: 'exited' }, { type: 'exited', code: 0, reason: 'success' }], stamp).done;
  await log.close();
  return uid;
}

async function coldStart(): Promise<Figure[]> {
  const times: { ours: number[]; floor: number[] } = { ours: [], floor: [] };
  let idleMb = 0;
  for (let round = 0; round < rounds; round++) {
    times.floor.push(await msOf(() => once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit')));
    const product = new Product();
    times.ours.push(await msOf(() => product.connect()));
    idleMb = megabytesOf(product.hostPid);
    await product.dispose();
  }
  return [
    { name: 'start of the host, to its hello', figure: `${ms(median(times.ours))} (bare Node to its end ${ms(median(times.floor))})`, ratio: median(times.ours) / median(times.floor) },
    { name: 'memory of a host without sessions', figure: `${idleMb.toFixed(0)} MB`, goal: '<= 90 MB', ok: idleMb <= 90 },
  ];
}
