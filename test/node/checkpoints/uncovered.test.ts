import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Checkpoints, RestorePlan } from '../../../src/core/ports.ts';
import { contents, git, opened, place, write } from './support.ts';

/** Goes back from the state that is there now; the dry run has to say the same. */
async function goBack(checkpoints: Checkpoints, to: string): Promise<RestorePlan> {
  const tip = await checkpoints.capture();
  const before = await checkpoints.preview({ to, tip: tip.checkpoint });
  const done = await checkpoints.restore({ to, tip: tip.checkpoint });
  assert.deepEqual(done, before);
  return done;
}

/** What is written from here on is newer than all before, by the clock of the file system. */
function letClockTick(root: string): void {
  const probe = join(root, 'clock');
  const beginning = Date.now() + 25;
  do writeFileSync(probe, ''); while (statSync(probe).ctimeMs <= beginning);
}

test('a file that was ignored at the seam is never removed, though its rule is gone', async (t) => {
  const { folder, gitDir } = place(t);
  write(folder, '.gitignore', '.env\nsecrets/\n*.pem\n');
  write(folder, '.env', 'TOKEN=1');
  write(folder, 'secrets/deep/a', '1');
  write(folder, 'keys/x.pem', '1');
  const checkpoints = await opened({ folder, gitDir });
  const { checkpoint } = await checkpoints.capture();
  write(folder, '.gitignore', '');
  write(folder, 'made', '1');
  write(folder, 'keys/made', '1');
  const plan = await goBack(checkpoints, checkpoint);
  assert.deepEqual(plan, {
    write: ['.gitignore'], remove: ['keys/made', 'made'], conflicts: [],
    untouched: [
      { path: '.env', because: 'not-captured-then', why: 'ignored by git' },
      { path: 'keys/x.pem', because: 'not-captured-then', why: 'ignored by git' },
      { path: 'secrets/deep/a', because: 'not-captured-then', why: 'ignored by git' },
    ],
  });
  assert.deepEqual(contents(folder), { '.env': 'TOKEN=1', '.gitignore': '.env\nsecrets/\n*.pem\n', 'keys/x.pem': '1', 'secrets/deep/a': '1' });
});

test('a new file beside ignored ones is not taken for one of them', async (t) => {
  const { folder, gitDir } = place(t);
  write(folder, '.gitignore', '*.log\n');
  write(folder, 'logs/deep/a.log', '1');
  const checkpoints = await opened({ folder, gitDir });
  const { checkpoint } = await checkpoints.capture();
  write(folder, 'logs/deep/report', '1');
  assert.deepEqual((await goBack(checkpoints, checkpoint)).remove, ['logs/deep/report']);
  assert.deepEqual(contents(folder), { '.gitignore': '*.log\n', 'logs/deep/a.log': '1' });
});

test('the files of a repository of its own outlast its .git, and so does a repository that is made in a covered directory', async (t) => {
  const { folder, gitDir } = place(t);
  write(folder, 'vendor/lib/a.c', '1');
  git(join(folder, 'vendor/lib'), 'init', '-q');
  write(folder, 'src/a', '1');
  write(folder, 'src/b', '1');
  const checkpoints = await opened({ folder, gitDir });
  const { checkpoint } = await checkpoints.capture();
  rmSync(join(folder, 'vendor/lib/.git'), { recursive: true });
  git(join(folder, 'src'), 'init', '-q');
  write(folder, 'src/a', '2');
  rmSync(join(folder, 'src/b'));
  write(folder, 'src/c', '2');
  const plan = await goBack(checkpoints, checkpoint);
  assert.deepEqual(plan, {
    write: ['src/a', 'src/b'], remove: ['src/c'], conflicts: [],
    untouched: [
      { path: 'src/.git', because: 'not-covered', why: 'files of git itself' },
      { path: 'vendor/lib/a.c', because: 'not-captured-then', why: 'a repository of its own' },
    ],
  });
  assert.deepEqual(contents(folder), { 'src/a': '1', 'src/b': '1', 'vendor/lib/a.c': '1' });
});

