import { css, html, LitElement, nothing } from 'lit';
import type { SessionActions } from './actions.ts';
import { icons } from './icons.ts';
import { say } from './strings.ts';
import { base } from './styles.ts';

/** What one can do in a session in which nothing has been said yet. */
export class SessionStart extends LitElement {
  static override properties = { agent: { attribute: false }, hint: { attribute: false }, actions: { attribute: false } };
  declare agent: string;
  /** What of its own prompt works here as well, in the agent's words; empty where nothing is known. */
  declare hint: string;
  declare actions: SessionActions;

  static override styles = [base, css`
    :host { display: block; max-width: 460px; margin-inline: auto; text-align: start; color: var(--vscode-descriptionForeground); }
    h2 { margin: 0 0 10px; font-size: 1.25em; font-weight: 600; text-align: center; color: var(--vscode-editor-foreground, var(--vscode-foreground)); }
    ul { list-style: none; margin: 0; padding: 0; display: flex; flex-direction: column; gap: 8px; }
    li { display: grid; grid-template-columns: 16px minmax(0, 1fr); gap: 10px; overflow-wrap: anywhere; } li svg { margin-top: 2px; }
    kbd { font: inherit; font-size: 0.9em; padding: 0 4px; border: 1px solid var(--vscode-keybindingLabel-border, var(--vscode-panel-border)); border-radius: 3px; color: var(--vscode-keybindingLabel-foreground, inherit); background: var(--vscode-keybindingLabel-background, transparent); }
  `];

  constructor() {
    super();
    this.agent = '';
    this.hint = '';
  }

  override render() {
    return html`<h2>${say('start.title', this.agent)}</h2>
      <ul role="list">
        <li>${icons.edit}<span>${withKeys(say('start.prompt'))}</span></li>
        ${this.hint === '' ? nothing : html`<li>${icons.chevron}<span>${this.hint}</span></li>`}
        <li>${icons.clock}<span>${say('start.queue')}</span></li>
        <li>${icons.rewind}<span>${withKeys(say('start.seams'))}</span></li>
        <li>${icons.terminal}<span>${say('start.terminal')} <button class="link" id="terminal" @click=${() => this.actions.focusTerminal()}>${say('header.terminal')}</button></span></li>
      </ul>`;
  }
}
customElements.define('session-start', SessionStart);

/** Keys stand in square brackets. */
const withKeys = (text: string) => text.split(/\[([^\]]+)\]/).map((part, at) => (at % 2 === 1 ? html`<kbd>${part}</kbd>` : part));
