import { css, html, LitElement, nothing } from 'lit';
import { ref } from 'lit/directives/ref.js';
import type { FileEdit, ToolResult } from '../src/core/events.ts';
import { plainText } from '../src/core/plainText.ts';
import { terminalLines, type TerminalLine } from '../src/core/terminalText.ts';
import type { Block, BlockOf } from '../src/core/view.ts';
import { sentenceOf } from './actions.ts';
import type { SessionActions } from './actions.ts';
import { diffLine, diffStyles } from './diffText.ts';
import { icons, toolIcon } from './icons.ts';
import { clipped, clippedList } from './model/clipped.ts';
import { diffOf, diffSize } from './model/diffLines.ts';
import type { DiffLine } from './model/diffLines.ts';
import { shortPath, withShortPaths } from './model/paths.ts';
import { toolInputOf } from './model/toolInput.ts';
import { tellShown } from './shown.ts';
import { middleCut } from './middleCut.ts';
import { say } from './strings.ts';
import { base, card } from './styles.ts';
import { onThemeChange } from './terminalColors.ts';
import { terminalStyles, terminalTemplate } from './terminalOutput.ts';

/** A tool call with its arguments and its result: output as a terminal shows it, edits as red and green lines. */
export class ToolCard extends LitElement {
  static override properties = { block: { attribute: false }, folder: { attribute: false }, actions: { attribute: false }, lane: { attribute: false }, waits: { type: Boolean }, expanded: { state: true }, whole: { state: true }, failure: { state: true } };
  declare block: BlockOf<'tool'>;
  /** The session's folder: paths inside it are shown relative to it. */
  declare folder: string;
  declare actions: SessionActions;
  /** The subagent that this call started, if one. */
  declare lane: string | null;
  /** It has not begun: a person is asked for leave. */
  declare waits: boolean;
  /** Whether the arguments, and a result that is not shown by itself, are shown. */
  declare expanded: boolean;
  /** The block with its result unshortened, once asked for. */
  declare whole: Block | null;
  declare failure: string;
  /** The lines of the result that was drawn last. */
  #shown: { text: string; lines: readonly TerminalLine[] } = { text: '', lines: [] };
  #forgetTheme: () => void = () => undefined;

  static override styles = [base, card, diffStyles, terminalStyles, css`
    :host { display: block; }
    .card { overflow: hidden; }
    .head { display: flex; align-items: center; gap: 7px; padding: 3px 10px 3px 6px; min-height: 26px; width: 100%; font: inherit; color: inherit; background: none; border: 0; border-radius: 5px; cursor: pointer; text-align: start; }
    .head:hover { background: var(--vscode-list-hoverBackground); }
    .head[aria-expanded='true'] > .twist svg { transform: rotate(90deg); } .twist { display: inline-flex; color: var(--vscode-descriptionForeground); } .twist svg { width: 12px; height: 12px; }
    .label { padding: 3px 10px 0; font-size: 0.92em; color: var(--vscode-descriptionForeground); }
    .head > svg { color: var(--vscode-descriptionForeground); }
    .title { flex: 0 1 auto; } .brief { flex: 1 1 0; color: var(--vscode-descriptionForeground); }
    .status { margin-inline-start: auto; display: inline-flex; align-items: center; gap: 4px; white-space: nowrap; font-size: 0.92em; color: var(--vscode-descriptionForeground); }
    .status[data-is='completed'] svg { color: var(--vscode-testing-iconPassed, var(--vscode-charts-green)); }
    .status[data-is='waits'] { color: var(--vscode-list-warningForeground, var(--vscode-editorWarning-foreground)); }
    .status[data-is='failed'], .status[data-is='rejected'] { color: var(--vscode-errorForeground); }
    .part { border-top: 1px solid var(--vscode-contrastBorder, var(--vscode-panel-border)); }
    pre { margin: 0; padding: 6px 10px; overflow: auto; max-height: 560px; white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.4; background: var(--vscode-textCodeBlock-background); }
    pre.output { background: var(--vscode-terminal-background, var(--vscode-editor-background)); color: var(--vscode-terminal-foreground, inherit); }
    .more { display: flex; gap: 10px; padding: 2px 10px; font-size: 0.92em; }
    .file { display: flex; gap: 8px; align-items: center; padding: 3px 10px; } .file > :not(.link) { flex: none; }
    .added-count { color: var(--vscode-chat-linesAddedForeground, var(--vscode-gitDecoration-addedResourceForeground)); } .removed-count { color: var(--vscode-chat-linesRemovedForeground, var(--vscode-gitDecoration-deletedResourceForeground)); }
  `];

