import { stat } from 'node:fs/promises';
import { devNull, homedir } from 'node:os';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { WorkTree } from './checkpointGit.ts';
import { gitOutput, GitFailure, runGit } from './git.ts';
import { kindOf, readTextFile } from './regularFile.ts';

/** What of the user's own repository and configuration decides which files of a folder are ignored. */
export interface Surroundings extends WorkTree {
  /** Index of the user's repository: what it tracks is not ignored. Null outside one. */
  index: string | null;
  /** Lines of the repository's `info/exclude`, that of the main one in a linked worktree. */
  exclude: string;
  /** The user's own ignore file for all repositories; null when there is none. */
  excludesFile: string | null;
}

const limitMs = 10_000;

/** Asks git, as `git status` in the folder would find it. @throws Error in words where what decides it cannot be read */
export async function surroundingsOf(folder: string, git: string): Promise<Surroundings> {
  const way = { is: 'asked', folder } as const;
  const [places, named] = await Promise.all([
    runGit(way, ['rev-parse', '--show-toplevel', '--git-path', 'index', '--git-path', 'info/exclude'], { git, limitMs }),
    runGit(way, ['config', '--type=path', '--get', 'core.excludesFile'], { git, limitMs }),
  ]);
  for (const end of [places, named]) if (end.isLate) throw new GitFailure(['rev-parse'], end, limitMs);
  const [root, index, exclude, ...more] = places.code === 0 ? places.stdout.toString().replace(/\n$/, '').split('\n') : [];
  const ignoreFile = named.code === 0 ? named.stdout.toString().replace(/\n$/, '') : usualIgnoreFile();
  // Git stands in the root of the working tree when it opens a relative one.
  const excludesFile = await ignoreFileOf(ignoreFile === '' ? '' : resolve(root ?? folder, ignoreFile));
  const prefix = root === undefined ? null : prefixOf(root, folder);
  if (root === undefined || index === undefined || exclude === undefined || more.length > 0 || prefix === null) {
    return { root: folder, prefix: '', index: null, exclude: '', excludesFile };
  }
  const own = await textOf(resolve(folder, exclude));
  return { root, prefix, index: resolve(folder, index), exclude: own ?? '', excludesFile };
}

/** Whether git ignores the folder as a whole: then it ignores all that is in it. */
export async function isFolderIgnored(folder: string, { root, prefix }: WorkTree, git: string): Promise<boolean> {
  if (prefix === '') return false;
  const end = await runGit({ is: 'asked', folder: root }, ['check-ignore', '--quiet', '--', folder], { git, limitMs });
  if (end.isLate) throw new GitFailure(['check-ignore'], end, limitMs);
  return end.code === 0;
}

/** Paths in the folder that the user's repository tracks although a rule ignores them, as seen from the root. */
export async function trackedIgnored(folder: string, git: string): Promise<Buffer> {
  const args = ['ls-files', '-z', '--full-name', '--cached', '--ignored', '--exclude-standard'];
  return gitOutput({ is: 'asked', folder }, args, { git, limitMs });
}

function prefixOf(root: string, folder: string): string | null {
  const inside = relative(root, folder);
  if (inside === '') return '';
  return inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside) ? null : `${inside.split(sep).join('/')}/`;
}

const usualIgnoreFile = (): string => {
  const config = process.env['XDG_CONFIG_HOME'];
  return join(config || join(process.env['HOME'] ?? homedir(), '.config'), 'git', 'ignore');
};

const ignoreFileOf = async (path: string): Promise<string | null> => (path === '' || (await textOf(path)) === null ? null : path);

/** A text that has a say in what is ignored; null where there is none. @throws Error in words where git would never have done reading it */
async function textOf(path: string): Promise<string | null> {
  const found = await stat(path).catch(() => null);
  if (found === null || found.isDirectory() || found.rdev === (await stat(devNull)).rdev) return null;
  const text = await readTextFile(path);
  if (text !== null || found.isFile()) return text;
  throw new Error(`the ignore file ${path} is ${kindOf(found)}. Put a text file in its place, or remove it`);
}
