import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { headOf } from '../../../src/node/gitFacts.ts';
import { git, opened, place, write } from './support.ts';

const other = 65_534;

/** Runs a program of this folder as another user on a folder and a shadow of theirs; what it printed, and the folder. */
function asOther(t: TestContext, program: string): { said: Record<string, unknown>; folder: string } {
  // What is below the test's own temporary directory is closed to other users.
  const root = mkdtempSync('/tmp/other-user-');
  t.after(() => rmSync(root, { recursive: true, force: true }));
  chmodSync(root, 0o755);
  const [folder, gitDir] = [join(root, 'folder'), join(root, 'shadow')];
  mkdirSync(folder);
  mkdirSync(gitDir);
  for (const path of [folder, gitDir]) chownSync(path, other, other);
  const run = [process.execPath, join(import.meta.dirname, program), folder, gitDir];
  const as = ['--reuid', `${other}`, '--regid', `${other}`, '--clear-groups', '--', ...run];
  const env = { PATH: process.env['PATH'], HOME: root };
  return { said: JSON.parse(execFileSync('setpriv', as, { encoding: 'utf8', env })) as Record<string, unknown>, folder };
}

test('what a user may not change is a conflict beforehand, what they may not read is told, and the rest is done', (t) => {
  const { said, folder } = asOther(t, 'otherUser.program.ts');
  const plan = {
    write: ['hidden/', 'locked/own', 'open', 'shut/', 'shut/a', 'shut/b', 'shut/deep/c'], remove: ['shut/new'], conflicts: ['locked/a', 'locked/b', 'locked/new'],
    untouched: [
      { path: 'hidden', because: 'not-covered', why: 'it may not be read' },
      { path: 'secret', because: 'not-covered', why: 'it may not be read' },
    ],
  };
  assert.deepEqual(said, {
    skipped: [{ path: 'hidden', why: 'it may not be read' }, { path: 'secret', why: 'it may not be read' }], preview: plan, restored: plan,
  });
  assert.deepEqual(readdirSync(folder, { recursive: true }).sort(), [
    'hidden', 'hidden/a', 'locked', 'locked/a', 'locked/new', 'locked/own', 'open', 'secret',
    'shut', 'shut/a', 'shut/b', 'shut/deep', 'shut/deep/c',
  ]);
  assert.equal(readFileSync(join(folder, 'shut/a'), 'utf8'), 'one');
});

test('what may not be read is told at every checkpoint, and what is in it is left alone behind each', (t) => {
  const shut = [{ path: 'shut', why: 'it may not be read' }];
  const left = { because: 'not-captured-then', why: 'it may not be read' };
  assert.deepEqual(asOther(t, 'shutDirectory.program.ts').said, {
    isSame: true, skipped: shut, bits: '755', left: ['two', 'two', 'one'],
    restored: { write: ['open'], remove: [], conflicts: [], untouched: ['shut/', 'shut/a', 'shut/b'].map((path) => ({ path, ...left })) },
  });
});

test('a directory in which nothing can be made comes back with all that was in it, and what stays is told beforehand with what it bars', (t) => {
  const plan = {
    write: ['gone/a', 'gone/deep/b', 'gone/empty/'], remove: [], conflicts: ['kept/d', 'kept/d/c', 'turned', 'turned/x'], untouched: [],
  };
  assert.deepEqual(asOther(t, 'readOnly.program.ts').said, {
    preview: plan, restored: plan, modes: ['555', '555', '555'], left: ['one', 'one', 'two', 'two'],
  });
});

