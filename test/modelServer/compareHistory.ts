import { isDeepStrictEqual } from 'node:util';
import { blocksOf, type Kept } from './kept.ts';
import { textOf, type Message, type MessageRequest } from './messages.ts';

/** One item of a history: a block, in which message it stands, and what else that message says. */
interface HistoryItem {
  message: number;
  said: Record<string, unknown>;
  block: unknown;
}

/**
 * What is wrong with `next`, the request that a prompt caused after a rewind: its messages must be the kept ones, item by item, system
 * messages and reminders too, and then the new prompt; and all else of it must be as it was. Empty: nothing is wrong. Only `cache_control`
 * and the new prompt may differ, and `metadata`, in which the CLI names its own session.
 */
export function keptHistoryProblems(kept: Kept, next: MessageRequest, prompt: string): string[] {
  const at = next.messages.findLastIndex((message) => message.role === 'user' && isPrompt(blocksOf(message).at(-1), prompt));
  if (at < 0) return [`the prompt “${prompt}” is not in the request`];
  const problems = next.messages.slice(at + 1).some(({ role }) => role !== 'system') ? [`something stands behind the prompt “${prompt}”`] : [];
  const own = blocksOf(next.messages[at] as Message).slice(0, -1);
  const rest = next.messages.flatMap((message, index) => (index !== at ? [message] : own.length ? [{ ...message, content: own }] : []));
  problems.push(...itemProblems(itemsOf(own.at(-1)?.['type'] === 'text' ? joined(kept.messages) : kept.messages), itemsOf(rest)));
  if (next.messages.some((message) => textOf(message).includes('No response requested.'))) problems.push('the CLI made up an answer: “No response requested.”');
  return [...problems, ...pairingProblems(next), ...fieldProblems(kept.body, next)];
}

/** What is wrong with `next`, the request that the results of the last answer's calls caused: it must be what was kept, and then those results. */
export function nextStepProblems(kept: Kept, next: MessageRequest): string[] {
  const at = next.messages.findLastIndex(({ role }) => role === 'user');
  const calls = kept.messages.at(-1);
  const rest = next.messages.filter((_, index) => index !== at);
  const results = at < 0 ? [] : idsIn(next.messages[at] as Message, 'tool_result', 'tool_use_id');
  const problems = calls && isDeepStrictEqual(results.toSorted(), idsIn(calls, 'tool_use', 'id').toSorted()) ? [] : ['the results of the last calls are not at the end'];
  return [...problems, ...itemProblems(itemsOf(kept.messages), itemsOf(rest)), ...pairingProblems(next), ...fieldProblems(kept.body, next)];
}

const isPrompt = (block: Record<string, unknown> | undefined, prompt: string): boolean => block?.['type'] === 'text' && block['text'] === prompt;

const itemsOf = (messages: readonly Message[]): HistoryItem[] => messages.flatMap((message, index) => {
  const { content: _, ...said } = message;
  return blocksOf(message).map((block) => ({ message: index, said, block: stripped(block) }));
});

function stripped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stripped);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== 'cache_control').map(([name, inner]) => [name, stripped(inner)]));
}

/** The CLI (2.1.329) ends a user's text with a line end when another one comes to stand behind it, with and without a restart: here the prompt does. */
function joined(messages: readonly Message[]): Message[] {
  const at = messages.findLastIndex(({ role }) => role !== 'system');
  return messages.map((message, index) => {
    const blocks = blocksOf(message);
    const last = blocks.at(-1);
    if (index !== at || message.role !== 'user' || last?.['type'] !== 'text') return message;
    return { ...message, content: [...blocks.slice(0, -1), { ...last, text: `${String(last['text'])}\n` }] };
  });
}

/** The first item that differs; how far apart the two are is told by their lengths. */
function itemProblems(was: readonly HistoryItem[], is: readonly HistoryItem[]): string[] {
  const length = Math.max(was.length, is.length);
  const at = Array.from({ length }, (_, index) => index).find((index) => !isDeepStrictEqual(was[index], is[index]));
  if (at === undefined) return [];
  const which = `item ${at + 1} (${was.length} were kept, ${is.length} came)`;
  if (at >= is.length) return [`${which} is missing: ${show(was[at])}`];
  if (at >= was.length) return [`${which} is too much: ${show(is[at])}`];
  return [`${which} differs: was ${show(was[at])}, is ${show(is[at])}`];
}

function fieldProblems(was: MessageRequest, is: MessageRequest): string[] {
  const [before, after] = [was, is] as unknown as Record<string, unknown>[];
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((name) => name !== 'messages' && name !== 'metadata');
  return names.filter((name) => !isDeepStrictEqual(stripped(before?.[name]), stripped(after?.[name]))).map((name) => `“${name}” of the request is not what it was`);
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

const show = (item: HistoryItem | undefined): string => (item ? `message ${item.message}, ${JSON.stringify(item.said)} ${JSON.stringify(item.block).slice(0, 300)}` : 'nothing');
