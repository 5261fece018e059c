import assert from 'node:assert/strict';
import { textOf, type ContentBlock, type Message, type MessageRequest } from './messages.ts';

/** What the oracle needs of a recorded request: what the server was asked, and the blocks that it answered. */
export interface Asked {
  scenario: string | null;
  step: number;
  body: MessageRequest;
  answered: readonly ContentBlock[];
}

/** A place in the model server's record, as a test expects it, word by word. */
export interface Place {
  /** Scenario and step of the one request that led there, `work/1`. */
  request: string;
  /** How many blocks of the answer to it are above the place. */
  answered: number;
  /** How many blocks are above it in all, the CLI's system messages and reminders among them. */
  items: number;
  /** How the last of them begins that is no system message, told by `toldBlock`. */
  last: string;
}

/** What a model has to be given again: messages of the record, and the request that all else of the next one has to be like. */
export interface Kept {
  messages: readonly Message[];
  body: MessageRequest;
}

/** @throws AssertionError when the record has no such place; `cwd` stands as `.` in what is told */
export function keptAt(record: readonly Asked[], place: Place, cwd: string): Kept {
  const found = record.filter(({ scenario, step }) => `${scenario}/${step}` === place.request);
  const [request] = found;
  assert.ok(request && found.length === 1, `${found.length} requests are ${place.request}`);
  const kept = behind(request, place.answered);
  const blocks = kept.messages.flatMap(blocksOf);
  const last = kept.messages.filter(({ role }) => role !== 'system').flatMap(blocksOf).at(-1);
  const told = last ? toldBlock(last, blocks).replaceAll(cwd, '.') : '';
  assert.deepEqual({ items: blocks.length, last: told.slice(0, place.last.length) }, { items: place.items, last: place.last }, `the place behind block ${place.answered} of the answer to ${place.request}: ${told}`);
  return kept;
}

/** All that a request and its answer were: where the next one goes on when nothing is cut. */
export const wholeOf = (request: Asked): Kept => behind(request, request.answered.length);

const behind = ({ body, answered }: Asked, count: number): Kept =>
  ({ body, messages: count ? [...body.messages, { role: 'assistant', content: answered.slice(0, count).map((block) => ({ ...block })) }] : body.messages });

/** With what the CLI itself is known to add behind it. A user's blocks stand in one message with those before them. */
export function withAdded({ body, messages }: Kept, ...added: readonly Message[]): Kept {
  const all = [...messages];
  for (const message of added) {
    const before = all.at(-1);
    if (before?.role === 'user' && message.role === 'user') all[all.length - 1] = { ...before, content: [...blocksOf(before), ...blocksOf(message)] };
    else all.push(message);
  }
  return { body, messages: all };
}

export const blocksOf = ({ content }: Message): readonly Record<string, unknown>[] => (typeof content === 'string' ? [{ type: 'text', text: content }] : content);

/** A block in words: a text as it is, a call with its input, a result with its call. */
export function toldBlock(block: Record<string, unknown>, among: readonly Record<string, unknown>[]): string {
  switch (block['type']) {
    case 'text': return String(block['text']);
    case 'tool_use': return `${String(block['name'])} ${JSON.stringify(block['input'])}`;
    case 'tool_result': {
      const call = among.find(({ type, id }) => type === 'tool_use' && id === block['tool_use_id']);
      return `${call ? toldBlock(call, among) : 'no call'} => ${textOf({ role: 'user', content: block['content'] as Message['content'] })}`;
    }
    default: return JSON.stringify(block);
  }
}
