import { html, nothing } from 'lit';
import { plainText } from '../src/core/plainText.ts';
import { icons } from './icons.ts';
import type { OutgoingRow } from './outbox.ts';
import { say } from './strings.ts';

/** What one can do with a prompt that was refused. */
export type OutgoingTool = 'again' | 'edit' | 'remove';

const notes = { onItsWay: 'outbox.onItsWay', delivered: 'outbox.delivered', refused: 'outbox.refused' } as const;
/** Characters beyond which a row's line is cut: a prompt may be of any length. */
const longestLine = 400;

/** A prompt on its way, or one that was refused with its text, as a row below the queue. */
export function outgoingRow({ key, text, is, why }: OutgoingRow, act: (tool: OutgoingTool) => void) {
  const line = plainText(text).replace(/\s+/g, ' ').trim().slice(0, longestLine);
  const note = say(notes[is]);
  return html`<li class="row outgoing" data-key=${key} data-is=${is} aria-label="${note}: ${line}">
    <span class="place" aria-hidden="true">${is === 'refused' ? icons.warning : html`<busy-spinner></busy-spinner>`}</span>
    <span class="line clip" dir="auto">${line}</span><span class="note clip">${note}</span>
    ${is === 'refused' ? html`<p class="error" role="alert">${why}</p><div class="shown-tools" role="toolbar" aria-label=${say('queue.actions')}>
      ${tool('again', say('outbox.again'), icons.send, act)}${tool('edit', say('outbox.edit'), icons.edit, act)}${tool('remove', say('queue.remove'), icons.cross, act)}</div>` : nothing}</li>`;
}

const tool = (what: OutgoingTool, label: string, icon: unknown, act: (tool: OutgoingTool) => void) =>
  html`<button class="quiet icon" data-control=${what} title=${label} aria-label=${label} @click=${() => act(what)}>${icon}</button>`;
