import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { openStateDirectory } from '../../src/node/stateDirectory.ts';
import { encodeRows, type Row } from '../../src/node/eventLogRow.ts';
import * as p from '../../src/protocol/protocol.ts';
import { dist, Product } from '../support/product.ts';
import { type Figure, median, ms, pause, quantile } from './floors.ts';

const starts = 15;
const appends = 200;
const copies = 5;
const manyRows = 1_000_000;

/** The real `backstitch` command: how long it takes to start, to print what comes, and to print a log of a million rows. */
export async function bench(): Promise<Figure[]> {
  const product = new Product();
  try {
    const path = await recorded(product);
    const connection = await product.connect();
    const session = await product.start(connection, { id: 'bench' });
    await session.idle();
    return [...starting(product), ...(await following(product, connection, session.uid)), ...(await copying(product, path))];
  } finally {
    await product.dispose();
  }
}

const msOfRun = (product: Product, args: string[]): number => {
  const from = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { env: product.env, cwd: product.folder(), encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
  return performance.now() - from;
};

function starting(product: Product): Figure[] {
  const verbs = { status: ['status'], 'events --snapshot': ['events', '--id', 'bench', '--snapshot'] };
  const times: Record<string, number[]> = {};
  const floor: number[] = [];
  for (let round = 0; round < starts; round++) {
    floor.push(msOfRun(product, ['-e', '0']));
    for (const [name, args] of Object.entries(verbs)) (times[name] ??= []).push(msOfRun(product, [dist('cli.mjs'), ...args]));
  }
  return Object.entries(times).map(([name, each]) => ({
    name: `backstitch ${name}, from start to end, p50`, figure: `${ms(median(each))} (bare Node ${ms(median(floor))})`, ratio: median(each) / median(floor), goal: '<= 120 ms', ok: median(each) <= 120,
  }));
}

/** From a row's own time, of which the log keeps whole milliseconds, to the line at the end of the follower's pipe: an upper bound. */
async function following(product: Product, connection: Awaited<ReturnType<Product['connect']>>, uid: string): Promise<Figure[]> {
  const follower = spawn(process.execPath, [dist('cli.mjs'), 'events', '--id', uid, '--follow'], { env: product.env, stdio: ['ignore', 'pipe', 'inherit'] });
  const times: number[] = [];
  let wake = (): void => undefined;
  createInterface({ input: follower.stdout }).on('line', (line) => {
    const now = performance.timeOrigin + performance.now();
    const row = JSON.parse(line) as Row;
    if (row.type === 'renamed') times.push(now - Date.parse(row.ts));
    wake();
  });
  await new Promise<void>((resolve) => { wake = resolve; });
  for (let at = 0; at < appends; at++) {
    const printed = new Promise<void>((resolve) => { wake = () => { if (times.length > at) resolve(); }; });
    await connection.sendRequest(p.sessionRename, { session: uid, id: `bench-${at % 2}` });
    await printed;
    await pause(5);
  }
  follower.kill();
  const [p50, p99] = [median(times), quantile(times, 0.99)];
  return [
    { name: 'append to line of `backstitch events --follow`, p50', figure: ms(p50), goal: '<= 5 ms', ok: p50 <= 5 },
    { name: 'append to line of `backstitch events --follow`, p99', figure: ms(p99), goal: '<= 20 ms', ok: p99 <= 20 },
  ];
}

/** The log of an ended session: an eighth of its rows are blocks, so that the host, which reads it too, is not what is measured. */
async function recorded(product: Product): Promise<string> {
  const uid = 'millions';
  const cwd = product.folder();
  const directory = await openStateDirectory(product.env['BACKSTITCH_STATE_DIR'] ?? '');
  const path = directory.eventLogPath(cwd, uid);
  const file = openSync(path, 'w', 0o600);
  let seq = 0;
  const row = (type: string, fields: object): Row =>
    ({ schema_version: 1, seq: ++seq, ts: new Date(1_900_000_000_000 + seq * 1000).toISOString(), id: uid, type, run: 1, ...fields }) as Row;
  const text = 'The quick brown fox jumps over the lazy dog. '.repeat(3);
  let rows = [row('started', { pid: null, uid, agent: 'demo', agent_version: '1.0.0', cwd, repo_root: cwd, args: [] }), row('run_started', { pid: 1, cause: 'start', native: { session: 'first', path: '' }, branch: 'main' })];
  const write = (): void => {
    for (const bytes of encodeRows(rows)) writeSync(file, bytes);
    rows = [];
  };
  while (seq < manyRows - 2) {
    rows.push(seq % 8 === 0
      ? row('block', { block: `b${seq}`, lane: 'main', after: seq > 8 ? `b${seq - 8}` : null, native: { session: 'first', id: `n${seq}` }, kind: 'text', text })
      : row('log_active', { native: { session: 'first', id: `n${seq}` }, note: text, more: [seq, 'x'.repeat(40)] }));
    if (rows.length === 4_000) write();
  }
  rows.push(row('run_ended', { code: 0, cause: 'exited' }), row('exited', { code: 0, reason: 'success' }));
  write();
  closeSync(file);
  return path;
}

interface Copied {
  ms: number;
  bytes: number;
  rssMb: number;
}

/** Into a pipe, and on into nothing: `/usr/bin/time` is not everywhere, so the command says by itself how much memory it took. */
async function copied(product: Product, args: string[]): Promise<Copied> {
  const said = `data:text/javascript,${encodeURIComponent("process.on('exit', () => process.stderr.write(`rss ${process.resourceUsage().maxRSS}`));")}`;
  const from = performance.now();
  const child = spawn(process.execPath, ['--import', said, dist('cli.mjs'), 'events', '--id', 'millions', '--snapshot', ...args], { env: product.env, stdio: ['ignore', 'pipe', 'pipe'] });
  let bytes = 0;
  let errors = '';
  child.stdout.on('data', (data: Buffer) => { bytes += data.length; });
  child.stderr.setEncoding('utf8').on('data', (data: string) => { errors += data; });
  const code = await new Promise((resolve) => { child.once('close', resolve); });
  const rss = /rss (\d+)/.exec(errors)?.[1];
  if (code !== 0 || rss === undefined) throw new Error(`backstitch events ${args.join(' ')} ended with ${code}: ${errors}`);
  return { ms: performance.now() - from, bytes, rssMb: Number(rss) / 1024 };
}

async function copying(product: Product, path: string): Promise<Figure[]> {
  const size = statSync(path).size;
  const ways: Record<string, string[]> = { raw: [], 'with --types block': ['--types', 'block'], 'with --from, all of it': ['--from', '2030-01-01T00:00:00Z'] };
  await copied(product, []);
  const figures: Figure[] = [];
  for (const [name, args] of Object.entries(ways)) {
    const runs: Copied[] = [];
    for (let round = 0; round < copies; round++) runs.push(await copied(product, args));
    const seconds = median(runs.map((run) => run.ms)) / 1000;
    const [speed, rows] = [size / 1e6 / seconds, manyRows / seconds];
    const isRaw = name === 'raw';
    figures.push({
      name: `backstitch events --snapshot of 1,000,000 rows (${Math.round(size / 1e6)} MB), ${name}`,
      figure: `${Math.round(speed)} MB/s, ${Math.round(rows / 1000)},000 rows/s, ${Math.round(runs[0]!.bytes / 1e6)} MB printed, start included, peak ${Math.round(Math.max(...runs.map((run) => run.rssMb)))} MB`,
      goal: isRaw ? '>= 300 MB/s' : '>= 400,000 rows/s', ok: isRaw ? speed >= 300 : rows >= 400_000,
    });
  }
  return figures;
}
