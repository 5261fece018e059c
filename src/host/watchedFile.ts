import { watch, type FSWatcher, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { withinBound } from '../node/boundedWork.ts';
import { kindOf } from '../node/regularFile.ts';

/** A file that is written in several goes is told once. */
const settleMs = 1_000;
/** Where the system tells nothing (a network file system, a folder that is not there yet), one looks. */
const lookMs = 2_000;

export interface WatchedFilePort {
  /** Once for each change, when the file has come to rest. */
  changed(): void;
  /** `problem` is another one now. */
  problemChanged(): void;
}

/** Follows the changes of a file. It and its folder need not exist yet; what is no regular file is told of as a problem, and never as a change. */
export class WatchedFile {
  readonly path: string;
  #port: WatchedFilePort;
  #watcher: FSWatcher | null = null;
  #settle: NodeJS.Timeout | undefined;
  #look: NodeJS.Timeout;
  #seen: Promise<string>;
  #isLooking = false;
  #problem: string | null = null;
  #isClosed = false;

  constructor(path: string, port: WatchedFilePort) {
    this.path = path;
    this.#port = port;
    this.#seen = this.#stamp();
    this.#look = setInterval(() => void this.#again(), lookMs);
    this.#look.unref();
    void this.#open();
  }

  /** Why its changes are not told; null: they are. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Resolves once it was looked at: what is done to it from then on is a change. */
  get looked(): Promise<unknown> {
    return this.#seen;
  }

  dispose(): void {
    this.#isClosed = true;
    clearInterval(this.#look);
    clearTimeout(this.#settle);
    this.#watcher?.close();
  }

  /** A watch is asked for only of a folder that answers: asking holds up the whole process. */
  async #open(): Promise<void> {
    const folder = dirname(this.path);
    if (this.#watcher) return;
    const found = await statOf(folder);
    if (found === null || found === 'late' || this.#watcher || this.#isClosed) return;
    try {
      this.#watcher = watch(folder, (_, name) => { if (name === null || name === basename(this.path)) this.#touched(); });
      this.#watcher.on('error', () => { this.#watcher?.close(); this.#watcher = null; });
      this.#watcher.unref();
    } catch {
      // No more watches to be had: looking every now and then will do.
    }
  }

  async #again(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    await this.#open();
    const [seen, now] = await Promise.all([this.#seen, this.#stamp()]);
    this.#isLooking = false;
    if (seen !== now) this.#touched();
  }

  #touched(): void {
    if (this.#isClosed) return;
    clearTimeout(this.#settle);
    this.#settle = setTimeout(() => void this.#tell(), settleMs);
    this.#settle.unref();
  }

  async #tell(): Promise<void> {
    const before = await this.#seen;
    this.#seen = this.#stamp();
    const now = await this.#seen;
    if (!this.#isClosed && now !== before && now !== missing) this.#port.changed();
  }

  async #stamp(): Promise<string> {
    const found = await statOf(this.path);
    this.#settleProblem(found === 'late' ? 'it does not answer' : found === null || found.isFile() ? null : `it is ${kindOf(found)}`);
    return found === null || found === 'late' || !found.isFile() ? missing : `${found.mtimeMs} ${found.size} ${found.ino}`;
  }

  #settleProblem(why: string | null): void {
    const problem = why === null ? null : `Changes of ${this.path} are not told to the agent: ${why}.`;
    if (problem === this.#problem || this.#isClosed) return;
    this.#problem = problem;
    this.#port.problemChanged();
  }
}

const missing = 'missing';

/** What is there; null when nothing is. */
const statOf = (path: string): Promise<Stats | 'late' | null> => withinBound<Stats | 'late' | null>(path, () => stat(path).catch(() => null), () => 'late');
