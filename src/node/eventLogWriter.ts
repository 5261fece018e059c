import { HumanError, recordingStopped } from '../core/errors.ts';
import { durableTypes, type Event, type EventBody } from '../core/events.ts';
import type { Disposable, EventLog } from '../core/ports.ts';
import { ForeignChange, type LogFile } from './eventLogFile.ts';
import { reasonOf } from './eventLogReason.ts';
import { encodeRows } from './eventLogRow.ts';

/** No write is larger, unless a single row is: the most that a torn tail can be. */
export const maxBatchBytes = 8 << 20;
/** A power cut costs at most this much of the rows that nobody waits for. */
const syncIntervalMs = 100;
const firstRetryMs = 250;
const longestRetryMs = 5_000;

/** Somebody's `done`: settled when the last row of the append is as safe as its class asks. */
interface Ticket {
  isDurable: boolean;
  resolve(): void;
  reject(error: HumanError): void;
}

/** Whole rows of one append. The ticket is with the last of them. */
interface Piece {
  bytes: Buffer;
  ticket: Ticket | null;
}

const sizeOf = (pieces: readonly Piece[]): number => pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);

export interface WriterStart {
  lastSeq: number;
  lastTs: string;
  clock: () => Date;
  maxPendingBytes: number;
  /** Takes the lock again: its place was taken away. */
  relock?: () => Promise<void>;
  release: () => Promise<void>;
}

/** Stamps rows and brings them into the file: one write at a time, everything that waits goes with the next, one sync for all of it. */
export class LogWriter implements EventLog {
  readonly #file: LogFile;
  readonly #start: WriterStart;
  readonly #listeners = new Set<(problem: HumanError | null) => void>();
  /** What is not known to be on the disk; the first `#written` of it are in the file. */
  readonly #queue: Piece[] = [];
  #written = 0;
  #unwrittenBytes = 0;
  #lastMs: number;
  #lastTs = '';
  #pumping: Promise<void> | null = null;
  #isScheduled = false;
  #isClosed = false;
  #syncTimer: NodeJS.Timeout | null = null;
  #isSyncDue = false;
  #problem: HumanError | null = null;
  #mustReopen = false;
  #retryMs = firstRetryMs;
  #retryTimer: NodeJS.Timeout | null = null;
  #givenUp: { from: number; to: number } | null = null;
  #stampId = '';
  lastSeq: number;

  constructor(file: LogFile, start: WriterStart) {
    this.#file = file;
    this.#start = start;
    this.lastSeq = start.lastSeq;
    this.#lastMs = Date.parse(start.lastTs) || 0;
  }

