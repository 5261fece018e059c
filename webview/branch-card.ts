import { css, html, LitElement, nothing } from 'lit';
import type { AgentState } from '../src/core/events.ts';
import type { Block } from '../src/core/view.ts';
import { codeOf, sentenceOf } from './actions.ts';
import type { SessionActions } from './actions.ts';
import { icons, toolIcon } from './icons.ts';
import { blockLine } from './model/blockLine.ts';
import type { BranchCard } from './model/feedItems.ts';
import { filesPhrase } from './model/phrases.ts';
import { withShortPaths } from './model/paths.ts';
import { isAtWork } from './model/rewindChoice.ts';
import { tellShown } from './shown.ts';
import { counted, say } from './strings.ts';
import { base, card, working } from './styles.ts';

type Preview = { is: 'closed' } | { is: 'loading' } | { is: 'open'; blocks: Block[]; hidden: number } | { is: 'failed'; message: string };
type Asking = { is: 'no' } | { is: 'asking' } | { is: 'working' };

/** How many blocks of a branch its preview shows. */
const previewBlocks = 50;

/** A branch that leaves here, folded: what was cut off, a look at it, and the way back. */
export class BranchCardElement extends LitElement {
  static override properties = { card: { attribute: false }, folder: { attribute: false }, actions: { attribute: false }, agentState: { attribute: false }, preview: { state: true }, asking: { state: true }, files: { state: true }, failure: { state: true } };
  declare card: BranchCard;
  declare folder: string;
  declare actions: SessionActions;
  declare agentState: AgentState;
  declare preview: Preview;
  declare asking: Asking;
  declare files: boolean;
  declare failure: string;

  static override styles = [base, card, working, css`
    :host { display: block; }
    .card { border-style: dashed; background: transparent; }
    .head { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 8px; padding: 3px 6px 3px 10px; color: var(--vscode-descriptionForeground); }
    .head .name { display: inline-flex; align-items: center; gap: 6px; margin-inline-end: auto; }
    .ask { display: flex; flex-direction: column; gap: 8px; padding: 8px 10px; border-top: 1px dashed var(--vscode-contrastBorder, var(--vscode-panel-border)); }
    .ask p { margin: 0; }
    ol { list-style: none; margin: 0; padding: 4px 10px 8px; border-top: 1px dashed var(--vscode-contrastBorder, var(--vscode-panel-border)); max-height: 260px; overflow-y: auto; }
    li { display: flex; gap: 6px; align-items: center; padding: 1px 0; color: var(--vscode-descriptionForeground); } li svg { width: 13px; height: 13px; }
  `];

  constructor() {
    super();
    this.folder = '';
    this.preview = { is: 'closed' };
    this.asking = { is: 'no' };
    this.files = true;
    this.failure = '';
  }

  override render() {
    const { branch, steps, is } = this.card;
    const isOpen = this.preview.is !== 'closed';
    const title = is === 'cut' ? `${counted('branch.title', steps)} · ${branch.branch}` : counted(`branch.${is}`, steps, branch.branch);
    return html`<div class="card" role="group" aria-label=${title} @keydown=${this.#onKey}>
      <div class="head"><span class="name">${icons.branch}${title}</span>
        <button class="quiet" id="show" aria-expanded=${isOpen ? 'true' : 'false'} @click=${this.#toggle}>${say(isOpen ? 'branch.hide' : 'branch.show')}</button>
        <button class="quiet" id="back" aria-label=${say('branch.backLabel', branch.branch)} @click=${this.#ask}>${say('branch.back')}</button></div>
      ${this.#askPart()}${this.#previewPart()}
    </div>`;
  }

  #askPart() {
    if (this.asking.is === 'no') return nothing;
    if (this.asking.is === 'working') return html`<div class="ask"><span class="working" role="img" aria-label=${say('state.switching')} tabindex="-1"><busy-spinner></busy-spinner></span></div>`;
    const question = say(this.card.is === 'cut' ? 'branch.confirm' : 'branch.confirmApart', this.card.branch.branch);
    return html`<div class="ask" role="dialog" aria-label=${question}>
      <p>${question}</p>
      <vscode-checkbox id="files" ?checked=${this.files} @change=${(event: Event) => { this.files = (event.target as HTMLInputElement).checked; }}>${say('seam.files')}</vscode-checkbox>
      ${this.failure === '' ? nothing : html`<p class="error" role="alert">${this.failure}</p>`}
      <div class="actions"><vscode-button id="go" appearance="primary" @click=${this.#go}>${say(isAtWork(this.agentState) ? 'branch.interruptAndGo' : 'branch.go')}</vscode-button>
        <vscode-button id="cancel" appearance="secondary" @click=${this.#cancel}>${say('seam.cancel')}</vscode-button></div>
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
        ${preview.blocks.length === 0 ? html`<li>${say('branch.nothing')}</li>` : preview.blocks.map((block) => html`<li>${block.kind === 'tool' ? toolIcon(block.tool_kind) : lineIcons[block.kind] ?? icons.info}<span class="clip">${withShortPaths(blockLine(block), this.folder)}</span></li>`)}</ol>`;
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

  readonly #ask = async (): Promise<void> => {
    this.asking = { is: 'asking' };
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>('#go')?.focus({ preventScroll: true });
    tellShown(this);
  };

  readonly #go = async (): Promise<void> => {
    this.asking = { is: 'working' };
    this.failure = '';
    await this.updateComplete;
    // The buttons are gone: the focus waits here, and goes on from here when the card goes.
    this.renderRoot.querySelector<HTMLElement>('.working')?.focus({ preventScroll: true });
    try {
      const outcome = await this.actions.switchTo(this.card.branch.branch, { files: this.files, interrupt: isAtWork(this.agentState) });
      this.actions.announce(filesPhrase(outcome.files, say('branch.done', outcome.branch), 'branch.doneWithFiles', outcome.branch));
      await this.#leave('no', '#back');
    } catch (error) {
      this.failure = codeOf(error) === 'stale' ? say('seam.stale') : sentenceOf(error);
      await this.#leave('asking', '#go');
    }
  };

  /** The focus is taken along only if it is still here: meanwhile the user may have gone on elsewhere. */
  async #leave(to: 'no' | 'asking', next: string): Promise<void> {
    const isHere = this.matches(':focus-within');
    this.asking = { is: to };
    await this.updateComplete;
    if (isHere) this.renderRoot.querySelector<HTMLElement>(next)?.focus({ preventScroll: true });
  }

  readonly #cancel = async (): Promise<void> => {
    this.failure = '';
    await this.#leave('no', '#back');
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || this.asking.is !== 'asking') return;
    event.stopPropagation();
    void this.#cancel();
  };
}
customElements.define('branch-card', BranchCardElement);

const lineIcons: Partial<Record<Block['kind'], typeof icons.info>> = { prompt: icons.chevron, text: toolIcon('ask'), thinking: toolIcon('think'), compaction: icons.compact };
