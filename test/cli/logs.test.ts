import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { copyLog, followLog, type RowFilter } from '../../src/client/logs.ts';

let folder = '';
let path = '';
const row = (seq: number, type: string, more = '') => `{"schema_version":1,"seq":${seq},"ts":"2026-01-31T09:00:00.000Z","id":"x","type":"${type}"${more},"crc":"00000000"}\n`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'logs-'));
  path = join(folder, 'log.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Collects what comes, and lets a test wait for a part of it. */
const collector = () => {
  let text = '';
  let wake = (): void => undefined;
  return {
    take: (bytes: Uint8Array): void => { text += Buffer.from(bytes).toString('utf8'); wake(); },
    text: () => text,
    async until(part: string): Promise<void> {
      while (!text.includes(part)) await new Promise<void>((resolve) => { wake = resolve; });
    },
  };
};

test('a copy holds the rows as they stand, without a half-written last one', async () => {
  const whole = row(1, 'started') + 'what is this\n' + row(2, 'state');
  writeFileSync(path, whole + row(3, 'block').slice(0, 30));
  const got = collector();
  await copyLog(path, got.take);
  assert.equal(got.text(), whole);
});

test('following hands out what comes, over two files, and ends with the last row', async () => {
  writeFileSync(path, row(1, 'started'));
  const got = collector();
  const following = followLog(path, got.take, null);
  await got.until('"seq":1,');
  appendFileSync(path, row(2, 'block', ',"input":{"type":"exited"}').slice(0, 40));
  appendFileSync(path, row(2, 'block', ',"input":{"type":"exited"}').slice(40));
  await got.until('"seq":2,');
  writeFileSync(join(folder, 'log.2.jsonl'), row(3, 'recovered'));
  await got.until('"seq":3,');
  appendFileSync(join(folder, 'log.2.jsonl'), row(4, 'exited'));
  await following;
  assert.equal(got.text(), row(1, 'started') + row(2, 'block', ',"input":{"type":"exited"}') + row(3, 'recovered') + row(4, 'exited'));
});

test('of a session that is over, following ends with the row that was its last', async () => {
  writeFileSync(path, row(1, 'started') + row(2, 'exited') + row(3, 'run_started'));
  const got = collector();
  await followLog(path, got.take, 3);
  assert.equal(got.text().split('\n').length, 4);
});

test('of a session that turns out to be over, following ends with the row that was its last; what keeps that from being known ends it too', async () => {
  writeFileSync(path, row(1, 'started') + row(2, 'state'));
  const [got, other] = [collector(), collector()];
  const over = Promise.withResolvers<number>();
  const failed = Promise.withResolvers<number>();
  const followers = [followLog(path, got.take, over.promise), followLog(path, other.take, failed.promise)];
  await Promise.all([got.until('"seq":2,'), other.until('"seq":2,')]);
  failed.reject(new Error('no host'));
  await assert.rejects(followers[1] ?? Promise.resolve(), /no host/);
  over.resolve(3);
  appendFileSync(path, row(3, 'run_ended'));
  assert.equal(await followers[0], false);
  assert.equal(got.text(), row(1, 'started') + row(2, 'state') + row(3, 'run_ended'));
});

test('a log that is cut or taken away is an error', async () => {
  await assert.rejects(copyLog(path, () => undefined), { code: 'log-gone' });
  writeFileSync(path, row(1, 'started') + row(2, 'state'));
  const got = collector();
  const following = followLog(path, got.take, null);
  await got.until('"seq":2,');
  truncateSync(path, 10);
  await assert.rejects(following, { code: 'log-truncated' });
});

const at = (seq: number, type: string, ts: string, more = '') => row(seq, type, more).replace('2026-01-31T09:00:00.000Z', ts);
const rowsOf = async (filter: RowFilter): Promise<string> => {
  const got = collector();
  await copyLog(path, got.take, filter);
  return got.text();
};

test('a filter keeps the rows of some types and from a moment on, as they stand, and none that cannot be read', async () => {
  const [first, second, third] = [at(1, 'started', '2026-01-31T09:00:00.000Z'), at(2, 'block', '2026-01-31T09:00:00.500Z', ',"text":"\\"type\\":\\"state\\""'), at(3, 'state', '2026-01-31T09:00:01.000Z', ',"of":{"type":"block"}')];
  const foreign = '{"type":"state","ts":"2026-01-31T10:00:01+01:00"}\n';
  writeFileSync(path, `${first}${second}garbage\n${row(9, 'state').slice(0, 90)}\n${third}${foreign}{"type":"state"}\n`);
  assert.equal(await rowsOf({ types: new Set(['state']) }), `${third}${foreign}{"type":"state"}\n`);
  assert.equal(await rowsOf({ types: new Set(['started', 'block']) }), first + second);
  assert.equal(await rowsOf({ fromTs: '2026-01-31T09:00:00.500Z' }), second + third + foreign);
  assert.equal(await rowsOf({ fromTs: '2026-01-31T10:00:00.501+01:00' }), third + foreign);
  assert.equal(await rowsOf({ types: new Set(['state']), fromTs: '2026-01-31T09:00:02Z' }), '');
  assert.equal(await rowsOf({ types: new Set() }), '');
  await assert.rejects(rowsOf({ fromTs: 'yesterday' }), { code: 'bad-time' });
});

test('of a hundred thousand rows in chunks of any length exactly the wanted ones are kept', async () => {
  const lines = Array.from({ length: 100_000 }, (_, n) => row(n + 1, n % 3 === 0 ? 'state' : 'block', `,"text":"${'x'.repeat(n % 97)}"`));
  writeFileSync(path, lines.join(''));
  assert.equal(await rowsOf({ types: new Set(['state']) }), lines.filter((_, n) => n % 3 === 0).join(''));
});

test('a follower with a filter ends with a row that it does not hand out', async () => {
  writeFileSync(path, row(1, 'started') + row(2, 'state'));
  const got = collector();
  const following = followLog(path, got.take, null, { types: new Set(['state']) });
  await got.until('"seq":2,');
  appendFileSync(path, row(3, 'state') + row(4, 'exited'));
  await following;
  assert.equal(got.text(), row(2, 'state') + row(3, 'state'));
});
