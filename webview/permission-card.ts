import { css, html, LitElement, nothing } from 'lit';
import type { PermissionOption } from '../src/core/events.ts';
import { plainText } from '../src/core/plainText.ts';
import type { PermissionRequest } from '../src/core/view.ts';
import { sentenceOf } from './actions.ts';
import type { SessionActions } from './actions.ts';
import { icons } from './icons.ts';
import { withShortPaths } from './model/paths.ts';
import { toolInputOf } from './model/toolInput.ts';
import { say } from './strings.ts';
import { base, card } from './styles.ts';

/** An agent's question whether it may: answered here or in the terminal, whichever is first; in the terminal only, once the agent waits there alone. */
export class PermissionCard extends LitElement {
  static override properties = { request: { attribute: false }, folder: { attribute: false }, actions: { attribute: false }, answering: { state: true }, failure: { state: true } };
  declare request: PermissionRequest;
  declare folder: string;
  declare actions: SessionActions;
  declare answering: boolean;
  declare failure: string;

  static override styles = [base, card, css`
    :host { display: block; padding-bottom: 8px; }
    .card { padding: 8px 10px; display: flex; flex-direction: column; gap: 6px; border-color: var(--vscode-contrastBorder, var(--vscode-inputValidation-warningBorder, var(--vscode-editorWarning-foreground))); }
    .title { display: flex; gap: 6px; align-items: center; font-weight: 600; min-width: 0; }
    .title svg { color: var(--vscode-editorWarning-foreground); }
    pre { margin: 0; max-height: 140px; overflow: auto; padding: 6px 8px; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--vscode-textCodeBlock-background); border-radius: 4px; }
    p { margin: 0; }
  `];

  constructor() {
    super();
    this.folder = '';
    this.answering = false;
    this.failure = '';
  }

  override render() {
    const { tool, title, input, options, isTerminalOnly } = this.request;
    const { brief, full } = toolInputOf(input);
    // A title that is made of the input says nothing that the input, which is whole, does not.
    const isSaidBelow = full !== '' && (full.includes(title) || (brief !== '' && title.includes(brief)));
    const heading = say('request.asks', plainText(tool));
    return html`<div class="card" role="group" aria-label=${heading}>
      <div class="title">${icons.lock}<span>${heading}</span></div>
      ${title === '' || isSaidBelow ? nothing : html`<p title=${plainText(title)}>${withShortPaths(plainText(title), this.folder)}</p>`}
      ${full === '' ? nothing : html`<pre class="mono" tabindex="0" role="group" aria-label=${say('request.input')}>${plainText(full)}</pre>`}
      ${this.failure === '' ? nothing : html`<p class="error" role="alert">${this.failure}</p>`}
      ${isTerminalOnly ? this.#terminalOnly() : html`<div class="actions">${options.map((option, index) => html`<vscode-button data-option=${option.option} appearance=${index === 0 ? 'primary' : 'secondary'} ?disabled=${this.answering} @click=${() => this.#answer(option)}>${plainText(option.label)}</vscode-button>`)}</div>`}
    </div>`;
  }

  #terminalOnly() {
    return html`<p>${say('request.terminalOnly')}</p>
      <div class="actions"><vscode-button appearance="primary" @click=${() => this.actions.focusTerminal()}>${say('header.terminal')}</vscode-button></div>`;
  }

  async #answer({ option }: PermissionOption): Promise<void> {
    this.answering = true;
    this.failure = '';
    try {
      const { won } = await this.actions.answer(this.request.request, option);
      if (!won) this.actions.announce(say('request.lost'));
    } catch (error) {
      this.failure = sentenceOf(error);
      this.answering = false;
    }
  }
}
customElements.define('permission-card', PermissionCard);
