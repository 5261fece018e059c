import { css, html, LitElement, nothing } from 'lit';
import type { Seam } from '../src/core/view.ts';
import type { FileChange, RewindPreview } from '../src/protocol/protocol.ts';
import { sentenceOf } from './actions.ts';
import type { SessionActions } from './actions.ts';
import { icons } from './icons.ts';
import { filesPhrase, rewindTitle } from './model/phrases.ts';
import { rewindParams } from './model/rewindChoice.ts';
import { tellShown } from './shown.ts';
import { counted, say } from './strings.ts';
import { base, card } from './styles.ts';

type Stage = { is: 'looking' } | { is: 'asking'; preview: RewindPreview } | { is: 'working'; preview: RewindPreview } | { is: 'unreadable'; message: string };

/** What a rewind to its seam would do, and the choice. Asks for the preview itself; fires `close` when it is done or given up. */
export class RewindConfirm extends LitElement {
  static override properties = {
    seam: { attribute: false }, actions: { attribute: false }, stage: { state: true }, files: { state: true }, overwrite: { state: true }, failure: { state: true },
  };
  declare seam: Seam;
  declare actions: SessionActions;
  declare stage: Stage;
  declare files: boolean;
  declare overwrite: ReadonlySet<string>;
  declare failure: string;

  static override styles = [base, card, css`
    :host { display: block; padding: 4px 14px 8px; }
    .card { padding: 10px 12px; display: flex; flex-direction: column; gap: 8px; }
    h2 { margin: 0; font-size: 1em; font-weight: 600; }
    p, ul { margin: 0; }
    ul { list-style: none; padding: 0; max-height: 180px; overflow-y: auto; }
    li { display: flex; gap: 8px; align-items: center; flex-wrap: wrap; padding: 1px 0; }
    li .path { overflow-wrap: anywhere; }
    .ends { padding-inline-start: 18px; list-style: disc; } .ends li { display: list-item; }
    .conflict { color: var(--vscode-list-warningForeground, var(--vscode-editorWarning-foreground)); }
    .warn { display: flex; gap: 6px; align-items: flex-start; }
    .working:focus { outline: none; } .working { display: flex; gap: 8px; align-items: center; }
    vscode-checkbox { margin: 0; }
  `];

  constructor() {
    super();
    this.stage = { is: 'looking' };
    this.files = true;
    this.overwrite = new Set();
    this.failure = '';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#look();
  }

  async #look(): Promise<void> {
    try {
      const preview = await this.actions.preview(this.seam.seam);
      this.files = (preview.files?.length ?? 0) > 0;
      this.stage = { is: 'asking', preview };
    } catch (error) {
      this.stage = { is: 'unreadable', message: sentenceOf(error) };
    }
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>(this.#possible ? '#go' : '#cancel')?.focus({ preventScroll: true });
  }

  override firstUpdated(): void {
    this.renderRoot.querySelector<HTMLElement>('#cancel')?.focus({ preventScroll: true });
    tellShown(this);
  }

