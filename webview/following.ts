import type { MessageConnection } from 'vscode-jsonrpc/browser';
import type { LiveText } from '../src/core/adapter.ts';
import { Conversation } from '../src/core/conversation.ts';
import type { Event } from '../src/core/events.ts';
import { mainLane } from '../src/core/ids.ts';
import type { LaneId, RequestId, SeamId } from '../src/core/ids.ts';
import type { SessionSummary } from '../src/core/view.ts';
import { sessionEvents, sessionLive, sessionOpen, sessionPage, sessionSeams, workbenchConnection } from '../src/protocol/protocol.ts';
import { sentenceOf } from './actions.ts';
import { parseConnection, parseEvents, parseLive, parsePage, parseSeams, parseSnapshot } from './model/inbound.ts';
import type { SeamFacts } from './model/panelContent.ts';

export type FollowStatus = { is: 'opening' } | { is: 'following' } | { is: 'reconnecting' } | { is: 'failed'; message: string };

export interface FollowListener {
  /** Something that is drawn has changed; `live`: nothing but text on its way. */
  changed(what: 'all' | 'live'): void;
  /** A permission request was resolved, by whomever. */
  resolved(request: RequestId, outcome: 'allowed' | 'denied' | 'elsewhere' | 'gone', by: string): void;
  /** A prompt was dropped because it had waited too long. */
  expired(text: string): void;
}

/** Blocks of the first page, of an older page, and of a subagent's lane. */
const firstPage = 60;
const olderPage = 100;
/** Pause before the session is asked for again after it could not be opened while reconnecting. */
const retryMs = 1000;

/** Follows one session: opens it, folds what comes, opens again after a gap or a broken connection, and loads older steps when asked. */
export class Following {
  readonly session: string;
  readonly #connection: MessageConnection;
  readonly #listener: FollowListener;
  status: FollowStatus = { is: 'opening' };
  conversation: Conversation | null = null;
  summary: SessionSummary | null = null;
  damage: readonly string[] = [];
  /** Why the last attempt to load older steps failed; empty when it did not. */
  olderFailure = '';
  /** What the host told of seams when one was last looked at. */
  readonly seams = new Map<SeamId, SeamFacts>();
  #isAskingSeams = false;
  readonly #live = new Map<string, LiveText>();
  #opening: Promise<void> | null = null;
  readonly #loading = new Map<LaneId, Promise<void>>();

