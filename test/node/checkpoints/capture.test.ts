import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openCheckpoints } from '../../../src/node/checkpoints.ts';
import { contents, git, opened, place, write } from './support.ts';

test('a capture names what differs from the one before, and the same files are the same checkpoint', async (t) => {
  const { folder, gitDir } = place(t);
  const checkpoints = await opened({ folder, gitDir });
  write(folder, 'a.txt', 'one');
  write(folder, 'd/b.txt', 'two');
  const first = await checkpoints.capture();
  assert.deepEqual({ changed: first.changed, skipped: first.skipped }, { changed: [], skipped: [] });
  write(folder, 'a.txt', 'ONE');
  rmSync(join(folder, 'd'), { recursive: true });
  write(folder, 'd', 'a file where a directory was');
  const second = await checkpoints.capture();
  assert.deepEqual(second.changed, ['a.txt', 'd', 'd/b.txt']);
  assert.deepEqual(await checkpoints.changes(first.checkpoint, second.checkpoint), [
    { path: 'a.txt', is: 'modified' }, { path: 'd', is: 'added' }, { path: 'd/b.txt', is: 'deleted' },
  ]);
  const third = await checkpoints.capture();
  assert.deepEqual([third.checkpoint, third.changed], [second.checkpoint, []]);
  assert.equal(await checkpoints.read(first.checkpoint, 'a.txt'), 'one');
  assert.equal(await checkpoints.read(first.checkpoint, 'no.txt'), null);
});

test('`changed` goes by the checkpoint that is named, where that is kept', async (t) => {
  const { folder, gitDir } = place(t);
  const checkpoints = await opened({ folder, gitDir });
  write(folder, 'a', '1');
  const { checkpoint } = await checkpoints.capture();
  write(folder, 'a', '2');
  await checkpoints.capture();
  write(folder, 'b', '3');
  const [since, before, unknown] = [await checkpoints.capture(checkpoint), await checkpoints.capture(), await checkpoints.capture('0'.repeat(40))];
  assert.deepEqual([since.changed, before.changed, unknown.changed], [['a', 'b'], [], []]);
});

test('what was captured is still there after a new open, and `changed` goes on from it', async (t) => {
  const { folder, gitDir } = place(t);
  write(folder, 'a', '1');
  const { checkpoint } = await (await opened({ folder, gitDir })).capture();
  write(folder, 'a', '2');
  writeFileSync(join(gitDir, 'index.lock'), '');
  const again = await opened({ folder, gitDir });
  assert.deepEqual((await again.capture()).changed, ['a']);
  assert.equal(await again.has(checkpoint), true);
  assert.equal(await again.has('0'.repeat(40)), false);
  assert.equal(await again.has('--all'), false);
});

test('bytes, unusual names, links and the executable bit come back as they were', async (t) => {
  const { folder, gitDir } = place(t);
  const checkpoints = await opened({ folder, gitDir });
  write(folder, '.gitattributes', '* text=auto eol=lf\n*.utf16 working-tree-encoding=UTF-16\n*.lfs filter=lfs\n*.id ident\n');
  write(folder, 'crlf.txt', 'a\r\nb\r\n');
  write(folder, 'x.utf16', 'not utf-16');
  write(folder, 'x.lfs', 'large');
  write(folder, 'x.id', '$Id$');
  write(folder, 'binary', Buffer.from([0, 255, 13, 10, 0, 128]));
  for (const name of ['new\nline', '-dash', 'ünïcode 漢字', ':(glob)*', 'quo"te', '*', 'tab\tname', ' space ']) write(folder, name, name);
  write(folder, 'run.sh', '#!/bin/sh\n', 0o755);
  symlinkSync('nowhere/at all', join(folder, 'link'));
  const before = contents(folder);
  const { checkpoint, skipped } = await checkpoints.capture();
  assert.deepEqual(skipped, []);
  for (const path of Object.keys(before)) rmSync(join(folder, path));
  const tip = await checkpoints.capture();
  assert.equal(tip.changed.length, Object.keys(before).length);
  const plan = await checkpoints.restore({ to: checkpoint, tip: tip.checkpoint });
  assert.deepEqual(plan.conflicts, []);
  assert.deepEqual(contents(folder), before);
  assert.equal((await checkpoints.capture()).checkpoint, checkpoint);
  assert.equal(await checkpoints.read(checkpoint, 'binary'), null);
  assert.equal(await checkpoints.read(checkpoint, 'new\nline'), 'new\nline');
});

