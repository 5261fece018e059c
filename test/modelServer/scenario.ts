import type { ContentBlock, MessageRequest } from './messages.ts';
import { type Message, textOf } from './messages.ts';

/** One answer of the model. */
export interface Step {
  blocks: ContentBlock[];
  /** Answers with an HTTP error in place of a message. */
  error?: { status: number; type: string; message: string; headers?: Record<string, string> };
  /** Holds the answer back after the first `holdAfter` blocks until the gate opens (default: before the first). */
  gate?: Promise<void>;
  holdAfter?: number;
  /** Pause between the pieces of the stream, and their length in characters. */
  pieceDelayMs?: number;
  pieceLength?: number;
  usage?: Record<string, number>;
}

export type Answer = Step | ContentBlock[];

/** What the model says when a prompt holds `[[name]]`: the n-th answer after it is the n-th step, the last one repeats. */
export type Scenario = readonly Answer[] | ((request: MessageRequest, step: number) => Answer);
export type Scenarios = Readonly<Record<string, Scenario>>;

const marker = /\[\[([a-zA-Z0-9_-]+)\]\]/g;

/**
 * Which scenario a request is in and at which step: told by its messages alone, so that a cut history goes on where it was cut. The last
 * user text with a marker decides (reminders do not count); the step is the number of assistant messages after it.
 */
export function scenarioOf(messages: readonly Message[]): { name: string; step: number } | null {
  for (let i = messages.length - 1; i >= 0; i--) {
    const message = messages[i];
    if (message?.role !== 'user') continue;
    const name = markerIn(message);
    if (name) return { name, step: messages.slice(i + 1).filter(({ role }) => role === 'assistant').length };
  }
  return null;
}

function markerIn(message: Message): string | undefined {
  const texts = typeof message.content === 'string' ? [message.content] : message.content.flatMap((block) => (block['type'] === 'text' ? [String(block['text'])] : []));
  return texts.filter((text) => !text.startsWith('<system-reminder>')).flatMap((text) => [...text.matchAll(marker)]).at(-1)?.[1];
}

export type RequestKind = 'agent' | 'compaction' | 'side' | 'other';

/** A side request (titles, summaries of states) offers no tools; a compaction asks for nothing but text. */
export function kindOf(request: MessageRequest): RequestKind {
  const last = request.messages.findLast(({ role }) => role === 'user');
  if (last && /CRITICAL: Respond with TEXT ONLY|create a detailed summary of (?:the|this) conversation/.test(textOf(last))) return 'compaction';
  return request.tools?.length ? 'agent' : 'side';
}
