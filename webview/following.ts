import type { MessageConnection } from 'vscode-jsonrpc/browser';
import type { LiveText } from '../src/core/adapter.ts';
import { Conversation } from '../src/core/conversation.ts';
import { endsOf } from '../src/core/ends.ts';
import type { Event, UnknownEvent } from '../src/core/events.ts';
import { mainLane } from '../src/core/ids.ts';
import type { LaneId, RequestId, SeamId } from '../src/core/ids.ts';
import type { BlockPage, SessionSummary } from '../src/core/view.ts';
import type { SessionBatch } from '../src/protocol/protocol.ts';
import { sessionBatch, sessionEvents, sessionLive, sessionOpen, sessionPage, sessionSeams, sessionTaken, workbenchConnection } from '../src/protocol/protocol.ts';
import { sentenceOf } from './actions.ts';
import type { Standing } from './actions.ts';
import { LiveTexts } from './liveTexts.ts';
import { parseBatch, parseConnection, parseEvents, parseLive, parsePage, parseSeams, parseSnapshot } from './model/inbound.ts';
import type { SeamFacts } from './model/panelContent.ts';
import { isApart, keepOlder } from './olderSteps.ts';
import { reportError } from './panelActions.ts';

export type FollowStatus = { is: 'opening' } | { is: 'following' } | { is: 'reconnecting' } | { is: 'failed'; message: string };

export interface FollowListener {
  /** Something that is drawn has changed; `live`: nothing but text on its way. */
  changed(what: 'all' | 'live'): void;
  /** Calls once all that has changed so far is painted. */
  painted(call: () => void): void;
  /** Whether one looks at older steps, not at the end. */
  isReadingBack(): boolean;
  /** A permission request was resolved, by whomever. */
  resolved(request: RequestId, outcome: 'allowed' | 'denied' | 'elsewhere' | 'gone', by: string): void;
  /** A prompt was dropped because it had waited too long. */
  expired(text: string): void;
}

/** Blocks of the first page, of an older page, and of a subagent's lane. */
const firstPage = 60;
const olderPage = 100;
/** Steps of a page, and pages, that are loaded to keep the place where one reads while far more has come. */
const farPage = 500;
const mostPagesBack = 10;
/** Pause before the session is asked for again after it could not be opened while reconnecting. */
const retryMs = 1000;

