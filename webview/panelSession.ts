import type { MessageConnection } from 'vscode-jsonrpc/browser';
import type { Conversation } from '../src/core/conversation.ts';
import { mainLane } from '../src/core/ids.ts';
import type { BranchId, LaneId, RequestId, SeamId } from '../src/core/ids.ts';
import type { WindowPlace } from '../src/core/place.ts';
import { plainText } from '../src/core/plainText.ts';
import type { Shown } from '../src/core/shown.ts';
import { sessionChanged, workbenchDo, workbenchInit } from '../src/protocol/protocol.ts';
import { sentenceOf } from './actions.ts';
import { answerByKey } from './answerByKey.ts';
import type { Moving, SessionSummary } from '../src/core/view.ts';
import type { BackstitchPanel, Undo } from './backstitch-panel.ts';
import { Following } from './following.ts';
import { Frames } from './frames.ts';
import type { Place } from './feedScroll.ts';
import { saveState, savedState } from './host.ts';
import type { SavedPlace } from './host.ts';
import type { Answer } from './model/answerKeys.ts';
import { parseCommand, parseInit, parseSummary } from './model/inbound.ts';
import { panelContent } from './model/panelContent.ts';
import { Outbox } from './outbox.ts';
import { panelActions, reportError, sendPrompt } from './panelActions.ts';
import { say, useStrings } from './strings.ts';

/** How long a remark such as “answered in the terminal” stays. */
const remarkMs = 5000;
/** Characters of a prompt that is named in a notice. */
const longestNotice = 300;
/** Steps loaded at once while looking for something that is further back. */
const farPage = 500;

