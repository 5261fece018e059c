import { fdatasync, mkdtempSync, openSync, closeSync, readFileSync, rmSync, statSync, write } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { EventBody } from '../../src/core/events.ts';
import { openEventLog, readLogRows } from '../../src/node/eventLog.ts';
import { lineSelector } from '../../src/node/eventLogFilter.ts';
import { LogTail } from '../../src/node/eventLogTail.ts';
import { quantile, median, type Figure } from './floors.ts';

const rounds = 5;
const durablePerRound = 250;
const warmingUp = 500;
const bulkPerRound = 64 * 256;
const bulkBatch = 256;
const databasePerRound = 64 * 128;
const databaseBatch = 64;

/** About 344 bytes as a row: the mean of real sessions. */
const blockOf = (n: number): EventBody => ({
  type: 'block', block: `b${n}`, lane: 'main', after: n > 1 ? `b${n - 1}` : null, native: { session: '3f2b8a52', id: `msg-${n}` },
  kind: 'text', text: 'The quick brown fox jumps over the lazy dog. '.repeat(3),
});
const sendOf = (n: number): EventBody => ({ type: 'delivered', send: `send-${n}`.padEnd(200, '.') });


const writeAll = (fd: number, bytes: Buffer) => new Promise<void>((resolve, reject) => write(fd, bytes, (error) => (error ? reject(error) : resolve())));
const syncData = (fd: number) => new Promise<void>((resolve, reject) => fdatasync(fd, (error) => (error ? reject(error) : resolve())));

const timeEach = async (count: number, run: (n: number) => Promise<void>): Promise<number[]> => {
  const times: number[] = [];
  for (let n = 0; n < count; n++) {
    const start = performance.now();
    await run(n);
    times.push(performance.now() - start);
  }
  return times;
};

const timeOf = async (run: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await run();
  return performance.now() - start;
};

const microseconds = (ms: number): string => `${Math.round(ms * 1000)} µs`;
const figureOf = (name: string, figure: string, ratio: number, limit: number): Figure => ({ name, figure: `${figure}, ${ratio.toFixed(2)}×`, ratio, goal: `≤ ${limit}×`, ok: ratio <= limit });

const benchDurable = async (directory: string): Promise<Figure[]> => {
  const fd = openSync(join(directory, 'raw'), 'a');
  const { log } = await openEventLog(join(directory, 'durable.jsonl'));
  const line = Buffer.from(`${'x'.repeat(330)}\n`);
  const raw = async () => {
    await writeAll(fd, line);
    await syncData(fd);
  };
  const ours = (n: number) => log.append([sendOf(n)], { id: 'S' }).done;
  await timeEach(warmingUp, raw);
  await timeEach(warmingUp, ours);
  const p50: number[] = [];
  const p99: number[] = [];
  const all: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const floor = await timeEach(durablePerRound, raw);
    const times = await timeEach(durablePerRound, ours);
    p50.push(quantile(times, 0.5) / quantile(floor, 0.5));
    p99.push(quantile(times, 0.99) / quantile(floor, 0.99));
    all.push(...times);
  }
  closeSync(fd);
  await log.close();
  return [
    figureOf('L5 durable append, p50 against write + fdatasync', microseconds(quantile(all, 0.5)), median(p50), 1.3),
    figureOf('L5 durable append, p99 against write + fdatasync', microseconds(quantile(all, 0.99)), median(p99), 1.8),
  ];
};

const benchBulk = async (directory: string): Promise<Figure[]> => {
  const fd = openSync(join(directory, 'raw-bulk'), 'a');
  const { log } = await openEventLog(join(directory, 'bulk.jsonl'));
  let seq = 0;
  const batchOf = () => Array.from({ length: bulkBatch }, () => blockOf(++seq));
  const raw = async () => {
    for (let n = 0; n < bulkPerRound; n += bulkBatch) {
      const rows = batchOf().map((body, index) => `${JSON.stringify({ schema_version: 1, seq: index, ts: '2030-01-02T03:04:05.678Z', id: 'S', ...body })}\n`);
      await writeAll(fd, Buffer.from(rows.join('')));
      await syncData(fd);
    }
  };
  const ours = async () => {
    for (let n = 0; n < bulkPerRound; n += bulkBatch) await log.append([...batchOf().slice(1), sendOf(n)], { id: 'S' }).done;
  };
  await raw();
  await ours();
  const ratios: number[] = [];
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const floor = await timeOf(raw);
    const time = await timeOf(ours);
    ratios.push(time / floor);
    times.push(time);
  }
  closeSync(fd);
  await log.close();
  return [figureOf(`L6 bulk append, batches of ${bulkBatch}, each synced`, `${Math.round(bulkPerRound / median(times))}k rows/s`, median(ratios), 2.5)];
};

