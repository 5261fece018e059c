import { css, html, nothing } from 'lit';
import { shownPath } from '../src/core/plainText.ts';
import type { FileChange, SwitchPreview } from '../src/protocol/protocol.ts';
import type { BranchCard } from './model/feedItems.ts';
import { icons } from './icons.ts';
import { filesPhrase } from './model/phrases.ts';
import type { MoveParams } from './model/rewindChoice.ts';
import { MoveConfirm } from './moveConfirm.ts';
import { say } from './strings.ts';

/** What going to its branch would do, and the choice. Stands inside the branch's card. */
export class SwitchConfirm extends MoveConfirm<SwitchPreview> {
  static override properties = { ...MoveConfirm.properties, card: { attribute: false } };
  declare card: BranchCard;
  protected override readonly words = { go: 'branch.go', interruptAndGo: 'branch.interruptAndGo', working: 'state.switching' } as const;

  static override styles = [...MoveConfirm.styles, css`
    .confirm { border: 0; border-top: 1px dashed var(--vscode-contrastBorder, var(--vscode-panel-border)); border-radius: 0; background: none; }
  `];

  protected override preview(): Promise<SwitchPreview> {
    return this.actions.previewSwitch(this.card.branch.branch);
  }

  protected override async move(params: MoveParams): Promise<string> {
    const { files, branch } = await this.actions.switchTo(this.card.branch.branch, params);
    return filesPhrase(files, say('branch.done', branch), 'branch.doneWithFiles', branch);
  }

  protected override heading(): string {
    return say(this.card.is === 'cut' ? 'branch.confirm' : 'branch.confirmApart', this.card.branch.branch);
  }

  protected override isPossible(): boolean {
    return true;
  }

  protected override remarks({ reason }: SwitchPreview) {
    return reason ? html`<p class="warn conflict">${icons.warning}<span>${reason}</span></p>` : nothing;
  }

  /** What comes back is not there yet to be opened. */
  protected override pathOf({ path, is }: FileChange) {
    if (is === 'added') return html`<span class="mono path">${shownPath(path)}</span>`;
    return html`<button class="link mono path" aria-label=${say('tool.openFile', shownPath(path))} @click=${() => this.actions.openFile(path)}>${shownPath(path)}</button>`;
  }
}
customElements.define('switch-confirm', SwitchConfirm);
