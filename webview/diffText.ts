import { css, html } from 'lit';
import { plainText } from '../src/core/plainText.ts';
import type { DiffLine } from './model/diffLines.ts';
import { counted } from './strings.ts';

/** A line of a diff as it is drawn. */
export const diffLine = (line: DiffLine) => (line.is === 'skipped' ? html`<div class="skipped">${counted('tool.sameLines', line.count)}</div>` : html`<div class=${line.is}>${plainText(line.text)}</div>`);

/** For an element that draws such lines in a box of the class `diff`. */
export const diffStyles = css`
  .diff { max-height: 560px; overflow: auto; line-height: 1.4; } .diff div { min-height: 1lh; white-space: pre-wrap; overflow-wrap: anywhere; padding: 0 10px 0 24px; position: relative; }
  .diff div::before { position: absolute; left: 10px; content: ' '; }
  .diff .added { background: var(--vscode-diffEditor-insertedLineBackground, var(--vscode-diffEditor-insertedTextBackground)); } .diff .added::before { content: '+'; }
  .diff .removed { background: var(--vscode-diffEditor-removedLineBackground, var(--vscode-diffEditor-removedTextBackground)); } .diff .removed::before { content: '−'; }
  .diff .added, .diff .removed { outline: 1px dashed var(--vscode-contrastActiveBorder, transparent); outline-offset: -1px; }
  .diff .skipped { color: var(--vscode-descriptionForeground); font-style: italic; }
`;
