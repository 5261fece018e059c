import { mkdir, open, rename, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The raw output of a session's terminal on disk. Never throws and never keeps anybody waiting: what the disk refuses is not kept. */
export interface OutputFile {
  write(data: Uint8Array): void;
  /** Resolves when what was written is with the kernel, or given up; nothing is written after it. */
  close(): Promise<void>;
}

const defaultCapBytes = 16 << 20;
/** Waiting for a slow disk, at most this much is held in memory. */
const pendingCapBytes = 4 << 20;
/** What comes within this time is written in one go. */
const gatherMs = 8;
/** After the disk has refused it is not asked again for this long. */
const refusalMs = 5_000;

/** Appends to `path` (0600, its folder 0700); past `capBytes` the file becomes `<path>.1` in place of the one before, so two caps at most stay on disk. */
export function openOutputFile(path: string, options: { capBytes?: number } = {}): OutputFile {
  return new RotatedFile(path, options.capBytes ?? defaultCapBytes);
}

class RotatedFile implements OutputFile {
  readonly #path: string;
  readonly #capBytes: number;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #file: FileHandle | null = null;
  #size = 0;
  #refusedUntilMs = 0;
  #working: Promise<void> | null = null;
  #endGathering: () => void = () => {};
  #isClosed = false;

  constructor(path: string, capBytes: number) {
    this.#path = path;
    this.#capBytes = capBytes;
  }

  write(data: Uint8Array): void {
    if (this.#isClosed || performance.now() < this.#refusedUntilMs || this.#pendingBytes + data.length > pendingCapBytes) return;
    this.#pending.push(data);
    this.#pendingBytes += data.length;
    this.#working ??= this.#work();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#endGathering();
    await this.#working;
    await this.#closeFile();
  }

  async #work(): Promise<void> {
    while (this.#pending.length > 0) {
      await this.#gather();
      const batch = this.#pending;
      const bytes = this.#pendingBytes;
      this.#pending = [];
      this.#pendingBytes = 0;
      try {
        await this.#append(batch, bytes);
      } catch {
        // A full or read-only disk: the recording of the session tells its user; raw output is a convenience that is left out meanwhile.
        this.#refusedUntilMs = performance.now() + refusalMs;
        await this.#closeFile();
      }
    }
    this.#working = null;
  }

  #gather(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isClosed) return resolve();
      const timer = setTimeout(resolve, gatherMs);
      this.#endGathering = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #append(batch: Uint8Array[], bytes: number): Promise<void> {
    const file = this.#file ?? (await this.#openFile());
    let { bytesWritten } = await file.writev(batch);
    // A disk that is about to be full takes a part, and says why with the rest.
    for (const rest = bytesWritten < bytes ? Buffer.concat(batch) : null; rest && bytesWritten < bytes; ) bytesWritten += (await file.write(rest, bytesWritten)).bytesWritten;
    this.#size += bytes;
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
