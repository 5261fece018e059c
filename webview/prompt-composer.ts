import { css, html, LitElement, nothing } from 'lit';
import type { PropertyValues } from 'lit';
import type { SessionActions } from './actions.ts';
import { icons } from './icons.ts';
import { isPlainEnter, isPlainEscape } from './keys.ts';
import { say } from './strings.ts';
import { base } from './styles.ts';

const placeholders = { no: 'composer.placeholder', busy: 'composer.placeholderBusy', paused: 'composer.placeholderHeld' } as const;

/**
 * Where one types to the agent; it can have the focus while nothing can be sent, so that one goes on from there. The draft outlives a
 * reload (`draft-changed`), and a prompt that was refused comes back where nothing else was typed since. Fires `prompt-sent` when one was sent,
 * and `interrupt-wanted` for Escape while the agent is at work: the first time it only says so where a text stands here, which stays.
 */
export class PromptComposer extends LitElement {
  static override properties = { actions: { attribute: false }, draft: { attribute: false }, waits: { attribute: false }, closed: { attribute: false }, brief: { type: Boolean }, resumes: { type: Boolean }, isEmpty: { state: true }, hint: { attribute: false }, interruptible: { type: Boolean }, turn: { attribute: false }, asksAgain: { state: true }, failure: { state: true } };
  declare actions: SessionActions;
  /** Only the first value counts: from then on the text area holds the draft. */
  declare draft: string;
  /** Whether a prompt would wait in the queue: for an agent that is not idle, or for the queue to go on. */
  declare waits: 'no' | 'busy' | 'paused';
  /** Why nothing can be sent; empty when it can. */
  declare closed: string;
  /** The session is over: Enter asks for its resume (`resume-wanted`), and what stands here stays until `sendNow`. */
  declare resumes: boolean;
  /** It is said elsewhere and soon over: nothing moves for it, and only a screen reader hears of it here. */
  declare brief: boolean;
  declare hint: string;
  declare isEmpty: boolean;
  /** The agent is at work on something that can be interrupted: on this turn, as far as that is known. */
  declare interruptible: boolean;
  declare turn: string | null;
  /** Escape was pressed once, beside a text. */
  declare asksAgain: boolean;
  declare failure: string;

  static override styles = [base, css`
    :host { display: block; padding-bottom: 10px; }
    @media (max-height: 560px) { :host { padding-bottom: 5px; } }
    @media (max-height: 220px) { :host { padding-bottom: 2px; } .box { padding-block: 0 !important; } }
    .box { display: flex; align-items: flex-end; gap: 6px; padding: 4px 4px 4px 8px; background: var(--vscode-input-background); border: 1px solid var(--vscode-input-border, var(--vscode-contrastBorder, var(--vscode-widget-border, transparent))); border-radius: 6px; }
    .box:focus-within { border-color: var(--vscode-focusBorder); }
    textarea { flex: 1; min-width: 0; resize: none; border: 0; padding: 3px 0; margin: 0; background: none; color: var(--vscode-input-foreground); font: inherit; line-height: 1.4; max-height: max(1.9em, 16vh); overflow-y: auto; }
    textarea:focus-visible { outline: none !important; }
    .box[data-closed] { opacity: 0.6; }
    textarea:placeholder-shown { text-overflow: ellipsis; }
    textarea::placeholder { color: var(--vscode-input-placeholderForeground); opacity: 1; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
    .send { color: var(--vscode-button-foreground); background: var(--vscode-button-background); border: 1px solid var(--vscode-contrastBorder, transparent); border-radius: 4px; width: 26px; height: 24px; display: inline-flex; align-items: center; justify-content: center; cursor: pointer; padding: 0; flex: none; }
    .send:hover:not(:disabled) { background: var(--vscode-button-hoverBackground); } .send:disabled { opacity: 0.5; cursor: default; }
    p { margin: 0 0 6px; max-height: 3lh; overflow-y: auto; overflow-wrap: anywhere; }
    @media (max-height: 560px) { p { margin: 0; max-height: 1lh; } textarea { max-height: max(1.9em, 12vh); } }
  `];

