import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { openCheckpoints } from '../../src/node/checkpoints.ts';
import { absoluteFolders, systemProgram } from '../../src/node/executables.ts';
import { headOf, repoRootOf, sinceCommit } from '../../src/node/gitFacts.ts';
import { productSources, withoutComments } from '../support/sources.ts';

function place(t: TestContext): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'git-')));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

const git = (cwd: string, ...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=n', '-c', 'user.email=e@example.com', '-c', 'protocol.file.allow=always', ...args], { cwd, encoding: 'utf8' }).trim();

test('no program that a repository names is run, and the figures are right all the same', async (t) => {
  const root = place(t);
  const repository = join(root, 'repository');
  const touch = join(root, 'touch.sh');
  writeFileSync(touch, `#!/bin/sh\ntouch "${root}/PWNED-$$"\nexit 1\n`);
  chmodSync(touch, 0o755);
  git(root, 'init', '-q', 'inner');
  git(join(root, 'inner'), 'commit', '-qm', 'one', '--allow-empty');
  git(root, 'init', '-q', 'repository');
  writeFileSync(join(repository, 'a.txt'), 'one\ntwo\n');
  writeFileSync(join(repository, 'gone.txt'), 'one\n');
  git(repository, 'submodule', '--quiet', 'add', join(root, 'inner'), 'inner');
  git(repository, 'add', '.');
  git(repository, 'commit', '-qm', 'one');
  const start = git(repository, 'rev-parse', 'HEAD');
  writeFileSync(join(repository, '.gitattributes'), '* filter=evil diff=evil merge=evil\n');
  const names = [
    'core.fsmonitor', 'core.sshCommand', 'core.pager', 'core.editor', 'core.askPass', 'core.gitProxy', 'core.alternateRefsCommand', 'diff.external',
    'diff.evil.command', 'diff.evil.textconv', 'filter.evil.clean', 'filter.evil.smudge', 'filter.evil.process', 'merge.evil.driver',
    'credential.helper', 'gpg.program', 'gpg.ssh.program', 'pager.diff', 'pager.rev-parse', 'pager.ls-files', 'pager.config', 'alias.rev-parse', 'alias.ls-files',
    'remote.origin.uploadpack', 'remote.origin.vcs', 'uploadpack.packObjectsHook', 'sequence.editor', 'interactive.diffFilter', 'trace2.eventTarget',
  ];
  const values: Record<string, string> = { 'credential.helper': `!${touch}`, 'pager.diff': touch };
  const hostile = (at: string): void => {
    for (const name of names) git(at, 'config', name, values[name] ?? touch);
    git(at, 'config', 'filter.evil.required', 'true');
    git(at, 'config', 'log.showSignature', 'true');
    git(at, 'config', 'remote.origin.promisor', 'true');
    git(at, 'config', 'remote.origin.url', `ext::${touch}`);
    git(at, 'config', 'protocol.ext.allow', 'always');
    git(at, 'config', 'protocol.allow', 'always');
  };
  const hooks = join(repository, '.git/hooks');
  mkdirSync(hooks, { recursive: true });
  for (const hook of ['post-index-change', 'reference-transaction', 'post-checkout', 'pre-auto-gc', 'fsmonitor-watchman']) symlinkSync(touch, join(hooks, hook));
  hostile(join(repository, 'inner'));
  hostile(repository);
  writeFileSync(join(repository, '.git/more'), `[core]\n\tfsmonitor = ${touch}\n`);
  git(repository, 'config', 'include.path', 'more');
  writeFileSync(join(repository, 'a.txt'), 'one\nTWO\nthree\n');
  rmSync(join(repository, 'gone.txt'));
  const ran = (): string[] => readdirSync(root).filter((name) => name.startsWith('PWNED'));
  // That it bites is seen from git itself.
  try { git(repository, 'diff', '--stat'); } catch { /* The filter fails, as it was told to. */ }
  assert.notDeepEqual(ran(), []);
  for (const name of ran()) rmSync(join(root, name));

  assert.equal(await repoRootOf(repository), repository);
  assert.equal((await headOf(repository))?.sha, start);
  assert.deepEqual(await sinceCommit(repository, start), { sha: start, loc_added: 2, loc_removed: 2, files_changed: 2, commits: 0 });
  const checkpoints = await openCheckpoints({ folder: repository, gitDir: join(root, 'shadow') });
  if ('is' in checkpoints) throw new Error(checkpoints.reason);
  const first = await checkpoints.capture();
  writeFileSync(join(repository, 'a.txt'), 'other\n');
  const tip = await checkpoints.capture();
  assert.deepEqual((await checkpoints.restore({ to: first.checkpoint, tip: tip.checkpoint })).write, ['a.txt']);
  assert.deepEqual(ran(), []);
});

test('a program is looked for in absolute folders only', async (t) => {
  const root = place(t);
  const saved = [process.env['PATH'], process.cwd()] as const;
  t.after(() => {
    process.env['PATH'] = saved[0];
    process.chdir(saved[1]);
  });
  for (const name of ['git', 'only-here']) {
    writeFileSync(join(root, name), `#!/bin/sh\ntouch "${root}/PWNED"\n`);
    chmodSync(join(root, name), 0o755);
  }
  process.chdir(root);
  process.env['PATH'] = ['.', '', 'bin/..', saved[0], ''].join(delimiter);
  assert.deepEqual([systemProgram('only-here'), await repoRootOf(root), await headOf(root)], [null, root, null]);
  const checkpoints = await openCheckpoints({ folder: root, gitDir: join(root, '..', `${process.pid}-shadow`) });
  if ('is' in checkpoints) throw new Error(checkpoints.reason);
  await checkpoints.capture();
  rmSync(join(root, '..', `${process.pid}-shadow`), { recursive: true });
  assert.deepEqual(readdirSync(root).sort(), ['git', 'only-here']);
});

test('no program is taken from a workspace, also where an absolute folder of the PATH or a link leads to it', async (t) => {
  const root = place(t);
  const [workspace, elsewhere] = [join(root, 'workspace'), join(root, 'elsewhere')];
  for (const path of [join(workspace, 'bin'), join(workspace, 'packages/app'), elsewhere]) mkdirSync(path, { recursive: true });
  git(workspace, 'init', '-q');
  for (const name of ['git', 'find', 'only-here']) {
    writeFileSync(join(workspace, 'bin', name), `#!/bin/sh\ntouch "${root}/PWNED"\n`, { mode: 0o755 });
    symlinkSync(join(workspace, 'bin', name), join(elsewhere, name));
  }
  symlinkSync(join(workspace, 'bin'), join(root, 'linked'));
  const saved = process.env['PATH'];
  t.after(() => { process.env['PATH'] = saved; });
  for (const first of [join(workspace, 'bin'), join(root, 'linked'), elsewhere]) {
    process.env['PATH'] = [first, saved].join(delimiter);
    const app = join(workspace, 'packages/app');
    assert.equal(await headOf(app), null);
    const checkpoints = await openCheckpoints({ folder: app, gitDir: join(root, 'shadow') });
    if ('is' in checkpoints) throw new Error(checkpoints.reason);
    await checkpoints.capture();
    assert.deepEqual([systemProgram('only-here'), absoluteFolders(first)], [null, first === elsewhere ? elsewhere : '']);
  }
  assert.deepEqual(readdirSync(root).sort(), ['elsewhere', 'linked', 'shadow', 'workspace']);
});

test('no other file starts a program by a name that is looked up then', () => {
  const byName = /\b(?:spawn|spawnSync|execFile|execFileSync|exec|execSync)\(\s*['"`]/;
  const found = productSources().filter(({ text }) => byName.test(withoutComments(text))).map(({ path }) => path);
  assert.deepEqual(found, []);
});
