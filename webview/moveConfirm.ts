import { css, html, LitElement, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { shownPath } from '../src/core/plainText.ts';
import type { BranchId } from '../src/core/ids.ts';
import type { Moving, MoveStep } from '../src/core/view.ts';
import type { FileChange, MovePlan, MovePreview } from '../src/protocol/protocol.ts';
import { codeOf, sentenceOf } from './actions.ts';
import type { SessionActions } from './actions.ts';
import { stepPhrase, untouchedPhrases } from './model/phrases.ts';
import { moveParams, mustInterrupt, planOf } from './model/rewindChoice.ts';
import type { MoveParams } from './model/rewindChoice.ts';
import { Paced } from './paced.ts';
import { tellShown } from './shown.ts';
import { counted, say } from './strings.ts';
import type { StringKey } from './strings.ts';
import { base, card, working } from './styles.ts';

/** An agent at work lands several steps a second; whoever reads what would go is served by less. */
const againMs = 1000;

/**
 * What a rewind or switch would do, and the choice. It is there at once with what the panel knows; what the host knows beyond that, and the
 * files, follow by themselves and again as things land, in place: what was chosen, where the focus is and how far the list is scrolled stay.
 * What is confirmed is what is shown, anew after a failure. Fires `close` when it is given up and `done` when it is done. What differs
 * between a rewind and a switch is the subclass's.
 */
export abstract class MoveConfirm<P extends MovePreview> extends LitElement {
  static override properties = {
    actions: { attribute: false }, words: { state: true }, plan: { state: true }, isWorking: { state: true }, step: { state: true },
    files: { state: true }, overwrite: { state: true }, failure: { state: true }, unreadable: { state: true },
  };
  declare actions: SessionActions;
  /** All but the files; null while too little is known to go. */
  declare words: P | null;
  /** The files; null while they are looked at for the first time. */
  declare plan: MovePlan | null;
  declare isWorking: boolean;
  declare step: MoveStep | null;
  /** Whether files are to be restored, where there is something to restore. */
  declare files: boolean;
  declare overwrite: ReadonlySet<string>;
  /** Why the last try failed, and why nothing can be said; empty: no failure. */
  declare failure: string;
  declare unreadable: string;
  readonly #words = new Paced(() => this.#look(false), againMs);
  readonly #plans = new Paced(() => this.#look(true), againMs);
  #unfollow = (): void => undefined;
  /** Counts the answers that are not wanted any more: what was asked before the last one is not shown. */
  #life = 0;
  #hadFocus = false;

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
    vscode-button[aria-disabled='true'] { opacity: 0.5; }
  `];

  constructor() {
    super();
    this.words = null;
    this.plan = null;
    this.isWorking = false;
    this.step = null;
    this.files = true;
    this.overwrite = new Set();
    this.failure = '';
    this.unreadable = '';
  }

  protected abstract readonly how: Moving;
  protected abstract readonly wordsOf: Readonly<Record<'go' | 'interruptAndGo', StringKey>>;
  /** All that the panel knows by itself of what would happen now; null: it has to be asked. */
  protected abstract assumed(): P | null;
  /** What would happen now; without the files at once. */
  protected abstract preview(withFiles: boolean): Promise<P>;
  /** Does it; answers with the branch that the agent is on then, and what there is to say of it. */
  protected abstract move(params: MoveParams): Promise<{ branch: BranchId; sentence: string }>;
  protected abstract heading(): string;
  /** What is to be said before the files. */
  protected abstract remarks(words: P): TemplateResult | typeof nothing;
  protected abstract isPossible(words: P): boolean;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#unfollow = this.actions.follow(this.#landed);
    this.#plans.ask();
    this.#askWords();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unfollow();
    this.#words.stop();
    this.#plans.stop();
  }

  override firstUpdated(): void {
    this.#focusOn('#go', '#cancel');
    tellShown(this);
  }

  protected override willUpdate(): void {
    // What the panel learns by itself (of the seam, or of the agent's state) is as good as an answer.
    if (!this.isWorking) this.words = this.assumed() ?? this.words;
    this.#hadFocus = this.matches(':focus-within');
  }

  /** An update may take away what has the focus (a file that would not change any more): it goes to what is decided with. */
  protected override updated(_changed: PropertyValues): void {
    if (this.#hadFocus && !this.matches(':focus-within')) this.#focusOn('.working', '#go', '#cancel');
  }

  readonly #landed = (): void => {
    this.step = this.actions.standing()?.step ?? null;
    if (this.isWorking) return;
    this.#askWords();
    this.#plans.ask();
  };

  /** Of what the panel knows itself nothing is asked: it is drawn. */
  #askWords(): void {
    if (this.assumed() === null) this.#words.ask();
    else this.requestUpdate();
  }

  async #look(withFiles: boolean): Promise<void> {
    if (this.isWorking) return;
    const life = this.#life;
    try {
      const preview = await this.preview(withFiles);
      if (life !== this.#life) return;
      this.words = preview;
      if (withFiles) this.plan = planOf(preview);
      this.unreadable = '';
    } catch (error) {
      // What cannot be read again just now stays as it was: the host refuses what is no longer so.
      const isUnknown = this.words === null || (withFiles && this.plan === null);
      if (life === this.#life && isUnknown) this.unreadable = sentenceOf(error);
    }
  }

  override render() {
    const { words } = this;
    return html`
      <div class="card confirm" role="dialog" aria-labelledby="title" @keydown=${this.#onKey}>
        <h2 id="title">${this.heading()}</h2>
        ${words !== null ? html`${this.remarks(words)}${this.#ends(words)}` : this.unreadable === '' ? looking('seam.looking') : nothing}
        ${this.unreadable === '' ? this.#files() : html`<p class="error" role="alert">${this.unreadable}</p>`}
        ${this.failure === '' ? nothing : html`<p class="error" role="alert">${this.failure}</p>`}
        ${this.#buttons(words)}
      </div>`;
  }

  #ends({ ends }: P) {
    if (ends.length === 0) return nothing;
    return html`<div class="conflict"><p>${say('seam.ends')}</p><ul class="ends">${ends.map((end) => html`<li>${end}</li>`)}</ul></div>`;
  }

  /** One box and one list from the first moment on: what is chosen there stays chosen while it fills. */
  #files() {
    const { plan } = this;
    const files = plan?.files ?? [];
    const without = plan !== null && files.length === 0;
    return html`
      ${without ? html`<p class="muted">${this.#withoutFiles(plan)}</p>` : html`
        <vscode-checkbox id="files" ?checked=${this.files} ?disabled=${this.isWorking} @change=${(event: Event) => { this.files = (event.target as HTMLInputElement).checked; }}
          >${plan === null ? say('seam.files') : counted('seam.filesCount', files.length)}</vscode-checkbox>`}
      ${plan === null && !this.isWorking ? looking('seam.lookingAtFiles') : nothing}
      ${plan === null || without ? nothing : html`<ul class="files">${repeat(files, ({ path }) => path, (file) => this.#file(file, plan))}</ul>`}
      ${plan === null ? nothing : this.#untouched(plan)}`;
  }

  #withoutFiles({ files, filesReason, untouched = [] }: MovePlan): string {
    if (files === null) return filesReason ?? say('seam.filesUnknown');
    return say(untouched.length > 0 ? 'seam.noCapturedChanges' : 'seam.noFileChanges');
  }

  #file(file: FileChange, plan: MovePlan) {
    return html`<li class=${file.conflict ? 'conflict' : ''}>
      ${this.#pathOf(file, plan)}
      <span class="muted">${file.conflict ? say('seam.conflict') : say(`seam.file.${file.is}`)}</span>
      ${file.conflict ? html`<vscode-checkbox class="overwrite" ?disabled=${!this.files || this.isWorking} ?checked=${this.overwrite.has(file.path)} @change=${(event: Event) => this.#setOverwrite(file.path, (event.target as HTMLInputElement).checked)}>${say(file.is === 'deleted' ? 'seam.overwriteRemove' : 'seam.overwrite', file.path)}</vscode-checkbox>` : nothing}
    </li>`;
  }

  /** A file's path, with the way to look at it as it is and as it would be. */
  #pathOf({ path, conflict }: FileChange, { checkpoint }: MovePlan) {
    const shown = shownPath(path);
    if (typeof checkpoint !== 'string') return html`<span class="mono path">${shown}</span>`;
    const label = say(this.how === 'rewind' ? 'seam.openDiff' : 'branch.openDiff', shown);
    return html`<button class="link mono path" aria-label=${label} title=${label} @click=${() => this.actions.openMoveDiff({ how: this.how, checkpoint, path, conflict })}>${shown}</button>`;
  }

  #untouched({ untouched = [], unnamed }: MovePlan) {
    if (untouched.length === 0) return nothing;
    const phrases = untouchedPhrases(untouched, unnamed);
    return html`
      <div class="untouched muted">
        <p>${say('seam.untouched')}</p>
        <ul>${phrases.map((phrase) => html`<li>${phrase}</li>`)}</ul>
      </div>`;
  }

  /** Go keeps its place and the focus from the first moment on, and does nothing until it is known what it would do. */
  #buttons(words: P | null) {
    if (this.isWorking) return this.#progress();
    const isPossible = words === null ? this.unreadable === '' : this.isPossible(words);
    const label = words !== null && mustInterrupt(words) ? this.wordsOf.interruptAndGo : this.wordsOf.go;
    return html`<div class="actions">
      ${isPossible ? html`<vscode-button id="go" appearance="primary" aria-disabled=${words === null ? 'true' : 'false'} @click=${this.#go}>${say(label)}</vscode-button>` : nothing}
      <vscode-button id="cancel" appearance="secondary" @click=${this.#close}>${say('seam.cancel')}</vscode-button>
    </div>`;
  }

  /** Screen readers hear the steps from the header, once. */
  #progress() {
    const moving = say(this.how === 'rewind' ? 'state.rewinding' : 'state.switching');
    return html`<span class="working" role="img" aria-label=${moving} tabindex="-1"><busy-spinner></busy-spinner><span class="muted">${stepPhrase(this.step)}</span></span>`;
  }

  #setOverwrite(path: string, on: boolean): void {
    const next = new Set(this.overwrite);
    if (on) next.add(path);
    else next.delete(path);
    this.overwrite = next;
  }

  readonly #go = async (): Promise<void> => {
    const { words } = this;
    if (words === null || this.isWorking) return;
    // An answer on its way is of before.
    this.#life++;
    this.isWorking = true;
    this.step = null;
    this.failure = '';
    try {
      const { branch, sentence } = await this.move(moveParams(words, this.plan, { files: this.files, overwrite: [...this.overwrite] }));
      this.actions.moved(this.how, branch, sentence);
      this.dispatchEvent(new Event('done'));
    } catch (error) {
      await this.#lookAgain();
      this.failure = codeOf(error) === 'stale' ? say('seam.stale') : sentenceOf(error);
      this.isWorking = false;
    }
  };

  /** After a failure all is shown as it is now. */
  async #lookAgain(): Promise<void> {
    const now = await this.preview(true).catch(() => null);
    if (now === null) return;
    this.words = now;
    this.plan = planOf(now);
  }

  /** The first of them that is there. */
  #focusOn(...selectors: string[]): void {
    for (const selector of selectors) {
      const element = this.renderRoot.querySelector<HTMLElement>(selector);
      if (element) return element.focus({ preventScroll: true });
    }
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || this.isWorking) return;
    event.stopPropagation();
    this.#close();
  };

  readonly #close = (): void => {
    this.dispatchEvent(new Event('close'));
  };
}

const looking = (what: 'seam.looking' | 'seam.lookingAtFiles') =>
  html`<p class="looking muted"><busy-spinner></busy-spinner>${say(what)}</p>`;
