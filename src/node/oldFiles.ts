import { type Dirent } from 'node:fs';
import { chmod, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What is deeper, or beyond this number, lies in directories that are closed. */
const deepest = 3;
const mostLooked = 20_000;

/**
 * Takes from others what they may do with files and directories of this user's below these directories: earlier
 * versions left them the user's umask. Links are not followed, and what may not be changed stays.
 */
export async function closeOldFiles(directories: readonly string[]): Promise<void> {
  const own = process.getuid?.();
  if (own === undefined) return;
  const waiting = directories.map((path) => ({ path, depth: 0 }));
  for (let looked = 0; looked < mostLooked; looked++) {
    const next = waiting.shift();
    if (next === undefined) return;
    const found = await lstat(next.path).catch(() => null);
    if (found === null || found.uid !== own || !(found.isFile() || found.isDirectory())) continue;
    if ((found.mode & 0o077) !== 0) await chmod(next.path, found.mode & 0o700).catch(() => undefined);
    if (!found.isDirectory() || next.depth === deepest) continue;
    const entries = await readdir(next.path, { withFileTypes: true }).catch((): Dirent[] => []);
    waiting.push(...entries.map(({ name }) => ({ path: join(next.path, name), depth: next.depth + 1 })));
  }
}
