import assert from 'node:assert/strict';
import { execFileSync, spawnSync, type ChildProcess } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { HumanError } from '../../../src/core/errors.ts';
import type { EventOf } from '../../../src/core/events.ts';
import { openEventLog, readLogRows } from '../../../src/node/eventLog.ts';
import type { Reason } from '../../../src/node/eventLogReason.ts';
import { FailingSync } from '../../support/failingSync.ts';
import { appendAll, delivered, linesIn, seqsAfter, startOwner, temporaryDirectory, until } from './support.ts';

/** Fills the log's place, sees recording stop without harm to what is there, makes room, and sees it go on. */
const fillAndEmpty = async (t: TestContext, path: string, { why, goesOn }: Reason, place: { fill(child: ChildProcess): void; empty(child: ChildProcess): void; env?: Record<string, string> }) => {
  const { child, say, heard } = await startOwner(t, path, place.env);
  for (const size of ['100', '3000', '100']) say(size);
  await until('three rows are there', () => seqsAfter(heard(), 'ack').length === 3);
  place.fill(child);
  for (let n = 0; n < 6; n++) say('50000');
  say('10');
  await until('recording stops', () => heard().some((line) => line.startsWith('problem')));
  assert.equal(heard().find((line) => line.startsWith('problem')), `problem Recording to ${path} has stopped: ${why}. The agent goes on; what was not written is kept in memory and written ${goesOn}.`);
  const acknowledged = seqsAfter(heard(), 'ack');
  const whileFull = await readLogRows(path);
  assert.deepEqual(whileFull.damage, []);
  assert.ok(acknowledged.every((seq) => whileFull.rows.some((row) => row.seq === seq)));

  // More than the megabyte that may wait: the last one is given up, and said so.
  say('900000');
  await until('a row is given up', () => seqsAfter(heard(), 'gone').length === 1);
  place.empty(child);
  await until('recording goes on', () => heard().includes('well'));
  say('20');
  say('close');
  await until('closed', () => heard().includes('closed'));

  const { rows, damage } = await readLogRows(path);
  const [lost] = seqsAfter(heard(), 'gone');
  assert.equal(lost, 12);
  assert.deepEqual(rows.map((row) => row.seq), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14]);
  assert.deepEqual(damage.map((text) => text.replace(/byte \d+/, 'byte N')), ['log.jsonl: row 12 missing before byte N']);
  const told = rows.find((row) => row.type === 'recovered') as EventOf<'recovered'> | undefined;
  assert.equal(told?.reason, 'rows 12 to 12 were given up: too much was waiting for the disk');
  assert.equal(linesIn(path).length, rows.length);
  assert.deepEqual(seqsAfter(heard(), 'ack').toSorted((a, b) => a - b), [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14]);
};

const limitFile = (child: ChildProcess, bytes: number | 'unlimited') => execFileSync('prlimit', ['--pid', String(child.pid), `--fsize=${bytes}:unlimited`]);

test('a file that may not grow stops the recording only, and it goes on when it may again', async (t) => {
  const path = join(temporaryDirectory(t), 'log.jsonl');
  await fillAndEmpty(t, path, { why: 'the file may not grow any further', goesOn: 'when it may' }, {
    fill: (child) => limitFile(child, statSync(path).size + 70_001),
    empty: (child) => limitFile(child, 'unlimited'),
  });
});

test('of what is appended in one go, that which fits is there, and the rest is written later, once', async (t) => {
  const path = join(temporaryDirectory(t), 'log.jsonl');
  const { child, say, heard } = await startOwner(t, path);
  limitFile(child, statSync(path).size + 70_001);
  say('6 30000');
  await until('recording stops', () => heard().some((line) => line.startsWith('problem')));
  assert.deepEqual((await readLogRows(path)).rows.map(({ seq }) => seq), [1, 2, 3]);
  assert.deepEqual(seqsAfter(heard(), 'ack'), []);
  limitFile(child, 'unlimited');
  await until('it is written', () => seqsAfter(heard(), 'ack').includes(7));
  say('close');
  await until('closed', () => heard().includes('closed'));
  assert.deepEqual((await readLogRows(path)).rows.map(({ seq }) => seq), [1, 2, 3, 4, 5, 6, 7]);
  assert.equal(linesIn(path).length, 7);
});

test('a sync that fails stops the recording only; that descriptor is never asked again, and what the disk forgot is written once more', async (t) => {
  const directory = temporaryDirectory(t);
  const disk = new FailingSync(directory);
  await fillAndEmpty(t, join(directory, 'log.jsonl'), { why: 'the disk reports an error', goesOn: 'when the disk takes it again' }, { fill: () => disk.fail(), empty: () => disk.mend(), env: disk.env });
  assert.ok(disk.calls.some((call) => call.endsWith('EIO')));
  assert.deepEqual(disk.askedAgain, []);
});

