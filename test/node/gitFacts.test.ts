import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { repoRootOf } from '../../src/node/gitFacts.ts';

const base = realpathSync(mkdtempSync(join(tmpdir(), 'backstitch-git-')));
after(() => rmSync(base, { recursive: true, force: true }));
const git = (cwd: string, ...args: string[]) => execFileSync('git', args, { cwd, stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: base } }).trim();
const folder = (...names: string[]): string => {
  const path = join(base, ...names);
  mkdirSync(path, { recursive: true });
  return path;
};

/** As git says it; the folder itself where it says nothing. */
const asGitSays = (cwd: string): string => {
  try {
    return git(cwd, 'rev-parse', '--show-toplevel') || cwd;
  } catch {
    return cwd;
  }
};

test('the root of a repository is the one that git names', async () => {
  const repository = folder('repository');
  git(repository, 'init');
  git(repository, '-c', 'user.name=x', '-c', 'user.email=x', 'commit', '--allow-empty', '-m', 'first');
  const below = folder('repository', 'src', 'deep');
  git(repository, 'worktree', 'add', join(base, 'worktree'));
  const bare = folder('bare');
  git(bare, 'init', '--bare');
  const elsewhere = folder('elsewhere');
  git(elsewhere, 'init');
  git(elsewhere, 'config', 'core.worktree', repository);
  const broken = folder('broken');
  writeFileSync(join(folder('broken', '.git'), 'HEAD'), 'nonsense');
  const file = folder('file');
  writeFileSync(join(file, '.git'), 'gitdir: nowhere\n');
  const places = [repository, below, join(base, 'worktree'), bare, elsewhere, broken, file, join(repository, '.git'), folder('plain'), base];
  const found = await Promise.all(places.map(repoRootOf));
  assert.deepEqual(found, places.map(asGitSays));
  assert.deepEqual([found[0], found[1]], [repository, repository]);
  assert.equal(await repoRootOf(join(base, 'missing')), join(base, 'missing'));
});
