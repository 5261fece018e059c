import type { LiveText } from '../core/adapter.ts';
import type { LiveChange, SessionBatch, SessionEvents } from '../protocol/protocol.ts';
import { shortened } from './answers.ts';

type Told = SessionEvents['events'];

/** What one batch carries at most; what is beyond that goes with the next one. */
const batchEvents = 500;
const batchChars = 500_000;
/** A client with so much waiting has nothing sent of it: it opens the session again, which costs less. */
const mostEvents = 2_000;
const mostChars = 4_000_000;

export interface FeedOptions {
  /** A number that none of the client's snapshots and batches had. */
  number(): number;
  /** The texts on their way that the snapshot holds. */
  live: Iterable<LiveText>;
  send(batch: Omit<SessionBatch, 'session'>): void;
}

/**
 * What a session tells one client that says when it has taken something: a batch is on its way at most. What comes meanwhile waits, and is
 * merged: events go together, a text on its way goes as what is new of it, and one that has landed before it was sent does not go.
 */
export class Feed {
  readonly #options: FeedOptions;
  /** The snapshot or batch that the client has not taken yet; null: the next one may go. */
  #underWay: number | null;
  #events: Told = [];
  #sizes: number[] = [];
  #chars = 0;
  /** Texts on their way that have changed since they were sent. */
  readonly #changed = new Map<string, LiveText>();
  /** Texts on their way as the client has them. */
  readonly #has = new Map<string, LiveText>();
  #isBehind = false;

  /** The snapshot is on its way, with that number; the client takes it like a batch. */
  constructor(first: number, options: FeedOptions) {
    this.#options = options;
    this.#underWay = first;
    for (const one of options.live) this.#has.set(one.live, one);
  }

  events(events: Told): void {
    if (this.#isBehind) return;
    for (const event of events.map(shortened)) {
      const size = JSON.stringify(event).length;
      this.#events.push(event);
      this.#sizes.push(size);
      this.#chars += size;
    }
    if (this.#events.length > mostEvents || this.#chars > mostChars) this.#fallBehind();
    this.#next();
  }

  live(live: readonly LiveText[]): void {
    if (this.#isBehind) return;
    for (const text of live) this.#changed.set(text.live, text);
    this.#next();
  }

  /** The client has painted the batch. `missed`: texts of which it has not what was to be gone on with; they are sent whole. */
  taken(batch: number, missed: readonly string[] = []): void {
    if (batch !== this.#underWay) return;
    this.#underWay = null;
    for (const id of missed) this.#sendWhole(id);
    this.#next();
  }

  #sendWhole(id: string): void {
    const sent = this.#has.get(id);
    this.#has.delete(id);
    if (sent && !this.#changed.has(id)) this.#changed.set(id, sent);
  }

  #fallBehind(): void {
    this.#isBehind = true;
    this.#events = [];
    this.#sizes = [];
    this.#chars = 0;
    this.#changed.clear();
    this.#has.clear();
  }

  #next(): void {
    if (this.#underWay !== null) return;
    if (this.#isBehind) return this.#sendBatch({ events: [], live: [], behind: true });
    const events = this.#takeEvents();
    // What is on its way stands behind the last event: not before all of them are there.
    const live = this.#events.length === 0 ? this.#takeLive() : [];
    if (events.length > 0 || live.length > 0) this.#sendBatch({ events, live });
  }

  #sendBatch(batch: Omit<SessionBatch, 'session' | 'batch'>): void {
    this.#underWay = this.#options.number();
    this.#options.send({ batch: this.#underWay, ...batch });
  }

  #takeEvents(): Told {
    let count = 0;
    for (let chars = 0; count < Math.min(this.#events.length, batchEvents); count++) {
      chars += this.#sizes[count]!;
      if (count > 0 && chars > batchChars) break;
    }
    for (const size of this.#sizes.splice(0, count)) this.#chars -= size;
    return this.#events.splice(0, count);
  }

  #takeLive(): LiveChange[] {
    const changes: LiveChange[] = [];
    for (const one of this.#changed.values()) {
      const change = this.#changeTo(one);
      if (change !== null) changes.push(change);
    }
    this.#changed.clear();
    return changes;
  }

  /** Null: it has ended, and the client never had it. Nothing new is told as well: the client may have let go of it, and says so then. */
  #changeTo(one: LiveText): LiveChange | null {
    const before = this.#has.get(one.live)?.text ?? '';
    if (one.text === null) return this.#has.delete(one.live) ? one : null;
    this.#has.set(one.live, one);
    if (before === '' || !one.text.startsWith(before)) return one;
    return { ...one, from: before.length, text: one.text.slice(before.length) };
  }
}
