import type { LiveText } from '../core/adapter.ts';
import type { SessionSnapshot } from '../core/view.ts';
import { sessionBatch, sessionEvents, sessionLive, type SessionEvents } from '../protocol/protocol.ts';
import { shortened, snapshotOf } from './answers.ts';
import { Feed } from './feed.ts';
import type { Session } from './session.ts';

/** How a client is told something; `isFree`: it takes it at once. */
export interface Teller {
  tell(method: string, params: object): void;
  isFree(): boolean;
}

/** The sessions that one client follows, and how it is told of each: batch by batch as it takes them, or as it comes. */
export class FollowedSessions {
  readonly #teller: Teller;
  /** With a feed: batch by batch. */
  readonly #feeds = new Map<string, Feed | null>();
  /** Of sessions without a feed. What is on its way replaces itself: to a client that is behind only the last of it matters. */
  readonly #lateLive = new Map<string, Map<string, LiveText>>();
  /** Numbers the client's snapshots and batches, of all its sessions. */
  #last = 0;

  constructor(teller: Teller) {
    this.#teller = teller;
  }

  /** Follows it from the snapshot on, which is made in the same moment. */
  open(session: Session, blocks: number, paced: boolean): SessionSnapshot & { batch?: number } {
    const { uid } = session;
    const snapshot = snapshotOf(session, blocks);
    this.letGo(uid);
    if (!paced) {
      this.#feeds.set(uid, null);
      return snapshot;
    }
    const number = (): number => ++this.#last;
    const batch = number();
    this.#feeds.set(uid, new Feed(batch, {
      number, live: snapshot.live, send: (news) => this.#teller.tell(sessionBatch.method, { session: uid, ...news }),
    }));
    return { ...snapshot, batch };
  }

  taken(uid: string, batch: number, missed?: readonly string[]): void {
    this.#feeds.get(uid)?.taken(batch, missed);
  }

  letGo(uid: string): void {
    this.#feeds.delete(uid);
    this.#lateLive.delete(uid);
  }

  /** Follows that one only, if it does. */
  keepOnly(uid: string): void {
    for (const other of [...this.#feeds.keys()]) if (other !== uid) this.letGo(other);
  }

  clear(): void {
    this.#feeds.clear();
    this.#lateLive.clear();
  }

  events(uid: string, events: SessionEvents['events']): void {
    const feed = this.#feeds.get(uid);
    if (feed) feed.events(events);
    else if (feed === null) this.#teller.tell(sessionEvents.method, { session: uid, events: events.map(shortened) });
  }

  live(uid: string, live: LiveText[]): void {
    const feed = this.#feeds.get(uid);
    if (feed) return feed.live(live);
    if (feed === undefined) return;
    if (this.#teller.isFree()) return this.#teller.tell(sessionLive.method, { session: uid, live });
    const late = this.#lateLive.get(uid) ?? new Map<string, LiveText>();
    for (const text of live) late.set(text.live, text);
    this.#lateLive.set(uid, late);
  }

  /** The client has taken all that it was told. */
  tellLate(): void {
    const late = [...this.#lateLive];
    this.#lateLive.clear();
    for (const [uid, texts] of late) this.live(uid, [...texts.values()]);
  }
}