/** Against a database that keeps the same promise: each batch is on the disk before the next begins. */
const benchDatabase = async (directory: string): Promise<Figure[]> => {
  const database = new DatabaseSync(join(directory, 'floor.db'));
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE rows (seq INTEGER PRIMARY KEY, row TEXT NOT NULL)');
  const insert = database.prepare('INSERT INTO rows (seq, row) VALUES (?, ?)');
  const { log } = await openEventLog(join(directory, 'database.jsonl'));
  let seq = 0;
  let key = 0;
  const batchOf = () => Array.from({ length: databaseBatch }, () => blockOf(++seq));
  const theirs = async () => {
    for (let n = 0; n < databasePerRound; n += databaseBatch) {
      database.exec('BEGIN');
      for (const body of batchOf()) insert.run(++key, JSON.stringify({ schema_version: 1, seq: key, ts: '2030-01-02T03:04:05.678Z', id: 'S', ...body }));
      database.exec('COMMIT');
    }
  };
  const ours = async () => {
    for (let n = 0; n < databasePerRound; n += databaseBatch) await log.append([...batchOf().slice(1), sendOf(n)], { id: 'S' }).done;
  };
  await theirs();
  await ours();
  const ratios: number[] = [];
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const floor = await timeOf(theirs);
    const time = await timeOf(ours);
    ratios.push(floor / time);
    times.push(time);
  }
  database.close();
  await log.close();
  const ratio = median(ratios);
  return [{ name: `L8 appends of ${databaseBatch}, each batch synced, against SQLite (WAL, synchronous=FULL)`, figure: `${Math.round(databasePerRound / median(times))}k rows/s, spread ${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}`, ratio, goal: '≥ 0.8×', ok: ratio >= 0.8 }];
};

/** The floor of reading: the whole file, cut at newlines, each line parsed. */
const parseScan = async (path: string): Promise<number> => {
  let count = 0;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line !== '') count += (JSON.parse(line) as { seq: number }).seq > 0 ? 1 : 0;
  }
  return count;
};

const benchRecovery = async (directory: string): Promise<Figure[]> => {
  const path = join(directory, 'bulk.jsonl');
  const stream = async () => {
    const tail = new LogTail(path, lineSelector({ types: new Set(['block', 'delivered']) }));
    await tail.advance(() => {});
    tail.close();
  };
  await parseScan(path);
  await readLogRows(path);
  const ratios: number[] = [];
  const streamed: number[] = [];
  const times: number[] = [];
  let rows = 0;
  for (let round = 0; round < rounds; round++) {
    const floor = await timeOf(() => parseScan(path));
    const time = await timeOf(async () => {
      rows = (await readLogRows(path)).rows.length;
    });
    ratios.push(time / floor);
    times.push(time);
    streamed.push(await timeOf(stream));
  }
  const megabytes = statSync(path).size / 1e6;
  return [
    figureOf(`L7 recovery of ${rows} rows (${Math.round(megabytes)} MB) against a bare JSON.parse scan`, `${Math.round(median(times))} ms`, median(ratios), 1.7),
    { name: 'L7 streaming the same log, every row looked at and its checksum verified', figure: `${Math.round(median(streamed))} ms, ${Math.round((megabytes / median(streamed)) * 1000)} MB/s` },
  ];
};

/** Goals L5 to L8: ratios to the floor, medians of interleaved rounds. */
export async function bench(): Promise<Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), 'backstitch-bench-'));
  try {
    return [...(await benchDurable(directory)), ...(await benchBulk(directory)), ...(await benchDatabase(directory)), ...(await benchRecovery(directory))];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