/**
 * Follows one session: opens it, folds what comes, opens again after a gap or a broken connection, and loads older steps when asked. What
 * comes is taken batch by batch: the host sends the next one when this one is painted. Hosts of an earlier build send events as they come.
 */
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
  /** What the host told of seams when they were last looked at. */
  readonly seams = new Map<SeamId, SeamFacts>();
  /** The last event that was known when a seam was told. */
  readonly #toldAt = new Map<SeamId, number>();
  readonly #wanted = new Set<SeamId>();
  #isAskingSeams = false;
  readonly #live = new LiveTexts();
  #opening: Promise<void> | null = null;
  readonly #loading = new Map<LaneId, Promise<void>>();

  constructor(session: string, connection: MessageConnection, listener: FollowListener) {
    this.session = session;
    this.#connection = connection;
    this.#listener = listener;
    connection.onNotification(sessionBatch, (message) => this.#onBatch(message));
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
      const before = this.conversation;
      const blocks = Math.max(firstPage, before?.chain(mainLane).length ?? 0);
      const snapshot = parseSnapshot(await this.#connection.sendRequest(sessionOpen, { session: this.session, blocks, paced: true }));
      const conversation = Conversation.fromSnapshot(snapshot);
      if (before !== null) await this.#goOnFrom(before, conversation);
      this.conversation = conversation;
      this.summary = snapshot.summary;
      this.damage = snapshot.damage;
      this.#forgetSeams();
      this.#live.fill(snapshot.live);
      this.olderFailure = '';
      this.status = { is: 'following' };
      if (snapshot.batch !== undefined) this.#taken(snapshot.batch);
    } catch (error) {
      if (this.status.is === 'reconnecting') setTimeout(() => void this.open(), retryMs);
      else this.status = { is: 'failed', message: sentenceOf(error) };
    }
    this.#listener.changed('all');
  }

  /** What was loaded before it was opened again stays; where one reads back, what has come since is loaded too, so that the place is kept. */
  async #goOnFrom(before: Conversation, after: Conversation): Promise<void> {
    if (before.branch !== after.branch) return;
    for (let pages = 0; isApart(before, after) && this.#listener.isReadingBack() && pages < mostPagesBack; pages++)
      after.addPage(await this.#page(after, mainLane, farPage, after.chain(mainLane)[0]?.block));
    keepOlder(before, after);
  }

  /** What a rewind would find now; null until the session is open. */
  get standing(): Standing | null {
    const { conversation, summary } = this;
    if (conversation === null || summary === null) return null;
    const { state, branch, tip } = conversation;
    return { state, ends: endsOf(state, summary.background ?? []), expect: { branch, tip }, step: summary.movingStep ?? null };
  }

  liveOf(lane: LaneId): LiveText[] {
    return this.#live.of(lane);
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
    const page = await this.#page(conversation, lane, count, before);
    // Opened anew in the meantime: the page belongs to a conversation that is no longer shown.
    if (conversation !== this.conversation) return;
    conversation.addPage(page);
  }

  async #page({ branch }: Conversation, lane: LaneId, count: number, before?: string): Promise<BlockPage> {
    return parsePage(await this.#connection.sendRequest(sessionPage, { session: this.session, lane, branch, count, ...(before !== undefined && { before }) }));
  }

  /**
   * Asks how exactly one can rewind to these seams. What was told stays until something lands; `anew` asks for it nevertheless, since a
   * history may change without an event. A failure is the preview's to tell.
   */
  async lookAt(seams: readonly SeamId[], anew: boolean): Promise<void> {
    const { conversation } = this;
    for (const seam of seams) if (anew || this.#toldAt.get(seam) !== conversation?.lastSeq) this.#wanted.add(seam);
    if (this.#isAskingSeams) return;
    this.#isAskingSeams = true;
    try {
      while (this.#wanted.size > 0) if (await this.#askSeams()) this.#listener.changed('all');
    } catch {
      this.#wanted.clear();
    } finally {
      this.#isAskingSeams = false;
    }
  }

  /** True when something was told that was not known. */
  async #askSeams(): Promise<boolean> {
    const { conversation } = this;
    const wanted = [...this.#wanted];
    this.#wanted.clear();
    if (conversation === null) return false;
    const { branch, lastSeq } = conversation;
    const answer = await this.#connection.sendRequest(sessionSeams, { session: this.session, branch, seams: wanted });
    // Another branch's history is cut elsewhere.
    if (conversation !== this.conversation || branch !== conversation.branch) return false;
    let isNews = false;
    for (const { seam, fidelity, reason, uncovered } of parseSeams(answer)) {
      const facts: SeamFacts = { fidelity, reason, ...(uncovered && { uncovered }) };
      isNews ||= JSON.stringify(facts) !== JSON.stringify(this.seams.get(seam));
      this.seams.set(seam, facts);
    }
    for (const seam of wanted) this.#toldAt.set(seam, lastSeq);
    return isNews;
  }

  /** After one that cannot be read the session is opened again: without that no other would come. */
  #onBatch(message: unknown): void {
    const read = this.#read(message);
    if (read !== null && read.session !== this.session) return;
    if (read === null || read.behind === true) return void this.open();
    const { batch, events, live } = read;
    let missed: string[] = [];
    try {
      this.#fold(events);
      missed = this.#live.change(live);
      this.#listener.changed(events.length > 0 ? 'all' : 'live');
    } finally {
      this.#taken(batch, missed);
    }
  }

  #read(message: unknown): SessionBatch | null {
    try {
      return parseBatch(message);
    } catch (error) {
      reportError(this.#connection, sentenceOf(error));
      return null;
    }
  }

  #taken(batch: number, missed: string[] = []): void {
    this.#listener.painted(() => void this.#connection.sendNotification(sessionTaken, { session: this.session, batch, ...(missed.length > 0 && { missed }) }));
  }

  #onEvents(message: unknown): void {
    const { session, events } = parseEvents(message);
    if (session !== this.session) return;
    this.#fold(events);
    this.#listener.changed('all');
  }

  #fold(events: readonly (Event | UnknownEvent)[]): void {
    const { conversation } = this;
    if (conversation === null) return;
    for (const event of events) {
      if (event.seq <= conversation.lastSeq) continue;
      if (conversation.isGap(event)) return void this.open();
      this.#beforeEvent(event as Event, conversation);
      conversation.apply(event);
      this.#onEvent(event as Event);
    }
  }

  #beforeEvent(event: Event, { queue }: Conversation): void {
    if (event.type === 'expired') this.#listener.expired(queue.find(({ send }) => send === event.send)?.text ?? event.send);
  }

  #onEvent(event: Event): void {
    if (event.type === 'block') {
      this.#live.landed(event.lane, event.kind);
    } else if (event.type === 'permission_resolved') this.#listener.resolved(event.request, event.outcome, event.by);
    else if (event.type === 'rewound' || event.type === 'branch_selected') this.#onOtherBranch();
  }

  /** What was live belonged to the branch that was left. A branch whose end is not loaded is opened like a new session. */
  #onOtherBranch(): void {
    this.#live.clear();
    this.#forgetSeams();
    if (this.conversation?.tip !== null && this.conversation?.chain(mainLane).length === 0) void this.open();
  }

  #forgetSeams(): void {
    this.seams.clear();
    this.#toldAt.clear();
  }

  #onLive(message: unknown): void {
    const { session, live } = parseLive(message);
    if (session !== this.session) return;
    this.#live.change(live);
    this.#listener.changed('live');
  }

  #onConnection(message: unknown): void {
    const { open } = parseConnection(message);
    this.status = { is: 'reconnecting' };
    if (open) void this.open();
    this.#listener.changed('all');
  }
}
