import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';

/** What is longer than this is no text that we read as a whole. */
const limitBytes = 64 << 20;
/** A named pipe that has no writer is opened at once; on Windows there is no such flag. */
export const readingFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** What stands where a regular file was expected, as a person calls it. */
export function kindOf(stats: Pick<Stats, 'isFile' | 'isDirectory' | 'isSymbolicLink' | 'isFIFO' | 'isSocket'>): string {
  if (stats.isFile()) return 'a file';
  if (stats.isDirectory()) return 'a folder';
  if (stats.isSymbolicLink()) return 'a link';
  if (stats.isFIFO()) return 'a named pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

/** A text file; null when it cannot be read, is too long, or is none (a named pipe, a device): reading one of those would never end. */
export async function readTextFile(path: string): Promise<string | null> {
  const file = await open(path, readingFlags).catch(() => null);
  if (file === null) return null;
  try {
    const stats = await file.stat();
    return stats.isFile() && stats.size <= limitBytes ? await file.readFile('utf8') : null;
  } catch {
    return null;
  } finally {
    await file.close().catch(() => undefined);
  }
}

/** As `readTextFile`, for who cannot wait. */
export function readTextFileSync(path: string): string | null {
  let fd: number | null = null;
  try {
    fd = openSync(path, readingFlags);
    const stats = fstatSync(fd);
    return stats.isFile() && stats.size <= limitBytes ? wholeOf(fd, stats.size) : null;
  } catch {
    return null;
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

function wholeOf(fd: number, size: number): string {
  const bytes = Buffer.alloc(size);
  let at = 0;
  for (let read = -1; at < size && read !== 0; at += read) read = readSync(fd, bytes, at, size - at, at);
  return bytes.toString('utf8', 0, at);
}