test('a file beyond the limit on its size or that may not be held is told, also when it changes', async (t) => {
  const { root, folder, gitDir } = place(t);
  const checkpoints = await opened({ folder, gitDir, limits: { fileBytes: 10 } });
  write(folder, 'big.bin', 'more than ten bytes');
  write(folder, 'still.bin', 'more than ten bytes');
  write(folder, 'grows', '1');
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9])]), '1');
  letClockTick(root);
  const first = await checkpoints.capture();
  const why = 'larger than 10 bytes';
  assert.deepEqual(first.skipped, [{ path: 'caf\\xe9', why: 'its name is not valid UTF-8' }, { path: 'big.bin', why }, { path: 'still.bin', why }]);
  letClockTick(root);
  appendFileSync(join(folder, 'big.bin'), 'more');
  appendFileSync(join(folder, 'grows'), 'to more than ten');
  mkdirSync(join(folder, 'app'));
  git(join(folder, 'app'), 'init', '-q');
  write(folder, 'app/i', '1');
  const second = await checkpoints.capture();
  assert.deepEqual(second.skipped.map(({ path }) => path).sort(), ['app', 'big.bin', 'caf\\xe9', 'grows', 'still.bin']);
  assert.deepEqual(await goBack(checkpoints, first.checkpoint), {
    write: [], remove: [], conflicts: [],
    untouched: [
      { path: 'app', because: 'not-covered', why: 'a repository of its own' },
      { path: 'big.bin', because: 'not-covered', why: 'larger than 10 bytes' },
      { path: 'caf\\xe9', because: 'not-covered', why: 'its name is not valid UTF-8' },
      { path: 'grows', because: 'not-covered', why: 'larger than 10 bytes' },
    ],
  });
});

test('an ignored file that the agent changed or took away is told', async (t) => {
  const { root, folder, gitDir } = place(t);
  write(folder, '.gitignore', '.env\nnode_modules\ndist\n');
  for (const path of ['.env', 'node_modules/m/a', 'dist/x']) write(folder, path, '1');
  letClockTick(root);
  const checkpoints = await opened({ folder, gitDir });
  const { checkpoint } = await checkpoints.capture();
  letClockTick(root);
  write(folder, 'node_modules/m/a', '2');
  rmSync(join(folder, 'dist'), { recursive: true });
  assert.deepEqual((await goBack(checkpoints, checkpoint)).untouched, [
    { path: 'dist', because: 'not-covered', why: 'ignored by git; it is gone' },
    { path: 'node_modules', because: 'not-covered', why: 'ignored by git' },
  ]);
});

test('what the repository of the user tracks is covered, though a rule ignores it', async (t) => {
  const { folder, gitDir } = place(t);
  git(folder, 'init', '-q');
  write(folder, '.gitignore', 'dist\n');
  write(folder, 'dist/keep.js', 'good');
  write(folder, 'dist/other.js', 'ignored');
  git(folder, 'add', '-f', 'dist/keep.js');
  const checkpoints = await opened({ folder, gitDir });
  const { checkpoint, skipped } = await checkpoints.capture();
  assert.deepEqual(skipped, [{ path: 'dist/other.js', why: 'ignored by git' }]);
  write(folder, 'dist/keep.js', 'broken');
  assert.deepEqual((await goBack(checkpoints, checkpoint)).write, ['dist/keep.js']);
  assert.equal(readFileSync(join(folder, 'dist/keep.js'), 'utf8'), 'good');
  write(folder, 'dist/late.js', '1');
  git(folder, 'add', '-f', 'dist/late.js');
  const later = await checkpoints.capture();
  assert.equal(await checkpoints.read(later.checkpoint, 'dist/late.js'), '1');
});

