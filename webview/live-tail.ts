import { css, html, LitElement } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { LiveText } from '../src/core/adapter.ts';
import { plainText } from '../src/core/plainText.ts';
import { icons } from './icons.ts';
import { say } from './strings.ts';
import { base } from './styles.ts';

/** Text on its way, below the last block. The only part of the conversation that changes with each token. */
export class LiveTail extends LitElement {
  static override properties = { live: { attribute: false } };
  declare live: readonly LiveText[];

  static override styles = [base, css`
    :host { display: block; }
    .item { padding: 4px 14px; }
    .thinking { color: var(--vscode-descriptionForeground); font-style: italic; white-space: pre-wrap; overflow-wrap: anywhere; border-inline-start: 2px solid var(--vscode-panel-border); padding-inline-start: 10px; margin-top: 2px; unicode-bidi: plaintext; }
    .label { display: flex; gap: 6px; align-items: center; color: var(--vscode-descriptionForeground); }
    pre { margin: 0; padding: 6px 10px; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 240px; overflow: hidden; background: var(--vscode-textCodeBlock-background); }
  `];

  constructor() {
    super();
    this.live = [];
  }

  override render() {
    return repeat(this.live, (live) => live.live, (live) => html`<div class="item" data-live=${live.live}>${this.#one(live)}</div>`);
  }

  #one(live: LiveText) {
    const source = live.text ?? '';
    switch (live.kind) {
      case 'text': return html`<markdown-text streaming .source=${plainText(source)}></markdown-text>`;
      case 'thinking': return html`<div class="label"><busy-spinner></busy-spinner>${say('block.thinkingLive')}</div><div class="thinking" dir="auto">${plainText(source)}</div>`;
      case 'tool': return html`<div class="label">${icons.terminal}<busy-spinner></busy-spinner></div><pre class="mono">${plainText(source)}</pre>`;
    }
  }
}
customElements.define('live-tail', LiveTail);
