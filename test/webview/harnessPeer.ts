/**
 * The other side of the panel's postMessage for tests: an in-page stand-in of the extension and the session host. It folds literal
 * events with the real core and answers the real protocol; what it was asked is kept in `asked`.
 */
import { Conversation } from '../../src/core/conversation.ts';
import type { LiveText } from '../../src/core/adapter.ts';
import type { Event, EventBody, FilesOutcome } from '../../src/core/events.ts';
import type { LaneId } from '../../src/core/ids.ts';
import type { WindowPlace } from '../../src/core/place.ts';
import { seamsOf } from '../../src/core/seams.ts';
import { Feed } from '../../src/host/feed.ts';
import type { Moving, MoveStep, Seam, SessionSnapshot, SessionSummary } from '../../src/core/view.ts';
import { humanErrorCode } from '../../src/protocol/protocol.ts';
import type { SessionBatch, Expect, MovePreview, QueueChange, QueueListing, Resumability, RewindOutcome, RewindPreview, SwitchPreview } from '../../src/protocol/protocol.ts';
import { summaryFor } from '../support/summary.ts';

interface Wire { jsonrpc: '2.0'; id?: number; method?: string; params?: unknown; result?: unknown; error?: unknown }
/** All that a request of the panel may carry. */
interface Params { files?: boolean; seams?: string[]; paced?: boolean; batch: number; missed?: string[]; expect?: Expect; interrupt?: boolean; blocks: number; lane: string; branch: string; before?: string; count: number; block: string; seam: string; request: string; option: string; change: QueueChange; key: string; text: string }
interface Asked { method: string; params: unknown }

export class HarnessPeer {
  readonly asked: Asked[] = [];
  readonly live = new Map<string, LiveText>();
  conversation = new Conversation();
  /** Sentences with which requests of a method fail, until taken out. */
  failures: Record<string, string> = {};
  /** The stable name that such a failure has. */
  failureCode = 'test';
  /** Methods whose answers wait until `release()`. */
  held: string[] = [];
  preview: Partial<RewindPreview> = {};
  switchPreview: Partial<SwitchPreview> = {};
  strings: Record<string, string> = {};
  wholeResults: Record<string, string> = {};
  /** What is told of seams besides what the conversation shows. */
  told: Record<string, Partial<Seam>> = {};
  rewindFiles: FilesOutcome = { is: 'restored', restored: ['README.md'] };
  switchFiles: FilesOutcome = { is: 'kept' };
  /** A rewind or switch that is under way. */
  moving: { how: Moving; step: MoveStep } | null = null;
  problem: string | null = null;
  promptHint = '';
  /** Where the window is, and the session's folder. */
  place: WindowPlace = { folders: ['/ws'], home: '/home/me' };
  cwd = '/ws';
  resumability: Resumability = { is: 'goesOn', fidelity: 'exact', reason: null };
  /** What there is to know about a resume. */
  resumeReason: string | null = null;
  damage: string[] = [];
  #waiting: (() => void)[] = [];
  #saved: unknown;
  /** Whether the host knows of batches; one of an earlier build does not. */
  paced = true;
  /** Batches sent, and whether the last of them, or the snapshot, was taken. */
  batches = 0;
  isTaken = false;
  #isOpen = false;
  #feed: Feed | null = null;
  #batch = 0;
  #seq = 0;
  #sends = 0;
  /** Prompts that are being edited. */
  readonly editing = new Set<string>();

  constructor(saved: unknown) {
    this.#saved = saved;
  }

  get saved(): unknown {
    return this.#saved;
  }

