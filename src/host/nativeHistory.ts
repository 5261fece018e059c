import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentAdapter, NativeFile } from '../core/adapter.ts';
import type { NativeRef } from '../core/events.ts';
import {
  keepNative, type NativePath, placesOf, readNativeFiles, restoreNative, writeNativeFiles,
} from '../node/nativeKeep.ts';

/** An agent's own histories of one session: kept beside the log, since agents delete old ones by themselves. */
export class NativeHistory {
  #adapter: AgentAdapter;
  #directory: string;
  #keeping: Promise<void> = Promise.resolve();
  /** Asked for and not begun: it will see what there is then, whoever asks meanwhile. */
  readonly #waiting = new Map<string, Promise<void>>();

  /** `directory`: where this session's histories are kept. */
  constructor(adapter: AgentAdapter, directory: string) {
    this.#adapter = adapter;
    this.#directory = directory;
  }

  /** Keeps what there is of a history now; cheap when nothing was replaced. A failure is told by the next `bringBack`. */
  keep(native: NativeRef): Promise<void> {
    const paths = this.#pathsOf(native);
    if (paths.length === 0) return Promise.resolve();
    const known = this.#waiting.get(native.session);
    if (known) return known;
    const keeping = this.#keeping.then(() => {
      this.#waiting.delete(native.session);
      return keepNative(paths, join(this.#directory, native.session));
    }).catch(() => undefined);
    this.#waiting.set(native.session, keeping);
    this.#keeping = keeping;
    return keeping;
  }

  /** Puts back what the agent has deleted since. */
  async bringBack(native: NativeRef): Promise<string[]> {
    await this.#keeping;
    return restoreNative(join(this.#directory, native.session), this.#pathsOf(native));
  }

  read(native: NativeRef): Promise<NativeFile[]> {
    return readNativeFiles(this.#pathsOf(native));
  }

  /**
   * Where the files of a history are read now: from their own places, and where they have lost what was kept of them,
   * from that first.
   */
  places(native: NativeRef): Promise<{ path: string; places: string[] }[]> {
    return placesOf(join(this.#directory, native.session), this.#pathsOf(native));
  }

  /** Writes a history that did not exist before. */
  write(files: NativeFile[]): Promise<void> {
    return writeNativeFiles(files);
  }

  /** Takes away a history that was made for a rewind which did not come about. */
  async discard(native: NativeRef): Promise<void> {
    for (const { path } of this.#pathsOf(native)) await rm(path, { recursive: true, force: true });
    await rm(join(this.#directory, native.session), { recursive: true, force: true });
  }

  #pathsOf(native: NativeRef): NativePath[] {
    return native.path ? (this.#adapter.history?.pathsOf(native) ?? []) : [];
  }
}
