import { statSync, type BigIntStats } from 'node:fs';

/** Inode, size and time of change in one string; empty for what is not there. */
export function markOf(path: string): string {
  try {
    const stats: BigIntStats | undefined = statSync(path, { throwIfNoEntry: false, bigint: true });
    return stats === undefined ? '' : `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}`;
  } catch {
    return '';
  }
}
