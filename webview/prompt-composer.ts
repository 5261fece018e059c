import { css, html, LitElement, nothing } from 'lit';
import type { QueuedSend } from '../src/core/view.ts';
import { sentenceOf } from './actions.ts';
import type { SessionActions } from './actions.ts';
import { icons } from './icons.ts';
import { say } from './strings.ts';
import { base } from './styles.ts';

/** Where one types to the agent. The draft outlives a reload (`draft-changed`), and a prompt that could not be sent comes back. */
export class PromptComposer extends LitElement {
  static override properties = { actions: { attribute: false }, draft: { attribute: false }, queue: { attribute: false }, closed: { attribute: false }, hint: { attribute: false }, sending: { state: true }, failure: { state: true } };
  declare actions: SessionActions;
  /** Only the first value counts: from then on the text area holds the draft. */
  declare draft: string;
  declare queue: readonly QueuedSend[];
  /** Why nothing can be sent; empty when it can. */
  declare closed: string;
  declare hint: string;
  declare sending: boolean;
  declare failure: string;

  static override styles = [base, css`
    :host { display: block; padding-bottom: 10px; }
    .box { display: flex; align-items: flex-end; gap: 6px; padding: 4px 4px 4px 8px; background: var(--vscode-input-background); border: 1px solid var(--vscode-input-border, var(--vscode-contrastBorder, var(--vscode-widget-border, transparent))); border-radius: 6px; }
    .box:focus-within { border-color: var(--vscode-focusBorder); }
    textarea { flex: 1; min-width: 0; resize: none; border: 0; padding: 3px 0; margin: 0; background: none; color: var(--vscode-input-foreground); font: inherit; line-height: 1.4; max-height: 40vh; overflow-y: auto; }
    textarea:focus-visible { outline: none !important; }
    textarea::placeholder { color: var(--vscode-input-placeholderForeground); opacity: 1; }
    .send { color: var(--vscode-button-foreground); background: var(--vscode-button-background); border: 1px solid var(--vscode-contrastBorder, transparent); border-radius: 4px; width: 26px; height: 24px; display: inline-flex; align-items: center; justify-content: center; cursor: pointer; padding: 0; flex: none; }
    .send:hover:not(:disabled) { background: var(--vscode-button-hoverBackground); } .send:disabled { opacity: 0.5; cursor: default; }
    .queue { list-style: none; margin: 0 0 6px; padding: 0; display: flex; flex-direction: column; gap: 3px; align-items: flex-end; }
    .queue li { max-width: 85%; display: flex; gap: 6px; align-items: center; padding: 1px 8px; border: 1px dashed var(--vscode-contrastBorder, var(--vscode-panel-border)); border-radius: 10px; color: var(--vscode-descriptionForeground); font-size: 0.92em; }
    .queue busy-spinner { width: 11px; height: 11px; }
    p { margin: 0 0 6px; }
  `];

  constructor() {
    super();
    this.draft = '';
    this.queue = [];
    this.closed = '';
    this.hint = '';
    this.sending = false;
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
    this.#grow();
  }

  override render() {
    const isClosed = this.closed !== '';
    return html`
      ${this.queue.length === 0 ? nothing : html`<ul class="queue" aria-label=${say('composer.queued')}>${this.queue.map((item) => html`<li title=${say('composer.queued')}><busy-spinner></busy-spinner><span class="clip">${item.text}</span></li>`)}</ul>`}
      ${this.failure === '' ? nothing : html`<p class="error" role="alert">${this.failure}</p>`}
      ${isClosed ? html`<p class="muted" id="why">${this.closed}</p>` : this.hint === '' ? nothing : html`<p class="muted">${this.hint}</p>`}
      <div class="box">
        <textarea rows="1" aria-label=${say('composer.label')} aria-describedby=${isClosed ? 'why' : nothing} placeholder=${isClosed ? '' : say('composer.placeholder')} ?disabled=${isClosed} @keydown=${this.#onKey} @input=${this.#onInput}></textarea>
        <button class="send" aria-label=${say('composer.send')} title=${say('composer.send')} ?disabled=${isClosed || this.sending} @click=${this.#send}>${this.sending ? html`<busy-spinner></busy-spinner>` : icons.up}</button>
      </div>`;
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    // 229 is what browsers report for the Enter that ends an input method's composition.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    void this.#send();
  };

  readonly #onInput = (): void => {
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

  #put(text: string): void {
    this.#area.value = text;
    this.#onInput();
  }

  readonly #send = async (): Promise<void> => {
    const text = this.#area.value;
    if (text.trim() === '' || this.sending || this.closed !== '') return;
    this.sending = true;
    this.failure = '';
    this.#put('');
    try {
      await this.actions.send(text);
    } catch (error) {
      this.failure = say('composer.failed', sentenceOf(error));
      const typedSince = this.#area.value;
      this.#put(typedSince === '' ? text : `${text}\n${typedSince}`);
    } finally {
      this.sending = false;
    }
  };
}
customElements.define('prompt-composer', PromptComposer);
