import { css, html, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { Lane } from '../src/core/view.ts';
import { plainText } from '../src/core/plainText.ts';
import type { SessionActions } from './actions.ts';
import { icons } from './icons.ts';
import { laneTree } from './model/laneTree.ts';
import type { LaneNode } from './model/laneTree.ts';
import { shortNumber } from './model/phrases.ts';
import { middleCut } from './middleCut.ts';
import { counted, say } from './strings.ts';
import { base } from './styles.ts';

/** The subagents of the session as a tree of any depth, live; a click on one shows its lane. */
export class SubagentTree extends LitElement {
  static override properties = { lanes: { attribute: false }, asking: { attribute: false }, shown: { attribute: false }, actions: { attribute: false } };
  declare lanes: readonly Lane[];
  /** Lanes that ask for leave. */
  declare asking: ReadonlySet<string>;
  declare shown: string;
  declare actions: SessionActions;

  static override styles = [base, css`
    :host { display: block; border-bottom: 1px solid var(--vscode-contrastBorder, var(--vscode-panel-border)); background: var(--vscode-sideBar-background, var(--vscode-editorWidget-background)); }
    .head { display: flex; align-items: center; justify-content: space-between; padding: 4px 8px 2px 14px; font-size: 11px; font-weight: 600; text-transform: uppercase; color: var(--vscode-sideBarSectionHeader-foreground, var(--vscode-descriptionForeground)); }
    ul { list-style: none; margin: 0; padding: 0 0 4px; } ul ul { padding: 0 0 0 16px; }
    button.row { display: grid; grid-template-columns: 16px minmax(0, 1fr); column-gap: 6px; align-items: center; width: 100%; padding: 2px 14px; font: inherit; color: inherit; background: none; border: 0; cursor: pointer; text-align: start; }
    button.row:hover { background: var(--vscode-list-hoverBackground); outline: 1px dashed var(--vscode-contrastActiveBorder, transparent); outline-offset: -1px; }
    button.row[aria-current='true'] { background: var(--vscode-list-inactiveSelectionBackground); color: var(--vscode-list-inactiveSelectionForeground, inherit); outline: 1px solid var(--vscode-contrastActiveBorder, transparent); outline-offset: -1px; }
    .first { display: flex; gap: 6px; min-width: 0; } .type { font-weight: 600; flex: 0 2 auto; min-width: 7em; }
    .second { grid-column: 2; font-size: 0.92em; color: var(--vscode-descriptionForeground); }
    .mark[data-is='completed'] { color: var(--vscode-testing-iconPassed, var(--vscode-charts-green)); } .mark[data-is='failed'] { color: var(--vscode-errorForeground); }
    .mark { display: inline-flex; } .none { padding: 2px 14px 8px; margin: 0; }
  `];

  override render() {
    const tree = laneTree(this.lanes);
    return html`
      <div class="head"><span id="title">${say('lanes.title')}</span><button class="quiet icon" aria-label=${say('lanes.close')} title=${say('lanes.close')} @click=${() => this.dispatchEvent(new Event('toggle-lanes'))}>${icons.cross}</button></div>
      ${tree.length === 0 ? html`<p class="none muted">${say('lanes.none')}</p>` : html`<ul role="list" aria-labelledby="title">${tree.map((node) => this.#node(node))}</ul>`}`;
  }

  /** It asks for leave, and goes on when that is answered. */
  #waits({ lane, status }: Lane): boolean {
    return status === 'running' && this.asking?.has(lane) === true;
  }

  #node({ lane, children }: LaneNode): TemplateResult {
    const facts = [
      say(this.#waits(lane) ? 'lanes.waits' : `lanes.${lane.status}`),
      ...(lane.background ? [say('lanes.background')] : []),
      counted('lanes.steps', lane.steps),
      ...(lane.lastTool === null ? [] : [say('lanes.lastTool', plainText(lane.lastTool))]),
      ...(lane.tokens === null ? [] : [say('lanes.tokens', shortNumber(lane.tokens))]),
    ].join(' · ');
    return html`<li>
      <button class="row" data-lane=${lane.lane} aria-current=${lane.lane === this.shown ? 'true' : 'false'} @click=${() => this.actions.showLane(lane.lane)}>
        <span class="mark" data-is=${lane.status}>${this.#waits(lane) ? icons.lock : mark(lane)}</span>
        <span class="first"><span class="type clip">${middleCut(plainText(lane.agentType))}</span><span class="clip" dir="auto">${middleCut(plainText(lane.description))}</span></span>
        <span class="second clip">${facts}</span>
      </button>
      ${children.length === 0 ? nothing : html`<ul role="list">${children.map((child) => this.#node(child))}</ul>`}
    </li>`;
  }
}
customElements.define('subagent-tree', SubagentTree);

function mark(lane: Lane) {
  switch (lane.status) {
    case 'running': return html`<busy-spinner></busy-spinner>`;
    case 'completed': return icons.check;
    case 'failed': return icons.cross;
    case 'cut_off': return icons.blocked;
  }
}
