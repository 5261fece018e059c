import { css, html, LitElement } from 'lit';
import type { PropertyValues } from 'lit';
import { CopyButton } from './copy-button.ts';
import { followLink, whereTo } from './followLink.ts';
import { htmlOf, lastBlockStart } from './markup.ts';
import { sanitized } from './sanitize.ts';
import { base } from './styles.ts';

/**
 * An agent's Markdown. While `streaming`, finished blocks stay as they were drawn and only the last one is drawn anew with each piece
 * of text; a click on a link is an `open-link` event, or `open-file` with a `FilePlace`, and nothing else follows a link.
 */
export class MarkdownText extends LitElement {
  static override properties = { source: { attribute: false }, streaming: { type: Boolean } };
  declare source: string;
  declare streaming: boolean;
  /** What of `source` is drawn for good. */
  #frozen = '';

  static override styles = [base, css`
    :host { display: block; overflow-wrap: anywhere; }
    :host > div > :first-child, .tail > :first-child { margin-top: 0; }
    p, ul, ol, blockquote, pre, table { margin: 0 0 8px; }
    .tail:last-child > :last-child, .done:last-of-type > :last-child { margin-bottom: 0; }
    h1, h2, h3, h4, h5, h6 { margin: 12px 0 6px; line-height: 1.3; font-weight: 600; }
    h1 { font-size: 1.3em; } h2 { font-size: 1.2em; } h3 { font-size: 1.1em; } h4, h5, h6 { font-size: 1em; }
    ul, ol { padding-inline-start: 22px; } li > p { margin-bottom: 4px; }
    ol[data-digits='2'] { padding-inline-start: 28px; } ol[data-digits='3'] { padding-inline-start: 36px; } ol[data-digits='4'] { padding-inline-start: 44px; }
    ol:is([data-digits='5'], [data-digits='6']) { padding-inline-start: 60px; } ol:is([data-digits='7'], [data-digits='8'], [data-digits='9'], [data-digits='10']) { padding-inline-start: 92px; }
    ol[data-delimiter] > li::marker { content: counter(list-item) ') '; }
    li[data-task='open']::marker { content: '☐  '; } li[data-task='done']::marker { content: '☑  '; }
    /* Each text reads in its own direction, beside the mark of its list; code is written from the left. */
    p, li, th, td, h1, h2, h3, h4, h5, h6 { unicode-bidi: plaintext; } li:dir(rtl) { text-align: right; } li:dir(ltr) { text-align: left; }
    pre, code { direction: ltr; unicode-bidi: isolate; } pre { text-align: left; }
    code { font-family: var(--vscode-editor-font-family, monospace); font-size: 0.93em; color: var(--vscode-textPreformat-foreground); background: var(--vscode-textPreformat-background); padding: 1px 3px; border-radius: 3px; }
    pre { overflow-x: auto; padding: 8px 10px; border-radius: 4px; background: var(--vscode-textCodeBlock-background); border: 1px solid var(--vscode-contrastBorder, transparent); line-height: 1.4; }
    .code { position: relative; margin: 0 0 8px; } .code > pre { margin: 0; }
    .code > copy-button { position: absolute; inset-inline-end: 5px; top: 5px; opacity: 0; } .code:hover > copy-button, .code > copy-button:focus-within { opacity: 1; }
    pre code { color: var(--vscode-editor-foreground); background: none; padding: 0; font-size: var(--vscode-editor-font-size, 12px); }
    blockquote { padding: 2px 10px; border-inline-start: 3px solid var(--vscode-textBlockQuote-border); background: var(--vscode-textBlockQuote-background); } blockquote > :last-child { margin-bottom: 0; }
    table { border-collapse: collapse; display: block; overflow-x: auto; }
    th, td { border: 1px solid var(--vscode-contrastBorder, var(--vscode-panel-border)); padding: 3px 8px; text-align: start; }
    [align='left'] { text-align: left; } [align='center'] { text-align: center; } [align='right'] { text-align: right; }
    a { color: var(--vscode-textLink-foreground); text-decoration: var(--text-link-decoration, underline); } a:hover { text-decoration: underline; }
    a > code { color: inherit; background: none; padding: 0; }
    hr { border: 0; border-top: 1px solid var(--vscode-panel-border); margin: 10px 0; }
    :host([streaming]) .tail > :last-child:not(pre):not(ul):not(ol):not(table)::after,
    :host([streaming]) .tail > ul:last-child > li:last-child::after, :host([streaming]) .tail > ol:last-child > li:last-child::after {
      content: ''; display: inline-block; width: 0.5em; height: 1em; vertical-align: text-bottom; margin-inline-start: 2px; background: var(--vscode-editorCursor-foreground); animation: blink 1s steps(2) infinite;
    }
    @keyframes blink { 50% { opacity: 0; } }
    @media (prefers-reduced-motion: reduce) { * { animation: none !important; } }
  `];

  constructor() {
    super();
    this.source = '';
    this.streaming = false;
  }

  override render() {
    return html`<div class="body" @click=${followLink} @auxclick=${followLink}></div>`;
  }

  protected override updated(_changed: PropertyValues): void {
    const body = this.renderRoot.querySelector<HTMLElement>('.body')!;
    if (!this.streaming || !this.source.startsWith(this.#frozen)) {
      this.#frozen = '';
      body.replaceChildren();
    }
    if (!this.streaming) return this.#drawTail(body, this.source);
    const rest = this.source.slice(this.#frozen.length);
    const finished = rest.slice(0, lastBlockStart(rest));
    if (finished !== '') {
      this.#frozen += finished;
      this.#drawTail(body, finished);
      body.lastElementChild?.setAttribute('class', 'done');
    }
    this.#drawTail(body, this.source.slice(this.#frozen.length));
  }

  #drawTail(body: HTMLElement, source: string): void {
    let tail = body.querySelector<HTMLElement>(':scope > .tail');
    if (tail === null) {
      tail = document.createElement('div');
      tail.className = 'tail';
      body.append(tail);
    }
    tail.replaceChildren(sanitized(htmlOf(source)));
    for (const link of tail.querySelectorAll('a')) link.title = whereTo(link.getAttribute('href') ?? '');
    if (!this.streaming) for (const pre of tail.querySelectorAll('pre')) addCopy(pre);
  }
}
customElements.define('markdown-text', MarkdownText);

/** The button stands beside the block, not in it: it must not scroll away with a long line. */
function addCopy(pre: HTMLElement): void {
  const frame = document.createElement('div');
  frame.className = 'code';
  const button = new CopyButton();
  button.text = pre.textContent ?? '';
  pre.replaceWith(frame);
  frame.append(pre, button);
}