/** Joins the session that is followed with the panel that shows it: what is looked at, and what the extension's commands do. */
export class PanelSession {
  readonly #connection: MessageConnection;
  readonly #panel: BackstitchPanel;
  #following: Following | null = null;
  #tellShown = (): void => undefined;
  /** Once the session is drawn for the first time: what a command wants of it waits until then. */
  readonly #isShown = new Promise<void>((resolve) => { this.#tellShown = resolve; });
  #lane: LaneId = mainLane;
  readonly #frames = new Frames(() => {
    if (this.#isStale) this.#draw();
    else this.#drawLive();
  });
  /** Whether more than the text on its way has changed since the last drawing. */
  #isStale = false;
  readonly #followers = new Set<() => void>();
  #drawnSeq = 0;
  /** What is drawn: what a person acts on. */
  #shown: Shown = { branch: '', turn: null, seq: 0 };
  #interrupting: Shown | null = null;
  #outbox: Outbox | null = null;
  #window: WindowPlace | null = null;
  /** Requests that a person answered here. */
  readonly #answered = new Set<RequestId>();
  #drawnStep = 'null';
  /** What there is to say of the last rewind or switch that was done from here. */
  #told: { branch: BranchId; sentence: string } | null = null;
  #remark: ReturnType<typeof setTimeout> | undefined;

  constructor(connection: MessageConnection, panel: BackstitchPanel) {
    this.#connection = connection;
    this.#panel = panel;
    panel.draft = savedState().draft ?? '';
    panel.edit = savedState().edit ?? null;
    panel.reason = savedState().reason ?? null;
    // Before the composer, for which Ctrl+Enter sends what it holds, be it nothing.
    document.addEventListener('keydown', (event) => answerByKey(event, panel), { capture: true });
    panel.addEventListener('load-older', () => void this.#following?.loadOlder(this.#lane));
    panel.addEventListener('place-changed', (event) => this.#keepPlace((event as CustomEvent<Place | null>).detail));
    panel.addEventListener('dismiss-undo', () => this.#dismissUndo());
    panel.addEventListener('retry', () => void this.start());
    connection.onNotification(workbenchDo, (message) => void this.#do(message));
    connection.onNotification(sessionChanged, (message) => this.#onSummary(message));
    connection.onError(([error]) => reportError(connection, error.message));
    connection.listen();
  }

  async start(): Promise<void> {
    try {
      this.#panel.status = { is: 'opening' };
      const { session, strings, window: place } = parseInit(await this.#connection.sendRequest(workbenchInit, {}));
      useStrings(strings);
      this.#window = place;
      const saved = savedState().place;
      saveState({ session });
      this.#following ??= this.#follow(session);
      await this.#following.open();
      if (saved) await this.#goTo(saved);
      this.#draw();
      await this.#panel.updateComplete;
      await this.#panel.composer?.updateComplete;
      this.#tellShown();
    } catch (error) {
      this.#panel.status = { is: 'failed', message: sentenceOf(error) };
    }
  }

  #follow(session: string): Following {
    const outbox = new Outbox({
      send: (prompt) => sendPrompt(this.#connection, session, prompt),
      changed: (prompts) => {
        saveState({ outbox: prompts });
        this.#changed('all');
      },
      giveBack: (prompt, why) => this.#panel.composer?.giveBack(prompt.text, why) ?? false,
    }, savedState().outbox ?? []);
    this.#outbox = outbox;
    this.#panel.actions = panelActions(this.#connection, {
      session, outbox,
      shown: () => this.#shown,
      interrupting: (shown) => {
        this.#interrupting = shown;
        this.#draw();
      },
      showLane: (lane) => void this.#showLane(lane),
      answering: (request) => this.#answered.add(request),
      announce: (message) => this.#say(message),
      lookAt: async (seams, anew) => this.#following?.lookAt(seams, anew),
      standing: () => this.#following?.standing ?? null,
      moved: (how, branch, sentence) => this.#moved(how, branch, sentence),
      follow: (changed) => {
        this.#followers.add(changed);
        return () => this.#followers.delete(changed);
      },
    });
    return new Following(session, this.#connection, {
      changed: (what) => this.#changed(what),
      resolved: (request, outcome, by) => this.#onResolved(request, outcome, by),
      painted: (call) => this.#frames.painted(call),
      isReadingBack: () => this.#panel.feed?.atBottom === false,
      expired: (text) => this.#say(say('queue.expired', plainText(text).slice(0, longestNotice)), true),
    });
  }

  /** Says who was faster, unless it was a person here. */
  #onResolved(request: RequestId, outcome: string, by: string): void {
    const isOwn = this.#answered.delete(request);
    if (outcome === 'gone') this.#say(say('request.gone'));
    else if (by === 'panel' || by === 'cli') {
      if (by === 'cli' || !isOwn) this.#say(say(by === 'cli' ? 'request.byShell' : 'request.byWindow'));
    } else this.#say(say('request.elsewhere'));
  }

  #changed(what: 'all' | 'live'): void {
    if (what === 'all') this.#isStale = true;
    this.#frames.ask();
  }

  /** A token costs the same whatever came before: what is drawn stays, but for the text on its way. */
  #drawLive(): void {
    const { content } = this.#panel;
    if (content !== null && this.#following !== null) this.#panel.content = { ...content, live: this.#following.liveOf(this.#lane) };
  }

  #draw(): void {
    this.#isStale = false;
    const following = this.#following;
    if (following === null) return;
    if (this.#panel.status.is !== 'following' && following.status.is === 'following') this.#takeUp();
    this.#panel.status = following.status;
    this.#panel.olderFailure = following.olderFailure;
    const { conversation, summary } = following;
    if (conversation === null || summary === null) return;
    this.#shown = { branch: conversation.branch, turn: conversation.runningTurn, seq: conversation.lastSeq };
    this.#panel.content = panelContent(conversation, this.#lane, {
      summary, damage: following.damage, seams: following.seams, live: following.liveOf(this.#lane), window: this.#window,
      outgoing: this.#outbox?.rows(conversation) ?? [], isInterrupting: this.#isInterrupting(conversation),
    });
    this.#panel.ownPrompts = this.#outbox?.own ?? new Set();
    this.#panel.undo = this.#undo(summary);
    const step = JSON.stringify(summary.movingStep ?? null);
    if (conversation.lastSeq === this.#drawnSeq && step === this.#drawnStep) return;
    this.#drawnSeq = conversation.lastSeq;
    this.#drawnStep = step;
    for (const changed of this.#followers) changed();
  }

  /** There is a way to the host (again): what was on its way is asked for once more, and what is edited is held. */
  #takeUp(): void {
    queueMicrotask(() => {
      this.#outbox?.go();
      this.#panel.queue?.holdAgain();
    });
  }

  /** The turn that is to be interrupted goes on still. */
  #isInterrupting({ runningTurn, state }: Conversation): boolean {
    const wanted = this.#interrupting;
    const isAtWork = state.is === 'busy' || state.is === 'waiting';
    if (wanted === null || !isAtWork || (wanted.turn !== null && wanted.turn !== runningTurn)) this.#interrupting = null;
    return this.#interrupting !== null;
  }

  async #showLane(lane: LaneId): Promise<void> {
    this.#lane = lane;
    const following = this.#following;
    if (following === null) return;
    if (following.conversation?.chain(lane).length === 0) await following.loadOlder(lane);
    this.#draw();
    await this.#panel.updateComplete;
    this.#panel.feed?.toBottom();
  }

  /** `stays`: until it is dismissed. */
  #say(message: string, stays = false): void {
    this.#panel.notice = message;
    clearTimeout(this.#remark);
    if (message !== '' && !stays) this.#remark = setTimeout(() => { this.#panel.notice = ''; }, remarkMs);
  }

  /** It stands with its undo, from the host's word that it can be undone on. */
  #moved(how: Moving, branch: BranchId, sentence: string): void {
    // Where the line ends now stands the card of what was cut off: all of it is to be seen.
    if (how === 'rewind') this.#panel.feed?.toBottom();
    this.#told = { branch, sentence };
    if (this.#following?.summary?.lastMove === undefined) this.#say(sentence);
    else this.#draw();
  }

  /** What can be undone: until it is dismissed, or a prompt goes out. What another window or a shell did is told in general words. */
  #undo({ lastMove }: SessionSummary): Undo | null {
    if (!lastMove || lastMove.seq === savedState().dismissed) return null;
    const isTold = this.#told?.branch === lastMove.branch;
    const general = lastMove.how === 'rewind' ? say('undo.rewound', lastMove.from) : say('undo.switched', lastMove.branch);
    return { move: lastMove, sentence: isTold && this.#told !== null ? this.#told.sentence : general };
  }

  #dismissUndo(): void {
    const seq = this.#following?.summary?.lastMove?.seq;
    if (seq !== undefined) saveState({ dismissed: seq });
    this.#draw();
    this.#panel.composer?.focus();
  }

  #onSummary(message: unknown): void {
    const summary = parseSummary(message);
    if (this.#following === null || summary.uid !== this.#following.session) return;
    this.#following.summary = summary;
    this.#changed('all');
  }

  async #do(message: unknown): Promise<void> {
    const { what, seam, lane, answer, request } = parseCommand(message);
    await this.#isShown;
    switch (what) {
      case 'focusComposer': return this.#panel.composer?.focus();
      case 'nextSeam': return this.#panel.feed?.stepSeam(1);
      case 'previousSeam': return this.#panel.feed?.stepSeam(-1);
      case 'toggleSubagents': return this.#panel.toggleLanes();
      case 'answer': return this.#answer(answer, request);
      case 'confirmSeam': return this.#confirmSeam(seam);
      case 'showLane': return this.#showLane(lane ?? mainLane);
    }
  }

  /** By a command: what is shown first, or what was chosen from a list. */
  #answer(answer: Answer | undefined, request: RequestId | undefined): void {
    const card = this.#panel.card(request);
    if (card === null || answer === undefined) this.#say(say('request.none'));
    else card.give(answer);
  }

  #keepPlace(place: Place | null): void {
    if (place === null && savedState().place === undefined) return;
    saveState({ place: place === null ? null : { lane: this.#lane, ...place } });
  }

  /** Where one was before the window was reloaded. */
  async #goTo(place: SavedPlace): Promise<void> {
    if (place.lane !== mainLane && this.#following?.conversation?.lanes.has(place.lane)) await this.#showLane(place.lane);
    await this.#findBack(place.lane, () => this.#panel.feed?.goTo(place) ?? true);
  }

  /** Opens a seam's confirm, loading back to it if need be. */
  async #confirmSeam(seam: SeamId | undefined): Promise<void> {
    if (this.#lane !== mainLane) await this.#showLane(mainLane);
    await this.#findBack(mainLane, async () => (await this.#panel.feed?.confirmSeam(seam)) === true || seam === undefined);
  }

  /** Loads back until what is looked for is there, or the beginning is. */
  async #findBack(lane: LaneId, isFound: () => boolean | Promise<boolean>): Promise<void> {
    const following = this.#following;
    for (;;) {
      this.#draw();
      await this.#panel.updateComplete;
      await this.#panel.feed?.updateComplete;
      if (following === null || (await isFound())) return;
      if ((following.conversation?.chain(lane)[0]?.depth ?? 0) === 0) return;
      await following.loadOlder(lane, farPage);
      if (following.olderFailure !== '') return this.#say(following.olderFailure);
    }
  }
}
