import { css, html, LitElement } from 'lit';
import { icons } from './icons.ts';
import { say } from './strings.ts';
import { base } from './styles.ts';

/** How long the button says that it has copied. */
const doneMs = 1500;

/** Copies a text: fires `copy-text` with it, which the feed hands to the workbench. */
export class CopyButton extends LitElement {
  static override properties = { text: { attribute: false }, done: { state: true } };
  declare text: string;
  declare done: boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;

  static override styles = [base, css`
    :host { display: inline-flex; }
    button.quiet { background: var(--vscode-editor-background); color: var(--vscode-icon-foreground, inherit); border-color: var(--vscode-contrastBorder, var(--vscode-widget-border, transparent)); }
    button.quiet:hover { background: var(--vscode-editorWidget-background, var(--vscode-editor-background)); }
    svg { width: 14px; height: 14px; }
  `];

  constructor() {
    super();
    this.text = '';
    this.done = false;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  override render() {
    const label = say(this.done ? 'copy.done' : 'copy.copy');
    return html`<button class="quiet icon" aria-label=${label} title=${label} @click=${this.#copy}>${this.done ? icons.check : icons.copy}</button>`;
  }

  readonly #copy = (event: Event): void => {
    event.stopPropagation();
    this.dispatchEvent(new CustomEvent('copy-text', { detail: this.text, bubbles: true, composed: true }));
    this.done = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => { this.done = false; }, doneMs);
  };
}
customElements.define('copy-button', CopyButton);
