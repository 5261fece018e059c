import { css, html } from 'lit';
import { shownPath } from '../src/core/plainText.ts';
import type { Seam } from '../src/core/view.ts';
import type { FileChange, RewindPreview } from '../src/protocol/protocol.ts';
import { icons } from './icons.ts';
import { filesPhrase, rewindTitle } from './model/phrases.ts';
import type { MoveParams } from './model/rewindChoice.ts';
import { MoveConfirm } from './moveConfirm.ts';
import { say } from './strings.ts';

/** What a rewind to its seam would do, and the choice. */
export class RewindConfirm extends MoveConfirm<RewindPreview> {
  static override properties = { ...MoveConfirm.properties, seam: { attribute: false } };
  declare seam: Seam;
  protected override readonly words = { go: 'seam.go', interruptAndGo: 'seam.interruptAndGo', working: 'state.rewinding' } as const;

  static override styles = [...MoveConfirm.styles, css`
    :host { padding: 4px 14px 8px; }
  `];

  protected override preview(): Promise<RewindPreview> {
    return this.actions.preview(this.seam.seam);
  }

  protected override async move(params: MoveParams): Promise<string> {
    const { files } = await this.actions.rewind({ seam: this.seam.seam, ...params });
    return filesPhrase(files, say('seam.done'), 'seam.doneWithFiles');
  }

  protected override heading(preview: RewindPreview | null): string {
    return rewindTitle(preview?.drops ?? this.seam.drops);
  }

  protected override isPossible({ fidelity }: RewindPreview): boolean {
    return fidelity !== 'none';
  }

  protected override remarks({ fidelity, reason }: RewindPreview) {
    if (fidelity === 'exact') return html`<p class="muted">${say('seam.exact')}</p>`;
    return html`<p class="warn conflict">${icons.warning}<span>${say(`seam.${fidelity}`, reason)}</span></p>`;
  }

  protected override pathOf({ path }: FileChange) {
    return html`<button class="link mono path" aria-label=${say('tool.openDiffOf', shownPath(path))} @click=${() => this.actions.openDiff(this.seam.after, path)}>${shownPath(path)}</button>`;
  }
}
customElements.define('rewind-confirm', RewindConfirm);
