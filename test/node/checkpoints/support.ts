import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Checkpoints } from '../../../src/core/ports.ts';
import { openCheckpoints } from '../../../src/node/checkpoints.ts';

export interface Place {
  root: string;
  folder: string;
  gitDir: string;
}

/** A folder of a test's own and a place for its shadow repository. */
export function place(t: TestContext): Place {
  const root = mkdtempSync(join(tmpdir(), 'checkpoints-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const folder = join(root, 'folder');
  mkdirSync(folder);
  return { root, folder, gitDir: join(root, 'shadow') };
}

export async function opened(options: Parameters<typeof openCheckpoints>[0]): Promise<Checkpoints> {
  const checkpoints = await openCheckpoints(options);
  if ('is' in checkpoints) throw new Error(checkpoints.reason);
  return checkpoints;
}

export function write(folder: string, path: string, content: string | Buffer, mode?: number): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content, mode === undefined ? {} : { mode });
}

/** Every path below the folder with what it is: text, `-> target`, `*` before executables. */
export function contents(folder: string, below = ''): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(join(folder, below)).sort()) {
    const path = below === '' ? name : `${below}/${name}`;
    const stats = lstatSync(join(folder, path));
    if (name === '.git') continue;
    if (stats.isDirectory()) Object.assign(found, contents(folder, path));
    else if (stats.isSymbolicLink()) found[path] = `-> ${readlinkSync(join(folder, path))}`;
    else found[path] = `${stats.mode & 0o100 ? '*' : ''}${readFileSync(join(folder, path), 'latin1')}`;
  }
  return found;
}

/** The user's own git, in a repository of theirs. */
export const git = (folder: string, ...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=n', '-c', 'user.email=e@example.com', ...args], { cwd: folder, encoding: 'utf8' });