test('ignored files, .git and other repositories are left out; the latter are named', async (t) => {
  const { folder, gitDir } = place(t);
  write(folder, '.gitignore', 'dist/\n*.log\n');
  write(folder, 'dist/x', '1');
  write(folder, 'a.log', '1');
  write(folder, 'kept', '1');
  mkdirSync(join(folder, 'nested'));
  git(join(folder, 'nested'), 'init', '-q');
  write(folder, 'nested/inner', '1');
  git(folder, 'init', '-q');
  const checkpoints = await opened({ folder, gitDir });
  const { checkpoint, skipped } = await checkpoints.capture();
  assert.deepEqual(skipped, [
    { path: 'nested', why: 'a repository of its own' }, { path: 'a.log', why: 'ignored by git' }, { path: 'dist', why: 'ignored by git' },
  ]);
  const empty = await opened({ folder: join(folder, 'dist'), gitDir: `${gitDir}-2` });
  assert.ok(await empty.capture());
  for (const [path, text] of [['kept', '1'], ['dist/x', null], ['a.log', null], ['nested/inner', null], ['.git/HEAD', null]] as const) {
    assert.equal(await checkpoints.read(checkpoint, path), text, path);
  }
});

test('ignore files above the folder reach into it, as for git', async (t) => {
  const { folder, gitDir } = place(t);
  git(folder, 'init', '-q');
  write(folder, '.gitignore', 'node_modules\n/packages/one/out/\n/out\n!packages/one/keep.log\n');
  write(folder, 'packages/.gitignore', '*.log\n');
  const inner = join(folder, 'packages/one');
  for (const path of ['node_modules/m', 'out/o', 'a.log', 'src/s', 'deep/node_modules/m']) write(inner, path, '1');
  const checkpoints = await opened({ folder: inner, gitDir });
  const { checkpoint } = await checkpoints.capture();
  const there = await Promise.all(['node_modules/m', 'out/o', 'a.log', 'src/s', 'deep/node_modules/m'].map((path) => checkpoints.read(checkpoint, path)));
  assert.deepEqual(there, [null, null, null, '1', null]);
});

test('limits bite visibly and what they leave out is never touched', async (t) => {
  const { folder, gitDir } = place(t);
  const checkpoints = await opened({ folder, gitDir, limits: { fileBytes: 10, files: 3 } });
  write(folder, 'big', 'more than ten bytes');
  write(folder, 'a', '1');
  const first = await checkpoints.capture();
  assert.deepEqual(first.skipped, [{ path: 'big', why: 'larger than 10 bytes' }]);
  write(folder, 'big', 'small');
  const second = await checkpoints.capture();
  assert.deepEqual([second.changed, second.skipped], [[], []]);
  const big = { path: 'big', because: 'not-captured-then', why: 'larger than 10 bytes' };
  assert.deepEqual(await checkpoints.preview({ to: first.checkpoint, tip: second.checkpoint }), { write: [], remove: [], conflicts: [], untouched: [big] });
  write(folder, 'b', '1');
  write(folder, 'c', '1');
  write(folder, 'd', '1');
  const third = await checkpoints.capture();
  assert.deepEqual(third.skipped, [{ path: '.', why: 'more than 3 files: 2 are not covered' }]);
  rmSync(join(folder, 'a'));
  const fourth = await checkpoints.capture();
  // `d` is only missing from the third because of the limit: going back there must not remove it.
  const plan = await checkpoints.restore({ to: third.checkpoint, tip: fourth.checkpoint });
  assert.equal(plan.remove.length, 0);
  assert.deepEqual(Object.keys(contents(folder)), ['a', 'b', 'big', 'c', 'd']);
});

test('the repository of the user is not touched, whatever their environment and configuration say', async (t) => {
  const { root, folder, gitDir } = place(t);
  git(folder, 'init', '-q');
  write(folder, '.gitignore', 'ignored\n');
  write(folder, 'staged', '1');
  write(folder, 'ignored', '1');
  git(folder, 'add', '.');
  git(folder, 'commit', '-qm', 'one');
  write(folder, 'stashed', '1');
  git(folder, 'stash', '-u');
  write(folder, 'staged', '2');
  git(folder, 'add', 'staged');
  write(folder, 'untracked', '1');
  for (const hook of ['pre-commit', 'post-index-change', 'reference-transaction', 'post-checkout']) write(folder, `.git/hooks/${hook}`, `#!/bin/sh\ntouch ${root}/hook-ran\n`, 0o755);
  write(root, 'home/.gitconfig', `[core]\n\thooksPath = ${folder}/.git/hooks\n\tautocrlf = true\n\texcludesFile = ${root}/excludes\n`);
  write(root, 'excludes', 'never-there\n');
  const status = git(folder, 'status', '--porcelain=v2', '--branch');
  rmSync(join(root, 'hook-ran'), { force: true });
  const facts = () => [statSync(join(folder, '.git/index')).mtimeMs, statSync(join(folder, '.git')).mtimeMs];
  const before = facts();
  const changed = { GIT_DIR: join(folder, '.git'), GIT_INDEX_FILE: join(folder, '.git/index'), GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'core.excludesFile', GIT_CONFIG_VALUE_0: join(root, 'excludes'), HOME: join(root, 'home') };
  const saved = Object.fromEntries(Object.keys(changed).map((name) => [name, process.env[name]]));
  Object.assign(process.env, changed);
  t.after(() => {
    for (const [name, value] of Object.entries(saved)) if (value === undefined) delete process.env[name]; else process.env[name] = value;
  });
  const checkpoints = await opened({ folder, gitDir });
  const first = await checkpoints.capture();
  write(folder, 'untracked', '2');
  const second = await checkpoints.capture();
  assert.deepEqual(second.changed, ['untracked']);
  await checkpoints.restore({ to: first.checkpoint, tip: second.checkpoint });
  assert.deepEqual(facts(), before);
  for (const [name, value] of Object.entries(saved)) if (value === undefined) delete process.env[name]; else process.env[name] = value;
  assert.equal(statSync(join(root, 'hook-ran'), { throwIfNoEntry: false }), undefined);
  assert.equal(git(folder, 'status', '--porcelain=v2', '--branch'), status);
  assert.match(git(folder, 'stash', 'list'), /^stash@\{0\}/);
});

