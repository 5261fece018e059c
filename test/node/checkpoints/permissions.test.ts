import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, linkSync, mkdirSync, readFileSync, readdirSync, rmSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { contents, opened, place, write } from './support.ts';

const modeOf = (...path: string[]): string => (statSync(join(...path)).mode & 0o777).toString(8);

test('all permission bits come back, and a change of nothing else is seen', async (t) => {
  const { folder, gitDir } = place(t);
  const checkpoints = await opened({ folder, gitDir });
  const modes = { id_key: 0o600, 'private/token': 0o640, 'run.sh': 0o711, plain: 0o644, strange: 0o207 };
  for (const [path, mode] of Object.entries(modes)) {
    write(folder, path, path);
    chmodSync(join(folder, path), mode);
  }
  chmodSync(join(folder, 'private'), 0o700);
  const first = await checkpoints.capture();
  rmSync(join(folder, 'id_key'));
  rmSync(join(folder, 'private'), { recursive: true });
  chmodSync(join(folder, 'run.sh'), 0o755);
  chmodSync(join(folder, 'plain'), 0o666);
  writeFileSync(join(folder, 'strange'), 'other');
  chmodSync(join(folder, 'strange'), 0o644);
  const tip = await checkpoints.capture();
  assert.deepEqual(tip.changed, ['id_key', 'plain', 'private/token', 'run.sh', 'strange']);
  const since = statSync(join(folder, 'plain')).ino;
  const plan = await checkpoints.restore({ to: first.checkpoint, tip: tip.checkpoint });
  assert.deepEqual([plan.write, plan.conflicts, plan.untouched], [['id_key', 'plain', 'private/token', 'run.sh', 'strange'], [], []]);
  assert.deepEqual(Object.keys(modes).map((path) => modeOf(folder, path)), ['600', '640', '711', '644', '207']);
  assert.deepEqual([modeOf(folder, 'private'), statSync(join(folder, 'plain')).ino], ['700', since]);
  assert.equal((await checkpoints.capture()).checkpoint, first.checkpoint);
});

test('permission bits that somebody else changed since the tip are a conflict', async (t) => {
  const { folder, gitDir } = place(t);
  const checkpoints = await opened({ folder, gitDir });
  write(folder, 'a', 'one');
  const first = await checkpoints.capture();
  write(folder, 'a', 'two');
  const tip = await checkpoints.capture();
  chmodSync(join(folder, 'a'), 0o600);
  assert.deepEqual((await checkpoints.restore({ to: first.checkpoint, tip: tip.checkpoint })).conflicts, ['a']);
  assert.deepEqual((await checkpoints.restore({ to: first.checkpoint, tip: tip.checkpoint, overwrite: ['a'] })).write, ['a']);
  assert.deepEqual([readFileSync(join(folder, 'a'), 'utf8'), modeOf(folder, 'a')], ['one', '644']);
});

test('where most files have other permissions than the usual ones, the same files are still the same checkpoint', async (t) => {
  const { folder, gitDir } = place(t);
  for (let file = 0; file < 200; file++) write(folder, `d/${file}`, `${file}`, 0o600);
  write(folder, 'open', '1');
  const checkpoints = await opened({ folder, gitDir });
  const first = await checkpoints.capture();
  assert.equal((await checkpoints.capture()).checkpoint, first.checkpoint);
  assert.equal((await (await opened({ folder, gitDir })).capture()).checkpoint, first.checkpoint);
  rmSync(join(folder, 'd'), { recursive: true });
  chmodSync(join(folder, 'open'), 0o600);
  const tip = await checkpoints.capture();
  assert.equal(tip.changed.length, 201);
  await checkpoints.restore({ to: first.checkpoint, tip: tip.checkpoint });
  assert.deepEqual([modeOf(folder, 'd/7'), modeOf(folder, 'open')], ['600', '644']);
  assert.equal((await checkpoints.capture()).checkpoint, first.checkpoint);
});

test('empty directories that were there stay or come back, others go', async (t) => {
  const { folder, gitDir } = place(t);
  const checkpoints = await opened({ folder, gitDir });
  for (const path of ['logs', 'keepme', 'deep/er']) mkdirSync(join(folder, path), { recursive: true });
  write(folder, 'src/a', '1');
  const first = await checkpoints.capture();
  write(folder, 'logs/a.txt', '1');
  rmdirSync(join(folder, 'keepme'));
  mkdirSync(join(folder, 'newempty/inner'), { recursive: true });
  write(folder, 'made/here/b', '1');
  rmSync(join(folder, 'src/a'));
  write(folder, 'src/b', '1');
  const tip = await checkpoints.capture();
  assert.deepEqual(tip.changed, ['keepme/', 'logs/a.txt', 'made/here/b', 'newempty/inner/', 'src/a', 'src/b']);
  const request = { to: first.checkpoint, tip: tip.checkpoint };
  const plan = { write: ['keepme/', 'src/a'], remove: ['logs/a.txt', 'made/here/b', 'newempty/inner/', 'src/b'], conflicts: [], untouched: [] };
  assert.deepEqual(await checkpoints.preview(request), plan);
  assert.deepEqual(await checkpoints.restore(request), plan);
  assert.deepEqual(readdirSync(folder, { recursive: true }).sort(), ['deep', 'deep/er', 'keepme', 'logs', 'src', 'src/a']);
  assert.equal((await checkpoints.capture()).checkpoint, first.checkpoint);
  await checkpoints.restore({ to: tip.checkpoint, tip: first.checkpoint });
  assert.deepEqual(readdirSync(folder).sort(), ['deep', 'logs', 'made', 'newempty', 'src']);
});

