import { css, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { withoutAdded } from '../src/core/ownWords.ts';
import { plainText } from '../src/core/plainText.ts';
import type { Block, BlockOf, Turn } from '../src/core/view.ts';
import type { SessionActions } from './actions.ts';
import { icons, toolIcon } from './icons.ts';
import { duration, usagePhrase } from './model/phrases.ts';
import { toggled } from './shown.ts';
import { say } from './strings.ts';

/** What a block's drawing needs besides the block. */
export interface BlockContext {
  actions: SessionActions;
  /** The session's folder: paths inside it are shown relative to it. */
  folder: string;
  /** The subagent that a tool block started, if one. */
  laneOf(block: string): string | null;
  /** A tool's call has not begun: a person is asked for leave. */
  waits?: boolean;
}

/** A block as it is drawn in the feed; a kind that this panel does not know is shown as what it is. */
export function blockTemplate(block: Block, context: BlockContext): TemplateResult {
  switch (block.kind) {
    case 'prompt': return prompt(block);
    case 'text': return html`${block.format === 'plain' ? html`<pre class="printed" dir="auto">${plainText(block.text)}</pre>` : html`<markdown-text .source=${plainText(block.text)}></markdown-text>`}${copyOf(block.text)}${block.interrupted === true ? interruptedMark() : nothing}`;
    case 'thinking': return thinking(block);
    case 'tool': return html`<tool-card .block=${block} .folder=${context.folder} .actions=${context.actions} .lane=${context.laneOf(block.block)} ?waits=${context.waits === true}></tool-card>`;
    case 'notice': return notice(block);
    case 'compaction': return html`<compaction-card .block=${block}></compaction-card>`;
    default: return unknown(block);
  }
}

/** The name of a block for a screen reader. */
export function blockLabel(block: Block): string {
  switch (block.kind) {
    case 'prompt': return block.added !== undefined && withoutAdded(block) === '' ? say('block.promptFromBackstitch') : say(block.source === 'agent' ? 'block.promptFromAgent' : 'block.prompt');
    case 'text': return say('block.text');
    case 'thinking': return say('block.thinking');
    case 'tool': return plainText(block.title === '' ? block.tool : block.title);
    case 'notice': return say(`notice.${block.notice}`);
    case 'compaction': return say('compaction.title');
    default: return say('block.unknown', String((block as { kind: unknown }).kind));
  }
}

export function footerTemplate(turn: Turn, model: string | null): TemplateResult | typeof nothing {
  const parts = [
    turn.status === 'completed' ? '' : say(turn.status === 'failed' ? 'footer.failed' : 'footer.interrupted'),
    model ?? '',
    usagePhrase(turn.usage),
    turn.durationMs === null ? '' : duration(turn.durationMs),
  ].filter((part) => part !== '');
  return parts.length === 0 ? nothing : html`<div class="footer">${parts.join(' · ')}</div>`;
}

/** What Backstitch has put there is shown as such: the agent was given it, and nobody typed it. */
function prompt(block: BlockOf<'prompt'>): TemplateResult {
  const { added } = block;
  const own = withoutAdded(block);
  const words = added === undefined ? nothing : html`<details class="added" @toggle=${toggled}><summary>${icons.chevron}${say(`added.${added.why}`)}</summary><div class="mono">${plainText(added.text)}</div></details>`;
  return html`<div class="prompt" ?data-added=${own === ''}>${words}${own === '' ? nothing : html`<div dir="auto">${plainText(own)}</div>`}</div>${copyOf(block.text)}`;
}

const copyOf = (text: string) => html`<copy-button class="copy" .text=${text}></copy-button>`;

const interruptedMark = () => html`<div class="mark">${icons.stop}${say('block.interrupted')}</div>`;

const thinking = (block: BlockOf<'thinking'>) => html`
  <details class="thinking" @toggle=${toggled}><summary>${icons.chevron}${toolIcon('think')}${say('block.thinking')}</summary><div class="thought" dir="auto">${plainText(block.text)}</div></details>
  ${block.interrupted === true ? interruptedMark() : nothing}`;

function notice(block: BlockOf<'notice'>): TemplateResult {
  const icon = block.notice === 'error' || block.notice === 'unread' ? icons.warning : block.notice === 'interrupted' ? icons.stop : block.notice === 'command' ? icons.chevron : icons.info;
  return html`<div class="notice" data-is=${block.notice}>${icon}<div><b>${say(`notice.${block.notice}`)}</b> <span class="words" dir="auto">${plainText(block.text)}</span>
    ${block.raw === undefined ? nothing : html`<details @toggle=${toggled}><summary>${icons.chevron}${say('notice.raw')}</summary><pre class="raw">${plainText(block.raw)}</pre></details>`}</div></div>`;
}

const unknown = (block: unknown) => html`<div class="notice" data-is="unread">${icons.info}<div><b>${say('block.unknown', String((block as { kind: unknown }).kind))}</b><pre class="raw">${plainText(JSON.stringify(block, null, 2))}</pre></div></div>`;

export const blockStyles = css`
  .printed { margin: 0; font-family: var(--vscode-editor-font-family, monospace); font-size: var(--vscode-editor-font-size, 1em); white-space: pre-wrap; overflow-wrap: anywhere; }
  .item { position: relative; padding: 3px 14px; overflow-wrap: anywhere; }
  .copy { position: absolute; inset-inline-end: 18px; top: 2px; opacity: 0; } .item:hover > .copy, .copy:focus-within { opacity: 1; }
  .item[data-kind='prompt'] > .copy { top: 13px; } .item[data-kind='text'] > .copy { top: auto; bottom: 0; }
  .prompt { white-space: pre-wrap; padding: 6px 10px; border-radius: 6px; background: var(--vscode-input-background, var(--vscode-editorWidget-background)); color: var(--vscode-input-foreground, inherit); border: 1px solid var(--vscode-contrastBorder, var(--vscode-input-border, var(--vscode-widget-border, var(--vscode-panel-border)))); max-height: 320px; overflow-y: auto; }
  .added { font-size: 0.92em; color: var(--vscode-descriptionForeground); } .added > div { padding: 2px 0 2px 18px; } .added + div { margin-top: 2px; }
  .prompt[data-added] { background: none; border-style: dashed; border-color: var(--vscode-contrastBorder, var(--vscode-panel-border)); }
  .item[data-kind='prompt'] { padding-top: 10px; }
  summary { display: flex; align-items: center; gap: 4px; color: var(--vscode-descriptionForeground); padding: 0 2px; width: fit-content; }
  summary svg { width: 13px; height: 13px; } details[open] > summary > svg:first-child { transform: rotate(90deg); }
  .thought { white-space: pre-wrap; color: var(--vscode-descriptionForeground); border-inline-start: 2px solid var(--vscode-contrastBorder, var(--vscode-panel-border)); margin: 2px 0 2px 8px; padding-inline-start: 10px; }
  .notice { display: flex; gap: 7px; align-items: flex-start; color: var(--vscode-descriptionForeground); } .notice svg { margin-top: 1px; } .notice > div { min-width: 0; }
  .notice .words { white-space: pre-wrap; }
  /* Each paragraph in its own direction. */
  .prompt > [dir], .thought, .printed { unicode-bidi: plaintext; }
  .notice[data-is='error'] { color: var(--vscode-errorForeground); } .notice[data-is='unread'] > svg, .notice[data-is='interrupted'] > svg { color: var(--vscode-editorWarning-foreground); }
  pre.raw { margin: 2px 0 0; padding: 6px 8px; white-space: pre-wrap; font-family: var(--vscode-editor-font-family, monospace); font-size: var(--vscode-editor-font-size, 12px); background: var(--vscode-textCodeBlock-background); max-height: 240px; overflow: auto; }
  .mark { display: flex; gap: 5px; align-items: center; color: var(--vscode-descriptionForeground); font-size: 0.92em; } .mark svg { width: 13px; height: 13px; }
  .footer { text-align: end; font-size: 0.86em; color: var(--vscode-descriptionForeground); }
`;