const canFreeze = (): boolean => {
  const probe = mkdtempSync(join(tmpdir(), 'backstitch-freeze-'));
  const isFrozen = spawnSync('chattr', ['+i', probe]).status === 0;
  if (isFrozen) spawnSync('chattr', ['-i', probe]);
  rmSync(probe, { recursive: true });
  return isFrozen;
};

// Only root may do it, and not every file system can; elsewhere the limit on the file's size above goes the same way.
if (canFreeze()) test('a file that was made immutable stops the recording only, and it goes on when it may be changed again', async (t) => {
  const path = join(temporaryDirectory(t), 'log.jsonl');
  t.after(() => spawnSync('chattr', ['-i', path]));
  await fillAndEmpty(t, path, { why: 'the file may not be changed', goesOn: 'when it may be again' }, {
    fill: () => execFileSync('chattr', ['+i', path]),
    empty: () => execFileSync('chattr', ['-i', path]),
  });
});

const canMount = (): boolean => {
  if (process.getuid?.() !== 0 || process.platform !== 'linux') return false;
  const probe = mkdtempSync(join(tmpdir(), 'backstitch-mount-'));
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', 'none', probe]).status === 0;
  if (isMounted) spawnSync('umount', [probe]);
  rmSync(probe, { recursive: true });
  return isMounted;
};
const mountable = canMount();

// Where mounting is not allowed the test above covers the same path: a write that is cut short, then an error.
const mountTest = (name: string, run: (t: TestContext, directory: string) => Promise<void>) => {
  if (!mountable) return;
  test(name, async (t) => {
    const directory = join(temporaryDirectory(t), 'disk');
    mkdirSync(directory);
    assert.equal(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'none', directory]).status, 0);
    try {
      await run(t, directory);
    } finally {
      spawnSync('umount', ['-l', directory]);
    }
  });
};

mountTest('a full disk stops the recording only, and it goes on when there is room', async (t, directory) => {
  const path = join(directory, 'log.jsonl');
  const filler = join(directory, 'filler');
  await fillAndEmpty(t, path, { why: 'the disk is full', goesOn: 'when there is room' }, {
    fill: () => {
      writeFileSync(filler, '');
      const { status } = spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4096']);
      assert.notEqual(status, 0);
    },
    empty: () => {
      rmSync(filler);
      spawnSync('mount', ['-o', 'remount,size=16m', directory]);
    },
  });
});

test('a place that cannot be written is refused', async (t) => {
  const directory = join(temporaryDirectory(t), 'events');
  mkdirSync(directory);
  chmodSync(directory, 0o555);
  // Root may write whatever the mode says, but not there.
  const place = process.getuid?.() === 0 ? '/proc/self' : directory;
  await assert.rejects(openEventLog(join(place, 'log.jsonl')), { code: 'recording-stopped' });
});

mountTest('a read-only file system is refused with the reason', async (_t, directory) => {
  assert.equal(spawnSync('mount', ['-o', 'remount,ro', directory]).status, 0);
  await assert.rejects(openEventLog(join(directory, 'log.jsonl')), (error: HumanError) => {
    assert.equal(error.code, 'recording-stopped');
    return error.message.includes('the file system is read-only');
  });
});

mountTest('a torn tail that cannot be copied aside is not cut, and the log goes on beside it', async (_t, directory) => {
  const path = join(directory, 'log.jsonl');
  const first = await openEventLog(path);
  await appendAll(first.log, [delivered('1')]);
  await first.log.close();
  const { size } = statSync(path);
  appendFileSync(path, 'x'.repeat(9000));
  const filler = join(directory, 'filler');
  writeFileSync(filler, '');
  assert.notEqual(spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4096']).status, 0);

  const second = await openEventLog(path);
  assert.deepEqual(second.damage, [`log.jsonl: bytes ${size} to ${size + 9000} cannot be read, and could not be copied aside (the disk is full)`]);
  assert.equal(statSync(path).size, size + 9000);
  rmSync(filler);
  await appendAll(second.log, [delivered('3')]);
  await second.log.close();
  const { rows, damage } = await readLogRows(path);
  assert.deepEqual(rows.map((row) => [row.seq, row.type]), [[1, 'delivered'], [2, 'recovered'], [3, 'delivered']]);
  assert.deepEqual(damage, [`log.jsonl: bytes ${size} to ${size + 9000} cannot be read`]);
});
