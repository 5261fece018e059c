import { css, html, LitElement, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { LiveText } from '../src/core/adapter.ts';
import type { AgentState } from '../src/core/events.ts';
import type { SeamId } from '../src/core/ids.ts';
import type { FilePlace } from '../src/core/links.ts';
import type { SessionActions } from './actions.ts';
import { blockLabel, blockStyles, blockTemplate, footerTemplate } from './blockTemplates.ts';
import type { BlockContext } from './blockTemplates.ts';
import { FeedBoxes } from './feedBoxes.ts';
import { FeedScroll } from './feedScroll.ts';
import type { Place } from './feedScroll.ts';
import { icons } from './icons.ts';
import type { FeedItem, FeedSection } from './model/feedItems.ts';
import { MoveConfirm } from './moveConfirm.ts';
import type { RewindSeam, SeamOpen, SeamPoint } from './rewind-seam.ts';
import { Paced } from './paced.ts';
import { say } from './strings.ts';
import { base, overText } from './styles.ts';

/** Older steps are asked for when the top is nearer than this. */
const nearTopPx = 4000;
/** Seams that are drawn are looked at together, once drawing pauses, and then at most so often. */
const seamsRestMs = 100;
const seamsAgainMs = 1_000;
/** Pause in scrolling after which the place is worth keeping. */
const placeMs = 200;

/** The conversation: sections of steps, oldest first, the text on its way, and the seams between. Asks for older steps by `load-older`, tells by `place-changed` where one is. */
export class ConversationFeed extends LitElement {
  static override properties = {
    sections: { attribute: false }, live: { attribute: false }, actions: { attribute: false }, agentState: { attribute: false }, older: { attribute: false }, failure: { attribute: false }, empty: { attribute: false }, folder: { attribute: false }, laneOf: { attribute: false },
    openSeam: { state: true }, atBottom: { state: true },
  };
  declare sections: readonly FeedSection[];
  declare live: readonly LiveText[];
  declare actions: SessionActions;
  declare agentState: AgentState;
  /** How many steps before the first shown one are not loaded. */
  declare older: number;
  declare failure: string;
  /** What to say when there is nothing. */
  declare empty: TemplateResult | string;
  /** The session's folder: paths inside it are shown relative to it. */
  declare folder: string;
  declare laneOf: BlockContext['laneOf'];
  declare openSeam: SeamId | null;
  declare atBottom: boolean;
  #boxes: FeedBoxes | null = null;
  #scroll: FeedScroll | null = null;
  #placeTimer: ReturnType<typeof setTimeout> | undefined;
  #dimAfter: number | null = null;
  #pointed: SeamPoint['seam'] | null = null;
  /** The seam that a command went to last. */
  #stepped: RewindSeam | null = null;
  readonly #seamLooks = new Paced(() => this.#lookAtSeams(), seamsAgainMs);
  readonly #resized = new ResizeObserver(() => {
    this.#scroll?.resized();
    this.#askIfNearTop();
  });

  static override styles = [base, blockStyles, overText, css`
    :host { display: flex; flex-direction: column; position: relative; min-height: 0; flex: 1; }
    .scroll { flex: 1; overflow-y: auto; overflow-x: hidden; min-height: 0; scrollbar-gutter: stable; overflow-anchor: none; }
    .scroll:focus-visible { outline-offset: -2px; }
    .content { padding: 6px 0 14px; min-height: 100%; box-sizing: border-box; max-width: 960px; margin: 0 auto; }
    .top { text-align: center; padding: 4px; color: var(--vscode-descriptionForeground); font-size: 0.92em; display: flex; gap: 6px; justify-content: center; align-items: center; }
    .none { color: var(--vscode-descriptionForeground); text-align: center; padding: min(40px, 5vh) 24px; margin: 0; }
    .section { contain: layout style; }
    .dimmed { opacity: 0.4; }
    @media (prefers-reduced-motion: no-preference) { .item, live-tail { transition: opacity 80ms; } }
    .latest { position: absolute; bottom: 10px; left: 50%; transform: translateX(-50%); display: inline-flex; gap: 5px; align-items: center; padding: 2px 12px 2px 8px; border-radius: 12px; font: inherit; cursor: pointer; color: var(--vscode-button-secondaryForeground); border: 1px solid var(--vscode-contrastBorder, var(--vscode-widget-border, transparent)); box-shadow: 0 2px 8px var(--vscode-widget-shadow, transparent); }
    .latest:hover { --over: var(--vscode-button-secondaryHoverBackground); }
    @media (forced-colors: active) { .dimmed { opacity: 0.6; } }
  `];

  constructor() {
    super();
    this.sections = [];
    this.live = [];
    this.older = 0;
    this.failure = '';
    this.empty = '';
    this.folder = '';
    this.openSeam = null;
    this.atBottom = true;
  }

  override render() {
    const isEmpty = this.sections.length === 0 && this.live.length === 0;
    return html`
      <div class="scroll" role="region" tabindex="0" aria-label=${say('panel.conversation')} aria-busy=${this.agentState.is === 'busy' ? 'true' : 'false'} @scroll=${this.#onScroll}
        @seam-point=${this.#onPoint} @seam-open=${this.#onOpen} @shown=${this.#onShown}
        @open-link=${(event: CustomEvent<string>) => this.actions.openLink(event.detail)} @open-file=${(event: CustomEvent<FilePlace>) => this.actions.openFile(event.detail.path, event.detail)}
        @copy-text=${(event: CustomEvent<string>) => this.actions.copy(event.detail)}>
        <div class="content">
          ${this.older > 0 ? html`<div class="top" role="status">${this.failure === '' ? html`<busy-spinner></busy-spinner>${say('feed.older')}` : html`<span class="error">${say('feed.olderFailed', this.failure)}</span><button class="quiet" @click=${this.#askOlder}>${say('panel.retry')}</button>`}</div>` : nothing}
          ${isEmpty ? html`<div class="none">${this.empty}</div>` : nothing}
          <div class="sections"></div>
          <live-tail .live=${this.live}></live-tail>
        </div>
      </div>
      ${this.atBottom ? nothing : html`<button class="latest over-text" @click=${this.toBottom}>${icons.down}${say('feed.latest')}</button>`}`;
  }

  override firstUpdated(): void {
    const scroller = this.renderRoot.querySelector<HTMLElement>('.scroll')!;
    this.#scroll = new FeedScroll(scroller, () => this.#boxes?.filled ?? [], (atBottom) => { this.atBottom = atBottom; });
    this.#boxes = new FeedBoxes(this.renderRoot.querySelector<HTMLElement>('.sections')!, scroller, {
      draw: (section) => this.#section(section),
      drawn: (element) => {
        this.#applyDim(element);
        this.#seamLooks.ask();
      },
      mustStay: (element) => element.querySelector('rewind-seam[open]') !== null || element.contains(this.shadowRoot?.activeElement ?? null),
    });
    this.#resized.observe(this.renderRoot.querySelector('.content')!);
    this.#resized.observe(scroller);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#boxes?.dispose();
    this.#seamLooks.stop();
    this.#resized.disconnect();
    clearTimeout(this.#placeTimer);
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has('sections')) this.#showSections();
    if (changed.has('openSeam')) this.#showDim();
    if (changed.has('openSeam') && this.openSeam === null) this.#scroll?.release();
    if (changed.has('openSeam') || changed.has('folder')) this.#boxes?.redraw();
    if (changed.has('sections') || changed.has('live')) this.#scroll?.stick();
    this.#askIfNearTop();
  }

  #showSections(): void {
    if (this.#pointed !== null && this.#depthOf(this.#pointed.seam) === null) this.#pointed = null;
    // Its confirm goes with it: the rewind was done, here or elsewhere. It must not open by itself when there is such a seam again.
    if (this.openSeam !== null && this.#depthOf(this.openSeam) === null) this.openSeam = null;
    this.#showDim();
    const hadFocus = ['rewind-seam', 'branch-card'].includes(this.shadowRoot?.activeElement?.localName ?? '');
    this.#boxes?.show(this.sections);
    if (hadFocus && document.hasFocus() && this.shadowRoot?.activeElement === null) this.dispatchEvent(new Event('focus-gone', { bubbles: true, composed: true }));
  }

  #section(section: FeedSection): TemplateResult {
    return html`${repeat(section.items, (item) => item.key, (item) => this.#item(item))}`;
  }

  #item(item: FeedItem): TemplateResult | typeof nothing {
    switch (item.is) {
      case 'block': {
        const { block } = item;
        return html`<div class="item" role="article" aria-label=${blockLabel(block)} aria-posinset=${block.depth + 1} aria-setsize="-1" data-depth=${block.depth} data-kind=${block.kind} data-block=${block.block}>${blockTemplate(block, { actions: this.actions, folder: this.folder, laneOf: this.laneOf, waits: item.waits === true })}</div>`;
      }
      case 'footer': return html`<div class="item" data-depth=${item.depth}>${footerTemplate(item.turn, item.model)}</div>`;
      case 'branch': return html`<div class="item" data-depth=${item.depth}><branch-card .card=${item.card} .folder=${this.folder} .actions=${this.actions}></branch-card></div>`;
      case 'seam': return html`<rewind-seam data-seam=${item.seam.seam} .seam=${item.seam} .actions=${this.actions} ?open=${this.openSeam === item.seam.seam}></rewind-seam>`;
    }
  }

  // Dimming: what would go by the seam that is open, else by the one that is pointed at.

  #point(seam: SeamPoint['seam'] | null): void {
    this.#pointed = seam;
    this.#showDim();
  }

  #showDim(): void {
    const shown = this.openSeam ?? this.#pointed?.seam ?? null;
    this.#dim(shown === null ? null : this.#depthOf(shown));
  }

  #depthOf(seam: SeamId): number | null {
    for (const section of this.sections) for (const item of section.items) if (item.is === 'seam' && item.seam.seam === seam) return item.depth;
    return null;
  }

  #dim(after: number | null): void {
    if (after === this.#dimAfter) return;
    this.#dimAfter = after;
    for (const element of this.#boxes?.filled ?? []) this.#applyDim(element);
    this.renderRoot.querySelector('live-tail')?.classList.toggle('dimmed', after !== null);
  }

  #applyDim(box: HTMLElement): void {
    for (const item of box.querySelectorAll<HTMLElement>('.item')) item.classList.toggle('dimmed', this.#dimAfter !== null && Number(item.dataset['depth']) > this.#dimAfter);
  }

  /** How exact the seams in and around the view are is known before one is pointed at. Looks at the data, not at what is drawn. */
  async #lookAtSeams(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, seamsRestMs));
    const drawn = new Set(this.#boxes?.filled.map((box) => Number(box.dataset['section'])));
    const seams = this.sections.filter(({ number }) => drawn.has(number))
      .flatMap(({ items }) => items.flatMap((item) => (item.is === 'seam' ? [item.seam.seam] : [])));
    if (seams.length > 0) await this.actions.lookAt(seams, false);
  }

  readonly #onPoint = ({ detail }: CustomEvent<SeamPoint>): void => {
    if (detail.on) {
      this.#point(detail.seam);
      void this.actions.lookAt([detail.seam.seam], true);
    }
    else if (this.#pointed?.seam === detail.seam.seam) this.#point(null);
  };

  readonly #onOpen = ({ detail }: CustomEvent<SeamOpen>): void => {
    this.openSeam = detail.open ? detail.seam.seam : null;
    this.#point(detail.open ? detail.seam : null);
    if (detail.open) void this.actions.lookAt([detail.seam.seam], true);
  };

  // Scrolling.

  readonly #onScroll = (): void => {
    this.#scroll?.scrolled();
    this.#askIfNearTop();
    clearTimeout(this.#placeTimer);
    this.#placeTimer = setTimeout(() => this.dispatchEvent(new CustomEvent<Place | null>('place-changed', { detail: this.#scroll?.place ?? null, bubbles: true, composed: true })), placeMs);
  };

  /** Something was opened by hand: all of it is to be seen. Only a confirm goes on growing. */
  readonly #onShown = (event: Event): void => {
    const [element] = event.composedPath();
    if (element instanceof Element) this.#scroll?.show(element, element instanceof MoveConfirm);
  };

  #askIfNearTop(): void {
    if (this.#scroll !== null && this.#scroll.top < nearTopPx && this.failure === '') this.#askOlder();
  }

  readonly #askOlder = (): void => {
    if (this.older > 0) this.dispatchEvent(new Event('load-older', { bubbles: true, composed: true }));
  };

  readonly toBottom = (): void => this.#scroll?.toBottom();

  /** Puts a block where it stood; false when it is not among what is loaded. */
  goTo({ block, offsetPx }: Place): boolean {
    const section = this.sections.find((candidate) => candidate.items.some((item) => item.is === 'block' && item.block.block === block));
    if (section === undefined) return false;
    const element = this.#boxes?.reveal(section.number)?.querySelector(`[data-block='${CSS.escape(block)}']`);
    if (element) this.#scroll?.restore(element, offsetPx);
    return true;
  }

  // Seams by command.

  /** Moves the focus to the next or previous seam that is drawn; from nowhere, to the last. */
  stepSeam(by: 1 | -1): void {
    const seams = [...this.renderRoot.querySelectorAll<RewindSeam>('rewind-seam')];
    // The command may be here before the focus is back from the palette: nothing in the page has it then.
    const from = document.activeElement === document.body ? this.#stepped : this.shadowRoot?.activeElement;
    const at = seams.findIndex((seam) => seam === from);
    const next = at < 0 ? seams.at(-1) : seams[at + by];
    next?.focus();
    this.#stepped = next ?? null;
    if (next) this.#scroll?.show(next);
  }

  /** Opens the confirm of a seam; of the focused one when none is named. False when the seam is not among what is loaded. */
  async confirmSeam(seam?: SeamId): Promise<boolean> {
    const focused = this.shadowRoot?.activeElement as RewindSeam | null;
    const wanted = seam ?? (focused?.localName === 'rewind-seam' ? focused.seam.seam : undefined);
    if (wanted === undefined || this.#depthOf(wanted) === null) return false;
    const section = this.sections.find((candidate) => candidate.items.some((item) => item.is === 'seam' && item.seam.seam === wanted));
    this.openSeam = wanted;
    await this.updateComplete;
    const element = section === undefined ? null : this.#boxes?.reveal(section.number)?.querySelector(`[data-seam='${CSS.escape(wanted)}']`);
    if (element) this.#scroll?.show(element);
    return true;
  }
}
customElements.define('conversation-feed', ConversationFeed);
