import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, rmSync, rmdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { contents, opened, place, write } from './support.ts';

const below = (folder: string): string[] => readdirSync(folder, { recursive: true }).map(String).sort();
const modeOf = (folder: string, path: string): string => (statSync(join(folder, path)).mode & 0o777).toString(8);

test('empty directories trade places with files and links, in both directions and nested', async (t) => {
  const { folder, gitDir } = place(t);
  for (const path of ['d', 'a/b', 'l', 'deep/x/y']) mkdirSync(join(folder, path), { recursive: true });
  const checkpoints = await opened({ folder, gitDir });
  const first = await checkpoints.capture();
  const firstPaths = below(folder);
  for (const path of ['d', 'a', 'l', 'deep']) rmSync(join(folder, path), { recursive: true });
  write(folder, 'd', '1');
  write(folder, 'a', '2');
  symlinkSync('d', join(folder, 'l'));
  write(folder, 'deep/x', '3');
  const tip = await checkpoints.capture();
  const tipContents = contents(folder);
  const request = { to: first.checkpoint, tip: tip.checkpoint };
  const plan = {
    write: ['a/b/', 'd/', 'deep/x/y/', 'l/'], remove: ['a', 'd', 'deep/x', 'l'], conflicts: [], untouched: [],
  };
  assert.deepEqual(await checkpoints.preview(request), plan);
  assert.deepEqual(await checkpoints.restore(request), plan);
  assert.deepEqual(below(folder), firstPaths);
  assert.equal((await checkpoints.capture()).checkpoint, first.checkpoint);
  const back = { to: tip.checkpoint, tip: first.checkpoint };
  const planBack = { ...plan, write: plan.remove, remove: plan.write };
  assert.deepEqual(await checkpoints.preview(back), planBack);
  assert.deepEqual(await checkpoints.restore(back), planBack);
  assert.deepEqual(contents(folder), tipContents);
  assert.equal((await checkpoints.capture()).checkpoint, tip.checkpoint);
});

test('an empty directory does not come back in the place of a file that somebody else changed: the file is named', async (t) => {
  const { folder, gitDir } = place(t);
  for (const path of ['d', 'a/b']) mkdirSync(join(folder, path), { recursive: true });
  const checkpoints = await opened({ folder, gitDir });
  const first = await checkpoints.capture();
  for (const path of ['d', 'a']) rmSync(join(folder, path), { recursive: true });
  for (const path of ['d', 'a']) write(folder, path, '1');
  const tip = await checkpoints.capture();
  for (const path of ['d', 'a']) write(folder, path, 'theirs');
  const request = { to: first.checkpoint, tip: tip.checkpoint };
  const plan = { write: [], remove: [], conflicts: ['a', 'a/b/', 'd'], untouched: [] };
  assert.deepEqual(await checkpoints.preview(request), plan);
  assert.deepEqual(await checkpoints.restore(request), plan);
  assert.deepEqual(contents(folder), { a: 'theirs', d: 'theirs' });
  const chosen = { ...request, overwrite: ['a', 'd'] };
  assert.deepEqual((await checkpoints.restore(chosen)).conflicts, []);
  assert.deepEqual(below(folder), ['a', 'a/b', 'd']);
});

test('a directory that somebody else put where one was is well as it is', async (t) => {
  const { folder, gitDir } = place(t);
  mkdirSync(join(folder, 'd'));
  const checkpoints = await opened({ folder, gitDir });
  const first = await checkpoints.capture();
  rmdirSync(join(folder, 'd'));
  write(folder, 'd', '1');
  const tip = await checkpoints.capture();
  rmSync(join(folder, 'd'));
  write(folder, 'd/theirs', '1');
  const request = { to: first.checkpoint, tip: tip.checkpoint };
  assert.deepEqual(await checkpoints.restore(request), { write: [], remove: [], conflicts: [], untouched: [] });
  assert.deepEqual(contents(folder), { 'd/theirs': '1' });
});

