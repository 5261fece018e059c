import { watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { HumanError } from '../core/errors.ts';
import { lineChunks, logFilesOf } from '../node/eventLogLines.ts';
import { seqOfLine } from '../node/eventLogRow.ts';

/** Takes whole lines, as they stand in the file; what it returns is waited for, and the bytes are not kept. */
export type TakeLines = (lines: Uint8Array) => Promise<void> | void;

/** A file system that drops a notification (some network ones do) costs a follower this long, not the row. */
const lookAgainMs = 500;

const logGone = (path: string) => new HumanError('log-gone', `The log ${path} is not there any more.`);
const logCut = (path: string) => new HumanError('log-truncated', `The log ${path} is shorter than it was: somebody has changed it. Nothing was left out of what was printed before.`);

const isExited = (line: string): boolean => {
  if (!line.includes('"type":"exited"')) return false;
  try {
    return (JSON.parse(line) as { type?: unknown }).type === 'exited';
  } catch {
    return false;
  }
};

/** How far a reader has come in a log of one or more files. */
class LogPosition {
  readonly path: string;
  /** Whether the last row so far is the session's end. */
  ended = false;
  /** `seq` of the last row so far. */
  seq = 0;
  #file = 0;
  #offset = 0;

  constructor(path: string) {
    this.path = path;
  }

  /** Hands out every whole line that was not handed out yet. @throws HumanError when the log was cut or taken away. */
  async advance(take: TakeLines): Promise<void> {
    const files = logFilesOf(this.path);
    if (files.length <= this.#file) throw logGone(this.path);
    for (; this.#file < files.length; this.#file++, this.#offset = 0) {
      const path = files[this.#file] ?? this.path;
      if ((await stat(path)).size < this.#offset) throw logCut(path);
      for await (const { bytes, end, offset } of lineChunks(path, this.#offset)) {
        await take(bytes.subarray(0, end));
        this.#offset = offset + end;
        const last = bytes.toString('utf8', bytes.lastIndexOf(0x0a, end - 2) + 1, end);
        this.seq = seqOfLine(last);
        this.ended = isExited(last);
      }
      if (this.#file === files.length - 1) return;
    }
  }
}

/** Every whole row that the log holds now, as it was written. Memory stays flat. */
export const copyLog = (path: string, take: TakeLines): Promise<void> => new LogPosition(path).advance(take);

/**
 * Every row that the log holds, then each that comes, until its last row is the session's end. Of a session that is over anyway,
 * give the `seq` of its last row: an interrupted one has no row that says so.
 */
export const followLog = async (path: string, take: TakeLines, overAt: number | null): Promise<void> => {
  const position = new LogPosition(path);
  const stem = basename(path, '.jsonl');
  let wake = (): void => undefined;
  const watcher = watch(dirname(path), (_, name) => {
    if (name === null || name.startsWith(stem)) wake();
  });
  const timer = setInterval(() => wake(), lookAgainMs);
  try {
    for (;;) {
      const changed = new Promise<void>((resolve) => { wake = resolve; });
      await position.advance(take);
      if (position.ended || (overAt !== null && position.seq >= overAt)) return;
      await changed;
    }
  } finally {
    clearInterval(timer);
    watcher.close();
  }
};
