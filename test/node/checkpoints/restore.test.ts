import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { blobId } from '../../../src/node/checkpointDisk.ts';
import { contents, opened, place, write } from './support.ts';

test('writes only what differs, removes what was not there, and can be undone', async (t) => {
  const { folder, gitDir } = place(t);
  const checkpoints = await opened({ folder, gitDir });
  write(folder, 'same', 'same');
  write(folder, 'changed', 'before', 0o640);
  write(folder, 'gone', 'gone');
  const first = await checkpoints.capture();
  const start = contents(folder);
  write(folder, 'changed', 'after');
  rmSync(join(folder, 'gone'));
  write(folder, 'new/deep/er', 'new');
  const tip = await checkpoints.capture();
  const end = contents(folder);
  const sameSince = statSync(join(folder, 'same')).mtimeMs;
  const expected = { write: ['changed', 'gone'], remove: ['new/deep/er'], conflicts: [], untouched: [] };
  assert.deepEqual(await checkpoints.preview({ to: first.checkpoint, tip: tip.checkpoint }), expected);
  assert.deepEqual(contents(folder), end);
  assert.deepEqual(await checkpoints.restore({ to: first.checkpoint, tip: tip.checkpoint }), expected);
  assert.deepEqual(contents(folder), start);
  assert.equal(existsSync(join(folder, 'new')), false);
  assert.equal(statSync(join(folder, 'same')).mtimeMs, sameSince);
  assert.equal(statSync(join(folder, 'changed')).mode & 0o777, 0o640);
  await checkpoints.restore({ to: tip.checkpoint, tip: first.checkpoint });
  assert.deepEqual(contents(folder), end);
});

test('what somebody else changed since the tip is a conflict, unless it is to be overwritten', async (t) => {
  const { folder, gitDir } = place(t);
  const ours = await opened({ folder, gitDir });
  const theirs = await opened({ folder, gitDir: `${gitDir}-2` });
  for (const name of ['a', 'b', 'c', 'd']) write(folder, name, 'start');
  const first = await ours.capture();
  await theirs.capture();
  for (const name of ['a', 'b', 'c']) write(folder, name, 'ours');
  rmSync(join(folder, 'd'));
  const tip = await ours.capture();
  write(folder, 'b', 'theirs');
  rmSync(join(folder, 'c'));
  write(folder, 'd', 'theirs');
  assert.deepEqual((await theirs.capture()).changed, ['a', 'b', 'c', 'd']);
  const request = { to: first.checkpoint, tip: tip.checkpoint };
  assert.deepEqual(await ours.preview(request), { write: ['a'], remove: [], conflicts: ['b', 'c', 'd'], untouched: [] });
  assert.deepEqual(await ours.restore({ ...request, overwrite: ['b'] }), { write: ['a', 'b'], remove: [], conflicts: ['c', 'd'], untouched: [] });
  assert.deepEqual(contents(folder), { a: 'start', b: 'start', d: 'theirs' });
  assert.deepEqual(await ours.preview({ ...request, only: ['d'] }), { write: [], remove: [], conflicts: ['d'], untouched: [] });
});

test('a change of the executable bit alone is seen and restored', async (t) => {
  const { folder, gitDir } = place(t);
  const checkpoints = await opened({ folder, gitDir });
  write(folder, 'run', 'x', 0o755);
  const first = await checkpoints.capture();
  chmodSync(join(folder, 'run'), 0o644);
  const tip = await checkpoints.capture();
  assert.deepEqual(tip.changed, ['run']);
  await checkpoints.restore({ to: first.checkpoint, tip: tip.checkpoint });
  assert.deepEqual(contents(folder), { run: '*x' });
});

test('files, directories and links trade places in both directions', async (t) => {
  const { folder, gitDir } = place(t);
  const checkpoints = await opened({ folder, gitDir });
  write(folder, 'x/inner', '1');
  write(folder, 'y', '1');
  symlinkSync('x', join(folder, 'z'));
  const first = await checkpoints.capture();
  const start = contents(folder);
  rmSync(join(folder, 'x'), { recursive: true });
  symlinkSync('y', join(folder, 'x'));
  rmSync(join(folder, 'y'));
  write(folder, 'y/inner', '2');
  rmSync(join(folder, 'z'));
  write(folder, 'z/inner', '2');
  const tip = await checkpoints.capture();
  const end = contents(folder);
  assert.deepEqual((await checkpoints.restore({ to: first.checkpoint, tip: tip.checkpoint })).conflicts, []);
  assert.deepEqual(contents(folder), start);
  await checkpoints.restore({ to: tip.checkpoint, tip: first.checkpoint });
  assert.deepEqual(contents(folder), end);
});

