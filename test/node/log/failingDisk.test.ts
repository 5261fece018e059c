import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readLogRows } from '../../../src/node/eventLog.ts';
import { FailingSync, type Fault } from '../../support/failingSync.ts';
import { linesIn, seqsAfter, startOwner, temporaryDirectory, until, type Owner } from './support.ts';

const wellAgain = async ({ say, heard }: Owner, path: string, seqs: number[]): Promise<void> => {
  await until('every row is acknowledged', () => seqsAfter(heard(), 'ack').length === seqs.length - 1);
  say('close');
  await until('closed', () => heard().includes('closed'));
  const { rows, damage } = await readLogRows(path);
  assert.deepEqual(damage, []);
  assert.deepEqual(rows.map((row) => row.seq), seqs);
  assert.equal(linesIn(path).length, seqs.length);
  assert.deepEqual(seqsAfter(heard(), 'gone'), []);
};

const upTo = (last: number): number[] => Array.from({ length: last }, (_, at) => at + 1);

test('the number of a descriptor whose sync has failed is not given to the next one', async (t) => {
  const directory = temporaryDirectory(t);
  const disk = new FailingSync(directory);
  const path = join(directory, 'log.jsonl');
  const owner = await startOwner(t, path, disk.env);
  owner.say('100');
  await until('a row is there', () => seqsAfter(owner.heard(), 'ack').length === 1);
  disk.fail();
  owner.say('3000');
  await until('it was tried three times', () => disk.failures >= 3);
  disk.mend();
  await wellAgain(owner, path, upTo(3));
  assert.deepEqual(disk.numbersReused, []);
  assert.deepEqual(disk.askedAgain, []);
});

const faults: { besides: Fault[]; problem: RegExp }[] = [
  { besides: [], problem: /the disk reports an error/ },
  { besides: ['late'], problem: /the disk reports an error/ },
  { besides: ['open'], problem: /the disk reports an error/ },
  { besides: ['truncate'], problem: /the disk reports an error/ },
  { besides: ['open', 'truncate'], problem: /the disk reports an error/ },
  { besides: ['half'], problem: /the disk reports an error/ },
  { besides: ['half', 'truncate'], problem: /the disk reports an error/ },
  { besides: ['half', 'open', 'truncate', 'late'], problem: /the disk reports an error/ },
  { besides: ['rest'], problem: /the disk reports an error/ },
  { besides: ['rest', 'truncate'], problem: /the disk reports an error/ },
  { besides: ['full'], problem: /the disk is full/ },
  { besides: ['full', 'truncate'], problem: /the disk is full|the disk reports an error/ },
];

/** Appends in batches of many sizes while the disk fails; what is acknowledged meanwhile is in the file. */
const appendWhileFailing = async (t: TestContext, besides: Fault[], problem: RegExp): Promise<void> => {
  const directory = temporaryDirectory(t);
  const disk = new FailingSync(directory);
  const path = join(directory, 'log.jsonl');
  const owner = await startOwner(t, path, disk.env);
  const { say, heard } = owner;
  for (const size of ['100', '3000']) say(size);
  await until('two rows are there', () => seqsAfter(heard(), 'ack').length === 2);
  disk.fail(...besides);
  for (const line of ['10', '3 30000', '5000', '2 100']) say(line);
  await until('recording stops', () => heard().some((line) => line.startsWith('problem ')));
  assert.match(heard().find((line) => line.startsWith('problem ')) ?? '', problem);
  say('20');
  await until('it was tried again', () => disk.failures >= 3);
  const acknowledged = seqsAfter(heard(), 'ack');
  const held = new Set((await readLogRows(path)).rows.map((row) => row.seq));
  assert.deepEqual(acknowledged.filter((seq) => !held.has(seq)), []);
  disk.mend();
  await until('the last is acknowledged', () => seqsAfter(heard(), 'ack').includes(11));
  assert.equal(heard().at(-1)?.startsWith('problem '), false);
  say('close');
  await until('closed', () => heard().includes('closed'));
  const { rows, damage } = await readLogRows(path);
  assert.deepEqual(damage, []);
  assert.deepEqual(rows.map((row) => row.seq), upTo(11));
  assert.equal(linesIn(path).length, 11);
  assert.deepEqual(disk.askedAgain, []);
};

for (const { besides, problem } of faults) {
  const name = `a disk that fails (${['sync', ...besides].join(', ')}): every row is written once, whole, and can be read`;
  test(name, (t) => appendWhileFailing(t, besides, problem));
}

/** The same numbers for the same seed. */
const randomOf = (seed: number) => (below: number): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((seed / 2 ** 32) * below);
};

const besides: Fault[] = ['open', 'truncate', 'half', 'full', 'rest', 'late'];

for (const seed of [1, 2, 3]) test(`a disk that fails and is well again at any time (seed ${seed}) costs no row`, async (t) => {
  const random = randomOf(seed);
  const directory = temporaryDirectory(t);
  const disk = new FailingSync(directory);
  const path = join(directory, 'log.jsonl');
  const owner = await startOwner(t, path, disk.env);
  let rows = 1;
  let appends = 0;
  for (let round = 0; round < 8; round++) {
    for (let at = random(4); at >= 0; at--) {
      const count = 1 + random(3);
      owner.say(`${count} ${random(2_000)}`);
      rows += count;
      appends++;
    }
    if (round % 2 === 0) disk.fail(...besides.filter(() => random(3) === 0));
    else disk.mend();
    await new Promise((resolve) => { setTimeout(resolve, random(120)); });
  }
  disk.mend();
  await until('every append is acknowledged', () => seqsAfter(owner.heard(), 'ack').length === appends);
  owner.say('close');
  await until('closed', () => owner.heard().includes('closed'));
  const found = await readLogRows(path);
  assert.deepEqual(found.damage, []);
  assert.deepEqual(found.rows.map((row) => row.seq), upTo(rows));
  assert.equal(linesIn(path).length, rows);
  assert.deepEqual(disk.askedAgain, []);
});
