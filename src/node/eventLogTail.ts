import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { HumanError } from '../core/errors.ts';
import type { SelectsLine } from './eventLogFilter.ts';
import { logFilePath } from './eventLogLines.ts';
import { seqOfLine } from './eventLogRow.ts';

/** Takes whole lines, as they stand in the file; what it returns is waited for, and the bytes are not kept. */
export type TakeLines = (lines: Uint8Array) => Promise<void> | void;

const chunkBytes = 1 << 20;
/** A `seq` stands within the first bytes of its row. */
const seqWithin = 64;

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

/**
 * Reads a log of one or more files, from its beginning on and then further, while another process writes it. Rows of which nobody else has a
 * copy are handed out once, and as they stand: nothing is parsed. Memory stays flat. Reading is synchronous: it is for processes that have
 * nothing else to do.
 */
export class LogTail {
  readonly #path: string;
  readonly #selects: SelectsLine | null;
  #buffer: Buffer = Buffer.alloc(0);
  #fd: number | null = null;
  #inode = 0;
  #file = 1;
  #offset = 0;
  /** The file that is read may begin with rows that were handed out already: it is a continuation, or was put in place of another. */
  #mayRepeat = false;
  /** Whether the last row so far is the session's end. */
  ended = false;
  /** `seq` of the last row so far. */
  seq = 0;

  /** `selects`: which lines are handed out; null for all. */
  constructor(path: string, selects: SelectsLine | null) {
    this.#path = path;
    this.#selects = selects;
  }

  /** Hands out every whole line that was not handed out yet. @throws HumanError when the log was cut or taken away. */
  async advance(take: TakeLines): Promise<void> {
    for (;;) {
      // Asked before the last read: once there is a next file nothing is written to this one.
      const isLast = !existsSync(logFilePath(this.#path, this.#file + 1));
      await this.#readOn(this.#open(), take);
      if (isLast) return;
      this.close();
      this.#file++;
      this.#offset = 0;
      this.#mayRepeat = true;
    }
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }

  #open(): number {
    const path = logFilePath(this.#path, this.#file);
    const named = statSync(path, { throwIfNoEntry: false });
    if (!named) throw logGone(path);
    if (named.size < this.#offset) throw logCut(path);
    if (this.#fd !== null && named.ino !== this.#inode) {
      this.close();
      this.#offset = 0;
      this.#mayRepeat = true;
    }
    if (this.#fd === null) {
      this.#fd = openSync(path, 'r');
      this.#inode = fstatSync(this.#fd).ino;
    }
    return this.#fd;
  }

  async #readOn(fd: number, take: TakeLines): Promise<void> {
    if (this.#buffer.length === 0) this.#buffer = Buffer.allocUnsafe(chunkBytes);
    for (let held = 0; ; ) {
      if (held === this.#buffer.length) this.#buffer = Buffer.concat([this.#buffer], held * 2);
      const buffer = this.#buffer;
      const length = readSync(fd, buffer, held, buffer.length - held, this.#offset + held);
      if (length === 0) return;
      const end = buffer.lastIndexOf(0x0a, held + length - 1) + 1;
      const isWhole = end > held;
      held += length;
      if (!isWhole) continue;
      const known = this.seq;
      this.#note(buffer.toString('utf8', buffer.lastIndexOf(0x0a, end - 2) + 1, end));
      const keptBytes = this.#keep(buffer, end, known);
      if (keptBytes > 0) await take(buffer.subarray(0, keptBytes));
      buffer.copyWithin(0, end, held);
      held -= end;
      this.#offset += end;
    }
  }

  #note(lastLine: string): void {
    const seq = seqOfLine(lastLine);
    if (this.#mayRepeat && seq <= this.seq) return;
    this.seq = seq;
    this.ended = isExited(lastLine);
  }

  /** Moves the lines that are handed out to the front of `bytes[0..end)`; gives where they end. */
  #keep(bytes: Buffer, end: number, known: number): number {
    if (this.#selects === null && !this.#mayRepeat) return end;
    let kept = 0;
    for (let start = 0, next: number; start < end; start = next) {
      next = bytes.indexOf(0x0a, start) + 1;
      if (!this.#isWanted(bytes, start, next - 1, known)) continue;
      bytes.copyWithin(kept, start, next);
      kept += next - start;
    }
    return kept;
  }

  #isWanted(bytes: Buffer, start: number, end: number, known: number): boolean {
    if (this.#mayRepeat) {
      const seq = seqOfLine(bytes.toString('latin1', start, Math.min(end, start + seqWithin)));
      if (seq !== 0 && seq <= known) return false;
    }
    return this.#selects === null || this.#selects(bytes, start, end);
  }
}