test('a parent that somebody made a link is never followed, not even when told to overwrite', async (t) => {
  const { root, folder, gitDir } = place(t);
  const checkpoints = await opened({ folder, gitDir });
  write(folder, 'dir/a', 'start');
  const first = await checkpoints.capture();
  write(folder, 'dir/a', 'ours');
  const tip = await checkpoints.capture();
  mkdirSync(join(root, 'outside'));
  write(root, 'outside/a', 'ours');
  rmSync(join(folder, 'dir'), { recursive: true });
  symlinkSync(join(root, 'outside'), join(folder, 'dir'));
  const plan = await checkpoints.restore({ to: first.checkpoint, tip: tip.checkpoint, overwrite: ['dir/a'] });
  assert.deepEqual(plan, { write: [], remove: [], conflicts: ['dir/a'], untouched: [] });
  assert.equal(readFileSync(join(root, 'outside/a'), 'utf8'), 'ours');
});

test('a directory with files that are not ours is not taken away', async (t) => {
  const { folder, gitDir } = place(t);
  const checkpoints = await opened({ folder, gitDir });
  write(folder, 'x', 'a file');
  const first = await checkpoints.capture();
  rmSync(join(folder, 'x'));
  write(folder, 'x/ours', '1');
  const tip = await checkpoints.capture();
  write(folder, 'x/theirs', '1');
  assert.deepEqual(await checkpoints.restore({ to: first.checkpoint, tip: tip.checkpoint }), { write: [], remove: ['x/ours'], conflicts: ['x'], untouched: [] });
  assert.deepEqual(contents(folder), { 'x/theirs': '1' });
});

test('when a content cannot be had, nothing has changed', async (t) => {
  const { folder, gitDir } = place(t);
  const checkpoints = await opened({ folder, gitDir });
  write(folder, 'a', 'one');
  write(folder, 'b', 'two');
  const first = await checkpoints.capture();
  write(folder, 'a', 'ONE');
  write(folder, 'b', 'TWO');
  write(folder, 'c', 'new');
  const tip = await checkpoints.capture();
  // The object of "two" is made to vanish.
  const id = blobId(Buffer.from('two'));
  rmSync(join(gitDir, 'objects', id.slice(0, 2), id.slice(2)));
  await assert.rejects(checkpoints.restore({ to: first.checkpoint, tip: tip.checkpoint }), /is missing from the checkpoints/);
  assert.deepEqual(contents(folder), { a: 'ONE', b: 'TWO', c: 'new' });
});

test('an interrupted restore is finished by the same restore, or taken back by the one back; its leavings are cleared', async (t) => {
  const { folder, gitDir } = place(t);
  const checkpoints = await opened({ folder, gitDir });
  write(folder, 'a', '1');
  write(folder, 'b', '1');
  const first = await checkpoints.capture();
  write(folder, 'a', '2');
  write(folder, 'b', '2');
  const tip = await checkpoints.capture();
  // As if killed between the two files: one is in place, the other still beside its place.
  write(folder, 'a', '1');
  write(folder, '.backstitch-restore-00', '1');
  writeFileSync(join(gitDir, 'restoring'), JSON.stringify(['.backstitch-restore-00', '../escape', 'a']));
  const again = await opened({ folder, gitDir });
  assert.deepEqual(contents(folder), { a: '1', b: '2' });
  assert.deepEqual(await again.restore({ to: tip.checkpoint, tip: first.checkpoint }), { write: ['a'], remove: [], conflicts: [], untouched: [] });
  write(folder, 'a', '1');
  assert.deepEqual(await again.restore({ to: first.checkpoint, tip: tip.checkpoint }), { write: ['b'], remove: [], conflicts: [], untouched: [] });
});
