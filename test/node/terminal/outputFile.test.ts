import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openOutputFile } from '../../../src/node/outputFile.ts';

const folder = mkdtempSync(join(tmpdir(), 'backstitch-output-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('bytes as they came, for the user alone, appended to what was there', async () => {
  const path = join(folder, 'output', 'a.log');
  for (const text of ['\x1b[31mone', 'two\xff']) {
    const file = openOutputFile(path);
    file.write(Buffer.from(text, 'latin1'));
    await file.close();
  }
  assert.equal(readFileSync(path, 'latin1'), '\x1b[31monetwo\xff');
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('past the cap the file steps back, and the one before it goes', async () => {
  const path = join(folder, 'b.log');
  const file = openOutputFile(path, { capBytes: 1000 });
  for (const letter of ['a', 'b', 'c']) {
    file.write(Buffer.alloc(1000, letter));
    while (!existsSync(`${path}.1`) || readFileSync(`${path}.1`, 'utf8')[0] !== letter) await new Promise(setImmediate);
  }
  file.write(Buffer.from('d'));
  await file.close();
  assert.equal(readFileSync(path, 'utf8'), 'd');
  assert.equal(readFileSync(`${path}.1`, 'utf8'), 'c'.repeat(1000));
});

test('where nothing can be written nothing happens', async () => {
  writeFileSync(join(folder, 'file'), '');
  const file = openOutputFile(join(folder, 'file', 'c.log'));
  file.write(Buffer.from('lost'));
  await file.close();
  file.write(Buffer.from('late'));
});

test('what the disk refuses is told, and written once when it takes it again', async () => {
  const place = join(folder, 'refuses');
  writeFileSync(place, '');
  const changes: (string | null)[] = [];
  const told: PromiseWithResolvers<void>[] = [Promise.withResolvers(), Promise.withResolvers()];
  const path = join(place, 'd.log');
  const file = openOutputFile(path, { retryMs: 1, onProblem: () => { told[changes.push(file.problem) - 1]?.resolve(); } });
  file.write(Buffer.from('one '));
  await told[0]?.promise;
  file.write(Buffer.from('two'));
  rmSync(place);
  await told[1]?.promise;
  await file.close();
  assert.match(changes[0] ?? '', /^What the terminal shows is not kept in .*d\.log: ./);
  assert.equal(changes.at(-1), null);
  assert.equal(readFileSync(path, 'utf8'), 'one two');
});

test('a disk that has room for a part takes it, is told, and gets the rest when there is room', { skip: process.getuid?.() !== 0 }, async () => {
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  assert.equal(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8k', 'none', disk]).status, 0);
  try {
    const changes: (string | null)[] = [];
    const told: PromiseWithResolvers<void>[] = [Promise.withResolvers(), Promise.withResolvers()];
    const file = openOutputFile(join(disk, 'e.log'), { retryMs: 1, onProblem: () => { told[changes.push(file.problem) - 1]?.resolve(); } });
    const output = Buffer.from('0123456789abcdef'.repeat(1_000));
    file.write(output);
    await told[0]?.promise;
    assert.equal(spawnSync('mount', ['-o', 'remount,size=1m', disk]).status, 0);
    await told[1]?.promise;
    await file.close();
    assert.deepEqual(changes, [`What the terminal shows is not kept in ${join(disk, 'e.log')}: the disk is full.`, null]);
    assert.deepEqual(readFileSync(join(disk, 'e.log')), output);
  } finally {
    spawnSync('umount', ['-l', disk]);
  }
});
