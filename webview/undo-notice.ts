import { css, html, LitElement, nothing } from 'lit';
import type { LastMove } from '../src/core/view.ts';
import { sentenceOf } from './actions.ts';
import type { SessionActions } from './actions.ts';
import { icons } from './icons.ts';
import { filesPhrase } from './model/phrases.ts';
import { moveParams, mustInterrupt, planOf } from './model/rewindChoice.ts';
import { say } from './strings.ts';
import { base } from './styles.ts';

type Stage = { is: 'told' } | { is: 'working' } | { is: 'asking' } | { is: 'failed'; message: string };

/**
 * What the last rewind or switch did, and the way back from it: to the branch that was left, its memory and files as they were. Where that
 * would end something, or leave a file that somebody else changed, it is asked first. Fires `dismiss`.
 */
export class UndoNotice extends LitElement {
  static override properties = { move: { attribute: false }, sentence: { attribute: false }, actions: { attribute: false }, stage: { state: true } };
  declare move: LastMove;
  declare sentence: string;
  declare actions: SessionActions;
  declare stage: Stage;

  static override styles = [base, css`
    :host { display: block; border-bottom: 1px solid var(--vscode-contrastBorder, var(--vscode-panel-border)); }
    .bar { display: flex; gap: 8px; align-items: center; padding: 4px 8px 4px 14px; font-size: 0.95em; }
    .bar > span { flex: 1; overflow-wrap: anywhere; }
    switch-confirm { max-height: 50vh; overflow-y: auto; }
  `];

  constructor() {
    super();
    this.stage = { is: 'told' };
  }

  override render() {
    const { stage, move } = this;
    return html`
      <div class="bar" data-is="notice">${icons.info}<span>${this.sentence}</span>
        ${stage.is === 'working' ? html`<busy-spinner></busy-spinner>` : html`
          <button class="quiet" id="undo" aria-label=${say('undo.label', move.from)} title=${say('undo.label', move.from)} ?hidden=${stage.is === 'asking'} @click=${this.#undo}>${say('undo.undo')}</button>
          <button class="quiet icon" id="dismiss" aria-label=${say('panel.dismiss')} title=${say('panel.dismiss')} @click=${() => this.dispatchEvent(new Event('dismiss'))}>${icons.cross}</button>`}</div>
      ${stage.is === 'failed' ? html`<div class="bar error" role="alert">${icons.warning}<span>${say('undo.failed', stage.message)}</span></div>` : nothing}
      ${stage.is === 'asking' ? html`<switch-confirm .branch=${move.from} .is=${'apart'} .actions=${this.actions} @close=${this.#leave} @done=${this.#leave}></switch-confirm>` : nothing}`;
  }

  readonly #undo = async (): Promise<void> => {
    const { from } = this.move;
    this.stage = { is: 'working' };
    try {
      const preview = await this.actions.previewSwitch(from, true);
      const isAsked = mustInterrupt(preview) || Boolean(preview.reason) || (preview.files ?? []).some(({ conflict }) => conflict);
      if (isAsked) {
        this.stage = { is: 'asking' };
        return;
      }
      const { files, branch } = await this.actions.switchTo(from, moveParams(preview, planOf(preview), { files: true, overwrite: [] }));
      this.stage = { is: 'told' };
      this.actions.moved('switch', branch, filesPhrase(files, say('undo.done', branch), 'undo.doneWithFiles', branch));
    } catch (error) {
      this.stage = { is: 'failed', message: sentenceOf(error) };
    }
  };

  readonly #leave = async (): Promise<void> => {
    const isHere = this.matches(':focus-within');
    this.stage = { is: 'told' };
    await this.updateComplete;
    if (isHere) this.renderRoot.querySelector<HTMLElement>('#undo')?.focus();
  };
}
customElements.define('undo-notice', UndoNotice);
