import assert from 'node:assert/strict';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openEventLog, readLogRows } from '../../../src/node/eventLog.ts';
import { decodeRow } from '../../../src/node/eventLogRow.ts';
import { appendAll, delivered, note, stamp, temporaryDirectory } from './support.ts';

const clock = () => new Date('2030-01-02T03:04:05.678Z');

const sample = async (path: string, rows: number): Promise<Buffer> => {
  const { log } = await openEventLog(path, { clock });
  await appendAll(log, Array.from({ length: rows }, (_, index) => (index % 2 ? delivered(`d${index}`) : note(`„t${index}“`))));
  await log.close();
  return readFileSync(path);
};

test('every truncation point of a log, with nothing, zeros or garbage behind it, recovers', async (t) => {
  const directory = temporaryDirectory(t, true);
  const path = join(directory, 'log.jsonl');
  const whole = await sample(path, 3);
  const garbage = Buffer.from(Array.from({ length: 77 }, (_, index) => (index * 37 + 11) % 256));
  const failures: string[] = [];
  let cases = 0;
  for (let cut = 0; cut <= whole.length; cut++) {
    const kept = whole.subarray(0, cut);
    const wholeRows = kept.toString('latin1').split('\n').length - 1;
    for (const tail of [Buffer.alloc(0), Buffer.alloc(512), garbage]) {
      cases++;
      rmSync(`${path}.broken-1`, { force: true });
      writeFileSync(path, Buffer.concat([kept, tail]));
      const opened = await openEventLog(path, { clock });
      const { events } = opened.log.append([delivered('after')], stamp);
      await opened.log.close();
      const torn = Buffer.concat([kept.subarray(kept.lastIndexOf(0x0a) + 1), tail]);
      const isTorn = torn.length > 0;
      const again = await readLogRows(path);
      const aside = isTorn ? readFileSync(`${path}.broken-1`) : torn;
      const isRight =
        opened.damage.length === 0 &&
        opened.rows.length === wholeRows + (isTorn ? 1 : 0) &&
        (!isTorn || opened.rows.at(-1)?.type === 'recovered') &&
        events[0]?.seq === opened.rows.length + 1 &&
        again.damage.length === 0 &&
        again.rows.length === events[0].seq &&
        again.rows.every((row, index) => row.seq === index + 1) &&
        aside.equals(torn);
      if (!isRight) failures.push(`cut at ${cut} with ${tail.length} bytes behind`);
    }
  }
  assert.deepEqual(failures, []);
  assert.equal(cases, (whole.length + 1) * 3);
  assert.deepEqual(readdirSync(directory).sort(), ['log.jsonl', 'log.jsonl.broken-1', 'sockets']);
});

test('no flipped bit of forty rows is missed', async (t) => {
  const directory = temporaryDirectory(t, true);
  const whole = await sample(join(directory, 'log.jsonl'), 40);
  const lines = whole.toString('latin1').split('\n').slice(0, -1).map((line) => Buffer.from(line, 'latin1'));
  let missed = 0;
  for (const line of lines) {
    assert.notEqual(decodeRow(line), null);
    for (let bit = 0; bit < line.length * 8; bit++) {
      line.writeUInt8(line.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      if (decodeRow(line) !== null) missed++;
      line.writeUInt8(line.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    }
  }
  assert.equal(missed, 0);
});

test('a flipped bit anywhere in a file is named, and the other rows are read', async (t) => {
  const directory = temporaryDirectory(t, true);
  const path = join(directory, 'log.jsonl');
  const whole = await sample(path, 4);
  const tailStart = whole.lastIndexOf(0x0a, whole.length - 2) + 1;
  const missed: number[] = [];
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const flipped = Buffer.from(whole);
    const at = bit >> 3;
    flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << (bit & 7)), at);
    writeFileSync(path, flipped);
    const { rows, damage } = await readLogRows(path);
    const isNewline = whole[at] === 0x0a;
    const expected = isNewline && at < tailStart - 1 ? 2 : isNewline && at === tailStart - 1 ? 2 : 3;
    const isNamed = at < tailStart - 1 ? damage.length === 1 : damage.length === 0;
    if (rows.length !== expected || !isNamed) missed.push(bit);
  }
  assert.deepEqual(missed, []);
});
