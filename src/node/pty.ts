import { closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { delimiter } from 'node:path';
import type { ReadStream } from 'node:tty';
import * as nodePty from 'node-pty';
import type { Disposable, NodeSignal, Terminal } from '../core/ports.ts';
import { executableOn } from './executables.ts';
import { PtyInput } from './ptyInput.ts';

/** What to run, where, and with exactly which environment. argv[0] is a path, or a name looked up on the PATH of `env`. */
export interface TerminalSpec {
  argv: string[];
  cwd: string;
  env: Record<string, string | undefined>;
  cols: number;
  rows: number;
}

export type SpawnResult = { is: 'started'; terminal: Terminal } | { is: 'failed'; problem: string };

/** More than any kernel holds of one pty's output (Linux: 64 KB + 4 KB), so a background writer cannot keep an ended terminal open. */
const drainLimitBytes = 1 << 20;
const drainChunkBytes = 64 * 1024;

/**
 * Starts a program in a pseudo-terminal. What prevents the start (no such program, folder or pty) is a value, in words.
 * Nothing is read, and so no exit told, before somebody listens with `onData`: a late listener loses nothing.
 */
export function spawnTerminal(spec: TerminalSpec): SpawnResult {
  const env = definedOf(spec.env);
  if (!statSync(spec.cwd, { throwIfNoEntry: false })?.isDirectory()) return failed(`The folder ${spec.cwd} does not exist.`);
  const [name, ...args] = spec.argv;
  if (name === undefined) return failed('There is no program to start.');
  const program = executableOn(name, { path: env['PATH'] ?? env['Path'] ?? '', pathExt: env['PATHEXT'], cwd: spec.cwd });
  if (program === null) return failed(`The program ${name} was not found${name.includes('/') ? '' : ` in any of ${(env['PATH'] ?? '').split(delimiter).length} folders of PATH`}, or may not be executed.`);
  try {
    // Null: bytes as they are. The typings of 1.1.0 allow it; on Windows node-pty decodes all the same.
    const pty = nodePty.spawn(program, args, { name: env['TERM'] ?? 'xterm-256color', cwd: spec.cwd, env, ...sizeOf(spec.cols, spec.rows), encoding: null });
    return { is: 'started', terminal: process.platform === 'win32' ? new WindowsTerminal(pty) : new UnixTerminal(pty as UnixPty) };
  } catch (error) {
    return failed(`A pseudo-terminal could not be opened: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

/** What node-pty 1.1.0 has on Unix beyond its typings; the version is pinned exactly because of these. */
interface UnixPty extends nodePty.IPty {
  readonly fd: number;
  readonly ptsName: string;
  _socket: ReadStream;
  _emittedClose: boolean;
}

type End = { code: number | null; signal: string | null };

class UnixTerminal implements Terminal {
  readonly pid: number;
  readonly #pty: UnixPty;
  readonly #input: PtyInput;
  readonly #data = new Listeners<Uint8Array>();
  readonly #exit = new Listeners<End>();
  /** Our own descriptor of the child's side: without it the kernel hangs up at the child's end and libuv < 1.52 drops what is unread. */
  #childSide: number | null;
  #isPaused = false;
  #end: End | null = null;
  #isOver = false;

  constructor(pty: UnixPty) {
    this.pid = pty.pid;
    this.#pty = pty;
    this.#childSide = openChildSide(pty.ptsName);
    this.#input = new PtyInput(pty.fd);
    // Tells exit at once instead of destroying the reader 200 ms later, read or unread (unixTerminal.js, `onexit`).
    pty._emittedClose = true;
    pty._socket.pause();
    pty._socket.on('data', (data: Buffer) => this.#data.fire(data));
    // A second listener keeps node-pty from throwing out of an event; a read error means no more output, the exit follows by itself.
    pty._socket.on('error', () => {});
    pty.onExit(({ exitCode, signal }) => this.#childEnded(endOf(exitCode, signal)));
  }

  write(data: string | Uint8Array): void {
    if (!this.#end) this.#input.write(data);
  }

  resize(cols: number, rows: number): void {
    if (this.#end) return;
    const size = sizeOf(cols, rows);
    this.#pty.resize(size.cols, size.rows);
  }

  onData(listener: (data: Uint8Array) => void): Disposable {
    const isFirst = this.#data.everHad === false;
    const registration = this.#data.add(listener);
    if (isFirst && !this.#isPaused) this.#flow();
    return registration;
  }

  onExit(listener: (end: End) => void): Disposable {
    return this.#exit.add(listener);
  }

  pause(): void {
    this.#isPaused = true;
    this.#pty._socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#data.everHad) this.#flow();
  }

  kill(signal: NodeSignal): void {
    if (!this.#end) signalTo(this.pid, signal);
  }

  #flow(): void {
    this.#pty._socket.resume();
    if (this.#end) this.#drainSoon();
  }

  #childEnded(end: End): void {
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
    const socket = this.#pty._socket;
    if (socket.readableLength > 0 && !socket.destroyed) return this.#drainSoon();
    for (let total = 0; total < drainLimitBytes && !socket.destroyed; ) {
      const chunk = readAvailable(this.#pty.fd);
      if (chunk === null) break;
      total += chunk.length;
      this.#data.fire(chunk);
      if (this.#isPaused) return;
    }
    this.#finish(this.#end!);
  }

  #finish(end: End): void {
    this.#isOver = true;
    this.#pty._socket.destroy();
    if (this.#childSide !== null) closeSync(this.#childSide);
    this.#childSide = null;
    this.#exit.fire(end);
  }
}

class WindowsTerminal implements Terminal {
  readonly pid: number;
  readonly #pty: nodePty.IPty;
  #isEnded = false;

  constructor(pty: nodePty.IPty) {
    this.pid = pty.pid;
    this.#pty = pty;
    pty.onExit(() => (this.#isEnded = true));
  }

  write(data: string | Uint8Array): void {
    if (!this.#isEnded) this.#pty.write(typeof data === 'string' ? data : Buffer.from(data));
  }

  resize(cols: number, rows: number): void {
    if (this.#isEnded) return;
    const size = sizeOf(cols, rows);
    this.#pty.resize(size.cols, size.rows);
  }

  onData(listener: (data: Uint8Array) => void): Disposable {
    return this.#pty.onData((data) => listener(Buffer.from(data)));
  }

  onExit(listener: (end: End) => void): Disposable {
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

const failed = (problem: string): SpawnResult => ({ is: 'failed', problem });

const definedOf = (env: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));

/** A view may report nonsense while it is laid out; the kernel's fields have 16 bits. */
const sizeOf = (cols: number, rows: number) => ({ cols: within(cols, 2, 5000), rows: within(rows, 1, 5000) });
const within = (n: number, low: number, high: number) => (Number.isFinite(n) ? Math.min(high, Math.max(low, Math.trunc(n))) : low);

const signalNames = new Map(Object.entries(osConstants.signals).map(([name, number]) => [number as number, name]));
const endOf = (code: number, signal: number | undefined): End =>
  signal ? { code: null, signal: signalNames.get(signal) ?? `signal ${signal}` } : { code, signal: null };

function openChildSide(path: string): number | null {
  try {
    return openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  } catch {
    // Without it the terminal works; only on libuv < 1.52 the end of the output may be cut.
    return null;
  }
}

function readAvailable(fd: number): Buffer | null {
  const chunk = Buffer.allocUnsafe(drainChunkBytes);
  try {
    const length = readSync(fd, chunk, 0, chunk.length, null);
    return length === 0 ? null : chunk.subarray(0, length);
  } catch {
    // EAGAIN: nothing left; EIO: nothing left and nobody on the other side.
    return null;
  }
}

function signalTo(pid: number, signal: NodeSignal): void {
  try {
    process.kill(pid, signal);
  } catch {
    // ESRCH: it has ended and its exit is on the way.
  }
}
