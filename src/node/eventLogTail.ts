import { existsSync, statSync, watch, type FSWatcher } from 'node:fs';
import type { Disposable } from '../core/ports.ts';
import { lineChunks, logFilePath, type LineChunk } from './eventLogLines.ts';
import { isWholeLine, seqOfLine } from './eventLogRow.ts';

/** How often a file is looked at where the system does not tell of changes (network folders, a file that was put back). */
const lookAgainMs = 500;

/** Where reading goes on: the file, the byte after the last whole line, and the last row handed out. */
interface Place {
  file: number;
  offset: number;
  seq: number;
}

/** The whole lines of a chunk that were not handed out before. Moves `place` behind each line. */
function* linesOf(chunk: LineChunk, place: Place): Generator<string> {
  for (let start = 0; start < chunk.end; ) {
    const newline = chunk.bytes.indexOf(0x0a, start);
    const isWhole = isWholeLine(chunk.bytes, start, newline);
    const line = isWhole ? chunk.bytes.toString('utf8', start, newline) : '';
    start = newline + 1;
    const seq = isWhole ? seqOfLine(line) : 0;
    if (seq <= place.seq) continue;
    place.seq = seq;
    place.offset = chunk.offset + start;
    yield line;
  }
}

/** Everything that is there now, through all files of the log. */
async function* linesFrom(path: string, place: Place): AsyncGenerator<string> {
  while (existsSync(logFilePath(path, place.file))) {
    for await (const chunk of lineChunks(logFilePath(path, place.file), place.offset)) yield* linesOf(chunk, place);
    if (!existsSync(logFilePath(path, place.file + 1))) return;
    place.file++;
    place.offset = 0;
  }
}

/**
 * The rows of a log as they stand in it, one JSON text each, without parsing them. For processes that are not the writer; may run while
 * it writes. Rows that are torn or damaged are passed over. Memory stays flat; a log that does not exist is empty.
 */
export const readEventLog = (path: string): AsyncIterable<string> => linesFrom(path, { file: 1, offset: 0, seq: 0 });

export interface FollowOptions {
  /** Byte of the log's first file to begin at, a line's beginning; 0 for everything. */
  from?: number;
  /** Rows up to this one are known and not handed out. */
  afterSeq?: number;
}

/** The next line, or null at the end; also where the file is just going or coming: it will be looked at again. */
const next = (lines: AsyncGenerator<string>): Promise<string | null> =>
  lines.next().then(
    (result) => (result.done ? null : result.value),
    () => null,
  );

/** Hands each whole row of a log to `onLine`, those that are there and those to come, each once and in order, until it is disposed. */
export const followEventLog = (path: string, options: FollowOptions, onLine: (line: string) => void): Disposable => {
  const place: Place = { file: 1, offset: options.from ?? 0, seq: options.afterSeq ?? 0 };
  let isDisposed = false;
  let isReading = false;
  let isAsked = false;
  let watched: { file: string; inode: number; watcher: FSWatcher } | null = null;

  const watchCurrent = () => {
    const file = logFilePath(path, place.file);
    const found = statSync(file, { throwIfNoEntry: false });
    if (!found || (watched?.file === file && watched.inode === found.ino)) return;
    watched?.watcher.close();
    watched = null;
    try {
      const watcher = watch(file, { persistent: false }, () => void read());
      // The timer below goes on looking.
      watcher.on('error', () => watcher.close());
      watched = { file, inode: found.ino, watcher };
    } catch {
      // No more watches to be had: the timer below looks.
    }
  };
  const read = async (): Promise<void> => {
    isAsked = true;
    if (isReading || isDisposed) return;
    isReading = true;
    while (isAsked && !isDisposed) {
      isAsked = false;
      watchCurrent();
      const lines = linesFrom(path, place);
      for (let line = await next(lines); line !== null && !isDisposed; line = await next(lines)) onLine(line);
      await lines.return(undefined);
    }
    isReading = false;
  };

  const timer = setInterval(() => void read(), lookAgainMs);
  void read();
  return {
    dispose: () => {
      isDisposed = true;
      clearInterval(timer);
      watched?.watcher.close();
    },
  };
};
