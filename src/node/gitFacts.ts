import { mkdir, mkdtemp, readdir, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';
import { withinBound } from './boundedWork.ts';
import { runGit } from './git.ts';
import { readTextFile } from './regularFile.ts';

/** A session's start and end wait for these. */
const limitMs = 5_000;

const asked = async (folder: string, ...args: string[]): Promise<string | null> => {
  const end = await runGit({ is: 'asked', folder }, args, { limitMs }).catch(() => null);
  return end?.code === 0 ? end.stdout.toString().trim() : null;
};

/** The folder as a real path, or null when it is none, or on a disk that does not answer. */
export function folderAt(path: string): Promise<string | null> {
  return withinBound<string | null>(path, async () => {
    const real = await realpath(path).catch(() => null);
    return real && (await stat(real)).isDirectory() ? real : null;
  }, () => null);
}

/** Root of the user's repository around a folder (a real path); the folder itself when there is none or no git. */
export const repoRootOf = async (cwd: string): Promise<string> => (await plainRootOf(cwd)) ?? ((await asked(cwd, 'rev-parse', '--show-toplevel')) || cwd);

/**
 * The same for the everyday cases, without a process for each list that is asked for: nothing named `.git` all the way up, or a folder of that name
 * that is ours and has no settings about where its files are. Null where git has to be asked.
 */
async function plainRootOf(cwd: string): Promise<string | null> {
  const dev = (await stat(cwd).catch(() => null))?.dev;
  // Within a repository's own files there is no working tree.
  if (dev === undefined || cwd.split(sep).includes('.git')) return null;
  for (let folder = cwd; ; folder = dirname(folder)) {
    const found = await stat(join(folder, '.git')).catch((error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? undefined : null));
    if (found) return found.isDirectory() && found.dev === dev && found.uid === process.getuid?.() && (await isPlain(join(folder, '.git'))) ? folder : null;
    if (found === null) return null;
    if (dirname(folder) === folder) return cwd;
  }
}

async function isPlain(gitFolder: string): Promise<boolean> {
  const [head, config] = await Promise.all(['HEAD', 'config'].map((name) => readTextFile(join(gitFolder, name))));
  return typeof head === 'string' && typeof config === 'string' && !/worktree|bare *= *true|include/i.test(config);
}

/** Commit and branch the folder is at; null outside a repository or before its first commit. */
export async function headOf(cwd: string): Promise<{ sha: string; branch: string } | null> {
  const sha = await asked(cwd, 'rev-parse', 'HEAD');
  return sha ? { sha, branch: (await asked(cwd, 'rev-parse', '--abbrev-ref', 'HEAD')) ?? 'HEAD' } : null;
}

/** What a repository holds that it did not hold at a commit. */
export interface SinceCommit {
  sha: string;
  loc_added: number;
  loc_removed: number;
  files_changed: number;
  commits: number;
}

/** What came since a commit: lines and files by the working tree, commits by the history. */
export async function sinceCommit(cwd: string, start: string): Promise<SinceCommit | null> {
  const head = await headOf(cwd);
  const numstat = head && (await numstatSince(cwd, start).catch(() => null));
  if (!head || numstat === null) return null;
  const rows = numstat.split('\n').filter(Boolean).map((line) => line.split('\t'));
  const sum = (column: number): number => rows.reduce((total, row) => total + (Number(row[column]) || 0), 0);
  const commits = Number(await asked(cwd, 'rev-list', '--count', `${start}..HEAD`)) || 0;
  return { sha: head.sha, loc_added: sum(0), loc_removed: sum(1), files_changed: rows.length, commits };
}

/** How text lies in the working tree; the rest of a repository's configuration has no say in what differs. */
const textSettings = '^core\\.(autocrlf|eol|filemode|symlinks|ignorecase|precomposeunicode)$';

/**
 * What differs from a commit, counted with an empty repository around the objects and the index of the user's: a diff runs filters and other
 * programs that the configuration names, and there it names none. A file whose content a filter changes counts as changed once it is touched.
 */
async function numstatSince(cwd: string, start: string): Promise<string | null> {
  if (!/^[0-9a-f]{40,64}$/.test(start)) return null;
  const places = await asked(cwd, 'rev-parse', '--show-toplevel', '--absolute-git-dir', '--git-path', 'objects', '--git-path', 'index');
  const [root, gitDir, objects, index] = (places ?? '').split('\n');
  if (root === undefined || gitDir === undefined || objects === undefined || index === undefined) return null;
  const settings = (await asked(cwd, 'config', '-z', '--get-regexp', textSettings)) ?? '';
  const options = settings.split('\0').filter(Boolean).flatMap((setting) => ['-c', setting.replace('\n', '=')]);
  const apart = await mkdtemp(join(tmpdir(), 'backstitch-diff-'));
  try {
    await mkdir(join(apart, 'refs'));
    await mkdir(join(apart, 'objects'));
    await writeFile(join(apart, 'HEAD'), 'ref: refs/heads/none\n');
    const format = start.length > 40 ? '\trepositoryformatversion = 1\n[extensions]\n\tobjectFormat = sha256\n' : '';
    await writeFile(join(apart, 'config'), `[core]\n\tbare = false\n${format}`);
    // An index may be split: its larger part is looked for beside HEAD.
    const shared = (await readdir(gitDir)).filter((name) => name.startsWith('sharedindex.'));
    for (const name of shared) await symlink(join(gitDir, name), join(apart, name));
    const way = { is: 'own', gitDir: apart, workTree: root, index: resolve(cwd, index), objects: resolve(cwd, objects) } as const;
    // Whether a submodule's files have changed only its own git can tell, with its own configuration.
    const diff = ['diff', '--numstat', '--no-ext-diff', '--no-textconv', '--ignore-submodules=dirty', start, '--'];
    const end = await runGit(way, [...options, ...diff], { limitMs });
    return end.code === 0 ? end.stdout.toString().trim() : null;
  } finally {
    await rm(apart, { recursive: true, force: true });
  }
}
