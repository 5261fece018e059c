import { closeSync, readSync } from 'node:fs';
import type { ReadStream } from 'node:tty';
import type { Disposable, NodeSignal, Terminal } from '../core/ports.ts';
import { PtyInput } from './ptyInput.ts';
import { sizeOf } from './ptySize.ts';

/** How a child ended: with a code, or by a signal. */
export type TerminalEnd = { code: number | null; signal: string | null };

/** More than any kernel holds of one pty's output (Linux: 64 KB + 4 KB), so a background writer cannot keep an ended terminal open. */
const drainLimitBytes = 1 << 20;
/** The most that is read in one turn of the event loop. */
const burstBytes = 32 * 1024;
const slabBytes = 64 * 1024;
/** What one read of a pty gives at most, however much there is (n_tty.c). After one of this size there is more, after any other mostly nothing. */
const fullReadBytes = 4095;

/** A child in a pty on Unix, however it was started. */
export interface UnixChild {
  readonly pid: number;
  /** The master, non-blocking. `socket` reads it and closes it when destroyed. */
  readonly fd: number;
  readonly socket: ReadStream;
  /** Tells what was read while the socket flows. */
  onRead(listener: (data: Buffer) => void): void;
  /** Our own descriptor of the child's side: without it the kernel hangs up at the child's end and libuv < 1.52 drops what is unread. */
  readonly childSide: number | null;
  resize(cols: number, rows: number): void;
  onExit(listener: (end: TerminalEnd) => void): void;
}

/** A terminal that tells its end only after the last byte of output, whoever pauses when. Reads nothing before somebody listens. */
export class UnixTerminal implements Terminal {
  readonly pid: number;
  readonly #child: UnixChild;
  readonly #input: PtyInput;
  readonly #data = new Listeners<Uint8Array>();
  readonly #exit = new Listeners<TerminalEnd>();
  #isPaused = false;
  #end: TerminalEnd | null = null;
  #isOver = false;

  constructor(child: UnixChild) {
    this.pid = child.pid;
    this.#child = child;
    this.#input = new PtyInput(child.fd);
    child.socket.pause();
    child.onRead((data) => this.#tellAll(data));
    // A read error means no more output; the exit follows by itself.
    child.socket.on('error', () => {});
    child.onExit((end) => this.#childEnded(end));
  }

  write(data: string | Uint8Array): void {
    if (!this.#end) this.#input.write(data);
  }

  answer(data: string): void {
    if (!this.#end) this.#input.answer(data);
  }

  resize(cols: number, rows: number): void {
    if (this.#end) return;
    const size = sizeOf(cols, rows);
    this.#child.resize(size.cols, size.rows);
  }

  onData(listener: (data: Uint8Array) => void): Disposable {
    const isFirst = this.#data.everHad === false;
    const registration = this.#data.add(listener);
    if (isFirst && !this.#isPaused) this.#flow();
    return registration;
  }

  onExit(listener: (end: TerminalEnd) => void): Disposable {
    return this.#exit.add(listener);
  }

  pause(): void {
    this.#isPaused = true;
    this.#child.socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#data.everHad) this.#flow();
  }

  kill(signal: NodeSignal): void {
    if (!this.#end) signalTo(this.pid, signal);
  }

  /**
   * Tells what was read, and reads on while there is more: a turn of the event loop for each 4 KB costs more than all that is done with them. Each
   * piece is told before the next is read, since the kernel fills its buffer again meanwhile, and a read that comes too early waits for it.
   */
  #tellAll(first: Buffer): void {
    this.#data.fire(first);
    for (let total = first.length, read = first.length; read >= fullReadBytes && total < burstBytes; total += read) {
      if (this.#isPaused || this.#child.socket.destroyed || this.#child.socket.readableLength > 0) return;
      const more = readAvailable(this.#child.fd);
      read = more.length;
      if (read > 0) this.#data.fire(more);
    }
  }

  #flow(): void {
    this.#child.socket.resume();
    if (this.#end) this.#drainSoon();
  }

  #childEnded(end: TerminalEnd): void {
    this.#end = end;
    this.#input.dispose();
    this.#drainSoon();
  }

  #drainSoon(): void {
    setImmediate(() => this.#drain());
  }

  /**
   * The child is gone, so its output is all in the kernel: what Node has buffered first, then reads until there is nothing. A Linux read that
   * finds nothing has waited for the kernel's own hand-over (n_tty_read flushes the flip buffer), so EAGAIN is the end.
   */
  #drain(): void {
    if (this.#isOver || this.#isPaused || !this.#data.everHad) return;
    const socket = this.#child.socket;
    if (socket.readableLength > 0 && !socket.destroyed) return this.#drainSoon();
    for (let total = 0; total < drainLimitBytes && !socket.destroyed; ) {
      const rest = readAvailable(this.#child.fd);
      if (rest.length === 0) break;
      total += rest.length;
      this.#data.fire(rest);
      if (this.#isPaused) return;
    }
    this.#finish(this.#end!);
  }

  #finish(end: TerminalEnd): void {
    this.#isOver = true;
    this.#child.socket.destroy();
    if (this.#child.childSide !== null) closeSync(this.#child.childSide);
    this.#exit.fire(end);
  }
}

class Listeners<T> {
  readonly #listeners = new Set<(value: T) => void>();
  everHad = false;

  add(listener: (value: T) => void): Disposable {
    this.everHad = true;
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  }

  fire(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }
}

/** What is read goes here, one piece behind the other, and is handed out as it lies: a buffer for each 4 KB costs more than reading them. */
let slab = Buffer.allocUnsafeSlow(slabBytes);
let slabUsed = 0;

/** What there is, one read of it; empty when there is nothing. */
function readAvailable(fd: number): Buffer {
  if (slab.length - slabUsed <= fullReadBytes) {
    slab = Buffer.allocUnsafeSlow(slabBytes);
    slabUsed = 0;
  }
  const start = slabUsed;
  try {
    slabUsed += readSync(fd, slab, start, slab.length - start, null);
  } catch {
    // EAGAIN: nothing left; EIO: nothing left and nobody on the other side.
  }
  return slab.subarray(start, slabUsed);
}

function signalTo(pid: number, signal: NodeSignal): void {
  try {
    process.kill(pid, signal);
  } catch {
    // ESRCH: it has ended and its exit is on the way.
  }
}