  constructor() {
    super();
    this.draft = '';
    this.waits = 'no';
    this.closed = '';
    this.brief = false;
    this.resumes = false;
    this.isEmpty = true;
    this.hint = '';
    this.interruptible = false;
    this.turn = null;
    this.asksAgain = false;
    this.failure = '';
  }

  get #area(): HTMLTextAreaElement {
    return this.renderRoot.querySelector('textarea')!;
  }

  override focus(): void {
    this.#area.focus();
  }

  override firstUpdated(): void {
    this.#area.value = this.draft;
    this.isEmpty = this.draft.trim() === '';
    this.#grow();
  }

  override render() {
    const isClosed = this.closed !== '';
    const sends = say(this.resumes ? (this.isEmpty ? 'composer.resume' : 'composer.resumeAndSend') : this.waits === 'no' ? 'composer.send' : 'composer.enqueue');
    const placeholder = this.resumes ? 'composer.placeholderEnded' : placeholders[this.waits];
    return html`
      <p class=${this.asksAgain ? 'muted' : 'hidden-text'} role="status">${this.asksAgain ? say('composer.escapeAgain') : ''}</p>
      ${this.failure === '' ? nothing : html`<p class="error" role="alert">${this.failure}</p>`}
      ${isClosed ? html`<p class=${this.brief ? 'hidden-text' : 'muted'} id="why">${this.closed}</p>` : this.hint === '' ? nothing : html`<p class="muted">${this.hint}</p>`}
      <div class="box" ?data-closed=${isClosed}>
        <textarea rows="1" dir="auto" aria-label=${say('composer.label')} aria-describedby=${isClosed ? 'why' : nothing} placeholder=${isClosed && !this.brief ? '' : say(placeholder)} @keydown=${this.#onKey} @blur=${this.#forgetEscape} @input=${this.#onInput}></textarea>
        <button class="send" aria-label=${sends} title=${sends} ?disabled=${isClosed} @click=${this.#enter}>${icons.up}</button>
      </div>`;
  }

  /** What the second Escape would end is not what the first one spoke of. */
  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('turn') || changed.has('interruptible')) this.asksAgain = false;
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') return this.#onEscape(event);
    this.asksAgain = false;
    if (!isPlainEnter(event)) return;
    event.preventDefault();
    this.#enter();
  };

  #onEscape(event: KeyboardEvent): void {
    if (!this.interruptible || !isPlainEscape(event)) return;
    event.preventDefault();
    event.stopPropagation();
    const isMeant = this.asksAgain || this.isEmpty;
    this.asksAgain = !isMeant;
    if (isMeant) this.dispatchEvent(new Event('interrupt-wanted'));
  }

  readonly #forgetEscape = (): void => {
    this.asksAgain = false;
  };

  readonly #onInput = (): void => {
    this.failure = '';
    this.isEmpty = this.#area.value.trim() === '';
    this.#grow();
    this.#keep();
  };

  #grow(): void {
    const area = this.#area;
    area.style.height = 'auto';
    area.style.height = `${area.scrollHeight}px`;
  }

  #keep(): void {
    this.dispatchEvent(new CustomEvent('draft-changed', { detail: this.#area.value, bubbles: true, composed: true }));
  }

  /** A text that could not be sent comes back, before what was typed since. */
  takeBack(text: string): void {
    const typedSince = this.#area.value;
    this.#put(typedSince === '' ? text : `${text}\n${typedSince}`);
  }

  /** A prompt that was refused comes back, unless something else was typed since. @returns whether it did */
  giveBack(text: string, why: string): boolean {
    if (!this.isEmpty) return false;
    this.#put(text);
    this.failure = say('composer.failed', why);
    return true;
  }

  #put(text: string): void {
    this.#area.value = text;
    this.#onInput();
  }

  readonly #enter = (): void => {
    if (this.closed !== '') return;
    if (this.resumes) this.dispatchEvent(new Event('resume-wanted'));
    else this.sendNow();
  };

  get text(): string {
    return this.#area.value;
  }

  /** Sends what stands here, whatever the session was when it was last drawn. */
  sendNow(): void {
    const text = this.#area.value;
    if (text.trim() === '') return;
    this.#put('');
    this.actions.send(text);
    this.dispatchEvent(new Event('prompt-sent'));
  }
}
customElements.define('prompt-composer', PromptComposer);
