import { css } from 'lit';

/** A list of VS Code's: rows of 22 pixels whose tools show on hover and focus, in a box that belongs to the composer below it. */
export const queueStyles = css`
  :host { display: block; position: relative; }
  .box { margin-bottom: 6px; overflow: hidden; border: 1px solid var(--vscode-contrastBorder, var(--vscode-widget-border, var(--vscode-panel-border))); border-radius: 6px; background: var(--vscode-editorWidget-background); color: var(--vscode-editorWidget-foreground, inherit); }
  .head { display: flex; align-items: center; gap: 6px; min-height: 26px; padding: 1px 3px 1px 10px; font-size: 0.92em; color: var(--vscode-descriptionForeground); }
  .head + ul { border-top: 1px solid var(--vscode-contrastBorder, var(--vscode-widget-border, var(--vscode-panel-border))); }
  .head > span { flex: 1; } .head svg { width: 14px; height: 14px; } .head button { padding: 2px 6px; }
  ul { list-style: none; margin: 0; padding: 2px 0; max-height: 32vh; overflow-y: auto; }
  .row { display: flex; align-items: center; gap: 8px; min-height: 24px; padding: 0 4px 0 10px; cursor: default; }
  .row:hover { background: var(--vscode-list-hoverBackground); color: var(--vscode-list-hoverForeground, inherit); outline: 1px dashed var(--vscode-contrastActiveBorder, transparent); outline-offset: -1px; }
  .row:focus-within:not(.editor) { background: var(--vscode-list-inactiveSelectionBackground); color: var(--vscode-list-inactiveSelectionForeground, inherit); }
  .row:focus-visible { outline-color: var(--vscode-list-focusOutline, var(--vscode-focusBorder)) !important; }
  .place { flex: none; min-width: 1.2em; text-align: end; font-size: 0.92em; font-variant-numeric: tabular-nums; color: var(--vscode-descriptionForeground); }
  .place svg { display: block; width: 14px; height: 14px; }
  .line { flex: 1 1 auto; }
  .note { flex: none; max-width: 45%; padding-inline-end: 6px; font-size: 0.92em; color: var(--vscode-descriptionForeground); }
  .tools { display: none; flex: none; gap: 1px; }
  .row:hover .tools, .row:focus-within .tools { display: flex; }
  .row:hover .note, .row:focus-within .note { display: none; }
  .tools button[aria-disabled] { opacity: 0.4; cursor: default; }
  .editor { align-items: flex-start; gap: 2px 6px; padding-block: 3px; } .editor:hover { background: none; outline: none; }
  .editor .place { padding-top: 4px; }
  textarea { flex: 1; min-width: 0; field-sizing: content; resize: none; max-height: 24vh; overflow-y: auto; margin: 0; padding: 3px 6px; font: inherit; line-height: 1.4; color: var(--vscode-input-foreground); background: var(--vscode-input-background); border: 1px solid var(--vscode-input-border, var(--vscode-contrastBorder, var(--vscode-widget-border, transparent))); border-radius: 4px; }
  textarea:focus-visible { border-color: var(--vscode-focusBorder); outline: none !important; }
  .note[data-busy] { font-style: italic; }
  .outgoing { flex-wrap: wrap; } .outgoing .note, .row:hover .note[data-busy] { display: block; } .outgoing[data-is=refused] > .place { color: var(--vscode-editorWarning-foreground); }
  .outgoing p { flex: 1 1 100%; order: 1; margin: 0 0 3px; overflow-wrap: anywhere; } .shown-tools { display: flex; gap: 1px; }
  .failure { display: flex; align-items: flex-start; gap: 6px; margin-bottom: 6px; } .failure p { margin: 0; flex: 1; overflow-wrap: anywhere; }
`;