test('many new files become one pack, and come back from it as they were', async (t) => {
  const { folder, gitDir } = place(t);
  const checkpoints = await opened({ folder, gitDir });
  write(folder, 'empty', '');
  write(folder, 'run.sh', '#!/bin/sh\n', 0o755);
  write(folder, 'crlf.txt', 'a\r\n');
  symlinkSync('crlf.txt', join(folder, 'link'));
  for (let file = 0; file < 300; file++) write(folder, `d/${file}`, `${file}`);
  const before = contents(folder);
  const { checkpoint } = await checkpoints.capture();
  assert.equal(readdirSync(join(gitDir, 'objects/pack')).filter((name) => name.endsWith('.pack')).length, 1);
  for (const path of Object.keys(before)) rmSync(join(folder, path));
  const tip = await checkpoints.capture();
  assert.equal(tip.changed.length, 304);
  await checkpoints.restore({ to: checkpoint, tip: tip.checkpoint });
  assert.deepEqual(contents(folder), before);
  assert.equal((await checkpoints.capture()).checkpoint, checkpoint);
});

test('calls at the same time share a capture; one that has begun is not shared', async (t) => {
  const { folder, gitDir } = place(t);
  const checkpoints = await opened({ folder, gitDir });
  write(folder, 'a', '1');
  const [one, two] = [checkpoints.capture(), checkpoints.capture()];
  assert.equal(await one, await two);
  assert.notEqual(await checkpoints.capture(), await one);
});

test('a file that may not be read is named, all others are captured', async (t) => {
  const { folder, gitDir } = place(t);
  const checkpoints = await opened({ folder, gitDir });
  write(folder, 'a', '1');
  write(folder, 'secret', '1');
  chmodSync(join(folder, 'secret'), 0);
  const { checkpoint, skipped } = await checkpoints.capture();
  // The superuser may read everything.
  assert.deepEqual(skipped, process.getuid?.() === 0 ? [] : [{ path: 'secret', why: 'it may not be read' }]);
  assert.equal(await checkpoints.read(checkpoint, 'a'), '1');
});

test('what makes checkpoints impossible is said in words', async (t) => {
  const { root, folder, gitDir } = place(t);
  assert.deepEqual(await openCheckpoints({ folder, gitDir, git: join(root, 'no-git') }), { is: 'unavailable', reason: `git was not found (${root}/no-git); install it to have files restored too.` });
  assert.deepEqual(await openCheckpoints({ folder: join(root, 'no'), gitDir }), { is: 'unavailable', reason: `The folder ${root}/no does not exist.` });
  write(root, 'file', '');
  const blocked = await openCheckpoints({ folder, gitDir: join(root, 'file/shadow') });
  assert.match('is' in blocked ? blocked.reason : '', /^The checkpoints' directory .* cannot be used: ENOTDIR/);
  const checkpoints = await opened({ folder, gitDir });
  await assert.rejects(checkpoints.changes('0'.repeat(40), '1'.repeat(40)), { code: 'checkpoint-missing' });
});

test('many files go into packs of a bounded number, for which git need not look through all the others', async (t) => {
  const { folder, gitDir } = place(t);
  for (let number = 0; number < 5_300; number++) write(folder, `d${number % 50}/${number}`, `${number}`);
  const checkpoints = await opened({ folder, gitDir });
  const { checkpoint, changed } = await checkpoints.capture();
  assert.deepEqual([changed, await checkpoints.read(checkpoint, 'd49/5299')], [[], '5299']);
  assert.equal(readdirSync(join(gitDir, 'objects/pack')).filter((name) => name.endsWith('.pack')).length, 2);
});
