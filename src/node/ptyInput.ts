import { writeSync } from 'node:fs';

const chunkBytes = 64 * 1024;
const firstDelayMs = 1;
/** A child that does not read is asked again this often: under 1 % of a core, and 64 ms late at worst when it wakes up. */
const lastDelayMs = 64;
/** In characters. */
const mostAnswers = 64 * 1024;

/**
 * What was typed and not yet taken by the child, in order. Writes to the non-blocking master at once where there is room; where there is none it
 * asks again later and ever more rarely. (node-pty 1.1.0 asks again at every turn of the event loop: 80 % of a core, node-pty#956.)
 */
export class PtyInput {
  readonly #fd: number;
  readonly #queue: Buffer[] = [];
  #timer: NodeJS.Timeout | undefined;
  #delayMs = firstDelayMs;
  /** Characters of answers since the queue was empty. */
  #unreadAnswers = 0;
  #isOver = false;

  constructor(fd: number) {
    this.#fd = fd;
  }

  write(data: string | Uint8Array): void {
    if (this.#isOver || data.length === 0) return;
    this.#queue.push(typeof data === 'string' ? Buffer.from(data) : Buffer.from(data));
    if (this.#queue.length === 1) this.#pump();
  }

  /** What nobody typed: a child that asks in masses and reads nothing gets no more of it than this for now. */
  answer(data: string): void {
    if (this.#unreadAnswers >= mostAnswers && this.#queue.length > 0) return;
    this.#unreadAnswers = this.#queue.length === 0 ? 0 : this.#unreadAnswers + data.length;
    this.write(data);
  }

  /** Drops what is left and never touches the descriptor again. */
  dispose(): void {
    this.#isOver = true;
    this.#queue.length = 0;
    clearTimeout(this.#timer);
  }

  #pump(): void {
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      const written = this.#writeSome(next);
      if (written === 0) return this.#pumpLater();
      this.#delayMs = firstDelayMs;
      if (written < next.length) this.#queue[0] = next.subarray(written);
      else this.#queue.shift();
    }
  }

  #pumpLater(): void {
    if (this.#isOver) return;
    this.#timer = setTimeout(() => this.#pump(), this.#delayMs);
    this.#delayMs = Math.min(lastDelayMs, this.#delayMs * 2);
  }

  #writeSome(data: Buffer): number {
    try {
      return writeSync(this.#fd, data, 0, Math.min(data.length, chunkBytes));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
      // EIO, EBADF: the child is gone and its exit is on the way.
      this.dispose();
      return 0;
    }
  }
}
