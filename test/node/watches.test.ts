import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Observation } from '../../src/core/adapter.ts';
import { openWatches, type Watches } from '../../src/node/watches.ts';
import { eventually } from './terminal/support.ts';

let folder = '';
let seen: Observation[] = [];
let watches: Watches;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backstitch-watches-'));
  seen = [];
  watches = openWatches((observation) => seen.push(observation));
});
afterEach(() => {
  watches.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const lines = () => seen.map((observation) => (observation.is === 'line' ? observation.line : `(${observation.is})`));
const texts = () => seen.map((observation) => (observation.is === 'text' ? observation.text : `(${observation.is})`));

describe('lines', () => {
  const follow = (name = 'log') => {
    const path = join(folder, name);
    watches.add({ watch: 'log', is: 'lines', path });
    return path;
  };

  test('of a file that is not there yet, then grows', async () => {
    const path = follow();
    writeFileSync(path, 'one\ntwo\n');
    await eventually(() => lines().length === 2);
    appendFileSync(path, 'thr');
    appendFileSync(path, 'ee\nfour');
    await eventually(() => lines().length === 3);
    appendFileSync(path, '\n');
    await eventually(() => lines().length === 4);
    assert.deepEqual(seen, ['one', 'two', 'three', 'four'].map((line) => ({ is: 'line', watch: 'log', path, line })));
  });

  test('of a folder that is not there yet', async () => {
    const path = follow('deep/er/log');
    mkdirSync(join(folder, 'deep/er'), { recursive: true });
    writeFileSync(path, 'one\n');
    await eventually(() => lines().length === 1);
  });

  test('whole ones only, also when characters are cut', async () => {
    const path = follow();
    const bytes = Buffer.from('grün 漢\nzwei\n');
    for (const byte of bytes) {
      appendFileSync(path, Uint8Array.of(byte));
      await watches.flush();
    }
    assert.deepEqual(lines(), ['grün 漢', 'zwei']);
  });

  test('a replaced file is read anew', async () => {
    const path = follow();
    writeFileSync(path, 'a1\na2\na par');
    await watches.flush();
    writeFileSync(`${path}.new`, 'b1\nb2\nb3\nb4\n');
    renameSync(`${path}.new`, path);
    await eventually(() => lines().length === 6);
    assert.deepEqual(lines(), ['a1', 'a2', 'b1', 'b2', 'b3', 'b4']);
  });

  test('a truncated file is read anew', async () => {
    const path = follow();
    writeFileSync(path, 'long line number one\n');
    await watches.flush();
    truncateSync(path, 0);
    appendFileSync(path, 'short\n');
    await watches.flush();
    assert.deepEqual(lines(), ['long line number one', 'short']);
  });

  test('a file written anew in place, longer than before, is read anew', async () => {
    const path = follow();
    writeFileSync(path, 'first\n');
    await watches.flush();
    writeFileSync(path, 'another\nand more\n');
    await watches.flush();
    assert.deepEqual(lines(), ['first', 'another', 'and more']);
  });

  test('a deleted file that comes again is read anew', async () => {
    const path = follow();
    writeFileSync(path, 'one\n');
    await watches.flush();
    rmSync(path);
    await watches.flush();
    writeFileSync(path, 'one\n');
    await eventually(() => lines().length === 2);
  });

  test('a burst of 10,000, in order, all delivered by one flush', async () => {
    const path = follow();
    for (let batch = 0; batch < 100; batch++) appendFileSync(path, Array.from({ length: 100 }, (_, at) => `line ${batch * 100 + at} ${'x'.repeat(300)}\n`).join(''));
    await watches.flush();
    assert.deepEqual(lines(), Array.from({ length: 10_000 }, (_, at) => `line ${at} ${'x'.repeat(300)}`));
  });

  test('one of 64 MB', async () => {
    const path = follow();
    const long = Buffer.alloc(64 << 20, 'y');
    appendFileSync(path, long);
    await watches.flush();
    appendFileSync(path, '\nnext\n');
    await watches.flush();
    assert.deepEqual(lines().map((line) => line.length), [64 << 20, 4]);
  });

  test('a flush while it is being written misses nothing that was there', async () => {
    const path = follow();
    for (let at = 0; at < 300; at++) {
      appendFileSync(path, `${at}\n`);
      await watches.flush();
      assert.equal(lines().length, at + 1);
    }
  });
});

describe('text', () => {
  test('at every change, replaced files too, null when gone, the same not again', async () => {
    const path = join(folder, 'state.json');
    watches.add({ watch: 'state', is: 'text', path });
    await watches.flush();
    writeFileSync(path, 'one');
    await eventually(() => texts().length === 1);
    writeFileSync(`${path}.tmp`, 'two');
    renameSync(`${path}.tmp`, path);
    await eventually(() => texts().length === 2);
    writeFileSync(`${path}.tmp`, 'two');
    renameSync(`${path}.tmp`, path);
    await watches.flush();
    rmSync(path);
    await eventually(() => texts().length === 3);
    assert.deepEqual(seen, ['one', 'two', null].map((text) => ({ is: 'text', watch: 'state', path, text })));
  });
});

describe('directory', () => {
  test('names, sorted, at every change', async () => {
    const path = join(folder, 'agents');
    watches.add({ watch: 'agents', is: 'directory', path });
    await watches.flush();
    assert.deepEqual(seen, []);
    mkdirSync(path);
    await eventually(() => seen.length === 1);
    writeFileSync(join(path, 'b'), '');
    await eventually(() => seen.length === 2);
    writeFileSync(join(path, 'a'), '');
    await eventually(() => seen.length === 3);
    rmSync(path, { recursive: true });
    await eventually(() => seen.length > 3 && JSON.stringify(seen.at(-1)).includes('[]'));
    assert.deepEqual(seen.slice(0, 3), [[], ['b'], ['a', 'b']].map((names) => ({ is: 'directory', watch: 'agents', path, names })));
  });
});

test('a known name with the same path is a no-op, with another path it replaces', async () => {
  const one = join(folder, 'one');
  const two = join(folder, 'two');
  writeFileSync(one, '1\n');
  writeFileSync(two, '2\n');
  watches.add({ watch: 'log', is: 'lines', path: one });
  await watches.flush();
  watches.add({ watch: 'log', is: 'lines', path: one });
  await watches.flush();
  watches.add({ watch: 'log', is: 'lines', path: two });
  await watches.flush();
  appendFileSync(one, 'no more\n');
  appendFileSync(two, '3\n');
  await watches.flush();
  assert.deepEqual(lines(), ['1', '2', '3']);
});

test('disposed, nothing is delivered and no descriptor is left', async () => {
  const open = () => readdirSync('/proc/self/fd').map((fd) => linkOf(fd)).filter((link) => link.startsWith(folder)).length;
  for (let at = 0; at < 50; at++) {
    writeFileSync(join(folder, `${at}`), 'x\n');
    watches.add({ watch: `${at}`, is: 'lines', path: join(folder, `${at}`) });
  }
  await watches.flush();
  assert.equal(lines().length, 50);
  const last = watches.flush();
  watches.dispose();
  appendFileSync(join(folder, '0'), 'late\n');
  await last;
  await watches.flush();
  assert.equal(lines().length, 50);
  assert.equal(open(), 0);
});

const linkOf = (fd: string): string => {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
};
