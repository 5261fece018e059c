import { css, html, nothing } from 'lit';
import type { BranchId } from '../src/core/ids.ts';
import type { SwitchPreview } from '../src/protocol/protocol.ts';
import { icons } from './icons.ts';
import type { BranchCard } from './model/feedItems.ts';
import { filesPhrase } from './model/phrases.ts';
import type { MoveParams } from './model/rewindChoice.ts';
import { MoveConfirm } from './moveConfirm.ts';
import { say } from './strings.ts';

/** What going to its branch would do, and the choice. Stands inside the branch's card. */
export class SwitchConfirm extends MoveConfirm<SwitchPreview> {
  static override properties = { ...MoveConfirm.properties, branch: { attribute: false }, is: { attribute: false } };
  declare branch: BranchId;
  declare is: BranchCard['is'];
  protected override readonly how = 'switch';
  protected override readonly wordsOf = { go: 'branch.go', interruptAndGo: 'branch.interruptAndGo' } as const;

  static override styles = [...MoveConfirm.styles, css`
    .confirm { border: 0; border-top: 1px dashed var(--vscode-contrastBorder, var(--vscode-panel-border)); border-radius: 0; background: none; }
  `];

  /** How exactly the agent remembers that branch is for the host to say. */
  protected override assumed(): SwitchPreview | null {
    const standing = this.actions.standing();
    return this.words === null || standing === null ? null : { ...this.words, state: standing.state, ends: standing.ends, expect: standing.expect };
  }

  protected override preview(withFiles: boolean): Promise<SwitchPreview> {
    return this.actions.previewSwitch(this.branch, withFiles);
  }

  protected override async move(params: MoveParams): Promise<{ branch: BranchId; sentence: string }> {
    const { files, branch } = await this.actions.switchTo(this.branch, params);
    return { branch, sentence: filesPhrase(files, say('branch.done', branch), 'branch.doneWithFiles', branch) };
  }

  protected override heading(): string {
    return say(this.is === 'cut' ? 'branch.confirm' : 'branch.confirmApart', this.branch);
  }

  protected override isPossible(): boolean {
    return true;
  }

  protected override remarks({ reason }: SwitchPreview) {
    return reason ? html`<p class="warn conflict">${icons.warning}<span>${reason}</span></p>` : nothing;
  }
}
customElements.define('switch-confirm', SwitchConfirm);