  constructor(session: string, connection: MessageConnection, listener: FollowListener) {
    this.session = session;
    this.#connection = connection;
    this.#listener = listener;
    connection.onNotification(sessionEvents, (message) => this.#onEvents(message));
    connection.onNotification(sessionLive, (message) => this.#onLive(message));
    connection.onNotification(workbenchConnection, (message) => this.#onConnection(message));
  }

  /** Opens the session, also when it is open already. Never rejects: how it went is `status`. */
  open(): Promise<void> {
    this.#opening ??= this.#open().finally(() => { this.#opening = null; });
    return this.#opening;
  }

  async #open(): Promise<void> {
    try {
      const snapshot = parseSnapshot(await this.#connection.sendRequest(sessionOpen, { session: this.session, blocks: Math.max(firstPage, this.conversation?.chain(mainLane).length ?? 0) }));
      this.conversation = Conversation.fromSnapshot(snapshot);
      this.summary = snapshot.summary;
      this.damage = snapshot.damage;
      this.seams.clear();
      this.#live.clear();
      for (const live of snapshot.live) this.#live.set(live.live, live);
      this.olderFailure = '';
      this.status = { is: 'following' };
    } catch (error) {
      if (this.status.is === 'reconnecting') setTimeout(() => void this.open(), retryMs);
      else this.status = { is: 'failed', message: sentenceOf(error) };
    }
    this.#listener.changed('all');
  }

  liveOf(lane: LaneId): LiveText[] {
    return [...this.#live.values()].filter((live) => live.lane === lane && live.text !== null && live.text !== '');
  }

  /** Loads steps before the first loaded one; the last ones of a lane of which nothing is loaded. One load of a lane at a time: who comes while it is under way gets that one. */
  loadOlder(lane: LaneId, count = olderPage): Promise<void> {
    const underWay = this.#loading.get(lane);
    if (underWay !== undefined) return underWay;
    const load = this.#loadOlder(lane, count).finally(() => this.#loading.delete(lane));
    this.#loading.set(lane, load);
    return load;
  }

  async #loadOlder(lane: LaneId, count: number): Promise<void> {
    const { conversation } = this;
    const first = conversation?.chain(lane)[0];
    if (conversation === null || first?.depth === 0) return;
    try {
      await this.#loadPage(conversation, lane, first === undefined ? firstPage : count, first?.block);
      this.olderFailure = '';
    } catch (error) {
      this.olderFailure = sentenceOf(error);
    } finally {
      this.#listener.changed('all');
    }
  }

  async #loadPage(conversation: Conversation, lane: LaneId, count: number, before?: string): Promise<void> {
    const page = parsePage(await this.#connection.sendRequest(sessionPage, { session: this.session, lane, branch: conversation.branch, count, ...(before !== undefined && { before }) }));
    // Opened anew in the meantime: the page belongs to a conversation that is no longer shown.
    if (conversation !== this.conversation) return;
    conversation.addPage(page);
  }

  /**
   * Asks how exactly one can rewind to each seam: again whenever one is looked at, since a history may change without
   * an event. Its failure is the preview's to tell.
   */
  async tellSeams(): Promise<void> {
    const { conversation } = this;
    if (conversation === null || this.#isAskingSeams) return;
    this.#isAskingSeams = true;
    try {
      const told = parseSeams(await this.#connection.sendRequest(sessionSeams, { session: this.session, branch: conversation.branch }));
      this.seams.clear();
      for (const { seam: at, fidelity, reason, uncovered } of told) this.seams.set(at, { fidelity, reason, ...(uncovered && { uncovered }) });
    } catch {
      return;
    } finally {
      this.#isAskingSeams = false;
    }
    this.#listener.changed('all');
  }

  #onEvents(message: unknown): void {
    const { session, events } = parseEvents(message);
    const { conversation } = this;
    if (session !== this.session || conversation === null) return;
    for (const event of events) {
      if (event.seq <= conversation.lastSeq) continue;
      if (conversation.isGap(event)) return void this.open();
      this.#beforeEvent(event as Event, conversation);
      conversation.apply(event);
      this.#onEvent(event as Event);
    }
    this.#listener.changed('all');
  }

  #beforeEvent(event: Event, { queue }: Conversation): void {
    if (event.type === 'expired') this.#listener.expired(queue.find(({ send }) => send === event.send)?.text ?? event.send);
  }

  #onEvent(event: Event): void {
    if (event.type === 'block') {
      for (const [key, live] of this.#live) if (live.lane === event.lane && live.kind === event.kind) this.#live.delete(key);
    } else if (event.type === 'permission_resolved') this.#listener.resolved(event.request, event.outcome, event.by);
    else if (event.type === 'rewound' || event.type === 'branch_selected') this.#onOtherBranch();
  }

  /** What was live belonged to the branch that was left. A branch whose end is not loaded is opened like a new session. */
  #onOtherBranch(): void {
    this.#live.clear();
    if (this.conversation?.tip !== null && this.conversation?.chain(mainLane).length === 0) void this.open();
  }

  #onLive(message: unknown): void {
    const { session, live } = parseLive(message);
    if (session !== this.session) return;
    for (const one of live) {
      if (one.text === null) this.#live.delete(one.live);
      else this.#live.set(one.live, one);
    }
    this.#listener.changed('live');
  }

  #onConnection(message: unknown): void {
    const { open } = parseConnection(message);
    this.status = { is: 'reconnecting' };
    if (open) void this.open();
    this.#listener.changed('all');
  }
}
