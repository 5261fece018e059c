import { css, html } from 'lit';
import type { BranchId } from '../src/core/ids.ts';
import type { RewindPreview } from '../src/protocol/protocol.ts';
import { icons } from './icons.ts';
import type { ShownSeam } from './model/feedItems.ts';
import { filesPhrase, rewindTitle } from './model/phrases.ts';
import type { MoveParams } from './model/rewindChoice.ts';
import { MoveConfirm } from './moveConfirm.ts';
import { say } from './strings.ts';

/** What a rewind to its seam would do, and the choice. */
export class RewindConfirm extends MoveConfirm<RewindPreview> {
  static override properties = { ...MoveConfirm.properties, seam: { attribute: false } };
  declare seam: ShownSeam;
  protected override readonly how = 'rewind';
  protected override readonly wordsOf = { go: 'seam.go', interruptAndGo: 'seam.interruptAndGo' } as const;

  static override styles = [...MoveConfirm.styles, css`
    :host { padding: 4px 14px 8px; }
  `];

  /** All is known once the host has told how exact the seam is; a preview tells it anew. */
  protected override assumed(): RewindPreview | null {
    const standing = this.actions.standing();
    const { seam, fidelity, reason, drops, isTold } = this.seam;
    const told = isTold && this.plan === null ? { fidelity, reason } : this.words;
    if (told === null || standing === null) return null;
    const { state, ends, expect } = standing;
    return { seam, fidelity: told.fidelity, reason: told.reason, drops, state, ends, expect, files: null, filesReason: null };
  }

  protected override preview(withFiles: boolean): Promise<RewindPreview> {
    return this.actions.preview(this.seam.seam, withFiles);
  }

  protected override async move(params: MoveParams): Promise<{ branch: BranchId; sentence: string }> {
    const { files, branch } = await this.actions.rewind({ seam: this.seam.seam, ...params });
    return { branch, sentence: filesPhrase(files, say('seam.done'), 'seam.doneWithFiles') };
  }

  protected override heading(): string {
    return rewindTitle(this.seam.drops);
  }

  protected override isPossible({ fidelity }: RewindPreview): boolean {
    return fidelity !== 'none';
  }

  protected override remarks({ fidelity, reason }: RewindPreview) {
    if (fidelity === 'exact') return html`<p class="muted">${say('seam.exact')}</p>`;
    return html`<p class="warn conflict">${icons.warning}<span>${say(`seam.${fidelity}`, reason)}</span></p>`;
  }
}
customElements.define('rewind-confirm', RewindConfirm);
