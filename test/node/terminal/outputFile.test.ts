import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
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