  constructor() {
    super();
    this.folder = '';
    this.lane = null;
    this.waits = false;
    this.expanded = false;
    this.whole = null;
    this.failure = '';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#forgetTheme = onThemeChange(() => this.requestUpdate());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#forgetTheme();
  }

  /** The whole block once it is loaded, else the one of the page. A newer result (the tool has ended) wins over the older whole. */
  get #result(): ToolResult | undefined {
    return this.whole?.kind === 'tool' && this.block.result !== undefined ? this.whole.result : this.block.result;
  }

  override render() {
    const { title, tool, tool_kind: kind, input } = this.block;
    const { brief, full } = toolInputOf(input);
    const whole = plainText(title === '' ? tool : title);
    const name = withShortPaths(whole, this.folder);
    const telling = withShortPaths(plainText(brief), this.folder);
    return html`
      <div class="card">
        <button class="head" aria-expanded=${this.expanded ? 'true' : 'false'} @click=${this.#toggle}><span class="twist">${icons.chevron}</span>${toolIcon(kind)}<span class="title clip" dir="auto" title=${whole}>${middleCut(name)}</span>${telling === '' || name.includes(telling) ? nothing : html`<span class="brief clip mono" title=${plainText(brief)}>${telling}</span>`}${this.#status()}</button>
        ${this.expanded && full !== '' ? html`<div class="part"><div class="label">${say('tool.arguments')}</div><pre class="mono" tabindex="0" role="group" aria-label=${say('tool.arguments')}>${plainText(full)}</pre></div>` : nothing}
        ${this.#resultPart()}
        ${this.lane === null ? nothing : html`<div class="part more"><button class="link" @click=${() => this.actions.showLane(this.lane!)}>${say('tool.showLane')}</button></div>`}
        ${this.failure === '' ? nothing : html`<div class="part more error" role="alert">${this.failure}</div>`}
      </div>`;
  }

  #status() {
    const result = this.#result;
    if (result === undefined && this.waits) return html`<span class="status" data-is="waits">${icons.lock}${say('tool.waits')}</span>`;
    if (result === undefined) return html`<span class="status" data-is="running"><busy-spinner></busy-spinner>${say('tool.running')}</span>`;
    const icon = result.status === 'completed' ? icons.check : result.status === 'failed' ? icons.cross : icons.blocked;
    const exit = result.exit_code !== undefined && result.exit_code !== 0 ? ` · ${say('tool.exitCode', result.exit_code)}` : '';
    const word = say(`tool.${result.status}`);
    return html`<span class="status" data-is=${result.status} title=${word}>${icon}${result.status === 'completed' && exit === '' ? html`<span class="hidden-text">${word}</span>` : `${word}${exit}`}</span>`;
  }

  #resultPart() {
    const result = this.#result;
    if (result === undefined) return nothing;
    const edits = result.edits ?? [];
    if (edits.length > 0) return edits.map((edit) => this.#edit(edit));
    if (result.text.trim() === '') return nothing;
    if (this.block.tool_kind === 'execute' || result.status !== 'completed') return html`<div class="part">${this.#output(result, 'last')}</div>`;
    return this.expanded ? html`<div class="part"><div class="label">${say('tool.result')}</div>${this.#output(result, 'first')}</div>` : nothing;
  }

  #output(result: ToolResult, keep: 'first' | 'last') {
    const isWhole = this.whole !== null;
    const { text, hidden } = this.block.tool_kind === 'read' ? readText(result, isWhole ? null : keep) : this.#printed(result, isWhole ? null : keep);
    const shortened = hidden > 0 || (result.truncated === true && !isWhole);
    return html`
      <pre class="mono output" tabindex="0" role="group" aria-label=${say('tool.result')} ${ref((element) => { if (keep === 'last' && element !== undefined) element.scrollTop = element.scrollHeight; })}>${text}</pre>
      ${shortened ? html`<div class="more"><button class="link" id="all" @click=${this.#showAll}>${say('tool.showAll')}</button>${hidden > 0 ? html`<span class="muted">${say('tool.linesHidden', hidden)}</span>` : nothing}</div>` : nothing}
      ${isWhole ? html`<div class="more"><button class="link" @click=${() => { this.whole = null; }}>${say('tool.showLess')}</button>${result.truncated === true ? html`<span class="muted">${say('tool.truncated')}</span>` : nothing}</div>` : nothing}`;
  }

  /** What a program printed, as a terminal shows it. */
  #printed({ text }: ToolResult, keep: 'first' | 'last' | null) {
    if (this.#shown.text !== text) this.#shown = { text, lines: terminalLines(text) };
    const { lines, hidden } = keep === null ? { lines: this.#shown.lines, hidden: 0 } : clippedList(this.#shown.lines, keep);
    return { text: terminalTemplate(lines), hidden };
  }

  #edit(edit: FileEdit) {
    const lines = diffOf(edit);
    const { added, removed } = diffSize(lines);
    const whole = plainText(edit.path);
    const path = shortPath(whole, this.folder);
    return html`
      <div class="part file"><button class="link mono clip" title=${whole} @click=${() => this.actions.openFile(edit.path)} aria-label=${say('tool.openFile', path)}>${middleCut(path)}</button>
        <span class="added-count">+${added}</span><span class="removed-count">−${removed}</span>${edit.before === null ? html`<span class="muted">${say('tool.created')}</span>` : nothing}
        <button class="quiet icon" title=${say('tool.openDiff')} aria-label=${say('tool.openDiffOf', path)} @click=${() => this.actions.openDiff(this.block.block, edit.path)}>${icons.diff}</button></div>
      <div class="diff mono" role="group" aria-label=${say('tool.changes', path)} tabindex="0">${shownLines(lines, this.whole !== null).map(diffLine)}</div>
      ${lines.length > longestDiff && this.whole === null ? html`<div class="more"><button class="link" @click=${() => { this.whole = this.block; }}>${say('tool.showAll')}</button></div>` : nothing}`;
  }

  readonly #toggle = async (): Promise<void> => {
    this.expanded = !this.expanded;
    await this.updateComplete;
    if (this.expanded) tellShown(this);
  };

  readonly #showAll = async (): Promise<void> => {
    try {
      this.failure = '';
      this.whole = await this.actions.wholeBlock(this.block.block);
    } catch (error) {
      this.failure = sentenceOf(error);
    }
  };
}
customElements.define('tool-card', ToolCard);

/** What was read from a file, as it is there: no line of it takes the place of another. */
const readText = ({ text }: ToolResult, keep: 'first' | 'last' | null): { text: string; hidden: number } => {
  const plain = plainText(text.replace(/\r(?!\n)/g, '\n'));
  return keep === null ? { text: plain, hidden: 0 } : clipped(plain, keep);
};

/** Lines of a diff drawn before somebody asks for all. */
const longestDiff = 40;
const shownLines = (lines: readonly DiffLine[], all: boolean): readonly DiffLine[] => (all ? lines : lines.slice(0, longestDiff));
