import { css } from 'lit';

/** What every element of the panel starts from: VS Code's fonts, focus ring, quiet and secondary buttons. */
export const base = css`
  :host { box-sizing: border-box; }
  :host([hidden]) { display: none; }
  *, *::before, *::after { box-sizing: border-box; }
  button.quiet, summary {
    font: inherit; color: inherit; background: none; border: 1px solid transparent; border-radius: 4px; cursor: pointer;
  }
  button.quiet { padding: 1px 6px; }
  button.quiet:hover { background: var(--vscode-toolbar-hoverBackground); outline: 1px dashed var(--vscode-contrastActiveBorder, transparent); outline-offset: -1px; }
  button.icon { display: inline-flex; align-items: center; gap: 4px; padding: 3px; min-width: 22px; height: 22px; justify-content: center; }
  /* The toolkit knows one border for all of its buttons; VS Code's themes give the secondary ones another. */
  vscode-button[appearance='secondary'] { --button-border: var(--vscode-button-secondaryBorder, var(--vscode-contrastBorder, transparent)); }
  button.link { font: inherit; background: none; border: 0; padding: 0; cursor: pointer; color: var(--vscode-textLink-foreground); text-align: start; }
  button.link:hover { text-decoration: underline; color: var(--vscode-textLink-activeForeground); }
  :focus-visible { outline: 1px solid var(--vscode-focusBorder) !important; outline-offset: -1px; }
  summary { list-style: none; }
  summary::-webkit-details-marker { display: none; }
  svg { width: 16px; height: 16px; fill: currentColor; flex: none; }
  .muted { color: var(--vscode-descriptionForeground); }
  .error { color: var(--vscode-errorForeground); }
  .clip { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; min-width: 0; }
  .cut { position: relative; display: inline-flex; overflow: hidden; min-width: 0; max-width: 100%; white-space: pre; vertical-align: bottom; }
  .cut > span { flex: none; } .cut-head, .cut > .cut-head { flex: 0 1 auto; min-width: 0; overflow: hidden; text-overflow: ellipsis; }
  .mono { font-family: var(--vscode-editor-font-family, monospace); font-size: var(--vscode-editor-font-size, 12px); }
  .hidden-text { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;

/** A box that stands out from the page by a border, also in high contrast. */
export const card = css`
  .card {
    border: 1px solid var(--vscode-contrastBorder, var(--vscode-widget-border, var(--vscode-panel-border)));
    border-radius: 6px; background: var(--vscode-editorWidget-background); color: var(--vscode-editorWidget-foreground, inherit);
  }
  .actions { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
`;

/** Where the panel is small a card is scrolled: what one can do about it stays in view, on one line, whose words are cut. */
export const staysInView = css`
  .card > .actions { position: sticky; bottom: 0; margin: 0 -10px -8px; padding: 2px 10px 8px; border-radius: 0 0 6px 6px; background: inherit; }
  @media (max-height: 560px) {
    .card > .actions { flex-wrap: nowrap; gap: 4px; max-width: calc(100% + 20px); }
    .card > .actions > vscode-button { flex: 0 1 auto; min-width: 19%; overflow: hidden; }
    vscode-button::part(control) { width: 100%; min-width: 0; padding-inline: 6px; }
    vscode-button::part(content) { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  }
  @media (max-height: 320px) { .key { display: none; } }
`;

/** Where the buttons were while what they began is done. It holds the focus and is nothing to operate; the header says what is done. */
export const working = css`
  .working { display: flex; align-items: center; width: fit-content; min-height: 26px; }
  .working:focus-visible { outline: none !important; }
`;

/** A button over text. Themes may give its colour as a veil, and the text must not show through. */
export const overText = css`
  .over-text { background-color: var(--vscode-editor-background); background-image: linear-gradient(var(--over, var(--vscode-button-secondaryBackground, var(--vscode-editorWidget-background))) 0 0); }
`;
