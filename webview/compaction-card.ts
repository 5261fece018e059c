import { css, html, LitElement, nothing } from 'lit';
import type { BlockOf } from '../src/core/view.ts';
import { icons } from './icons.ts';
import { duration, shortNumber } from './model/phrases.ts';
import { toggled } from './shown.ts';
import { say } from './strings.ts';
import { base, card } from './styles.ts';

/** Where the agent replaced its memory by a summary: why, how much it got back, and what it goes on with. */
export class CompactionCard extends LitElement {
  static override properties = { block: { attribute: false }, open: { state: true } };
  declare block: BlockOf<'compaction'>;
  declare open: boolean;

  static override styles = [base, card, css`
    :host { display: block; }
    .card { border-inline-start: 3px solid var(--vscode-charts-purple, var(--vscode-focusBorder)); }
    .head { display: flex; flex-wrap: wrap; gap: 2px 10px; align-items: center; padding: 5px 10px; }
    .head b { display: inline-flex; gap: 6px; align-items: center; font-weight: 600; }
    .numbers { font-variant-numeric: tabular-nums; }
    .meter { flex: 1 1 60px; max-width: 160px; height: 4px; border-radius: 2px; background: var(--vscode-editorWidget-border, var(--vscode-panel-border)); overflow: hidden; border: 1px solid var(--vscode-contrastBorder, transparent); }
    .meter > div { height: 100%; background: var(--vscode-charts-purple, var(--vscode-focusBorder)); }
    summary { display: flex; align-items: center; gap: 4px; padding: 2px 8px; color: var(--vscode-descriptionForeground); font-size: 0.92em; }
    summary svg { width: 12px; height: 12px; } details[open] > summary svg { transform: rotate(90deg); }
    details { border-top: 1px solid var(--vscode-contrastBorder, var(--vscode-panel-border)); }
    markdown-text { padding: 4px 12px 10px; }
  `];

  constructor() {
    super();
    this.open = false;
  }

  override render() {
    const { trigger, tokens_before: before, tokens_after: after, duration_ms: took, summary } = this.block;
    return html`<div class="card">
      <div class="head"><b>${icons.compact}${say('compaction.title')}</b><span class="muted">${say(`compaction.${trigger}`)}</span>
        ${before !== null && after !== null
          ? html`<span class="numbers">${say('compaction.tokens', shortNumber(before), shortNumber(after))}</span><span class="meter" aria-hidden="true"><div></div></span><span class="muted">${say('compaction.reclaimed', shortNumber(Math.max(0, before - after)), before > 0 ? Math.round((Math.max(0, before - after) / before) * 100) : 0)}</span>`
          : html`<span class="muted">${before === null ? say('compaction.unknownTokens') : say('header.tokens', shortNumber(before))}</span>`}
        ${took === undefined ? nothing : html`<span class="muted">${duration(took)}</span>`}</div>
      ${summary === '' ? nothing : html`<details @toggle=${(event: Event) => { this.open = (event.target as HTMLDetailsElement).open; void this.updateComplete.then(() => toggled(event)); }}><summary>${icons.chevron}${say('compaction.summary')}</summary>${this.open ? html`<markdown-text .source=${summary}></markdown-text>` : nothing}</details>`}
    </div>`;
  }

  protected override updated(): void {
    const { tokens_before: before, tokens_after: after } = this.block;
    const bar = this.renderRoot.querySelector<HTMLElement>('.meter > div');
    if (bar !== null && before !== null && after !== null && before > 0) bar.style.width = `${Math.min(100, (after / before) * 100)}%`;
  }
}
customElements.define('compaction-card', CompactionCard);