test('permission bits of directories alone are seen, and come back', async (t) => {
  const { folder, gitDir } = place(t);
  for (const path of ['src/a', 'docs/b', 'theirs/c']) write(folder, path, '1');
  mkdirSync(join(folder, 'empty'));
  chmodSync(join(folder, 'docs'), 0o750);
  const checkpoints = await opened({ folder, gitDir });
  const first = await checkpoints.capture();
  for (const path of ['src', 'docs', 'empty', 'theirs', '.']) chmodSync(join(folder, path), 0o700);
  const tip = await checkpoints.capture();
  assert.deepEqual(tip.changed, ['./', 'docs/', 'empty/', 'src/', 'theirs/']);
  chmodSync(join(folder, 'theirs'), 0o711);
  const request = { to: first.checkpoint, tip: tip.checkpoint };
  const plan = { write: ['./', 'docs/', 'empty/', 'src/'], remove: [], conflicts: ['theirs/'], untouched: [] };
  assert.deepEqual(await checkpoints.preview(request), plan);
  assert.deepEqual(await checkpoints.restore(request), plan);
  assert.deepEqual(['.', 'docs', 'empty', 'src', 'theirs'].map((path) => modeOf(folder, path)), ['755', '750', '755', '755', '711']);
  await checkpoints.restore({ ...request, overwrite: ['theirs/'] });
  assert.equal(modeOf(folder, 'theirs'), '755');
  assert.equal((await checkpoints.capture()).checkpoint, first.checkpoint);
});

test('bits of a directory that is ignored at one of the two are nothing to tell', async (t) => {
  const { folder, gitDir } = place(t);
  write(folder, 'dist/a', '1');
  write(folder, '.gitignore', 'dist\n');
  chmodSync(join(folder, 'dist'), 0o700);
  const checkpoints = await opened({ folder, gitDir });
  const first = await checkpoints.capture();
  write(folder, '.gitignore', '');
  const tip = await checkpoints.capture();
  assert.deepEqual(tip.changed, ['.gitignore']);
  const changes = await checkpoints.changes(tip.checkpoint, first.checkpoint);
  assert.deepEqual(changes, [{ path: '.gitignore', is: 'modified' }]);
});

test('what somebody else has put into a directory that is to go is told beforehand, and stays', async (t) => {
  const { folder, gitDir } = place(t);
  write(folder, 'kept/a', '1');
  const checkpoints = await opened({ folder, gitDir });
  const first = await checkpoints.capture();
  write(folder, 'new/deep/a', '1');
  write(folder, 'kept/b', '1');
  mkdirSync(join(folder, 'bare/inner'), { recursive: true });
  const tip = await checkpoints.capture();
  for (const path of ['new/mine', 'bare/inner/mine', 'kept/mine']) mkdirSync(join(folder, path));
  write(folder, 'new/deep/own/file', '1');
  const request = { to: first.checkpoint, tip: tip.checkpoint };
  const told = (path: string) => ({ path, because: 'changed-by-others', why: 'changed by others since' });
  const plan = {
    write: [], remove: ['kept/b', 'new/deep/a'], conflicts: [],
    untouched: ['bare/inner/mine/', 'new/deep/own/file', 'new/mine/'].map(told),
  };
  assert.deepEqual(await checkpoints.preview(request), plan);
  assert.deepEqual(await checkpoints.restore(request), plan);
  const left = ['bare/inner/mine', 'kept/a', 'kept/mine', 'new/deep/own/file', 'new/mine'];
  assert.deepEqual(below(folder).filter((path) => left.includes(path)), left);
});

test('odd names of directories, and bits beside the permissions', async (t) => {
  const { folder, gitDir } = place(t);
  const odd = Buffer.concat([Buffer.from(`${folder}/bad`), Buffer.from([0xff])]);
  mkdirSync(odd);
  for (const path of ['a\nb', '-x', 'A', 'a', ' ', '[*]']) mkdirSync(join(folder, path));
  write(folder, 'shared/x', '1');
  chmodSync(join(folder, 'shared'), 0o2775);
  const checkpoints = await opened({ folder, gitDir });
  const first = await checkpoints.capture();
  assert.deepEqual(first.skipped, [{ path: 'bad\\xff', why: 'its name is not valid UTF-8' }]);
  rmSync(odd, { recursive: true });
  for (const path of ['a\nb', '-x', 'A', ' ', '[*]']) {
    rmdirSync(join(folder, path));
    write(folder, path, '1');
  }
  chmodSync(join(folder, 'a'), 0o700);
  chmodSync(join(folder, 'shared'), 0o2700);
  const tip = await checkpoints.capture();
  const { write: written, untouched } = await checkpoints.restore({ to: first.checkpoint, tip: tip.checkpoint });
  assert.deepEqual(written, [' /', '-x/', 'A/', '[*]/', 'a\nb/', 'a/', 'shared/']);
  assert.deepEqual(untouched, [{ path: 'bad\\xff', because: 'not-covered', why: 'its name is not valid UTF-8; it is gone' }]);
  assert.equal((statSync(join(folder, 'shared')).mode & 0o7777).toString(8), '2775');
});
