import { css, html, LitElement, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { mainLane } from '../src/core/ids.ts';
import type { LastMove } from '../src/core/view.ts';
import { sentenceOf } from './actions.ts';
import type { SessionActions } from './actions.ts';
import type { ConversationFeed } from './conversation-feed.ts';
import type { FollowStatus } from './following.ts';
import type { SavedEdit, SavedReason } from './host.ts';
import { icons } from './icons.ts';
import { laneTrail } from './model/laneTree.ts';
import type { PanelContent } from './model/panelContent.ts';
import type { PermissionCard } from './permission-card.ts';
import type { PromptComposer } from './prompt-composer.ts';
import type { PromptQueue } from './prompt-queue.ts';
import type { Resuming } from './session-end.ts';
import { middleCut } from './middleCut.ts';
import { say } from './strings.ts';
import { base } from './styles.ts';

export interface Undo {
  move: LastMove;
  sentence: string;
}

/** The whole panel, drawn from plain data. Fires `load-older`, `retry`, `dismiss-undo`, `draft-changed` and `edit-changed`. */
export class BackstitchPanel extends LitElement {
  static override properties = {
    content: { attribute: false }, status: { attribute: false }, actions: { attribute: false }, draft: { attribute: false }, edit: { attribute: false }, ownPrompts: { attribute: false }, reason: { attribute: false }, olderFailure: { attribute: false }, notice: { attribute: false }, undo: { attribute: false }, resuming: { state: true }, lanesOpen: { state: true },
  };
  declare content: PanelContent | null;
  declare status: FollowStatus;
  declare actions: SessionActions;
  declare draft: string;
  declare edit: SavedEdit | null;
  /** Keys of the prompts that were sent here. */
  declare ownPrompts: ReadonlySet<string>;
  /** What was being written for a denial before a reload; only the first value counts. */
  declare reason: SavedReason | null;
  declare olderFailure: string;
  /** The latest thing to say, until it is dismissed; empty when there is none. */
  declare notice: string;
  /** What can be undone, and what there is to say of it; null: nothing, or it was dismissed. */
  declare undo: Undo | null;
  declare lanesOpen: boolean;
  declare resuming: Resuming;

  static override styles = [base, css`
    :host { display: flex; flex-direction: column; height: 100vh; overflow: hidden; font-family: var(--vscode-font-family); font-size: var(--vscode-font-size, 13px); line-height: 1.45; color: var(--vscode-editor-foreground, var(--vscode-foreground)); background: var(--vscode-editor-background); }
    /*
     * The conversation has half of the height, and what is left over. Header and composer are always whole; the rest shares what remains and
     * scrolls inside itself: first the subagents give way, then what is asked and waits, then the notices.
     */
    panel-header, .composer { flex: none; }
    .bars { flex: 0 1 auto; min-height: 0; max-height: 12vh; overflow-y: auto; }
    subagent-tree { flex: 0 10000 auto; min-height: min(64px, 12vh); max-height: 40vh; overflow-y: auto; }
    subagent-tree:has(~ .rest permission-card) { min-height: min(28px, max(0px, 20vh - 60px)); }
    conversation-feed { flex: 1 0 50%; min-height: 0; }
    .rest { flex: 0 100 auto; min-height: 0; overflow: hidden auto; overscroll-behavior: contain; padding-top: 8px; border-top: 1px solid var(--vscode-contrastBorder, transparent); }
    .rest, .composer { scrollbar-gutter: stable; }
    .composer { overflow: hidden; }
    .rest > *, .composer > * { max-width: 960px; margin-inline: auto; padding-inline: 14px; }
    @media (max-height: 560px) { .rest { padding-top: 4px; } .bars { max-height: 26px; } }
    /* In the smallest panel what is asked comes before what is told. */
    @media (max-height: 220px) { .bars:has(~ .rest permission-card) { display: none; } .rest { padding-top: 0; border-top: 0; } .rest > *, .composer > * { padding-inline: 6px; } }
    .bar { display: flex; gap: 8px; align-items: center; padding: 4px 8px 4px 14px; font-size: 0.95em; border-bottom: 1px solid var(--vscode-contrastBorder, var(--vscode-panel-border)); }
    .bar > span { flex: 1; overflow-wrap: anywhere; } .bar[data-is='warning'] > svg { color: var(--vscode-editorWarning-foreground); }
    .trail button { padding: 0 4px; min-width: 0; flex: 0 1 auto; } .trail b { font-weight: 600; } nav.bar { gap: 2px; } nav svg { width: 12px; height: 12px; color: var(--vscode-descriptionForeground); }
    .opening { flex: 1; min-height: 0; overflow: auto; display: flex; flex-direction: column; gap: 10px; align-items: center; justify-content: safe center; color: var(--vscode-descriptionForeground); padding: min(24px, 6vh); text-align: center; overflow-wrap: anywhere; }
  `];

  constructor() {
    super();
    this.content = null;
    this.status = { is: 'opening' };
    this.draft = '';
    this.edit = null;
    this.ownPrompts = new Set();
    this.reason = null;
    this.olderFailure = '';
    this.notice = '';
    this.undo = null;
    this.lanesOpen = false;
    this.resuming = { is: 'no' };
  }

  get feed(): ConversationFeed | null {
    return this.renderRoot.querySelector<ConversationFeed>('conversation-feed');
  }

  get composer(): PromptComposer | null {
    return this.renderRoot.querySelector<PromptComposer>('prompt-composer');
  }

  get queue(): PromptQueue | null {
    return this.renderRoot.querySelector<PromptQueue>('prompt-queue');
  }

  /** The card of that request; without one, the first that is shown. */
  card(request?: string): PermissionCard | null {
    const cards = [...this.renderRoot.querySelectorAll<PermissionCard>('permission-card')];
    return cards.find((one) => request === undefined || one.request.request === request) ?? null;
  }

  readonly toggleLanes = (): void => {
    this.lanesOpen = !this.lanesOpen;
  };

  /** What failed of a resume says nothing of a session that goes on, or has ended again. */
  protected override willUpdate(changed: PropertyValues<this>): void {
    const isOver = this.content !== null && this.#isOver(this.content);
    if (changed.has('content') && !isOver && this.resuming.is === 'failed') this.resuming = { is: 'no' };
  }

  override render() {
    const { content } = this;
    if (content === null) return this.#opening();
    return html`
      <panel-header .facts=${content.header} .actions=${this.actions} ?lanesOpen=${this.lanesOpen} @toggle-lanes=${this.toggleLanes}></panel-header>
      <div class="bars">${this.#bars(content)}</div>
      ${this.lanesOpen ? html`<subagent-tree .lanes=${content.lanes} .asking=${content.asking} .shown=${content.lane} .actions=${this.actions} @toggle-lanes=${this.toggleLanes}></subagent-tree>` : nothing}
      <conversation-feed .sections=${content.sections} .live=${content.live} .older=${content.older} .failure=${this.olderFailure} .actions=${this.actions} .agentState=${content.header.state}
        .laneOf=${content.laneOf} .folder=${content.folder} @focus-gone=${() => this.composer?.focus()} .empty=${this.#empty(content)}></conversation-feed>
      <div class="rest">
        <div aria-live="assertive">${repeat(content.requests, ({ request }) => request.request, ({ request, who }, at) => html`<permission-card .request=${request} .who=${who} .place=${content.header.place} .folder=${content.folder} .actions=${this.actions} .reason=${this.reason} ?hasKeys=${at === 0}></permission-card>`)}</div>
        ${this.#isOver(content) ? html`<session-end .agent=${content.header.agent} .end=${content.end} .resuming=${this.resuming} .actions=${this.actions} @resume-wanted=${this.#resume}></session-end>` : nothing}
        <terminal-hint .agentState=${content.header.state} .canAnswer=${content.requests.length > 0} .agent=${content.header.agent} .actions=${this.actions}></terminal-hint>
        <watch-banner .watched=${content.watched} .actions=${this.actions}></watch-banner>
        <prompt-queue .edit=${this.edit} .seq=${content.seq} .own=${this.ownPrompts} .outgoing=${content.outgoing} .beingEdited=${content.editing} .queue=${content.queue} .paused=${content.queuePaused} .agentState=${content.header.state} .actions=${this.actions}
          @text-back=${this.#onTextBack} @queue-left=${() => this.composer?.focus()}></prompt-queue>
      </div>
      <div class="composer">
        <prompt-composer ?resumes=${this.#isOver(content)} ?interruptible=${this.#isAtWork(content)} .turn=${content.header.turn} @interrupt-wanted=${this.#interrupt} @resume-wanted=${this.#resume} @prompt-sent=${this.#onSent} .actions=${this.actions} .draft=${this.draft} .waits=${this.#waits(content)} .closed=${this.#closed(content)} ?brief=${this.status.is === 'following' && (content.header.moving !== null || this.resuming.is === 'under-way')} .hint=${content.lane === mainLane ? '' : say('composer.laneHint')}></prompt-composer>
      </div>`;
  }

  /** Made only where it is shown: a feed that has steps is not to be drawn for it. */
  #empty({ lane, sections, live, header, hint }: PanelContent): TemplateResult | string {
    if (sections.length > 0 || live.length > 0) return '';
    if (lane !== mainLane) return say('panel.emptyLane');
    return html`<session-start .agent=${header.agent} .hint=${hint} .actions=${this.actions}></session-start>`;
  }

  #opening() {
    if (this.status.is === 'failed')
      return html`<div class="opening"><span role="alert">${say('panel.openFailed', this.status.message)}</span><vscode-button @click=${() => this.dispatchEvent(new Event('retry'))}>${say('panel.retry')}</vscode-button></div>`;
    return html`<div class="opening" role="status"><busy-spinner></busy-spinner>${say(this.status.is === 'reconnecting' ? 'panel.reconnecting' : 'panel.opening')}</div>`;
  }

  #bars(content: PanelContent) {
    const trail = laneTrail(content.lanes, content.lane);
    return html`
      ${this.status.is === 'reconnecting' ? html`<div class="bar" data-is="reconnecting" role="status"><busy-spinner></busy-spinner><span>${say('panel.reconnecting')}</span></div>` : nothing}
      ${content.problems.map((problem) => html`<div class="bar" data-is="warning" role="alert">${icons.warning}<span>${problem}</span></div>`)}
      <div aria-live="polite">${this.notice === '' ? nothing : html`<div class="bar" data-is="notice">${icons.info}<span>${this.notice}</span><button class="quiet icon" aria-label=${say('panel.dismiss')} title=${say('panel.dismiss')} @click=${() => this.actions.announce('')}>${icons.cross}</button></div>`}
        ${this.undo === null ? nothing : html`<undo-notice .move=${this.undo.move} .sentence=${this.undo.sentence} .actions=${this.actions} @dismiss=${() => this.dispatchEvent(new Event('dismiss-undo'))}></undo-notice>`}</div>
      ${trail.length === 0 ? nothing : html`<nav class="bar trail" aria-label=${say('lanes.trail')}><button class="quiet" title=${say('lanes.back')} @click=${() => this.actions.showLane(mainLane)}>${say('lanes.main')}</button>${trail.map((lane) => html`${icons.chevron}${lane.lane === content.lane ? html`<b class="clip">${middleCut(`${lane.agentType}: ${lane.description}`)}</b>` : html`<button class="quiet" @click=${() => this.actions.showLane(lane.lane)}>${middleCut(lane.agentType)}</button>`}`)}</nav>`}`;
  }

  readonly #onTextBack = async ({ detail }: CustomEvent<string>): Promise<void> => {
    // The queue is drawn before the composer is.
    await this.composer?.updateComplete;
    this.composer?.takeBack(detail);
  };

  /** Whoever has sent something wants to see what comes of it; in a subagent's lane nothing does. */
  readonly #onSent = (): void => {
    if (this.content?.lane === mainLane) this.feed?.toBottom();
  };

  #waits({ queuePaused, header }: PanelContent): PromptComposer['waits'] {
    if (queuePaused) return 'paused';
    return header.state.is === 'idle' || header.moving !== null ? 'no' : 'busy';
  }

  #closed(content: PanelContent): string {
    if (this.status.is !== 'following') return say('composer.offline');
    if (content.header.moving !== null) return say(content.header.moving === 'rewind' ? 'state.rewinding' : 'state.switching');
    return this.resuming.is === 'under-way' ? say(this.resuming.sends ? 'end.resumingSends' : 'end.resuming') : '';
  }

  #isAtWork({ header: { moving, state } }: PanelContent): boolean {
    return this.status.is === 'following' && moving === null && (state.is === 'busy' || state.is === 'waiting');
  }

  /** By Escape in the composer: what else is open comes first. */
  readonly #interrupt = (): void => {
    if (this.queue?.isEditing !== true) void this.actions.interrupt();
  };

  #isOver({ header }: PanelContent): boolean {
    return header.moving === null && header.state.is === 'exited';
  }

  /** Resumes the session and then sends what stands in the composer, which keeps it until then. */
  readonly #resume = async (): Promise<void> => {
    if (this.resuming.is === 'under-way') return;
    const sends = (this.composer?.text.trim() ?? '') !== '';
    this.resuming = { is: 'under-way', sends };
    try {
      const { reason } = await this.actions.resume();
      this.resuming = { is: 'no' };
      if (reason !== null) this.actions.announce(reason);
      this.composer?.focus();
      if (sends) this.composer?.sendNow();
    } catch (error) {
      this.resuming = { is: 'failed', why: sentenceOf(error) };
    }
  };
}
customElements.define('backstitch-panel', BackstitchPanel);
