import { isDeepStrictEqual } from 'node:util';
import type { ContentBlock, Message, MessageRequest } from './messages.ts';
import { textOf } from './messages.ts';

/** A message's blocks without what may differ between two requests of one history: `cache_control`. */
function blocksOf(message: Message): Record<string, unknown>[] {
  const blocks = typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : message.content;
  return blocks.map((block) => stripped(block) as Record<string, unknown>);
}

function stripped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stripped);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== 'cache_control').map(([name, inner]) => [name, stripped(inner)]));
}

/** One item of a history: a block with the role of its message. */
export interface HistoryItem {
  role: string;
  block: Record<string, unknown>;
}

export const itemsOf = (request: MessageRequest): HistoryItem[] => request.messages.flatMap((message) => blocksOf(message).map((block) => ({ role: message.role, block })));

/**
 * What is wrong with the history of `next`, the request that a prompt caused after a rewind: it must be the beginning of what the model was
 * sent and what it answered before (`original`: the requests of the old history in order, each with its answer), item by item, and then the
 * new prompt. Empty: nothing is wrong. Only `cache_control` and the new prompt, with the reminders that the CLI adds beside it, may differ.
 */
export function keptHistoryProblems(original: readonly { body: MessageRequest; answered: readonly ContentBlock[] }[], next: MessageRequest, prompt: string): string[] {
  const problems: string[] = [];
  const items = itemsOf(next);
  const at = items.findLastIndex(({ role, block }) => role === 'user' && block['type'] === 'text' && String(block['text']).includes(prompt));
  if (at < 0) return [`the prompt “${prompt}” is not in the request`];
  const kept = withoutReminders(items.slice(0, at)).map((item, index, all) => (index === all.length - 1 ? unjoined(item) : item));
  const candidates = original.map(({ body, answered }) => withoutReminders([...itemsOf(body), ...answered.map((block) => ({ role: 'assistant', block: stripped(block) as Record<string, unknown> }))]));
  const best = candidates.map((candidate) => firstDifference(candidate, kept)).toSorted((a, b) => b.at - a.at)[0];
  if (!best) problems.push('there are no original requests to compare with');
  else if (best.at < kept.length) problems.push(`item ${best.at} differs: was ${show(best.was)}, is ${show(kept[best.at])}`);
  if (next.messages.some((message) => textOf(message).includes('No response requested.'))) problems.push('the CLI made up an answer: “No response requested.”');
  return [...problems, ...pairingProblems(next)];
}

/** The CLI (2.1.329) puts a line end between two user texts that come to stand side by side: after a cut behind a prompt, at the end of that. */
function unjoined(item: HistoryItem): HistoryItem {
  const { role, block } = item;
  return role === 'user' && block['type'] === 'text' ? { role, block: { ...block, text: String(block['text']).replace(/\n$/, '') } } : item;
}

/** Context that the CLI gives anew with each request (environment, date, notices) stands in system messages and reminders. */
function withoutReminders(items: readonly HistoryItem[]): HistoryItem[] {
  return items.filter(({ role, block }) => role !== 'system' && !(role === 'user' && block['type'] === 'text' && String(block['text']).startsWith('<system-reminder>')));
}

function firstDifference(original: readonly HistoryItem[], kept: readonly HistoryItem[]): { at: number; was: HistoryItem | undefined } {
  const at = kept.findIndex((item, index) => !isDeepStrictEqual(item, original[index]));
  return at < 0 ? { at: kept.length, was: undefined } : { at, was: original[at] };
}

/** Every tool call is answered in the message right after it, and every result answers one. */
export function pairingProblems({ messages }: MessageRequest): string[] {
  const spoken = messages.filter(({ role }) => role !== 'system');
  return spoken.flatMap((message, index) => {
    const calls = message.role === 'assistant' ? idsIn(message, 'tool_use', 'id') : [];
    const next = spoken[index + 1];
    const results = next ? idsIn(next, 'tool_result', 'tool_use_id') : [];
    if (message.role === 'assistant' && (calls.length || results.length) && !isDeepStrictEqual(calls.toSorted(), results.toSorted())) return [`message ${index}: calls ${calls.join(', ') || 'none'} but results ${results.join(', ') || 'none'}`];
    return [];
  });
}

const idsIn = (message: Message, type: string, field: string): string[] => blocksOf(message).flatMap((block) => (block['type'] === type ? [String(block[field])] : []));

const show = (item: HistoryItem | undefined): string => (item ? `${item.role} ${JSON.stringify(item.block).slice(0, 300)}` : 'nothing');