  api() {
    return { postMessage: (message: Wire) => void this.#receive(structuredClone(message)), getState: () => this.#saved, setState: (state: unknown) => { this.#saved = structuredClone(state); } };
  }

  /** Events happen: they are folded and, once the panel has opened the session, sent. `skip` leaves a gap before them. */
  emit(bodies: EventBody[], skip = false): void {
    const events = bodies.map((body): Event => ({ schema_version: 1, seq: ++this.#seq, ts: new Date(Date.UTC(2026, 0, 1) + this.#seq * 1000).toISOString(), id: 'docs', run: 1, ...body }) as Event);
    for (const event of events) this.conversation.apply(event);
    if (!this.#isOpen || skip) return;
    if (this.#feed !== null) this.#feed.events(events);
    else this.#notify('session/events', { session: 'uid-1', events });
    this.#notify('session/changed', this.#summary());
  }

  /** Text on its way; `null` ends it. */
  stream(live: string, text: string | null, kind: LiveText['kind'] = 'text', lane: LaneId = 'main'): void {
    if (text === null) this.live.delete(live);
    else this.live.set(live, { live, lane, kind, text });
    if (!this.#isOpen) return;
    if (this.#feed !== null) this.#feed.live([{ live, lane, kind, text }]);
    else this.#notify('session/live', { session: 'uid-1', live: [{ live, lane, kind, text }] });
  }

  command(what: string, more: string | object = {}): void {
    this.#notify('workbench/do', { what, ...(typeof more === 'string' ? { seam: more } : more) });
  }

  connection(open: boolean): void {
    if (!open) [this.#isOpen, this.#feed] = [false, null];
    this.#notify('workbench/connection', { open });
  }

  release(): void {
    for (const go of this.#waiting.splice(0)) go();
  }

  /** The newest answer that waits, and no other; nothing waits any more. */
  releaseLast(): void {
    this.held = [];
    this.#waiting.pop()?.();
  }

  /** A rewind or switch is that far. */
  moves(how: Moving, step: MoveStep): void {
    this.moving = { how, step };
    this.#notify('session/changed', this.#summary());
  }

  of(method: string): unknown[] {
    return this.asked.filter((one) => one.method === method).map((one) => one.params);
  }

  #notify(method: string, params: unknown): void {
    window.postMessage({ jsonrpc: '2.0', method, params }, window.origin);
  }

  async #receive(message: Wire): Promise<void> {
    if (message.method === undefined) return;
    this.asked.push({ method: message.method, params: message.params });
    const params = message.params as Params;
    if (message.method === 'session/taken') this.#taken(params);
    if (message.id === undefined) return;
    if (this.held.includes(message.method)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const failure = this.failures[message.method];
    const refused = failure === undefined ? this.#refusal(message.method, params) : { code: this.failureCode, message: failure };
    const answer = refused === null ? { result: await this.#answer(message.method, params) } : { error: { code: humanErrorCode, message: refused.message, data: { code: refused.code } } };
    window.postMessage({ jsonrpc: '2.0', id: message.id, ...answer }, window.origin);
  }

  /** As the host does it. */
  #refusal(method: string, { seam, expect, interrupt, change }: Params): { code: string; message: string } | null {
    if (method === 'session/preview' && !this.#seams().some((one) => one.seam === seam)) return { code: 'no-such-seam', message: `There is no seam “${seam}” in this session.` };
    if (method === 'session/changeQueue' && 'send' in change && !this.conversation.queue.some(({ send }) => send === change.send))
      return { code: 'no-such-send', message: `No prompt “${change.send}” waits in this session.` };
    if (expect === undefined || (expect.branch === this.conversation.branch && (interrupt === true || expect.tip === this.conversation.tip))) return null;
    return { code: 'stale', message: 'The session has moved on.' };
  }

  #answer(method: string, params: Params): unknown {
    switch (method) {
      case 'workbench/init': return { session: 'uid-1', strings: this.strings, anchor: null, window: this.place };
      case 'session/open': return this.#open(params.blocks, params.paced === true && this.paced);
      case 'session/page': return this.conversation.page(params.lane, params.branch, params.before, params.count);
      case 'session/block': return this.#block(params.block);
      case 'session/send': return this.#send(params);
      case 'session/changeQueue': return this.#changeQueue(params.change);
      case 'session/seams': return this.#seams().filter(({ seam }) => params.seams?.includes(seam) ?? true);
      case 'session/preview': return { ...this.#preview(params.seam), ...(params.files === false && { files: null }) };
      case 'session/previewSwitch': return { branch: params.branch, ...this.#movePreview(), files: [{ path: 'README.md', is: 'modified', conflict: false }], ...this.switchPreview, ...(params.files === false && { files: null }) };
      case 'session/rewind': return this.#rewind(params);
      case 'session/switch': return this.#switch(params);
      case 'session/answer': return this.#resolve(params);
      case 'workbench/resumable': return this.resumability;
      case 'workbench/resume': return this.#resume();
      default: return null;
    }
  }

  #taken({ batch, missed }: Params): void {
    if (batch === this.#batch) this.isTaken = true;
    this.#feed?.taken(batch, missed);
  }

  #sendBatch(news: Omit<SessionBatch, 'session'>): void {
    this.batches++;
    this.isTaken = false;
    this.#notify('session/batch', { session: 'uid-1', ...news });
  }

  #open(blocks: number, paced: boolean): SessionSnapshot & { batch?: number } {
    this.#isOpen = true;
    const { conversation } = this;
    const number = (): number => ++this.#batch;
    const batch = number();
    this.isTaken = false;
    this.#feed = paced ? new Feed(batch, { number, live: this.live.values(), send: (news) => this.#sendBatch(news) }) : null;
    return {
      ...(paced && { batch }), seq: conversation.lastSeq, summary: this.#summary(), branches: [...conversation.branches.values()], lanes: [...conversation.lanes.values()], requests: [...conversation.requests.values()],
      turns: [...conversation.turns.values()], checkpoints: [...conversation.checkpoints], queue: [...conversation.queue], queuePaused: conversation.queuePaused, typed: [...conversation.typedPrompts], live: [...this.live.values()],
      page: conversation.page('main', conversation.branch, undefined, blocks), damage: this.damage,
    };
  }

  #summary(): SessionSummary {
    return summaryFor(this.conversation, {
      moving: this.moving?.how ?? null, movingStep: this.moving?.step ?? null,
      uid: 'uid-1', id: 'docs', agentName: 'Demo Agent', agentVersion: '1.0', cwd: this.cwd, title: 'Docs', promptHint: this.promptHint, alive: this.conversation.run === 0 || this.conversation.alive, ended: this.conversation.ended, createdTs: '', lastTs: '', pid: 1, problem: this.problem, stall: this.conversation.watching.stall, settings: this.conversation.watching.settings,
      editing: [...this.editing],
    });
  }

  #block(id: string): unknown {
    const block = this.conversation.blocks.get(id);
    const text = this.wholeResults[id];
    return block?.kind === 'tool' && block.result !== undefined && text !== undefined ? { ...block, result: { ...block.result, text } } : block;
  }

  #seams(): Seam[] {
    return seamsOf(this.conversation, { fidelityAfter: () => ({ fidelity: 'exact', reason: '' }) }).map((seam) => ({ ...seam, ...this.told[seam.seam] }));
  }

  #preview(seam: string): RewindPreview {
    const found = this.#seams().find((one) => one.seam === seam)!;
    return { seam, fidelity: 'exact', reason: '', drops: found.drops, ...this.#movePreview(), ...this.preview };
  }

  #movePreview(): MovePreview {
    return { files: null, filesReason: null, checkpoint: 'c1', state: this.conversation.state, ends: [], expect: { branch: this.conversation.branch, tip: this.conversation.tip } };
  }

  /** In the steps of the host, each drawn before the next: the agent ends, starts on the other history, is at its prompt, and only then the branch is another. */
  async #relaunch(branch: string, how: 'rewind' | 'switch', seam: string | null, done: EventBody): Promise<void> {
    const { branch: from, native: old_native, tip } = this.conversation;
    const native = { session: branch, path: '' };
    await this.#drawn({ type: 'rewind_started', rewind: 'r', how, from_branch: from, to_branch: branch, tip, seam, old_native, new_native: native, checkpoint: null, to_checkpoint: null, files: true });
    await this.#drawn({ type: 'run_ended', code: 0, cause: how });
    await this.#drawn({ type: 'run_started', pid: 2, cause: how, native, branch: how === 'switch' ? branch : from }, { type: 'state', state: { is: 'starting' } });
    await this.#drawn({ type: 'state', state: { is: 'idle' } });
    await this.#drawn(done);
  }

  async #drawn(...bodies: EventBody[]): Promise<void> {
    this.emit(bodies);
    for (let frames = 0; frames < 2; frames++) await new Promise(requestAnimationFrame);
  }

  #resume(): { reason: string | null } {
    const { branch, native } = this.conversation;
    this.emit([{ type: 'run_started', pid: 3, cause: 'resume', native, branch }, { type: 'state', state: { is: 'starting' } }]);
    return { reason: this.resumeReason };
  }

  async #rewind(params: Params): Promise<RewindOutcome> {
    const from = this.conversation.branch;
    const branch = this.conversation.freeBranchName();
    const files = this.rewindFiles;
    await this.#relaunch(branch, 'rewind', params.seam, { type: 'rewound', rewind: 'r', branch, parent_branch: from, seam: params.seam, native: { session: branch, path: '' }, fidelity: 'exact', files, tip_checkpoint: null });
    return { branch, from, seam: params.seam, fidelity: 'exact', reason: null, ends: [], files, native: branch, ms: 1, agentMs: 0 };
  }

  async #switch(params: Params): Promise<RewindOutcome> {
    const from = this.conversation.branch;
    const { branch } = params;
    await this.#relaunch(branch, 'switch', null, { type: 'branch_selected', rewind: 'r', branch, from_branch: from, native: this.conversation.branches.get(branch)!.native, files: this.switchFiles, tip_checkpoint: null });
    return { branch, from, seam: null, fidelity: 'exact', reason: null, ends: [], files: this.switchFiles, native: branch, ms: 1, agentMs: 0 };
  }

