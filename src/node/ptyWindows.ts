import type { Disposable, NodeSignal, Terminal } from '../core/ports.ts';
import { sizeOf } from './ptySize.ts';
import type { TerminalEnd } from './ptyUnix.ts';

/** What is used of node-pty's terminal on Windows. */
export interface WindowsPty {
  readonly pid: number;
  write(data: string | Buffer): void;
  resize(cols: number, rows: number): void;
  pause(): void;
  resume(): void;
  kill(): void;
  onData(listener: (data: string) => void): Disposable;
  onExit(listener: (end: { exitCode: number }) => void): Disposable;
}

/** A terminal behind ConPTY. */
export class WindowsTerminal implements Terminal {
  readonly pid: number;
  readonly #pty: WindowsPty;
  #isEnded = false;

  constructor(pty: WindowsPty) {
    this.pid = pty.pid;
    this.#pty = pty;
    pty.onExit(() => (this.#isEnded = true));
  }

  write(data: string | Uint8Array): void {
    if (!this.#isEnded) this.#pty.write(typeof data === 'string' ? data : Buffer.from(data));
  }

  answer(data: string): void {
    this.write(data);
  }

  resize(cols: number, rows: number): void {
    if (this.#isEnded) return;
    const size = sizeOf(cols, rows);
    this.#pty.resize(size.cols, size.rows);
  }

  onData(listener: (data: Uint8Array) => void): Disposable {
    return this.#pty.onData((data) => listener(Buffer.from(data)));
  }

  onExit(listener: (end: TerminalEnd) => void): Disposable {
    return this.#pty.onExit(({ exitCode }) => listener({ code: exitCode, signal: null }));
  }

  pause(): void {
    this.#pty.pause();
  }

  resume(): void {
    this.#pty.resume();
  }

  kill(signal: NodeSignal): void {
    // Windows has no signals; ConPTY knows only the end of the whole tree.
    if (!this.#isEnded && signal !== 'SIGWINCH' && signal !== 'SIGINT') this.#pty.kill();
  }
}
