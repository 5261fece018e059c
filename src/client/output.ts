import { openSync, closeSync, fstatSync, readSync, existsSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { openStateDirectoryFor } from './connect.ts';

/** A file system that drops a notification costs a follower this long. */
const lookAgainMs = 500;
const chunkBytes = 64 * 1024;

/** Where the raw terminal output of a session is kept; what was rotated away last stands beside it as `.1`. */
export const outputPathOf = async (env: Readonly<Record<string, string | undefined>>, uid: string): Promise<string> =>
  (await openStateDirectoryFor(env)).outputPath(uid);

/** The last `lines` lines of a session's raw output and where they end; nothing when there is none yet. */
export function outputTail(path: string, lines: number): { bytes: Buffer; end: number } {
  if (!existsSync(path)) return { bytes: Buffer.alloc(0), end: 0 };
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    let bytes = Buffer.alloc(0);
    for (let start = size; start > 0 && newlinesIn(bytes) <= lines;) {
      const from = Math.max(0, start - chunkBytes);
      const chunk = Buffer.alloc(start - from);
      readSync(file, chunk, 0, chunk.length, from);
      bytes = Buffer.concat([chunk, bytes]);
      start = from;
    }
    return { bytes: lastLines(bytes, lines), end: size };
  } finally {
    closeSync(file);
  }
}

/** What is written to the output from `from` on, as it comes. A rotated file is read from its beginning. Ends when `signal` does. */
export async function followOutput(path: string, from: number, take: (bytes: Buffer) => void, signal: AbortSignal): Promise<void> {
  let offset = from;
  let wake = (): void => undefined;
  const watcher = watch(dirname(path), (_, name) => { if (name === null || name === basename(path)) wake(); });
  const timer = setInterval(() => wake(), lookAgainMs);
  signal.addEventListener('abort', () => wake());
  try {
    for (;;) {
      offset = readFrom(path, offset, take);
      if (signal.aborted) return;
      await new Promise<void>((resolve) => { wake = resolve; });
    }
  } finally {
    clearInterval(timer);
    watcher.close();
  }
}

function readFrom(path: string, from: number, take: (bytes: Buffer) => void): number {
  if (!existsSync(path)) return from;
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    let offset = size < from ? 0 : from;
    while (offset < size) {
      const chunk = Buffer.alloc(Math.min(chunkBytes, size - offset));
      const read = readSync(file, chunk, 0, chunk.length, offset);
      if (read === 0) break;
      take(chunk.subarray(0, read));
      offset += read;
    }
    return offset;
  } finally {
    closeSync(file);
  }
}

function newlinesIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}

function lastLines(bytes: Buffer, lines: number): Buffer {
  let at = bytes.at(-1) === 10 ? bytes.length - 1 : bytes.length;
  for (let left = lines; left > 0; left--) {
    at = bytes.lastIndexOf(10, at - 1);
    if (at <= 0) return at < 0 ? bytes : bytes.subarray(left === 1 ? at + 1 : 0);
  }
  return bytes.subarray(at + 1);
}