test('an ignore file that git would never have done reading is named, and all is well once it is gone', async (t) => {
  const { folder, gitDir } = place(t);
  git(folder, 'init', '-q');
  write(folder, 'a', '1');
  mkdirSync(join(folder, 'deep'));
  const checkpoints = await opened({ folder, gitDir });
  const first = await checkpoints.capture();
  for (const path of ['.gitignore', 'deep/.gitattributes', '.git/info/exclude']) {
    rmSync(join(folder, path), { force: true });
    execFileSync('mkfifo', [join(folder, path)]);
    const where = join(folder, path);
    const words = path.startsWith('.git/')
      ? `the ignore file ${where} is a named pipe. Put a text file in its place, or remove it`
      : `${where} is neither a file nor a link, so git cannot read it. Remove it`;
    await assert.rejects(checkpoints.capture(), { message: words });
    rmSync(where);
  }
  symlinkSync('/dev/zero', join(folder, '.gitignore'));
  symlinkSync('/dev/null', join(folder, '.git/info/exclude'));
  assert.deepEqual((await checkpoints.capture()).changed, ['.gitignore']);
  rmSync(join(folder, '.gitignore'));
  assert.equal((await checkpoints.capture()).checkpoint, first.checkpoint);
});

test('a file of git’s own that is a pipe or a device is named at once, also in a linked worktree and where it is included', async (t) => {
  const { root, folder, gitDir } = place(t);
  git(root, 'init', '-q', 'main');
  const main = join(root, 'main');
  git(main, 'commit', '-q', '--allow-empty', '-m', 'one');
  git(main, 'worktree', 'add', '-q', '--force', folder);
  git(main, 'config', 'include.path', 'more');
  git(main, 'config', 'core.excludesFile', 'rules');
  write(main, '.git/more', '[user]\n\tname = n\n');
  write(folder, 'rules', 'ignored\n');
  write(folder, 'ignored', '1');
  const checkpoints = await opened({ folder, gitDir });
  const first = await checkpoints.capture();
  assert.deepEqual(first.skipped, [{ path: 'ignored', why: 'ignored by git' }]);
  const own = join(main, '.git/worktrees/folder');
  const places = ['config', 'more', 'refs/heads/folder'].map((name) => join(main, '.git', name));
  for (const at of [...places, join(own, 'HEAD'), join(own, 'index'), join(own, 'commondir')]) {
    renameSync(at, join(root, 'aside'));
    execFileSync('mkfifo', [at]);
    const sentence = `git cannot read ${at}: it is a named pipe. Put the file back in its place, or remove it`;
    await assert.rejects(checkpoints.capture(), { message: sentence });
    assert.equal(await headOf(folder), null);
    renameSync(join(root, 'aside'), at);
  }
  rmSync(join(folder, 'rules'));
  execFileSync('mkfifo', [join(folder, 'rules')]);
  const words = `the ignore file ${join(folder, 'rules')} is a named pipe. Put a text file in its place, or remove it`;
  await assert.rejects(checkpoints.capture(), { message: words });
  rmSync(join(folder, 'rules'));
  write(folder, 'rules', 'ignored\n');
  assert.equal((await checkpoints.capture()).checkpoint, first.checkpoint);
});

test('the head of what git takes for a repository without a working tree is looked at too', async (t) => {
  const { folder, gitDir } = place(t);
  for (const path of ['objects', 'refs', 'deep']) mkdirSync(join(folder, path));
  execFileSync('mkfifo', [join(folder, 'HEAD')]);
  const sentence = `git cannot read ${join(folder, 'HEAD')}: it is a named pipe. Put the file back in its place, or remove it`;
  const checkpoints = await opened({ folder: join(folder, 'deep'), gitDir });
  await assert.rejects(checkpoints.capture(), { message: sentence });
});

test('a git that does not come back is ended, the capture says so, and the next one is well', async (t) => {
  const { root, folder, gitDir } = place(t);
  write(folder, 'a', '1');
  const hangs = join(root, 'hangs');
  const script = `#!/bin/sh\ncase "$* " in *"ls-files "*) [ -e '${hangs}' ] && exec sleep 1000;; esac\nexec git "$@"\n`;
  writeFileSync(join(root, 'slow-git'), script, { mode: 0o755 });
  const checkpoints = await opened({ folder, gitDir, git: join(root, 'slow-git'), limits: { ms: 5_000 } });
  writeFileSync(hangs, '');
  await assert.rejects(checkpoints.capture(), { message: 'git ls-files did not end within 5 s' });
  rmSync(hangs);
  const { checkpoint } = await checkpoints.capture();
  assert.equal(await checkpoints.read(checkpoint, 'a'), '1');
});
