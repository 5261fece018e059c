import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { keepNative, type NativePath, readNativeFiles, restoreNative, writeNativeFiles } from '../../src/node/nativeKeep.ts';

function histories(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'native-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, 'agent/one/subagents'), { recursive: true });
  const main = join(root, 'agent/one.jsonl');
  const sub = join(root, 'agent/one/subagents/a.jsonl');
  writeFileSync(main, 'one\n');
  writeFileSync(sub, 'sub\n');
  const paths: NativePath[] = [{ path: main, is: 'file' }, { path: join(root, 'agent/one'), is: 'directory' }, { path: join(root, 'agent/none'), is: 'directory' }];
  return { root, main, sub, paths, kept: join(root, 'kept') };
}

test('what the agent deletes comes back at its place, with what it had appended since', async (t) => {
  const { root, main, sub, paths, kept } = histories(t);
  await keepNative(paths, kept);
  appendFileSync(main, 'two\n');
  rmSync(join(root, 'agent'), { recursive: true });
  assert.deepEqual(await restoreNative(kept, paths), [main, sub]);
  assert.equal(readFileSync(main, 'utf8'), 'one\ntwo\n');
  assert.equal(readFileSync(sub, 'utf8'), 'sub\n');
  assert.deepEqual([statSync(main).mode & 0o777, statSync(join(root, 'agent')).mode & 0o777], [0o600, 0o700]);
  assert.deepEqual(await restoreNative(kept, paths), []);
});

test('a file that is there is never changed, and what was kept of a missing one stays kept', async (t) => {
  const { main, sub, paths, kept } = histories(t);
  await keepNative(paths, kept);
  rmSync(sub);
  writeFileSync(main, 'other\n');
  await keepNative(paths, kept);
  assert.deepEqual(await restoreNative(kept, paths), [sub]);
  assert.equal(readFileSync(main, 'utf8'), 'other\n');
});

test('a replaced file is kept anew', async (t) => {
  const { main, paths, kept } = histories(t);
  await keepNative(paths, kept);
  writeFileSync(`${main}.new`, 'replaced and longer\n');
  renameSync(`${main}.new`, main);
  await keepNative(paths, kept);
  rmSync(main);
  await restoreNative(kept, paths);
  assert.equal(readFileSync(main, 'utf8'), 'replaced and longer\n');
});

test('a file that got shorter is a copy from then on, and no later shortening takes what the copy holds', async (t) => {
  const { main, paths, kept } = histories(t);
  writeFileSync(main, 'a long first line\n');
  await keepNative(paths, kept);
  truncateSync(main, 6);
  await keepNative(paths, kept);
  const place = join(kept, 'files', main);
  assert.notEqual(statSync(place).ino, statSync(main).ino);
  // It is closed to others, whatever the agent's own file is.
  assert.equal(statSync(place).mode & 0o777, 0o600);
  appendFileSync(main, ' and more');
  await keepNative(paths, kept);
  truncateSync(main, 0);
  await keepNative(paths, kept);
  assert.deepEqual([readFileSync(place, 'utf8'), readFileSync(`${place}.before-1`, 'utf8')], ['', 'a long and more']);
  rmSync(main);
  assert.deepEqual(await restoreNative(kept, paths), [main]);
  assert.equal(readdirSync(join(main, '..')).length, 2);
});

test('files are read and written whole; an existing one is refused and nothing stays', async (t) => {
  const { root, main, sub, paths } = histories(t);
  assert.deepEqual((await readNativeFiles(paths)).map(({ path, content }) => [path, Buffer.from(content).toString()]), [[main, 'one\n'], [sub, 'sub\n']]);
  const fresh = join(root, 'agent/deep/er/new.jsonl');
  const content = new TextEncoder().encode('new\n');
  await assert.rejects(writeNativeFiles([{ path: fresh, content }, { path: main, content }]), { code: 'EEXIST' });
  assert.equal(existsSync(fresh), false);
  assert.equal(readFileSync(main, 'utf8'), 'one\n');
  await writeNativeFiles([{ path: fresh, content }]);
  assert.equal(statSync(fresh).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(join(root, 'agent/deep/er')), ['new.jsonl']);
});
