import { css, html, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { PermissionOption } from '../src/core/events.ts';
import { plainText } from '../src/core/plainText.ts';
import { matterOf } from '../src/core/requestMatter.ts';
import type { RequestMatter } from '../src/core/requestMatter.ts';
import type { PermissionRequest } from '../src/core/view.ts';
import { sentenceOf } from './actions.ts';
import type { SessionActions } from './actions.ts';
import { diffLine, diffStyles } from './diffText.ts';
import type { SavedReason } from './host.ts';
import { icons } from './icons.ts';
import { isPlainEnter } from './keys.ts';
import { diffOf } from './model/diffLines.ts';
import { shortPath, withShortPaths } from './model/paths.ts';
import { answerKeys } from './model/answerKeys.ts';
import type { Answer } from './model/answerKeys.ts';
import { say } from './strings.ts';
import { base, card, staysInView } from './styles.ts';

/** A card that opens under moving fingers is not answered: keys count once it has been seen for so long, a click also once the pointer has moved over it. */
const settleMs = 400;
/** Lines of a command or a text above which the card says how many there are: the end of a long one is out of view. */
const manyLines = 8;

type Option = PermissionOption['option'];
const doing = { allow: 'request.allowing', allow_always: 'request.allowing', deny: 'request.denying' } as const satisfies Record<Option, string>;

/**
 * An agent's question whether it may: who asks, in which folder, what exactly, each thing once. Answered here or elsewhere, whichever is
 * first; in the terminal only, once the agent waits there alone. Fires `reason-changed` while a reason for a denial is written.
 */
export class PermissionCard extends LitElement {
  static override properties = {
    request: { attribute: false }, who: { attribute: false }, place: { attribute: false }, folder: { attribute: false }, actions: { attribute: false }, hasKeys: { type: Boolean }, reason: { attribute: false },
    isSettled: { state: true }, answering: { state: true }, failure: { state: true }, isEarly: { state: true },
  };
  declare request: PermissionRequest;
  /** Who asks: the agent, or one of its subagents. */
  declare who: string;
  /** The session's folder where the window does not show it; else empty. */
  declare place: string;
  declare folder: string;
  declare actions: SessionActions;
  /** Whether the panel's keys are for this card: they are for the one that was asked first. */
  declare hasKeys: boolean;
  /** What was written so far for a denial; null while none is written. */
  declare reason: SavedReason | null;
  declare isSettled: boolean;
  declare answering: Option | null;
  declare failure: string;
  /** An answer came before the card could be read. */
  declare isEarly: boolean;
  #settling: ReturnType<typeof setTimeout> | undefined;

  static override styles = [base, card, diffStyles, staysInView, css`
    :host { display: block; padding-bottom: 8px; }
    .card { padding: 8px 10px; display: flex; flex-direction: column; gap: 6px; max-height: max(150px, calc(50vh - 110px)); border-color: var(--vscode-contrastBorder, var(--vscode-inputValidation-warningBorder, var(--vscode-editorWarning-foreground))); }
    .title { display: flex; gap: 6px; align-items: center; font-weight: 600; min-width: 0; overflow-wrap: anywhere; }
    .title svg { color: var(--vscode-editorWarning-foreground); }
    .matter { display: flex; flex-direction: column; gap: 6px; min-height: 40px; overflow: auto; }
    .matter:focus-visible { outline-offset: -1px; }
    pre, .diff { margin: 0; max-height: none; padding: 6px 8px; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--vscode-textCodeBlock-background); border-radius: 4px; }
    .diff { padding: 4px 0; }
    p { margin: 0; overflow-wrap: anywhere; }
    .label { font-size: 0.92em; color: var(--vscode-descriptionForeground); }
    .actions, .title, p, .why { flex: none; }
    @media (max-height: 220px) { :host { padding: 0; } .card { padding-block: 0; } .card > .actions { margin-bottom: 0; padding-block: 0; } vscode-button::part(control) { height: 19px; padding-block: 0; } }
    .key { min-width: 14px; margin-inline-start: 6px; padding: 0 3px; font-size: 0.85em; line-height: 1.3; text-align: center; border: 1px solid currentColor; border-radius: 3px; opacity: 0.75; }
    .doing { display: flex; gap: 6px; align-items: center; min-height: 26px; color: var(--vscode-descriptionForeground); }
    .why { display: flex; flex-direction: column; gap: 6px; }
    textarea { font: inherit; line-height: 1.4; resize: none; padding: 4px 6px; color: var(--vscode-input-foreground); background: var(--vscode-input-background); border: 1px solid var(--vscode-input-border, var(--vscode-contrastBorder, var(--vscode-widget-border, transparent))); border-radius: 4px; max-height: 20vh; }
    textarea::placeholder { color: var(--vscode-input-placeholderForeground); opacity: 1; }
  `];

  constructor() {
    super();
    this.who = '';
    this.place = '';
    this.folder = '';
    this.hasKeys = false;
    this.reason = null;
    this.isSettled = false;
    this.answering = null;
    this.failure = '';
    this.isEarly = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#settling = setTimeout(this.#settle, settleMs);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#settling);
  }

  readonly #settle = (): void => {
    this.isSettled = true;
  };

  get #isWriting(): boolean {
    return this.reason !== null && this.reason.request === this.request.request;
  }

  override render() {
    const heading = say('request.asks', this.who, plainText(this.request.tool));
    return html`<div class="card" role="group" aria-label=${heading} @pointermove=${this.#settle}>
      <div class="title">${icons.lock}<span>${heading}</span></div>
      ${this.place === '' ? nothing : html`<p class="label">${say('request.folder', plainText(this.place))}</p>`}
      ${this.#matter(matterOf(this.request))}
      ${this.failure === '' ? nothing : html`<p class="error" role="alert">${this.failure}</p>`}
      ${this.isEarly ? html`<p class="label" role="status">${say('request.early')}</p>` : nothing}
      ${this.#answers()}
    </div>`;
  }

  #matter({ command, description, path, edits, contents, others, title }: RequestMatter) {
    const parts = [
      title === '' ? nothing : html`<p title=${plainText(title)}>${withShortPaths(plainText(title), this.folder)}</p>`,
      description === '' ? nothing : html`<p class="described"><span class="label">${say('request.described')}</span> ${plainText(description)}</p>`,
      command === null ? nothing : text('request.command', command),
      path === null ? nothing : this.#path(path),
      ...edits.map((edit) => html`<div class="diff mono" role="group" aria-label=${say('tool.changes', shortPath(plainText(path ?? ''), this.folder))}>${diffOf(edit).map(diffLine)}</div>`),
      contents === null ? nothing : text('request.contents', contents),
      others.length === 0 ? nothing : html`<pre class="mono" role="group" aria-label=${say('request.input')}>${others.map(({ name, value }) => `${plainText(name)}: ${indented(plainText(value))}`).join('\n')}</pre>`,
    ].filter((part) => part !== nothing);
    return parts.length === 0 ? nothing : html`<div class="matter" tabindex="0" role="group" aria-label=${say('request.input')}>${parts}</div>`;
  }

  #path(path: string): TemplateResult {
    const whole = plainText(path);
    const short = shortPath(whole, this.folder);
    return html`<p><button class="link mono" title=${whole} aria-label=${say('tool.openFile', short)} @click=${() => this.actions.openFile(path)}>${short}</button></p>`;
  }

  #answers(): TemplateResult {
    if (this.answering !== null) return html`<div class="doing" role="status"><busy-spinner></busy-spinner>${say(doing[this.answering])}</div>`;
    if (this.request.isTerminalOnly)
      return html`<p>${say('request.terminalOnly')}</p>
        <div class="actions"><vscode-button appearance="primary" @click=${() => this.actions.focusTerminal()}>${say('header.terminal')}</vscode-button></div>`;
    return this.#isWriting ? this.#writing() : html`<div class="actions">${this.#keys.map(({ answer, key, label }, index) => this.#button(answer, label, key, index === 0))}</div>`;
  }

  /** What can be answered, in the order of its keys. */
  get #keys() {
    return answerKeys(this.request.options);
  }

  #button(answer: Answer, label: string, key: string, isFirst: boolean): TemplateResult {
    const words = answer === 'why' ? say('request.why') : plainText(label);
    return html`<vscode-button data-option=${answer} appearance=${isFirst ? 'primary' : 'secondary'} aria-keyshortcuts=${this.hasKeys ? key : nothing}
      title=${this.hasKeys ? say(answer === 'allow' ? 'request.keyAllow' : answer === 'deny' ? 'request.keyDeny' : 'request.key', words, key) : nothing}
      @click=${() => this.give(answer)}>${words}${this.hasKeys ? html`<span class="key" aria-hidden="true">${key}</span>` : nothing}</vscode-button>`;
  }

  #writing(): TemplateResult {
    return html`<div class="why">
      <textarea rows="2" dir="auto" .value=${this.reason?.text ?? ''} aria-label=${say('request.whyLabel')} placeholder=${say('request.whyPlaceholder')} @input=${this.#onReason} @keydown=${this.#onReasonKey}></textarea>
      <div class="actions"><vscode-button id="send-denial" appearance="primary" @click=${() => void this.#answer('deny', this.reason?.text ?? '')}>${say('request.deny')}</vscode-button>
        <vscode-button appearance="secondary" @click=${() => this.#leaveReason()}>${say('seam.cancel')}</vscode-button></div></div>`;
  }

  /** Answers, if the request offers that and has been seen for long enough; `why` opens the box for a reason first. */
  give(answer: Answer): void {
    if (this.request.isTerminalOnly || this.answering !== null || !this.#keys.some((one) => one.answer === answer)) return;
    if (!this.isSettled) {
      this.isEarly = true;
      return;
    }
    if (answer === 'why') void this.#writeReason();
    else void this.#answer(answer);
  }

  /** A key that was pressed elsewhere in the panel. @returns whether it was this card's */
  press(key: string): boolean {
    const pressed = this.request.isTerminalOnly || this.#isWriting ? undefined : this.#keys.find((one) => one.key === key);
    if (pressed !== undefined) this.give(pressed.answer);
    return pressed !== undefined;
  }

  async #writeReason(): Promise<void> {
    this.#tellReason({ request: this.request.request, text: '' });
    await this.updateComplete;
    this.renderRoot.querySelector('textarea')?.focus();
  }

  #leaveReason(): void {
    this.#tellReason(null);
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('[data-option=why]')?.focus());
  }

  #tellReason(reason: SavedReason | null): void {
    this.reason = reason;
    this.dispatchEvent(new CustomEvent('reason-changed', { detail: reason, bubbles: true, composed: true }));
  }

  readonly #onReason = ({ target }: Event): void => this.#tellReason({ request: this.request.request, text: (target as HTMLTextAreaElement).value });

  readonly #onReasonKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') this.#leaveReason();
    else if (isPlainEnter(event)) void this.#answer('deny', this.reason?.text ?? '');
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  async #answer(option: Option, message = ''): Promise<void> {
    if (this.answering !== null) return;
    this.answering = option;
    this.failure = '';
    this.isEarly = false;
    try {
      const { won } = await this.actions.answer(this.request.request, option, message.trim());
      if (!won) this.actions.announce(say('request.lost'));
      if (this.#isWriting) this.#tellReason(null);
    } catch (error) {
      this.failure = sentenceOf(error);
      this.answering = null;
    }
  }
}
customElements.define('permission-card', PermissionCard);

/** A text that decides, whole, with what it is above it. */
function text(label: 'request.command' | 'request.contents', whole: string): TemplateResult {
  const shown = plainText(whole);
  const lines = shown.split('\n').length;
  const name = lines > manyLines ? say('request.lines', say(label), lines) : say(label);
  return html`<div class="label" aria-hidden="true">${name}</div><pre class="mono" data-is=${label} role="group" aria-label=${name}>${shown}</pre>`;
}

const indented = (value: string): string => (value.includes('\n') ? `\n  ${value.replaceAll('\n', '\n  ')}` : value);