  get #preview(): RewindPreview | null {
    return this.stage.is === 'asking' || this.stage.is === 'working' ? this.stage.preview : null;
  }

  get #possible(): boolean {
    return this.#preview !== null && this.#preview.fidelity !== 'none';
  }

  override render() {
    const preview = this.#preview;
    return html`
      <div class="card" role="dialog" aria-labelledby="title" @keydown=${this.#onKey}>
        <h2 id="title">${rewindTitle(preview?.drops ?? this.seam.drops)}</h2>
        ${this.stage.is === 'looking' ? html`<p class="working muted"><busy-spinner></busy-spinner>${say('seam.looking')}</p>` : nothing}
        ${this.stage.is === 'unreadable' ? html`<p class="error" role="alert">${this.stage.message}</p>` : nothing}
        ${preview === null ? nothing : html`${this.#fidelity(preview)}${this.#ends(preview)}${this.#fileChoice(preview)}`}
        ${this.failure === '' ? nothing : html`<p class="error" role="alert">${this.failure}</p>`}
        ${this.#buttons(preview)}
      </div>`;
  }

  #fidelity(preview: RewindPreview) {
    if (preview.fidelity === 'exact') return html`<p class="muted">${say('seam.exact')}</p>`;
    return html`<p class="warn conflict">${icons.warning}<span>${say(`seam.${preview.fidelity}`, preview.reason)}</span></p>`;
  }

  #ends(preview: RewindPreview) {
    if (preview.ends.length === 0) return nothing;
    return html`<div class="conflict"><p>${say('seam.ends')}</p><ul class="ends">${preview.ends.map((end) => html`<li>${end}</li>`)}</ul></div>`;
  }

  #fileChoice(preview: RewindPreview) {
    if (preview.files === null) return html`<p class="muted">${preview.filesReason ?? say('seam.filesUnknown')}</p>`;
    if (preview.files.length === 0) return html`<p class="muted">${say('seam.noFileChanges')}</p>`;
    return html`
      <vscode-checkbox id="files" ?checked=${this.files} ?disabled=${this.stage.is === 'working'} @change=${(event: Event) => { this.files = (event.target as HTMLInputElement).checked; }}>${counted('seam.filesCount', preview.files.length)}</vscode-checkbox>
      <ul class="files">${preview.files.map((file) => this.#file(file))}</ul>`;
  }

  #file(file: FileChange) {
    return html`<li class=${file.conflict ? 'conflict' : ''}>
      <button class="link mono path" aria-label=${say('tool.openDiffOf', file.path)} @click=${() => this.actions.openDiff(this.seam.after, file.path)}>${file.path}</button>
      <span class="muted">${file.conflict ? say('seam.conflict') : say(`seam.file.${file.is}`)}</span>
      ${file.conflict ? html`<vscode-checkbox class="overwrite" ?disabled=${!this.files || this.stage.is === 'working'} @change=${(event: Event) => this.#setOverwrite(file.path, (event.target as HTMLInputElement).checked)}>${say(file.is === 'deleted' ? 'seam.overwriteRemove' : 'seam.overwrite', file.path)}</vscode-checkbox>` : nothing}
    </li>`;
  }

  #buttons(preview: RewindPreview | null) {
    if (this.stage.is === 'working') return html`<p class="working" role="status" tabindex="-1"><busy-spinner></busy-spinner>${say('seam.working')}</p>`;
    const interrupts = preview !== null && rewindParams(preview, { files: false, overwrite: [] }).interrupt === true;
    return html`<div class="actions">
      ${preview === null || preview.fidelity === 'none' ? nothing : html`<vscode-button id="go" appearance="primary" @click=${this.#go}>${say(interrupts ? 'seam.interruptAndGo' : 'seam.go')}</vscode-button>`}
      <vscode-button id="cancel" appearance="secondary" @click=${this.#close}>${say('seam.cancel')}</vscode-button>
    </div>`;
  }

  #setOverwrite(path: string, on: boolean): void {
    const next = new Set(this.overwrite);
    if (on) next.add(path);
    else next.delete(path);
    this.overwrite = next;
  }

  readonly #go = async (): Promise<void> => {
    const preview = this.#preview;
    if (preview === null || this.stage.is === 'working') return;
    this.stage = { is: 'working', preview };
    this.failure = '';
    await this.updateComplete;
    // The buttons are gone: the focus waits here, and goes on from here when the seam goes.
    this.renderRoot.querySelector<HTMLElement>('.working')?.focus({ preventScroll: true });
    try {
      const outcome = await this.actions.rewind(rewindParams(preview, { files: this.files, overwrite: [...this.overwrite] }));
      this.actions.announce(filesPhrase(outcome.files, say('seam.done'), 'seam.doneWithFiles'));
      // By now the focus is wherever the user has gone on to.
      this.dispatchEvent(new Event('done'));
    } catch (error) {
      this.failure = sentenceOf(error);
      this.stage = { is: 'asking', preview };
      await this.updateComplete;
      this.renderRoot.querySelector<HTMLElement>('#go')?.focus();
    }
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || this.stage.is === 'working') return;
    event.stopPropagation();
    this.#close();
  };

  readonly #close = (): void => {
    this.dispatchEvent(new Event('close'));
  };
}
customElements.define('rewind-confirm', RewindConfirm);
