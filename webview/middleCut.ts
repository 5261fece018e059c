import { html } from 'lit';
import type { TemplateResult } from 'lit';
import { headAndTail } from './model/headAndTail.ts';

/**
 * A name on one line, for a box that clips (`clip` in styles.ts): where the room is short it loses its middle, since names of one kind often
 * differ at their ends. The whole name is its tooltip, and what a screen reader says.
 */
export function middleCut(text: string): TemplateResult {
  const { head, tail } = headAndTail(text);
  if (tail === '') return html`<span class="cut-head">${text}</span>`;
  return html`<span class="cut" title=${text}><span class="hidden-text">${text}</span><span class="cut-head" aria-hidden="true">${head}</span><span aria-hidden="true">${tail}</span></span>`;
}
