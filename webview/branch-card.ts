import { css, html, LitElement, nothing } from 'lit';
import type { Block } from '../src/core/view.ts';
import { sentenceOf } from './actions.ts';
import type { SessionActions } from './actions.ts';
import { icons, toolIcon } from './icons.ts';
import { blockLine } from './model/blockLine.ts';
import type { BranchCard } from './model/feedItems.ts';
import { withShortPaths } from './model/paths.ts';
import { tellShown } from './shown.ts';
import { middleCut } from './middleCut.ts';
import { counted, say } from './strings.ts';
import { base, card } from './styles.ts';

type Preview = { is: 'closed' } | { is: 'loading' } | { is: 'open'; blocks: Block[]; hidden: number } | { is: 'failed'; message: string };

/** How many blocks of a branch its preview shows. */
const previewBlocks = 50;

/** A branch that leaves here, folded: what was cut off, a look at it, and the way back. */
export class BranchCardElement extends LitElement {
  static override properties = { card: { attribute: false }, folder: { attribute: false }, actions: { attribute: false }, preview: { state: true }, isAsking: { state: true } };
  declare card: BranchCard;
  declare folder: string;
  declare actions: SessionActions;
  declare preview: Preview;
  /** Whether the way back is being confirmed. */
  declare isAsking: boolean;

  static override styles = [base, card, css`
    :host { display: block; }
    .card { border-style: dashed; background: transparent; }
    .head { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 8px; padding: 3px 6px 3px 10px; color: var(--vscode-descriptionForeground); }
    .head .name { display: inline-flex; align-items: center; gap: 6px; min-width: 0; margin-inline-end: auto; }
    ol { list-style: none; margin: 0; padding: 4px 10px 8px; border-top: 1px dashed var(--vscode-contrastBorder, var(--vscode-panel-border)); max-height: 260px; overflow-y: auto; }
    li { display: flex; gap: 6px; align-items: center; padding: 1px 0; color: var(--vscode-descriptionForeground); } li svg { width: 13px; height: 13px; }
  `];

  constructor() {
    super();
    this.folder = '';
    this.preview = { is: 'closed' };
    this.isAsking = false;
  }

  override render() {
    const { branch, steps, is } = this.card;
    const isOpen = this.preview.is !== 'closed';
    const title = is === 'cut' ? `${counted('branch.title', steps)} · ${branch.branch}` : counted(`branch.${is}`, steps, branch.branch);
    return html`<div class="card" role="group" aria-label=${title}>
      <div class="head"><span class="name">${icons.branch}${middleCut(title)}</span>
        <button class="quiet" id="show" aria-expanded=${isOpen ? 'true' : 'false'} @click=${this.#toggle}>${say(isOpen ? 'branch.hide' : 'branch.show')}</button>
        <button class="quiet" id="back" aria-label=${say('branch.backLabel', branch.branch)} @click=${this.#ask}>${say('branch.back')}</button></div>
      ${this.isAsking ? html`<switch-confirm .branch=${branch.branch} .is=${is} .actions=${this.actions} @close=${this.#leave} @done=${this.#leave}></switch-confirm>` : nothing}
      ${this.#previewPart()}
    </div>`;
  }

  #previewPart() {
    const { preview } = this;
    switch (preview.is) {
      case 'closed': return nothing;
      case 'loading': return html`<ol><li><busy-spinner></busy-spinner></li></ol>`;
      case 'failed': return html`<ol><li class="error" role="alert">${say('branch.previewFailed', preview.message)}</li></ol>`;
      case 'open': return html`<ol tabindex="0" aria-label=${this.card.branch.branch}>
        ${preview.hidden > 0 ? html`<li>${counted('branch.earlier', preview.hidden)}</li>` : nothing}
        ${preview.blocks.length === 0 ? html`<li>${say('branch.nothing')}</li>` : preview.blocks.map((block) => html`<li>${block.kind === 'tool' ? toolIcon(block.tool_kind) : lineIcons[block.kind] ?? icons.info}<span class="clip" dir="auto">${withShortPaths(blockLine(block), this.folder)}</span></li>`)}</ol>`;
    }
  }

  readonly #toggle = async (): Promise<void> => {
    if (this.preview.is !== 'closed') return void (this.preview = { is: 'closed' });
    this.preview = { is: 'loading' };
    try {
      const page = await this.actions.branchPage(this.card.branch.branch, Math.max(1, Math.min(previewBlocks, this.card.steps)));
      const blocks = page.blocks.slice(page.blocks.findIndex((block) => block.block === this.card.after) + 1);
      this.preview = { is: 'open', blocks, hidden: Math.max(0, this.card.steps - blocks.length) };
    } catch (error) {
      this.preview = { is: 'failed', message: sentenceOf(error) };
    }
    await this.updateComplete;
    tellShown(this);
  };

  readonly #ask = (): void => {
    this.isAsking = true;
  };

  /** The focus is taken along only if it is still here: meanwhile the user may have gone on elsewhere. */
  readonly #leave = async (): Promise<void> => {
    const isHere = this.matches(':focus-within');
    this.isAsking = false;
    await this.updateComplete;
    if (isHere) this.renderRoot.querySelector<HTMLElement>('#back')?.focus({ preventScroll: true });
  };
}
customElements.define('branch-card', BranchCardElement);

const lineIcons: Partial<Record<Block['kind'], typeof icons.info>> = { prompt: icons.chevron, text: toolIcon('ask'), thinking: toolIcon('think'), compaction: icons.compact };
