import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentAdapter, NativeFile } from '../core/adapter.ts';
import type { NativeRef } from '../core/events.ts';
import { keepNative, readNativeFiles, restoreNative, writeNativeFiles } from '../node/nativeKeep.ts';

/** An agent's own histories of one session: kept beside the log, since agents delete old ones by themselves. */
export class NativeHistory {
  #adapter: AgentAdapter;
  #directory: string;
  #keeping: Promise<void> = Promise.resolve();

  /** `directory`: where this session's histories are kept. */
  constructor(adapter: AgentAdapter, directory: string) {
    this.#adapter = adapter;
    this.#directory = directory;
  }

  /** Keeps what there is of a history now; cheap when nothing was replaced. A failure is told by the next `bringBack`. */
  keep(native: NativeRef): Promise<void> {
    const paths = this.#pathsOf(native);
    if (paths.length === 0) return Promise.resolve();
    this.#keeping = this.#keeping.then(() => keepNative(paths, join(this.#directory, native.session))).catch(() => undefined);
    return this.#keeping;
  }

  /** Puts back what the agent has deleted since. */
  async bringBack(native: NativeRef): Promise<string[]> {
    await this.#keeping;
    return restoreNative(join(this.#directory, native.session), this.#pathsOf(native));
  }

  read(native: NativeRef): Promise<NativeFile[]> {
    return readNativeFiles(this.#pathsOf(native));
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

  #pathsOf(native: NativeRef): { path: string; is: 'file' | 'directory' }[] {
    return native.path ? (this.#adapter.history?.pathsOf(native) ?? []) : [];
  }
}
