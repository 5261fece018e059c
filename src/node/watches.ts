import { basename, dirname } from 'node:path';
import type { Observation, Watch } from '../core/adapter.ts';
import { FolderEvents } from './folderEvents.ts';
import type { WatchReader } from './lineReader.ts';
import { readerOf } from './watchReaders.ts';

/** What is looked at for one run. */
export interface Watches {
  /** Starts looking. A known name with the same path is a no-op; with another path it replaces. */
  add(watch: Watch): void;
  /** Reads all that is on disk now and delivers it before it resolves. */
  flush(): Promise<void>;
  /** Nothing is delivered after it, and no descriptor stays open. */
  dispose(): void;
}

/** Where the system tells of no change (network drives, exhausted inotify, a folder that does not exist yet), a stat this often finds it. */
const pollMs = 100;

/** Observations of one watch come in order and one reading at a time; those of different watches in no order among each other. */
export function openWatches(onObservation: (observation: Observation) => void): Watches {
  return new OpenWatches(onObservation);
}

class OpenWatches implements Watches {
  readonly #onObservation: (observation: Observation) => void;
  readonly #watched = new Map<string, Watched>();
  readonly #folders = new FolderEvents((folder, name) => this.#changed(folder, name));
  #timer: NodeJS.Timeout | undefined;
  #isDisposed = false;

  constructor(onObservation: (observation: Observation) => void) {
    this.#onObservation = onObservation;
  }

  add(watch: Watch): void {
    const known = this.#watched.get(watch.watch);
    if (this.#isDisposed || (known?.watch.path === watch.path && known.watch.is === watch.is)) return;
    known?.stop();
    const watched = new Watched(watch, (observation) => this.#onObservation(observation));
    this.#watched.set(watch.watch, watched);
    this.#listen();
    this.#timer ??= setInterval(() => this.#poll(), pollMs);
    void watched.read();
  }

  async flush(): Promise<void> {
    if (this.#isDisposed) return;
    await Promise.all([...this.#watched.values()].map((watched) => watched.read()));
  }

  dispose(): void {
    this.#isDisposed = true;
    clearInterval(this.#timer);
    for (const watched of this.#watched.values()) watched.stop();
    this.#watched.clear();
    this.#folders.dispose();
  }

  #listen(): void {
    this.#folders.listen(new Set([...this.#watched.values()].flatMap((watched) => watched.folders)));
  }

  #changed(folder: string, name: string | null): void {
    for (const watched of this.#watched.values()) if (watched.concerns(folder, name)) void watched.read();
  }

  #poll(): void {
    this.#listen();
    for (const watched of this.#watched.values()) if (watched.seemsChanged()) void watched.read();
  }
}

/** One watch and its reader: however often it is asked, one reading runs and at most one more waits. */
class Watched {
  readonly watch: Watch;
  readonly folders: string[];
  readonly #reader: WatchReader;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  constructor(watch: Watch, deliver: (observation: Observation) => void) {
    this.watch = watch;
    this.folders = watch.is === 'directory' ? [watch.path, dirname(watch.path)] : [dirname(watch.path)];
    this.#reader = readerOf(watch, deliver);
  }

  /** Resolves when all that was on disk at the time of the call is delivered. */
  read(): Promise<void> {
    if (this.#running === null) return (this.#running = this.#reader.read().finally(() => (this.#running = null)));
    return (this.#next ??= this.#running.then(() => {
      this.#next = null;
      return this.read();
    }));
  }

  concerns(folder: string, name: string | null): boolean {
    if (!this.folders.includes(folder)) return false;
    return folder === this.watch.path || name === null || name === basename(this.watch.path);
  }

  seemsChanged(): boolean {
    return this.#running === null && this.#reader.seemsChanged();
  }

  stop(): void {
    this.#reader.stop();
  }
}
