import { existsSync, watch, type FSWatcher } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

/** A file that is written in several goes is told once. */
const settleMs = 1_000;
/** Where the system tells nothing (a network file system, a folder that is not there yet), one looks. */
const lookMs = 2_000;

/** Calls `changed` once for each change of a file, when it has come to rest. The file and its folder need not exist yet. */
export class WatchedFile {
  readonly path: string;
  #changed: () => void;
  #watcher: FSWatcher | null = null;
  #settle: NodeJS.Timeout | undefined;
  #look: NodeJS.Timeout;
  #seen: Promise<string>;
  #isClosed = false;

  constructor(path: string, changed: () => void) {
    this.path = path;
    this.#changed = changed;
    this.#seen = stampOf(path);
    this.#look = setInterval(() => this.#again(), lookMs);
    this.#look.unref();
    this.#open();
  }

  dispose(): void {
    this.#isClosed = true;
    clearInterval(this.#look);
    clearTimeout(this.#settle);
    this.#watcher?.close();
  }

  #open(): void {
    const folder = dirname(this.path);
    if (this.#watcher || !existsSync(folder)) return;
    try {
      this.#watcher = watch(folder, (_, name) => { if (name === null || name === basename(this.path)) this.#touched(); });
      this.#watcher.on('error', () => { this.#watcher?.close(); this.#watcher = null; });
      this.#watcher.unref();
    } catch {
      // No more watches to be had: looking every now and then will do.
    }
  }

  #again(): void {
    this.#open();
    void Promise.all([this.#seen, stampOf(this.path)]).then(([seen, now]) => { if (seen !== now) this.#touched(); });
  }

  #touched(): void {
    if (this.#isClosed) return;
    clearTimeout(this.#settle);
    this.#settle = setTimeout(() => void this.#tell(), settleMs);
    this.#settle.unref();
  }

  async #tell(): Promise<void> {
    const before = await this.#seen;
    this.#seen = stampOf(this.path);
    const now = await this.#seen;
    if (!this.#isClosed && now !== before && now !== missing) this.#changed();
  }
}

const missing = 'missing';

const stampOf = (path: string): Promise<string> => stat(path).then(({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`, () => missing);
