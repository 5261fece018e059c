import { mkdir, open, rename, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { withinBound } from './boundedWork.ts';
import { reasonOf } from './eventLogReason.ts';

/**
 * The raw output of a session's terminal on disk. Never throws and never keeps anybody waiting: what the disk refuses is written when it
 * takes it again, up to what may wait; the rest is not kept.
 */
export interface OutputFile {
  /** Why output is not kept at present; null when it is. Told to `onProblem` each time it is another. */
  readonly problem: string | null;
  write(data: Uint8Array): void;
  /** Resolves when what was written is with the kernel, or given up; nothing is written after it. */
  close(): Promise<void>;
}

interface OutputFileOptions {
  capBytes?: number;
  /** How long a disk that has refused is left alone. */
  retryMs?: number;
  onProblem?(): void;
}

const defaultCapBytes = 16 << 20;
/** Waiting for a slow disk, at most this much is held in memory. */
const pendingCapBytes = 4 << 20;
/** What comes within this time is written in one go. */
const gatherMs = 8;
/** After the disk has refused it is not asked again for this long. */
const defaultRetryMs = 5_000;

/** Appends to `path` (0600, its folder 0700); past `capBytes` the file becomes `<path>.1` in place of the one before, so two caps at most stay on disk. */
export function openOutputFile(path: string, options: OutputFileOptions = {}): OutputFile {
  return new RotatedFile(path, options);
}

class RotatedFile implements OutputFile {
  readonly #path: string;
  readonly #capBytes: number;
  readonly #retryMs: number;
  readonly #onProblem: () => void;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #file: FileHandle | null = null;
  #size = 0;
  #problem: string | null = null;
  #working: Promise<void> | null = null;
  #endWaiting: () => void = () => {};
  #isClosed = false;

  constructor(path: string, options: OutputFileOptions) {
    this.#path = path;
    this.#capBytes = options.capBytes ?? defaultCapBytes;
    this.#retryMs = options.retryMs ?? defaultRetryMs;
    this.#onProblem = options.onProblem ?? (() => undefined);
  }

  get problem(): string | null {
    return this.#problem;
  }

  write(data: Uint8Array): void {
    if (this.#isClosed) return;
    if (this.#pendingBytes + data.length > pendingCapBytes) {
      // A disk that refuses has said why; this one has said nothing yet.
      if (this.#problem === null) this.#tell('the disk does not answer');
      return;
    }
    this.#pending.push(data);
    this.#pendingBytes += data.length;
    this.#working ??= this.#work();
  }

  /** Bounded: of a disk that does not answer nothing is awaited for long. */
  close(): Promise<void> {
    this.#isClosed = true;
    this.#endWaiting();
    return withinBound(this.#path, async () => {
      await this.#working;
      await this.#closeFile();
    }, () => undefined);
  }

  /** Until all is written; a problem is looked at again until it is gone. */
  async #work(): Promise<void> {
    while (this.#pending.length > 0 || (this.#problem !== null && !this.#isClosed)) {
      await this.#wait(this.#problem === null ? gatherMs : this.#retryMs);
      try {
        await this.#writeAll();
        this.#tell(null);
      } catch (error) {
        await this.#closeFile();
        this.#tell(reasonOf(error).why);
        if (this.#isClosed) break;
      }
    }
    this.#working = null;
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isClosed) return resolve();
      const timer = setTimeout(resolve, ms);
      this.#endWaiting = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #tell(why: string | null): void {
    const problem = why === null ? null : `What the terminal shows is not kept in ${this.#path}: ${why}.`;
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.#onProblem();
  }

  /** What could not be written waits again, so that nothing is written twice. */
  async #writeAll(): Promise<void> {
    const file = this.#file ?? (await this.#openFile());
    while (this.#pending.length > 0) {
      const batch = this.#pending;
      this.#pending = [];
      const bytesWritten = await file.writev(batch).then((done) => done.bytesWritten, (error: unknown) => {
        this.#pending.unshift(...batch);
        throw error;
      });
      this.#pending.unshift(...without(batch, bytesWritten));
      this.#pendingBytes -= bytesWritten;
      this.#size += bytesWritten;
      if (this.#pending.length === 0 || this.#size >= this.#capBytes) break;
    }
    if (this.#size < this.#capBytes) return;
    await this.#closeFile();
    await rename(this.#path, `${this.#path}.1`);
  }

  async #openFile(): Promise<FileHandle> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    this.#file = await open(this.#path, 'a', 0o600);
    this.#size = (await this.#file.stat()).size;
    return this.#file;
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.close().catch(() => {});
  }
}

/** A disk that is about to be full takes a part. */
const without = (batch: Uint8Array[], bytes: number): Uint8Array[] => {
  const size = batch.reduce((sum, part) => sum + part.length, 0);
  return bytes < size ? [Buffer.concat(batch).subarray(bytes)] : [];
};