  append(bodies: EventBody[], stamp: { id: string; run?: number }): { events: Event[]; done: Promise<void> } {
    if (this.#isClosed) throw new Error('append to a closed log');
    this.#stampId = stamp.id;
    const events = bodies.map((body) => this.#stamp(body, stamp));
    const isDurable = bodies.some((body) => durableTypes.has(body.type));
    const done = this.#enqueue(events, isDurable);
    // Whoever does not wait must not bring the process down.
    done.catch(() => {});
    return { events, done };
  }

  onProblem(listener: (problem: HumanError | null) => void): Disposable {
    this.#listeners.add(listener);
    if (this.#problem) listener(this.#problem);
    return { dispose: () => void this.#listeners.delete(listener) };
  }

  async putBack(): Promise<void> {
    if (this.#isClosed) return;
    await this.#start.relock?.();
    this.#mustReopen = true;
    await this.#pump();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#syncTimer) clearTimeout(this.#syncTimer);
    if (this.#retryTimer) clearTimeout(this.#retryTimer);
    await this.#pumping;
    this.#isSyncDue = true;
    do await this.#pump();
    while (this.#isSyncDue && !this.#problem);
    for (const { ticket } of this.#queue) ticket?.reject(this.#problem ?? recordingStopped(this.#file.path, { why: 'the log was closed', goesOn: null }));
    this.#queue.length = 0;
    await this.#file.close().catch(() => {});
    await this.#start.release();
  }

  #stamp(body: EventBody, stamp: { id: string; run?: number }): Event {
    const [seq, ts, id] = [++this.lastSeq, this.#now(), stamp.id];
    // As one literal each: a spread of a spread costs as much as the rest of it.
    return (stamp.run === undefined ? { schema_version: 1, seq, ts, id, ...body } : { schema_version: 1, seq, ts, id, type: body.type, run: stamp.run, ...(body as object) }) as Event;
  }

  /** Never earlier than before. The text is made once a millisecond, and not for each of many rows. */
  #now(): string {
    const ms = this.#start.clock().getTime();
    if (ms > this.#lastMs || this.#lastTs === '') {
      this.#lastMs = Math.max(this.#lastMs, ms);
      this.#lastTs = new Date(this.#lastMs).toISOString();
    }
    return this.#lastTs;
  }

  #enqueue(events: Event[], isDurable: boolean): Promise<void> {
    const last = events.at(-1);
    if (!last) return Promise.resolve();
    const pieces = encodeRows(events).map((piece): Piece => ({ bytes: piece, ticket: null }));
    const bytes = sizeOf(pieces);
    if (this.#problem && this.#unwrittenBytes + bytes > this.#start.maxPendingBytes) {
      this.#givenUp = { from: this.#givenUp?.from ?? (events[0] as Event).seq, to: last.seq };
      return Promise.reject(this.#problem);
    }
    return new Promise((resolve, reject) => {
      (pieces.at(-1) as Piece).ticket = { isDurable, resolve, reject };
      this.#queue.push(...pieces);
      this.#unwrittenBytes += bytes;
      this.#schedule();
    });
  }

  /** Everything appended in the same turn of the event loop goes into one write. */
  #schedule(): void {
    if (this.#isScheduled || this.#pumping || this.#problem) return;
    this.#isScheduled = true;
    process.nextTick(() => {
      this.#isScheduled = false;
      if (!this.#problem) void this.#pump();
    });
  }

  #pump(): Promise<void> {
    this.#pumping ??= this.#run().finally(() => {
      this.#pumping = null;
      // Rows that came between the last look at the queue and now.
      if (this.#written < this.#queue.length) this.#schedule();
    });
    return this.#pumping;
  }

  async #run(): Promise<void> {
    try {
      await this.#writeAll().catch((error: unknown) => {
        if (!(error instanceof ForeignChange) || this.#problem) throw error;
        // What somebody did to the file has an answer at once, which the log itself tells: it is put back, or goes on in another file.
        this.#mustReopen = true;
        return this.#writeAll();
      });
      if (this.#written > 0) this.#armSync();
    } catch (error) {
      this.#fail(error);
    }
  }

  async #writeAll(): Promise<void> {
    if (this.#mustReopen) await this.#reopen();
    for (;;) {
      if (this.#written < this.#queue.length) await this.#writeBatch();
      if (this.#isSyncDue) await this.#sync();
      if (this.#written < this.#queue.length || this.#isSyncDue) continue;
      if (!this.#problem) return;
      this.#recover();
    }
  }

  async #writeBatch(): Promise<void> {
    this.#file.check();
    let end = this.#written;
    for (let bytes = 0; end < this.#queue.length; end++) {
      bytes += (this.#queue[end] as Piece).bytes.length;
      if (bytes > maxBatchBytes && end > this.#written) break;
    }
    const batch = this.#queue.slice(this.#written, end);
    const bytes = batch.length === 1 ? (batch[0] as Piece).bytes : Buffer.concat(batch.map((piece) => piece.bytes));
    const { wholeBytes, error } = await this.#file.append(bytes, batch.some(({ ticket }) => ticket?.isDurable === true));
    this.#markWritten(wholeBytes);
    if (error) throw error;
  }

  /** `wholeBytes`: of whole rows, from the first on that were not written. */
  #markWritten(wholeBytes: number): void {
    this.#unwrittenBytes -= wholeBytes;
    for (let left = wholeBytes; left > 0; this.#written++) {
      const piece = this.#queue[this.#written] as Piece;
      const { bytes, ticket } = piece;
      if (bytes.length > left) this.#queue.splice(this.#written, 1, { bytes: bytes.subarray(0, left), ticket: null }, { bytes: bytes.subarray(left), ticket });
      else if (ticket?.isDurable) this.#isSyncDue = true;
      else {
        ticket?.resolve();
        piece.ticket = null;
      }
      left -= bytes.length;
    }
  }

  async #sync(): Promise<void> {
    const count = this.#written;
    if (count > 0) {
      try {
        await this.#file.sync();
      } catch (error) {
        const before = this.#file.sizeBytes;
        this.#file.forgetUnsynced();
        this.#unwrite(before - this.#file.sizeBytes);
        throw error;
      }
    }
    this.#isSyncDue = false;
    this.#written -= count;
    for (const { ticket } of this.#queue.splice(0, count)) ticket?.resolve();
  }

  #armSync(): void {
    if (this.#syncTimer || this.#isClosed) return;
    this.#syncTimer = setTimeout(() => {
      this.#syncTimer = null;
      this.#isSyncDue = true;
      if (!this.#problem) void this.#pump();
    }, syncIntervalMs);
    this.#syncTimer.unref();
  }

  #fail(error: unknown): void {
    this.#mustReopen = true;
    // That a write is taken says nothing of a sync: it is well once all that waits is on the disk.
    this.#isSyncDue = true;
    this.#report(recordingStopped(this.#file.path, reasonOf(error)));
    if (this.#isClosed) return;
    this.#retryTimer = setTimeout(() => void this.#pump(), this.#retryMs);
    this.#retryTimer.unref();
    this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs);
  }

  /** Called when all that had waited is on the disk after a problem. */
  #recover(): void {
    this.#retryMs = firstRetryMs;
    const lost = this.#givenUp;
    this.#givenUp = null;
    this.#report(null);
    if (lost) this.#note({ note: `rows ${lost.from} to ${lost.to} were given up: too much was waiting for the disk`, lostBytes: 0, keptAs: null });
  }

  async #reopen(): Promise<void> {
    const before = this.#file.sizeBytes;
    const changed = await this.#file.reopen().finally(() => this.#unwrite(before - this.#file.sizeBytes));
    this.#mustReopen = false;
    if (changed) this.#note(changed);
  }

  /** The last `bytes` of the file are gone, or it is another one: they go in again. Readers pass over rows they know. */
  #unwrite(bytes: number): void {
    for (let left = bytes; left > 0 && this.#written > 0; ) {
      const { length } = (this.#queue[--this.#written] as Piece).bytes;
      this.#unwrittenBytes += length;
      left -= length;
    }
  }

  #note({ note, lostBytes, keptAs }: { note: string; lostBytes: number; keptAs: string | null }): void {
    const body: EventBody = { type: 'recovered', lost_bytes: lostBytes, kept_as: keptAs, reason: note };
    this.#enqueue([this.#stamp(body, { id: this.#stampId })], true).catch(() => {});
  }

  #report(problem: HumanError | null): void {
    const isSame = this.#problem?.message === problem?.message;
    this.#problem = problem;
    if (!isSame) for (const listener of this.#listeners) listener(problem);
  }
}
