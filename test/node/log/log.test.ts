import assert from 'node:assert/strict';
import { appendFileSync, copyFileSync, existsSync, readFileSync, readdirSync, renameSync, rmSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { HumanError, recordingStopped } from '../../../src/core/errors.ts';
import { openEventLog, readLogRows } from '../../../src/node/eventLog.ts';
import { ForeignChange } from '../../../src/node/eventLogFile.ts';
import { reasonOf } from '../../../src/node/eventLogReason.ts';
import { LogTail } from '../../../src/node/eventLogTail.ts';
import { appendAll, delivered, hears, linesIn, note, stamp, startProgram, temporaryDirectory } from './support.ts';

const logIn = (t: TestContext): string => join(temporaryDirectory(t), 'log.jsonl');
const readLines = async (path: string): Promise<string[]> => {
  const tail = new LogTail(path, null);
  let text = '';
  await tail.advance((lines) => { text += Buffer.from(lines).toString('utf8'); });
  tail.close();
  return text.split('\n').slice(0, -1);
};
const seqs = (lines: string[]): number[] => lines.map((line) => (JSON.parse(line) as { seq: number }).seq);

test('a row is the envelope, its fields, and the checksum of both, in that order', async (t) => {
  const path = logIn(t);
  const { log } = await openEventLog(path, { clock: () => new Date('2030-01-02T03:04:05.678Z') });
  const { events, done } = log.append([{ type: 'renamed', from: 'A', to: 'B' }], { id: 'S', run: 2 });
  await done;
  assert.deepEqual(events, [{ schema_version: 1, seq: 1, ts: '2030-01-02T03:04:05.678Z', id: 'S', type: 'renamed', run: 2, from: 'A', to: 'B' }]);
  await log.close();
  assert.equal(
    readFileSync(path, 'utf8'),
    '{"schema_version":1,"seq":1,"ts":"2030-01-02T03:04:05.678Z","id":"S","type":"renamed","run":2,"from":"A","to":"B","crc":"a8430fe2"}\n',
  );
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('what was appended is read again, and counting goes on', async (t) => {
  const path = logIn(t);
  const first = await openEventLog(path);
  const { events } = first.log.append([note('Grüße 👋'), delivered('1')], stamp);
  await first.log.close();
  const second = await openEventLog(path);
  assert.deepEqual(second.rows, events);
  assert.deepEqual(second.damage, []);
  assert.equal(second.log.append([delivered('2')], stamp).events[0]?.seq, 3);
  assert.equal(second.log.lastSeq, 3);
  await second.log.close();
});

test('time never goes backwards, also over a restart', async (t) => {
  const path = logIn(t);
  const times = ['2030-01-01T00:00:00.500Z', '2030-01-01T00:00:00.100Z', '2030-01-01T00:00:00.700Z'];
  const first = await openEventLog(path, { clock: () => new Date(times.shift() ?? '') });
  const stamped = [1, 2, 3].map(() => first.log.append([delivered('x')], stamp).events[0]?.ts);
  assert.deepEqual(stamped, ['2030-01-01T00:00:00.500Z', '2030-01-01T00:00:00.500Z', '2030-01-01T00:00:00.700Z']);
  await first.log.close();
  const second = await openEventLog(path, { clock: () => new Date('2029-01-01T00:00:00.000Z') });
  assert.equal(second.log.append([delivered('x')], stamp).events[0]?.ts, '2030-01-01T00:00:00.700Z');
  await second.log.close();
});

test('unknown types and fields of a later version pass through', async (t) => {
  const path = logIn(t);
  const first = await openEventLog(path);
  const body = { type: 'delivered', send: 'x', added: { later: [1] } } as const;
  first.log.append([body, { ...body, type: 'of_tomorrow' } as never], stamp);
  await first.log.close();
  const { rows } = await readLogRows(path);
  assert.deepEqual(rows.map((row) => [row.type, (row as Record<string, unknown>).added]), [['delivered', { later: [1] }], ['of_tomorrow', { later: [1] }]]);
});

test('a second writer is refused and told who the first is; after its end there is room', async (t) => {
  const path = logIn(t);
  const child = startProgram(t, 'owner.program.ts', [path]);
  await hears(child, /open\n/);
  await assert.rejects(openEventLog(path), (error: HumanError) => error.code === 'log-in-use' && error.message.includes(`process ${child.pid}`));
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  const { log, rows } = await openEventLog(path);
  assert.equal(rows.length, 1);
  await log.close();
});

test('of four processes that open a log at once one writes it, four times, each after the one before was killed', async (t) => {
  const path = logIn(t);
  for (let round = 0; round < 4; round++) {
    const children = Array.from({ length: 4 }, () => startProgram(t, 'owner.program.ts', [path]));
    const heard = await Promise.all(children.map((child) => hears(child, /\n/)));
    const winner = children[heard.findIndex((said) => said === 'open\n')];
    assert.ok(winner, heard.join());
    assert.equal(heard.filter((said) => said.startsWith('refused log-in-use ')).length, 3, heard.join());
    winner.kill('SIGKILL');
    await new Promise((resolve) => winner.once('exit', resolve));
  }
  const { rows, damage } = await readLogRows(path);
  assert.deepEqual(damage, []);
  assert.deepEqual(rows.map((row) => row.seq), [1, 2, 3, 4]);
});

test('a broken line in the middle stays, is named, and the log goes on in a second file', async (t) => {
  const path = logIn(t);
  const first = await openEventLog(path);
  await appendAll(first.log, [delivered('1'), delivered('2'), delivered('3')]);
  await first.log.close();
  const broken = readFileSync(path);
  const at = broken.indexOf('"send":"2"');
  broken.write('"send":"7"', at);
  writeFileSync(path, broken);
  const rowStart = broken.lastIndexOf(0x0a, at) + 1;
  const rowEnd = broken.indexOf(0x0a, at) + 1;
  const damage = [`log.jsonl: bytes ${rowStart} to ${rowEnd} cannot be read (row 2)`];

  const second = await openEventLog(path);
  assert.deepEqual(second.damage, damage);
  assert.deepEqual(second.rows.map((row) => [row.seq, row.type]), [[1, 'delivered'], [3, 'delivered'], [4, 'recovered']]);
  await appendAll(second.log, [delivered('5')]);
  await second.log.close();
  assert.deepEqual(readFileSync(path), broken);

  const third = await openEventLog(path);
  assert.deepEqual(third.damage, damage);
  assert.deepEqual(third.rows.map((row) => row.seq), [1, 3, 4, 5]);
  await appendAll(third.log, [delivered('6')]);
  await third.log.close();
  assert.deepEqual(readdirSync(join(path, '..')).sort(), ['log.2.jsonl', 'log.jsonl', 'sockets']);
  assert.deepEqual(seqs(linesIn(path.replace('.jsonl', '.2.jsonl'))), [4, 5, 6]);
  assert.deepEqual(seqs(await readLines(path)), [1, 2, 3, 4, 5, 6]);
});

test('a tail larger than any write is never cut', async (t) => {
  const path = logIn(t);
  const first = await openEventLog(path);
  await appendAll(first.log, [delivered('1')]);
  await first.log.close();
  const { size } = statSync(path);
  appendFileSync(path, Buffer.alloc((8 << 20) + 1, 'x'));
  const second = await openEventLog(path);
  assert.deepEqual(second.damage, [`log.jsonl: bytes ${size} to ${size + (8 << 20) + 1} cannot be read`]);
  await second.log.close();
  assert.equal(statSync(path).size, size + (8 << 20) + 1);
  assert.deepEqual((await readLogRows(path)).rows.map((row) => row.seq), [1, 2]);
});

/** Opens a log with one durable row and listens to its problems. */
const watched = async (t: TestContext) => {
  const path = logIn(t);
  const { log } = await openEventLog(path);
  t.after(() => log.close());
  const problems: (string | null)[] = [];
  log.onProblem((problem) => problems.push(problem && problem.code));
  await appendAll(log, [delivered('1'), note('2')]);
  return { path, log, problems };
};

test('a deleted log is noticed and put back', async (t) => {
  const { path, log, problems } = await watched(t);
  unlinkSync(path);
  await appendAll(log, [note('3')]);
  assert.equal(existsSync(path), true);
  await appendAll(log, [delivered('last')]);
  assert.deepEqual(problems, [], 'nothing had to wait');
  const { rows, damage } = await readLogRows(path);
  assert.deepEqual(damage, []);
  assert.deepEqual(rows.map((row) => row.type), ['delivered', 'block', 'block', 'recovered', 'delivered']);
});

test('a log that another file replaced leaves that one alone and goes on whole in a second file', async (t) => {
  const { path, log, problems } = await watched(t);
  copyFileSync(path, `${path}.copy`);
  renameSync(`${path}.copy`, path);
  const replaced = readFileSync(path);
  await appendAll(log, [note('3')]);
  await appendAll(log, [delivered('last')]);
  assert.deepEqual(problems, [], 'nothing had to wait');
  assert.deepEqual(readFileSync(path), replaced);
  const { rows, damage } = await readLogRows(path);
  assert.deepEqual(damage, []);
  assert.deepEqual(rows.map((row) => row.seq), [1, 2, 3, 4, 5]);
});

test('a log that somebody shortened goes on in a second file, and what is lost is named', async (t) => {
  const { path, log, problems } = await watched(t);
  await appendAll(log, [delivered('3')]);
  truncateSync(path, 10);
  await appendAll(log, [delivered('4')]);
  await appendAll(log, [delivered('last')]);
  assert.deepEqual(problems, [], 'nothing had to wait');
  const { rows, damage } = await readLogRows(path);
  assert.deepEqual(rows.map((row) => row.seq), [4, 5, 6]);
  assert.deepEqual(damage, ['log.jsonl: bytes 0 to 10 cannot be read', 'log.2.jsonl: rows 1 to 3 missing before byte 0']);
});

test('what a foreign program appended is put aside, and nothing is glued to it', async (t) => {
  const { path, log, problems } = await watched(t);
  appendFileSync(path, 'half a row');
  await appendAll(log, [delivered('3')]);
  assert.deepEqual(problems, [], 'nothing had to wait');
  assert.equal(readFileSync(`${path}.broken-1`, 'utf8'), 'half a row');
  assert.deepEqual(seqs(linesIn(path)).slice(0, 3), [1, 2, 3]);
});

test('why recording has stopped, and when it goes on, is said by its cause', () => {
  const said = (error: Error): string => recordingStopped('/log', reasonOf(error)).message.replace(/^Recording to \/log has stopped: /, '');
  assert.equal(said(new ForeignChange('another program wrote to the file')), 'another program wrote to the file. The agent goes on; what was not written is kept in memory and written when the file is left alone.');
  assert.equal(said(Object.assign(new Error('no space'), { code: 'ENOSPC' })), 'the disk is full. The agent goes on; what was not written is kept in memory and written when there is room.');
  assert.equal(said(Object.assign(new Error('gone'), { code: 'ENOENT' })), 'its directory is gone. The agent goes on; what was not written is kept in memory and written when that is back.');
  assert.equal(recordingStopped('/log', { why: 'the log was closed', goesOn: null }).message, 'Recording to /log has stopped: the log was closed. The agent goes on; what was not written is lost.');
});

test('a row of 3 MB and ten thousand rows at once arrive whole', async (t) => {
  const path = logIn(t);
  const { log } = await openEventLog(path);
  log.append([note('x'.repeat(3 << 20))], stamp);
  const many = Array.from({ length: 10_000 }, (_, index) => log.append([note(String(index))], stamp).done);
  await Promise.all(many);
  await log.close();
  const { rows, damage } = await readLogRows(path);
  assert.deepEqual([rows.length, damage], [10_001, []]);
  assert.equal((await readLines(path)).length, 10_001);
});

test('a reader that goes on gets each row once, also where a file was put back or goes on in a second one', async (t) => {
  const path = logIn(t);
  const { log } = await openEventLog(path);
  const tail = new LogTail(path, null);
  t.after(() => tail.close());
  let text = '';
  const readOn = () => tail.advance((lines) => { text += Buffer.from(lines).toString('utf8'); });
  await appendAll(log, Array.from({ length: 50 }, (_, index) => note(String(index))));
  await readOn();
  unlinkSync(path);
  await appendAll(log, [delivered('51')]);
  await readOn();
  copyFileSync(path, `${path}.copy`);
  renameSync(`${path}.copy`, path);
  await appendAll(log, [delivered('53')]);
  await log.close();
  await readOn();
  assert.deepEqual(readdirSync(join(path, '..')).filter((name) => name.endsWith('.jsonl')).sort(), ['log.2.jsonl', 'log.jsonl']);
  assert.deepEqual(seqs(text.split('\n').slice(0, -1)), Array.from({ length: 54 }, (_, index) => index + 1));
});

test('a log in a place that cannot be written is refused with the place and the reason', async (t) => {
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, 'file'), '');
  await assert.rejects(openEventLog(join(directory, 'file', 'log.jsonl')), (error: HumanError) => error.code === 'recording-stopped' && error.message.includes(directory));
  rmSync(join(directory, 'file'));
});
