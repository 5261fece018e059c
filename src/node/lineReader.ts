import { open, type FileHandle } from 'node:fs/promises';
import type { Observation, Watch } from '../core/adapter.ts';
import { markOf } from './fileMark.ts';
import { readingFlags } from './regularFile.ts';

/** Reads what one watch looks at, and delivers what is new. */
export interface WatchReader {
  /** One reading, up to the end; never rejects for what a disk does. Not called again before it has resolved. */
  read(): Promise<void>;
  /** A stat differs from the one of the last reading. */
  seemsChanged(): boolean;
  /** Delivers nothing from here on. */
  stop(): void;
}

const chunkBytes = 1 << 20;
/** What comes of a line past this is not read into memory: the line is told up to here. */
const lineLimitBytes = 64 << 20;
/** So much of what was read last is compared at every reading, to notice a file that was written anew in place. */
const tailBytes = 64;

/** Follows a file line by line from its first byte. A file that was replaced, cut or written anew is read from its beginning. */
export class LineReader implements WatchReader {
  readonly #watch: Watch;
  readonly #deliver: (observation: Observation) => void;
  #mark = '';
  #inode = '';
  #offset = 0;
  #tail: Buffer = Buffer.alloc(0);
  #partial: Buffer[] = [];
  #partialBytes = 0;
  #isStopped = false;

  constructor(watch: Watch, deliver: (observation: Observation) => void) {
    this.#watch = watch;
    this.#deliver = deliver;
  }

  async read(): Promise<void> {
    this.#mark = markOf(this.#watch.path);
    if (this.#isStopped) return;
    const file = await open(this.#watch.path, readingFlags).catch(() => null);
    if (file === null) return this.#beginAnew('');
    try {
      await this.#readOn(file);
    } finally {
      await file.close().catch(() => {});
    }
  }

  seemsChanged(): boolean {
    return markOf(this.#watch.path) !== this.#mark;
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #readOn(file: FileHandle): Promise<void> {
    const stats = await file.stat({ bigint: true }).catch(() => null);
    if (stats === null || !stats.isFile()) return;
    const inode = `${stats.dev}:${stats.ino}`;
    if (inode !== this.#inode || stats.size < BigInt(this.#offset) || !(await this.#isStillThere(file))) this.#beginAnew(inode);
    while (!this.#isStopped) {
      const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, Math.max(4096, Number(stats.size) - this.#offset + 1)));
      // EIO, ESTALE, EISDIR: the next reading goes on from here.
      const { bytesRead } = await file.read(chunk, 0, chunk.length, this.#offset).catch(() => ({ bytesRead: 0 }));
      if (bytesRead === 0 || this.#isStopped) return;
      this.#offset += bytesRead;
      this.#take(chunk.subarray(0, bytesRead));
    }
  }

  async #isStillThere(file: FileHandle): Promise<boolean> {
    if (this.#tail.length === 0) return true;
    const now = Buffer.alloc(this.#tail.length);
    const { bytesRead } = await file.read(now, 0, now.length, this.#offset - now.length).catch(() => ({ bytesRead: 0 }));
    return bytesRead === now.length && now.equals(this.#tail);
  }

  #beginAnew(inode: string): void {
    this.#inode = inode;
    this.#offset = 0;
    this.#tail = Buffer.alloc(0);
    this.#partial = [];
    this.#partialBytes = 0;
  }

  #take(bytes: Buffer): void {
    this.#tail = Buffer.from(bytes.length >= tailBytes ? bytes.subarray(-tailBytes) : Buffer.concat([this.#tail, bytes]).subarray(-tailBytes));
    let from = 0;
    for (let end = bytes.indexOf(0x0a); end !== -1 && !this.#isStopped; end = bytes.indexOf(0x0a, from)) {
      this.#keep(bytes.subarray(from, end));
      this.#tellLine();
      from = end + 1;
    }
    this.#keep(bytes.subarray(from));
  }

  #keep(bytes: Buffer): void {
    const kept = bytes.subarray(0, Math.max(0, lineLimitBytes - this.#partialBytes));
    if (kept.length === 0) return;
    this.#partial.push(kept);
    this.#partialBytes += kept.length;
  }

  /** Empty lines hold no fact and are not told. */
  #tellLine(): void {
    const line = this.#partial.length === 1 ? this.#partial[0]! : Buffer.concat(this.#partial);
    this.#partial = [];
    this.#partialBytes = 0;
    if (line.length > 0) this.#deliver({ is: 'line', watch: this.#watch.watch, path: this.#watch.path, line: line.toString('utf8') });
  }
}
