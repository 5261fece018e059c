import { open, stat } from 'node:fs/promises';
import type { AgentAdapter, Doubt, HistoryReading } from '../core/adapter.ts';
import type { NativeRef } from '../core/events.ts';
import { cutOf } from './cutHistory.ts';
import type { NativeHistory } from './nativeHistory.ts';

/**
 * A file as far as it was read: what stands at the end of that is looked at again, since a file may be replaced by a
 * longer one.
 */
interface ReadFile {
  ino: number;
  size: number;
  mtimeMs: number;
  tail: Uint8Array;
}

interface OpenReading {
  reading: HistoryReading;
  files: Map<string, ReadFile>;
}

/** Branches that are looked at one after the other; each costs the names of its rows. */
const mostReadings = 4;
const tailBytes = 256;
const chunkBytes = 4 * 1024 * 1024;

/**
 * What the agent's own histories say of the places in them, for all who ask about seams: read once, and then as they
 * grow. A history of an untried version is cut and read back in memory, again whenever it has grown by a quarter.
 */
export class HistoryDoubts {
  readonly #adapter: AgentAdapter;
  readonly #history: NativeHistory;
  readonly #readings = new Map<string, OpenReading>();
  readonly #checked = new Map<string, { steps: number; reason: string | null }>();
  #busy: Promise<unknown> = Promise.resolve();

  constructor(adapter: AgentAdapter, history: NativeHistory) {
    this.#adapter = adapter;
    this.#history = history;
  }

  /**
   * `chain`: native ids of the main lane's blocks, in order; `complete`: how many of them a cut may keep for a trial.
   */
  of(native: NativeRef, chain: readonly string[], complete: number, version: string): Promise<Doubt[]> {
    const doubts = this.#busy.then(() => this.#of(native, chain, complete, version));
    this.#busy = doubts.catch(() => undefined);
    return doubts;
  }

  async #of(native: NativeRef, chain: readonly string[], complete: number, version: string): Promise<Doubt[]> {
    if (native.path === '' || chain.length === 0) return [];
    const untried = await this.#untried(native, chain.slice(0, complete), version);
    const reading = await this.#read(native);
    return [...untried, ...(reading?.doubts(chain) ?? [])];
  }

  /** What is known of a history, with what has come to it since the last look. */
  async #read(native: NativeRef): Promise<HistoryReading | undefined> {
    const files = await this.#history.places(native);
    const places = files.flatMap((file) => file.places.map((place) => ({ path: file.path, place })));
    const key = JSON.stringify(native);
    const known = this.#readings.get(key);
    const reading = known && (await goesOn(known, places.map(({ place }) => place))) ? known : this.#open(native);
    if (!reading) return undefined;
    this.#readings.delete(key);
    this.#readings.set(key, reading);
    for (const old of [...this.#readings.keys()].slice(0, -mostReadings)) this.#readings.delete(old);
    for (const { path, place } of places) await takeGrowth(reading, path, place);
    return reading.reading;
  }

  #open(native: NativeRef): OpenReading | undefined {
    const reading = this.#adapter.history?.reading?.(native);
    return reading && { reading, files: new Map() };
  }

  async #untried(native: NativeRef, keep: string[], version: string): Promise<Doubt[]> {
    const reason = this.#adapter.history?.untried?.(version) ?? null;
    if (reason === null) return [];
    const wrong = keep.length === 0 ? null : await this.#check(native, keep);
    return [wrong === null
      ? { from: 0, fidelity: 'approximate', reason: `${reason} A trial cut of this history read back as it should.` }
      : { from: 0, fidelity: 'none', reason: `${reason} A trial cut of this history failed: ${wrong}` }];
  }

  async #check(native: NativeRef, keep: string[]): Promise<string | null> {
    const known = this.#checked.get(native.session);
    if (known && keep.length >= known.steps && keep.length < known.steps * 1.25) return known.reason;
    const cut = cutOf({ adapter: this.#adapter }, native, await this.#history.read(native), keep);
    const reason = cut.is === 'refused' ? cut.reason : null;
    this.#checked.set(native.session, { steps: keep.length, reason });
    return reason;
  }
}

/** Whether the files that were read are the same, as far as they were read, and no others. */
async function goesOn({ files }: OpenReading, places: readonly string[]): Promise<boolean> {
  for (const [place, read] of files) {
    const stats = places.includes(place) ? await stat(place).catch(() => null) : null;
    if (!stats || stats.ino !== read.ino || stats.size < read.size) return false;
    const isGrown = stats.size > read.size;
    if (!isGrown && stats.mtimeMs === read.mtimeMs) continue;
    // What was written without growth was written over.
    if (!isGrown) return false;
    const tail = await bytesOf(place, read.size - read.tail.length, read.size);
    if (Buffer.compare(tail, read.tail) !== 0) return false;
  }
  return true;
}

async function takeGrowth({ reading, files }: OpenReading, path: string, place: string): Promise<void> {
  const stats = await stat(place).catch(() => null);
  const known = files.get(place);
  if (!stats || stats.size === known?.size) return;
  let at = known?.size ?? 0;
  let tail: Uint8Array = known?.tail ?? new Uint8Array();
  while (at < stats.size) {
    const bytes = await bytesOf(place, at, Math.min(stats.size, at + chunkBytes));
    if (bytes.length === 0) break;
    reading.take(path, bytes);
    at += bytes.length;
    tail = Buffer.concat([tail, bytes]).subarray(-tailBytes);
  }
  files.set(place, { ino: stats.ino, size: at, mtimeMs: stats.mtimeMs, tail });
}

async function bytesOf(path: string, from: number, to: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const bytes = Buffer.alloc(to - from);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
