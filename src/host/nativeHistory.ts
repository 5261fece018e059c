import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentAdapter, NativeFile } from '../core/adapter.ts';
import type { NativeRef } from '../core/events.ts';
import { withinBound } from '../node/boundedWork.ts';
import { reasonOf } from '../node/eventLogReason.ts';
import {
  keepNative, type NativePath, placesOf, readNativeFiles, restoreNative, writeNativeFiles,
} from '../node/nativeKeep.ts';

/** How long after a failed keeping it is tried again. */
const firstRetryMs = 2_000;
const longestRetryMs = 20_000;
/** A copy of a long history takes its time; a disk that takes longer does not answer. */
const keptMs = 30_000;

/** An agent's own histories of one session: kept beside the log, since agents delete old ones by themselves. */
export class NativeHistory {
  #adapter: AgentAdapter;
  #directory: string;
  #keeping: Promise<void> = Promise.resolve();
  /** Asked for and not begun: it will see what there is then, whoever asks meanwhile. */
  readonly #waiting = new Map<string, Promise<void>>();
  readonly #noteChange: () => void;
  /** Why histories are not kept at present, each with the time of the next try. */
  readonly #failed = new Map<string, { why: string; retry: NodeJS.Timeout; afterMs: number }>();
  #isClosed = false;

  /** `directory`: where this session's histories are kept. `noteChange`: `problem` is another by itself. */
  constructor(adapter: AgentAdapter, directory: string, noteChange: () => void = () => undefined) {
    this.#adapter = adapter;
    this.#directory = directory;
    this.#noteChange = noteChange;
  }

  /** Why a history is not kept beside the log at present; null when all are. It is tried again until it is. */
  get problem(): string | null {
    const [failed] = this.#failed.values();
    return failed === undefined ? null : `The agent’s history is not kept beside the log (${this.#directory}): ${failed.why}.`;
  }

  /** Nothing is tried again after it. */
  close(): void {
    this.#isClosed = true;
    for (const { retry } of this.#failed.values()) clearTimeout(retry);
  }

  /** Keeps what there is of a history now; cheap when nothing was replaced. Where that fails, `problem` says why. */
  keep(native: NativeRef): Promise<void> {
    const paths = this.#pathsOf(native);
    if (paths.length === 0) return Promise.resolve();
    const known = this.#waiting.get(native.session);
    if (known) return known;
    const keeping = this.#keeping.then(() => {
      this.#waiting.delete(native.session);
      return withinBound(this.#directory, async () => {
        await keepNative(paths, join(this.#directory, native.session));
        return null;
      }, () => 'the disk does not answer', keptMs);
    }).catch((error: unknown) => reasonOf(error).why).then((why) => this.#note(native, why));
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
    this.#note(native, null);
    for (const { path } of this.#pathsOf(native)) await rm(path, { recursive: true, force: true });
    await rm(join(this.#directory, native.session), { recursive: true, force: true });
  }

  #note(native: NativeRef, why: string | null): void {
    const before = this.#failed.get(native.session);
    clearTimeout(before?.retry);
    this.#failed.delete(native.session);
    if (why !== null && !this.#isClosed) {
      const afterMs = before === undefined ? firstRetryMs : Math.min(before.afterMs * 2, longestRetryMs);
      const retry = setTimeout(() => void this.keep(native), afterMs).unref();
      this.#failed.set(native.session, { why, retry, afterMs });
    }
    if (before?.why !== this.#failed.get(native.session)?.why) this.#noteChange();
  }

  #pathsOf(native: NativeRef): NativePath[] {
    return native.path ? (this.#adapter.history?.pathsOf(native) ?? []) : [];
  }
}
