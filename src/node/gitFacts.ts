import { execFile } from 'node:child_process';
import { realpath, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { readTextFile } from './regularFile.ts';

function git(cwd: string, args: string[]): Promise<string | null> {
  return new Promise((resolve) => {
    execFile('git', args, { cwd, timeout: 5_000, env: { PATH: process.env['PATH'], HOME: process.env['HOME'], GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' } },
      (error, stdout) => resolve(error ? null : stdout.trim()));
  });
}

/** The folder as a real path, or null when it is none. */
export async function folderAt(path: string): Promise<string | null> {
  const real = await realpath(path).catch(() => null);
  return real && (await stat(real)).isDirectory() ? real : null;
}

/** Root of the user's repository around a folder (a real path); the folder itself when there is none or no git. */
export const repoRootOf = async (cwd: string): Promise<string> => (await plainRootOf(cwd)) ?? ((await git(cwd, ['rev-parse', '--show-toplevel'])) || cwd);

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
  const sha = await git(cwd, ['rev-parse', 'HEAD']);
  return sha ? { sha, branch: (await git(cwd, ['rev-parse', '--abbrev-ref', 'HEAD'])) ?? 'HEAD' } : null;
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
  const numstat = head && (await git(cwd, ['diff', '--numstat', start]));
  if (!head || numstat === null) return null;
  const rows = numstat.split('\n').filter(Boolean).map((line) => line.split('\t'));
  const sum = (column: number): number => rows.reduce((total, row) => total + (Number(row[column]) || 0), 0);
  return { sha: head.sha, loc_added: sum(0), loc_removed: sum(1), files_changed: rows.length, commits: Number(await git(cwd, ['rev-list', '--count', `${start}..HEAD`])) || 0 };
}
