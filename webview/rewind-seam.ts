import { css, html, LitElement, nothing } from 'lit';
import type { SessionActions } from './actions.ts';
import { icons } from './icons.ts';
import type { ShownSeam } from './model/feedItems.ts';
import { dropsPhrase, uncoveredPhrase } from './model/phrases.ts';
import { say } from './strings.ts';
import { base, overText } from './styles.ts';

/** `seam-point`: a seam is pointed at (hovered or focused) or no longer; `seam-open`: its confirm is asked for, or to be closed. */
export type SeamPoint = { seam: ShownSeam; on: boolean };
export type SeamOpen = { seam: ShownSeam; open: boolean };

/**
 * A seam: a faint handle, solid where the cut is exact, broken where it is not, which says how exact it is and why on hover and focus; and below
 * it, while open, the confirm.
 */
export class RewindSeam extends LitElement {
  static override properties = { seam: { attribute: false }, open: { type: Boolean, reflect: true }, actions: { attribute: false } };
  declare seam: ShownSeam;
  declare open: boolean;
  declare actions: SessionActions;

  static override styles = [base, overText, css`
    :host { display: block; --faint: color-mix(in srgb, var(--vscode-descriptionForeground) 50%, transparent); }
    .line { position: relative; height: 11px; margin: -1px 0; }
    .line::before { content: ''; position: absolute; inset-inline: 14px; top: 50%; border-top: 1px dashed transparent; }
    .line::after { content: ''; position: absolute; inset-inline-end: 20px; top: 5px; width: 28px; border-top: 2px solid var(--faint); pointer-events: none; }
    .line[data-is='approximate']::after { border-top-style: dashed; }
    .line[data-is='none']::after { border-top-style: dotted; }
    .line:hover::after, .line:focus-within::after, :host([open]) .line::after { visibility: hidden; }
    .line:hover::before, .line:focus-within::before, :host([open]) .line::before { border-top-color: var(--vscode-focusBorder); }
    button.handle {
      position: absolute; inset: 0; width: 100%; padding: 0; border: 0; background: none; cursor: pointer; display: flex; justify-content: flex-end; align-items: center; color: inherit; font: inherit; outline: none !important; opacity: 0;
    }
    .line:hover button.handle, button.handle:focus-visible, :host([open]) button.handle { opacity: 1; }
    .grip { display: inline-flex; align-items: center; gap: 4px; margin-inline: 20px; min-width: 0; padding: 0 8px 0 5px; height: 20px; border-radius: 10px; font-size: 11px; white-space: nowrap; z-index: 1; color: var(--vscode-button-secondaryForeground, var(--vscode-foreground)); border: 1px solid var(--vscode-contrastBorder, var(--vscode-focusBorder)); }
    .grip svg { width: 12px; height: 12px; } .grip[data-is='approximate'] svg, .grip[data-is='none'] svg { color: var(--vscode-editorWarning-foreground); }
    button.handle:focus-visible .grip { outline: 1px solid var(--vscode-focusBorder); outline-offset: 1px; }
    @media (forced-colors: active) { :host { --faint: GrayText; } }
  `];

  constructor() {
    super();
    this.open = false;
  }

  override focus(): void {
    this.renderRoot.querySelector('button')?.focus();
  }

  override render() {
    const { fidelity, isTold } = this.seam;
    const is = isTold ? fidelity : 'unknown';
    const label = this.#label;
    return html`
      <div class="line" data-is=${is} @pointerenter=${() => this.#point(true)} @pointerleave=${() => this.#point(false)}>
        <button class="handle" aria-label=${label} aria-expanded=${this.open ? 'true' : 'false'} @click=${() => this.#ask(!this.open)}
          @focus=${() => this.#point(true)} @blur=${() => this.#point(false)} @keydown=${this.#onKey}><span class="grip over-text" title=${label} data-is=${is}
          >${is === 'exact' || is === 'unknown' ? icons.rewind : icons.warning}<span class="clip">${this.#grip}</span></span></button>
      </div>
      ${this.open ? html`<rewind-confirm .seam=${this.seam} .actions=${this.actions} @close=${this.#onClose} @done=${this.#onDone}></rewind-confirm>` : nothing}`;
  }

  /** What the handle says. */
  get #grip(): string {
    const { fidelity, reason, isTold } = this.seam;
    return isTold ? say(`seam.${fidelity}Grip`, reason) : say('seam.labelNothing');
  }

  /** The same, what would go, and what of the files is not covered. */
  get #label(): string {
    const { drops, uncovered } = this.seam;
    const phrase = dropsPhrase(drops);
    return [this.#grip, phrase === '' ? '' : say('seam.label', phrase), uncoveredPhrase(uncovered)].filter((part) => part !== '').join(' · ');
  }

  #point(on: boolean): void {
    this.dispatchEvent(new CustomEvent<SeamPoint>('seam-point', { detail: { seam: this.seam, on }, bubbles: true, composed: true }));
  }

  #ask(open: boolean): void {
    this.dispatchEvent(new CustomEvent<SeamOpen>('seam-open', { detail: { seam: this.seam, open }, bubbles: true, composed: true }));
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && this.open) this.#onClose();
  };

  /** The rewind was done. The focus is taken along only if it is still here: meanwhile the user may have gone on elsewhere. */
  readonly #onDone = (): void => {
    const isHere = this.matches(':focus-within');
    this.#ask(false);
    if (isHere) this.focus();
  };

  readonly #onClose = (): void => {
    this.#ask(false);
    this.focus();
  };
}
customElements.define('rewind-seam', RewindSeam);
