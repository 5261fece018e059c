import { css, html, LitElement, nothing } from 'lit';
import type { PropertyValues } from 'lit';
import type { SessionActions } from './actions.ts';
import { icons } from './icons.ts';
import { watchMatter } from './model/watchMatter.ts';
import type { Watched, WatchMatter } from './model/watchMatter.ts';
import { say } from './strings.ts';
import { base, card } from './styles.ts';

/** A timer cannot be set further ahead. */
const longestMs = 2_000_000_000;

/** One slim line while the agent is silent, at its limit or at a dialog of its own, with what one can do; nothing while all is well. */
export class WatchBanner extends LitElement {
  static override properties = { watched: { attribute: false }, actions: { attribute: false }, matter: { state: true } };
  declare watched: Watched;
  declare actions: SessionActions;
  declare matter: WatchMatter | null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  static override styles = [base, card, css`
    :host { display: block; position: relative; }
    .card { display: flex; flex-wrap: wrap; gap: 2px 8px; align-items: center; padding: 3px 4px 3px 10px; margin-bottom: 8px; border-color: var(--vscode-contrastBorder, var(--vscode-inputValidation-warningBorder, var(--vscode-editorWarning-foreground))); }
    .card > svg { color: var(--vscode-editorWarning-foreground); }
    .card[data-is='tool'] { border-color: var(--vscode-contrastBorder, transparent); background: none; color: var(--vscode-descriptionForeground); }
    .card[data-is='tool'] > svg { color: inherit; }
    .words { flex: 1 1 200px; min-width: 0; padding: 2px 0; }
    .words > span { display: block; overflow-wrap: anywhere; }
    .detail { font-size: 0.92em; display: -webkit-box !important; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
    .does { margin-inline-start: auto; display: flex; flex-wrap: wrap; gap: 2px; }
    .does button { color: var(--vscode-textLink-foreground); border-color: var(--vscode-contrastBorder, transparent); white-space: nowrap; }
  `];

  constructor() {
    super();
    this.matter = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.watched !== undefined) this.#look();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('watched')) this.#look();
  }

  /** Looks again when the minute is full, and at the moment at which a limit resets. */
  #look(): void {
    clearTimeout(this.#timer);
    this.matter = watchMatter(this.watched, Date.now());
    const againMs = this.matter?.againMs ?? null;
    if (againMs !== null) this.#timer = setTimeout(() => this.#look(), Math.min(againMs, longestMs));
  }

  override render() {
    return html`<div class="hidden-text" role="status">${this.matter?.said ?? ''}</div>${this.matter === null ? nothing : this.#line(this.matter)}`;
  }

  #line({ is, text, detail, canInterrupt }: WatchMatter) {
    return html`<div class="card" role="group" aria-label=${say('watch.label')} data-is=${is}>${is === 'tool' ? icons.clock : icons.warning}
      <div class="words"><span>${text}</span>${detail === '' ? nothing : html`<span class="detail muted" title=${detail}>${detail}</span>`}</div>
      <div class="does">
        ${canInterrupt ? html`<button class="quiet" id="interrupt" @click=${() => void this.actions.interrupt()}>${say('header.interrupt')}</button>` : nothing}
        <button class="quiet" id="terminal" @click=${() => this.actions.focusTerminal()}>${say('header.terminal')}</button>
      </div></div>`;
  }
}
customElements.define('watch-banner', WatchBanner);
