import { css, html, LitElement } from 'lit';

/** A turning ring; a pulse where the person asked for less motion. Says nothing itself: the text beside it does. */
export class BusySpinner extends LitElement {
  static override styles = css`
    :host { display: inline-block; width: 14px; height: 14px; flex: none; }
    div { width: 100%; height: 100%; border-radius: 50%; border: 2px solid var(--vscode-progressBar-background, currentColor); border-top-color: transparent; animation: turn 0.9s linear infinite; box-sizing: border-box; }
    @keyframes turn { to { transform: rotate(360deg); } }
    @keyframes pulse { 50% { opacity: 0.4; } }
    @media (prefers-reduced-motion: reduce) { div { animation: pulse 2s ease-in-out infinite; border-top-color: currentColor; } }
  `;
  override render() {
    return html`<div aria-hidden="true"></div>`;
  }
}
customElements.define('busy-spinner', BusySpinner);