test('a directory that somebody else has filled meanwhile stays', async (t) => {
  const { folder, gitDir } = place(t);
  const checkpoints = await opened({ folder, gitDir });
  const first = await checkpoints.capture();
  mkdirSync(join(folder, 'new'));
  const tip = await checkpoints.capture();
  write(folder, 'new/theirs', '1');
  assert.deepEqual((await checkpoints.restore({ to: first.checkpoint, tip: tip.checkpoint })).remove, []);
  assert.deepEqual(contents(folder), { 'new/theirs': '1' });
});

test('hard links that were changed together come back together, and stay links', async (t) => {
  const { root, folder, gitDir } = place(t);
  const checkpoints = await opened({ folder, gitDir });
  write(folder, 'a', 'a');
  mkdirSync(join(folder, 'd'));
  linkSync(join(folder, 'a'), join(folder, 'b'));
  linkSync(join(folder, 'a'), join(folder, 'd/c'));
  write(root, 'theirs', 'x');
  linkSync(join(root, 'theirs'), join(folder, 'shared'));
  const first = await checkpoints.capture();
  appendFileSync(join(folder, 'a'), 'z');
  appendFileSync(join(folder, 'shared'), 'z');
  const tip = await checkpoints.capture();
  const plan = { write: ['a', 'b', 'd/c', 'shared'], remove: [], conflicts: [], untouched: [] };
  const request = { to: first.checkpoint, tip: tip.checkpoint };
  assert.deepEqual([await checkpoints.preview(request), await checkpoints.restore(request)], [plan, plan]);
  assert.deepEqual(contents(folder), { a: 'a', b: 'a', 'd/c': 'a', shared: 'x' });
  assert.deepEqual([statSync(join(folder, 'a')).nlink, statSync(join(folder, 'b')).ino === statSync(join(folder, 'd/c')).ino], [3, true]);
  // A name outside the folder is another file from then on.
  assert.equal(readFileSync(join(root, 'theirs'), 'utf8'), 'xz');
});

test('hard links that were removed or replaced come back as links, of what has stayed too; what cannot be one again is told', async (t) => {
  const { folder, gitDir } = place(t);
  const checkpoints = await opened({ folder, gitDir });
  for (const name of ['gone', 'one', 'both', 'cut', 'theirs']) {
    write(folder, `${name}/a`, name);
    for (const other of ['b', 'c']) linkSync(join(folder, `${name}/a`), join(folder, `${name}/${other}`));
  }
  for (const name of ['x', 'y']) write(folder, `apart/${name}`, 'same');
  const first = await checkpoints.capture();
  rmSync(join(folder, 'gone'), { recursive: true });
  rmSync(join(folder, 'one/b'));
  for (const path of ['both/a', 'both/b', 'cut/a', 'theirs/a']) {
    rmSync(join(folder, path));
    write(folder, path, path === 'cut/a' ? 'cut' : 'new');
  }
  rmSync(join(folder, 'apart/y'));
  linkSync(join(folder, 'apart/x'), join(folder, 'apart/y'));
  appendFileSync(join(folder, 'apart/x'), '!');
  const tip = await checkpoints.capture();
  write(folder, 'theirs/b', 'own');
  const request = { to: first.checkpoint, tip: tip.checkpoint };
  const told = (path: string, other: string) => ({
    path, because: 'not-covered', why: `a hard link of ${other} then, and a file of its own now`,
  });
  const plan = {
    write: ['apart/x', 'apart/y', 'both/a', 'both/b', 'gone/a', 'gone/b', 'gone/c', 'one/b', 'theirs/a'], remove: [], conflicts: [],
    untouched: [
      told('cut/a', 'cut/b'), told('cut/b', 'cut/a'), told('cut/c', 'cut/a'), told('theirs/b', 'theirs/a'), told('theirs/c', 'theirs/a'),
    ],
  };
  assert.deepEqual(await checkpoints.preview(request), plan);
  assert.deepEqual(await checkpoints.restore(request), plan);
  const filesOf = (name: string): number => new Set(['a', 'b', 'c'].map((one) => statSync(join(folder, name, one)).ino)).size;
  assert.deepEqual(['gone', 'one', 'both', 'cut', 'theirs'].map(filesOf), [1, 1, 1, 2, 2]);
  assert.notEqual(statSync(join(folder, 'apart/x')).ino, statSync(join(folder, 'apart/y')).ino);
  assert.deepEqual([readFileSync(join(folder, 'theirs/c'), 'utf8'), contents(folder)['gone/c']], ['own', 'gone']);
  assert.deepEqual(readdirSync(folder, { recursive: true }).filter((path) => String(path).includes('.backstitch')), []);
});

test('an empty directory in the place of a file goes only where the session has made it', async (t) => {
  const { folder, gitDir } = place(t);
  write(folder, 'own', 'one');
  write(folder, 'theirs', 'one');
  const checkpoints = await opened({ folder, gitDir });
  const first = await checkpoints.capture();
  for (const path of ['own', 'theirs']) rmSync(join(folder, path));
  mkdirSync(join(folder, 'own/y/z'), { recursive: true });
  const tip = await checkpoints.capture();
  mkdirSync(join(folder, 'theirs/inner'), { recursive: true });
  const request = { to: first.checkpoint, tip: tip.checkpoint };
  const plan = { write: ['own'], remove: ['own/y/z/'], conflicts: ['theirs'], untouched: [] };
  assert.deepEqual(await checkpoints.preview(request), plan);
  assert.deepEqual(await checkpoints.restore(request), plan);
  assert.deepEqual(readdirSync(folder, { recursive: true }).sort(), ['own', 'theirs', 'theirs/inner']);
});