  /** As the host does it: taken once under its key, and typed at once where the agent is idle. */
  #send({ key, text }: Params): { send: string; status: string } {
    const sent = this.conversation.sentAs(key);
    if (sent) return { send: sent.send, status: sent.is };
    const send = `sent-${++this.#sends}`;
    this.emit([{ type: 'queued', send, text, from: 'panel', key }]);
    if (this.conversation.state.is === 'idle' && !this.conversation.queuePaused) this.emit([{ type: 'delivered', send }]);
    return { send, status: 'queued' };
  }

  #holdPrompt(change: Extract<QueueChange, { is: 'hold' | 'release' }>): void {
    if (change.is === 'hold') this.editing.add(change.send);
    else this.editing.delete(change.send);
    this.#notify('session/changed', this.#summary());
  }

  /** As the host does it; what does not wait is refused. */
  #changeQueue(change: QueueChange): QueueListing {
    const waiting = this.conversation.queue.map(({ send }) => send);
    const from = 'panel';
    switch (change.is) {
      case 'hold': case 'release': this.#holdPrompt(change); break;
      case 'pause': case 'continue': this.emit([{ type: 'queue_changed', paused: change.is === 'pause', from }]); break;
      case 'edit': this.emit([{ type: 'queue_changed', edited: { send: change.send, text: change.text }, from }]); break;
      case 'drop': this.emit([{ type: 'queue_changed', dropped: change.sends === 'all' ? waiting : change.sends, from }]); break;
      case 'now': this.emit([{ type: 'delivered', send: change.send }]); break;
      case 'move': this.emit([{ type: 'queue_changed', order: waiting.filter((send) => send !== change.send).toSpliced(change.to, 0, change.send), from }]);
    }
    return { paused: this.conversation.queuePaused, sends: [...this.conversation.queue], seq: this.conversation.lastSeq };
  }

  #resolve(params: Params): { won: boolean } {
    const won = this.conversation.requests.has(params.request);
    if (won) this.emit([{ type: 'permission_resolved', request: params.request, outcome: params.option === 'deny' ? 'denied' : 'allowed', by: 'panel' }]);
    return { won };
  }
}

declare global {
  interface Window { peer: HarnessPeer; prepare?: (peer: HarnessPeer) => void; savedState?: unknown }
}
const peer = new HarnessPeer(window.savedState);
window.peer = peer;
window.prepare?.(peer);
Object.assign(window, { acquireVsCodeApi: () => peer.api() });
