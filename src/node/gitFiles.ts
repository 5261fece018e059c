import { stat } from 'node:fs/promises';
import { devNull, homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { kindOf, readTextFile } from './regularFile.ts';

/** What git reads of a repository before it has done anything; ignore files are looked at where they are asked for. */
const read = [
  'HEAD', 'config', 'config.worktree', 'commondir', 'index', 'packed-refs', 'shallow', 'info/attributes', 'info/grafts',
  'info/sparse-checkout', 'objects/info/alternates',
];
/** Of files that configurations include, so many are looked at. */
const mostIncluded = 50;

/**
 * Git waits for ever for a named pipe, and reads a device without end: a repository around the folder, or the user's
 * own configuration, in which a file is one of those is not asked.
 * @throws Error that names the file
 */
export async function assertGitFiles(folder: string): Promise<void> {
  const configs = userConfigs();
  const at = await repositoryAround(folder);
  if (at !== null) {
    await assertFile(join(at.root, '.git'));
    await assertFile(join(at.root, '.gitmodules'));
    const branches = (await Promise.all(at.gitDirs.map(branchOf))).flat();
    for (const gitDir of new Set(at.gitDirs)) {
      for (const name of [...read, ...branches]) await assertFile(join(gitDir, name));
      configs.push(join(gitDir, 'config'), join(gitDir, 'config.worktree'));
    }
  }
  await assertConfigs(configs);
}

/** The git directories of the nearest repository: its own, and the common one of a linked worktree. */
async function repositoryAround(folder: string): Promise<{ root: string; gitDirs: string[] } | null> {
  for (let root = folder; ; root = dirname(root)) {
    const place = join(root, '.git');
    const found = await stat(place).catch(() => null);
    if (found === null && (await isBare(root))) return { root, gitDirs: [root] };
    if (found === null && dirname(root) === root) return null;
    if (found === null) continue;
    const named = found.isDirectory() ? place : /^gitdir: *(.*)$/m.exec((await readTextFile(place)) ?? '')?.[1];
    if (named === undefined) return { root, gitDirs: [] };
    const gitDir = resolve(root, named);
    const common = (await readTextFile(join(gitDir, 'commondir')))?.trim();
    return { root, gitDirs: [gitDir, ...(common ? [resolve(gitDir, common)] : [])] };
  }
}

/** Git takes a folder for a repository without a working tree by these. */
async function isBare(root: string): Promise<boolean> {
  const looks = ['HEAD', 'objects', 'refs'].map((name) => stat(join(root, name)).catch(() => null));
  const [head, ...folders] = await Promise.all(looks);
  return head !== null && folders.every((found) => found?.isDirectory() === true);
}

/** The file of the branch that is checked out. */
async function branchOf(gitDir: string): Promise<string[]> {
  const named = /^ref: *(refs\/\S+)/.exec((await readTextFile(join(gitDir, 'HEAD'))) ?? '')?.[1];
  return named === undefined ? [] : [named];
}

function userConfigs(): string[] {
  const { env } = process;
  const home = env['HOME'] ?? homedir();
  const system = env['GIT_CONFIG_NOSYSTEM'] ? [] : [env['GIT_CONFIG_SYSTEM'] || '/etc/gitconfig'];
  if (env['GIT_CONFIG_GLOBAL']) return [...system, env['GIT_CONFIG_GLOBAL']];
  return [...system, join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'git', 'config'), join(home, '.gitconfig')];
}

/** These, and what they include. */
async function assertConfigs(paths: string[]): Promise<void> {
  const seen = new Set<string>();
  for (const path of paths) {
    if (seen.has(path) || seen.size > mostIncluded) continue;
    seen.add(path);
    await assertFile(path);
    for (const [, named = ''] of ((await readTextFile(path)) ?? '').matchAll(/^\s*path\s*=\s*"?([^"\n]+?)"?\s*$/gm)) {
      const whole = named.startsWith('~/') ? join(process.env['HOME'] ?? homedir(), named.slice(2)) : named;
      paths.push(isAbsolute(whole) ? whole : resolve(dirname(path), whole));
    }
  }
}

async function assertFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found === null || found.isFile() || found.isDirectory() || found.rdev === (await stat(devNull)).rdev) return;
  throw new Error(`git cannot read ${path}: it is ${kindOf(found)}. Put the file back in its place, or remove it`);
}
