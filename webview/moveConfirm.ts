import { css, html, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { FileChange, MovePreview } from '../src/protocol/protocol.ts';
import { codeOf, sentenceOf } from './actions.ts';
import type { SessionActions } from './actions.ts';
import { untouchedPhrases } from './model/phrases.ts';
import { moveParams, mustInterrupt } from './model/rewindChoice.ts';
import type { MoveParams } from './model/rewindChoice.ts';
import { Paced } from './paced.ts';
import { tellShown } from './shown.ts';
import { counted, say } from './strings.ts';
import type { StringKey } from './strings.ts';
import { base, card, working } from './styles.ts';

type Stage<P> = { is: 'looking' } | { is: 'asking'; preview: P } | { is: 'working'; preview: P } | { is: 'unreadable'; message: string };

/** An agent at work lands several steps a second; whoever reads what would go is served by less. */
const againMs = 1000;

/**
 * What a rewind or switch would do, and the choice. Asks for the preview itself, again as things land, and anew after a failure: what is
 * confirmed is what is shown. Fires `close` when it is given up and `done` when it is done. What differs between the two is the subclass's.
 */
export abstract class MoveConfirm<P extends MovePreview> extends LitElement {
  static override properties = { actions: { attribute: false }, stage: { state: true }, files: { state: true }, overwrite: { state: true }, failure: { state: true } };
  declare actions: SessionActions;
  declare stage: Stage<P>;
  /** Whether files are to be restored, where there is something to restore. */
  declare files: boolean;
  declare overwrite: ReadonlySet<string>;
  declare failure: string;
  readonly #looks = new Paced(() => this.#look(), againMs);
  #unfollow = (): void => undefined;
  /** Counts the previews asked for: an answer that a later one has overtaken is not shown. */
  #asked = 0;

  static override styles = [base, card, working, css`
    :host { display: block; }
    .confirm { padding: 10px 12px; display: flex; flex-direction: column; gap: 8px; }
    h2 { margin: 0; font-size: 1em; font-weight: 600; }
    p, ul { margin: 0; }
    ul { list-style: none; padding: 0; max-height: 180px; overflow-y: auto; }
    li { display: flex; gap: 8px; align-items: center; flex-wrap: wrap; padding: 1px 0; }
    li .path { overflow-wrap: anywhere; min-height: 24px; }
    .untouched ul { padding-inline-start: 18px; list-style: disc; }
    .untouched li { display: list-item; overflow-wrap: anywhere; }
    .ends { padding-inline-start: 18px; list-style: disc; } .ends li { display: list-item; }
    .conflict { color: var(--vscode-list-warningForeground, var(--vscode-editorWarning-foreground)); }
    .warn { display: flex; gap: 6px; align-items: flex-start; }
    .looking { display: flex; gap: 8px; align-items: center; }
    vscode-checkbox { margin: 0; }
  `];

  constructor() {
    super();
    this.stage = { is: 'looking' };
    this.files = true;
    this.overwrite = new Set();
    this.failure = '';
  }

  /** What would happen now. */
  protected abstract preview(): Promise<P>;
  /** Does it; answers with what there is to say of it. */
  protected abstract move(params: MoveParams): Promise<string>;
  protected abstract heading(preview: P | null): string;
  protected abstract readonly words: Readonly<Record<'go' | 'interruptAndGo' | 'working', StringKey>>;
  /** What is to be said before the files. */
  protected abstract remarks(preview: P): TemplateResult | typeof nothing;
  /** A file's path, with the way to look at it. */
  protected abstract pathOf(file: FileChange): TemplateResult;
  protected abstract isPossible(preview: P): boolean;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#unfollow = this.actions.follow(() => this.#looks.ask());
    this.#looks.ask();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unfollow();
    this.#looks.stop();
  }

  override firstUpdated(): void {
    this.#focusOn('#cancel');
    tellShown(this);
  }

  async #look(): Promise<void> {
    if (this.stage.is === 'working') return;
    const number = ++this.#asked;
    const isFirst = this.stage.is === 'looking';
    const next = await this.preview().then(
      (preview): Stage<P> => ({ is: 'asking', preview }),
      (error: unknown): Stage<P> => ({ is: 'unreadable', message: sentenceOf(error) }));
    if (number !== this.#asked) return;
    // What cannot be read again just now stays as it was: the host refuses what is no longer so.
    if (next.is === 'asking' || this.#shown === null) this.stage = next;
    if (isFirst) await this.#focusWhenDrawn();
  }

  get #shown(): P | null {
    return this.stage.is === 'asking' || this.stage.is === 'working' ? this.stage.preview : null;
  }

  override render() {
    const preview = this.#shown;
    return html`
      <div class="card confirm" role="dialog" aria-labelledby="title" @keydown=${this.#onKey}>
        <h2 id="title">${this.heading(preview)}</h2>
        ${this.stage.is === 'looking' ? html`<p class="looking muted"><busy-spinner></busy-spinner>${say('seam.looking')}</p>` : nothing}
        ${this.stage.is === 'unreadable' ? html`<p class="error" role="alert">${this.stage.message}</p>` : nothing}
        ${preview === null ? nothing : html`${this.remarks(preview)}${this.#ends(preview)}${this.#fileChoice(preview)}${this.#untouched(preview)}`}
        ${this.failure === '' ? nothing : html`<p class="error" role="alert">${this.failure}</p>`}
        ${this.#buttons(preview)}
      </div>`;
  }

  #ends({ ends }: P) {
    if (ends.length === 0) return nothing;
    return html`<div class="conflict"><p>${say('seam.ends')}</p><ul class="ends">${ends.map((end) => html`<li>${end}</li>`)}</ul></div>`;
  }

  #untouched({ untouched = [], unnamed }: P) {
    if (untouched.length === 0) return nothing;
    const phrases = untouchedPhrases(untouched, unnamed);
    return html`
      <div class="untouched muted">
        <p>${say('seam.untouched')}</p>
        <ul>${phrases.map((phrase) => html`<li>${phrase}</li>`)}</ul>
      </div>`;
  }

  #fileChoice({ files, filesReason, untouched = [] }: P) {
    if (files === null) return html`<p class="muted">${filesReason ?? say('seam.filesUnknown')}</p>`;
    if (files.length === 0) return html`<p class="muted">${say(untouched.length > 0 ? 'seam.noCapturedChanges' : 'seam.noFileChanges')}</p>`;
    return html`
      <vscode-checkbox id="files" ?checked=${this.files} ?disabled=${this.stage.is === 'working'} @change=${(event: Event) => { this.files = (event.target as HTMLInputElement).checked; }}>${counted('seam.filesCount', files.length)}</vscode-checkbox>
      <ul class="files">${repeat(files, ({ path }) => path, (file) => this.#file(file))}</ul>`;
  }

  #file(file: FileChange) {
    return html`<li class=${file.conflict ? 'conflict' : ''}>
      ${this.pathOf(file)}
      <span class="muted">${file.conflict ? say('seam.conflict') : say(`seam.file.${file.is}`)}</span>
      ${file.conflict ? html`<vscode-checkbox class="overwrite" ?disabled=${!this.files || this.stage.is === 'working'} @change=${(event: Event) => this.#setOverwrite(file.path, (event.target as HTMLInputElement).checked)}>${say(file.is === 'deleted' ? 'seam.overwriteRemove' : 'seam.overwrite', file.path)}</vscode-checkbox>` : nothing}
    </li>`;
  }

  #buttons(preview: P | null) {
    if (this.stage.is === 'working') return html`<span class="working" role="img" aria-label=${say(this.words.working)} tabindex="-1"><busy-spinner></busy-spinner></span>`;
    return html`<div class="actions">
      ${preview === null || !this.isPossible(preview) ? nothing : html`<vscode-button id="go" appearance="primary" @click=${this.#go}>${say(mustInterrupt(preview) ? this.words.interruptAndGo : this.words.go)}</vscode-button>`}
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
    const preview = this.#shown;
    if (preview === null || this.stage.is === 'working') return;
    // A preview on its way is of before.
    this.#asked++;
    this.stage = { is: 'working', preview };
    this.failure = '';
    await this.updateComplete;
    // The buttons are gone: the focus waits here, and goes on from here when this element goes.
    this.#focusOn('.working');
    try {
      this.actions.announce(await this.move(moveParams(preview, { files: this.files, overwrite: [...this.overwrite] })));
      this.dispatchEvent(new Event('done'));
    } catch (error) {
      const now = await this.preview().catch(() => preview);
      this.failure = codeOf(error) === 'stale' ? say('seam.stale') : sentenceOf(error);
      this.stage = { is: 'asking', preview: now };
      await this.#focusWhenDrawn();
    }
  };

  async #focusWhenDrawn(): Promise<void> {
    await this.updateComplete;
    const preview = this.#shown;
    this.#focusOn(preview !== null && this.isPossible(preview) ? '#go' : '#cancel');
  }

  #focusOn(selector: string): void {
    this.renderRoot.querySelector<HTMLElement>(selector)?.focus({ preventScroll: true });
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || this.stage.is === 'working') return;
    event.stopPropagation();
    this.#close();
  };

  readonly #close = (): void => {
    this.dispatchEvent(new Event('close'));
  };
}