test('ignored is what git ignores there: rules from above, of a linked worktree, of the user for all repositories', async (t) => {
  const { root, folder, gitDir } = place(t);
  git(folder, 'init', '-q');
  write(folder, '.gitignore', 'packages/*/dist/\n!/packages/app/kept.tmp\n');
  write(folder, '.git/info/exclude', 'excluded\n*.tmp\n');
  write(folder, 'packages/app/a', '1');
  git(folder, 'add', '.');
  git(folder, 'commit', '-qm', 'one');
  git(folder, 'worktree', 'add', '-q', join(root, 'linked'));
  write(root, 'home/.config/git/ignore', '*.mine\n');
  const saved = { HOME: process.env['HOME'], XDG_CONFIG_HOME: process.env['XDG_CONFIG_HOME'] };
  process.env['HOME'] = join(root, 'home');
  delete process.env['XDG_CONFIG_HOME'];
  t.after(() => Object.assign(process.env, saved.XDG_CONFIG_HOME === undefined ? { HOME: saved.HOME } : saved));
  for (const [index, at] of [join(folder, 'packages/app'), join(root, 'linked/packages/app'), join(root, 'plain')].entries()) {
    for (const path of ['dist/x', 'deep/dist/x', 'excluded', 'a.tmp', 'kept.tmp', 'b.mine', 'new']) write(at, path, '1');
    const checkpoints = await opened({ folder: at, gitDir: `${gitDir}-${index}` });
    const { checkpoint } = await checkpoints.capture();
    const there: string[] = [];
    for (const path of ['a', 'dist/x', 'deep/dist/x', 'excluded', 'a.tmp', 'kept.tmp', 'b.mine', 'new']) {
      if ((await checkpoints.read(checkpoint, path)) !== null) there.push(path);
    }
    assert.deepEqual(there, [
      ['a', 'deep/dist/x', 'kept.tmp', 'new'], ['a', 'deep/dist/x', 'kept.tmp', 'new'], ['dist/x', 'deep/dist/x', 'excluded', 'a.tmp', 'kept.tmp', 'new'],
    ][index], at);
  }
  write(root, 'home/.gitconfig', `[core]\n\texcludesFile = ~/mine\n`);
  write(root, 'home/mine', 'new\n');
  const other = await opened({ folder: join(root, 'plain'), gitDir: `${gitDir}-other` });
  const { checkpoint } = await other.capture();
  assert.deepEqual([await other.read(checkpoint, 'new'), await other.read(checkpoint, 'b.mine')], [null, '1']);
});

test('a repository that comes or goes around the folder changes the rules and nothing else', async (t) => {
  const { root, folder, gitDir } = place(t);
  const inner = join(folder, 'packages/app');
  write(inner, 'a', '1');
  write(inner, 'b.log', '1');
  const checkpoints = await opened({ folder: inner, gitDir });
  const first = await checkpoints.capture();
  git(folder, 'init', '-q');
  write(folder, '.gitignore', '*.log\n');
  write(inner, 'c.log', '1');
  const second = await checkpoints.capture();
  assert.deepEqual(second.changed, []);
  assert.deepEqual([await checkpoints.read(second.checkpoint, 'b.log'), await checkpoints.read(second.checkpoint, 'c.log')], ['1', null]);
  renameSync(join(folder, '.git'), join(root, 'moved'));
  const third = await checkpoints.capture();
  assert.deepEqual(third.changed, []);
  assert.deepEqual((await checkpoints.preview({ to: first.checkpoint, tip: third.checkpoint })).remove, ['c.log']);
});

test('a folder that is gone comes back with all that was in it; what takes its place is named', async (t) => {
  const { root, folder, gitDir } = place(t);
  write(folder, 'a', '1', 0o600);
  write(folder, 'deep/b', '1');
  mkdirSync(join(folder, 'empty'));
  const checkpoints = await opened({ folder, gitDir });
  const { checkpoint } = await checkpoints.capture();
  const before = contents(folder);
  rmSync(folder, { recursive: true });
  const gone = await checkpoints.capture();
  assert.deepEqual(gone.changed, ['a', 'deep/b', 'empty/']);
  assert.deepEqual((await goBack(checkpoints, checkpoint)).write, ['a', 'deep/b', 'empty/']);
  assert.deepEqual(contents(folder), before);
  assert.equal((await checkpoints.capture()).checkpoint, checkpoint);

  renameSync(folder, join(root, 'moved'));
  mkdirSync(join(root, 'other'));
  write(root, 'other/a', '1');
  symlinkSync(join(root, 'other'), folder);
  const replaced = { to: checkpoint, tip: gone.checkpoint };
  const words = `A link has taken the place of the folder ${folder}: it leads to ${root}/other. Put the folder back.`;
  await assert.rejects(checkpoints.capture(), { message: words });
  await assert.rejects(checkpoints.preview(replaced), { code: 'folder-replaced', message: words });
  await assert.rejects(checkpoints.restore(replaced), { code: 'folder-replaced', message: words });
  assert.deepEqual(contents(join(root, 'other')), { a: '1' });
  rmSync(folder);
  writeFileSync(folder, 'a file');
  await assert.rejects(checkpoints.restore(replaced), { message: `${folder} is not a folder any more. Put the folder back.` });
  rmSync(folder);
  const again = await opened({ folder, gitDir });
  assert.deepEqual((await goBack(again, checkpoint)).write, ['a', 'deep/b', 'empty/']);
  assert.equal(existsSync(join(folder, 'deep/b')), true);
});
