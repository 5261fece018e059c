import type { Decoded } from '../../core/adapter.ts';
import { mainLane } from '../../core/ids.ts';
import { asNumber, asText } from './json.ts';
import type { Hook } from './hook.ts';

/** Texts that landed lately, per lane: a report that comes late must not show them again. */
const remembered = 20;

/**
 * Text on its way, as MessageDisplay reports it line by line. Its ids match nothing in the transcript, so the text itself tells which
 * live text a landed block replaces; reports may come after the block has landed.
 */
export class LiveTexts {
  readonly #texts = new Map<string, { lane: string; parts: string[] }>();
  readonly #landed = new Map<string, string[]>();
  #lastWords: string | null = null;

  /** The turn has ended with words whose row is still on its way: the CLI (2.1.329) writes it up to half a second later. */
  get isBehind(): boolean {
    return this.#lastWords !== null;
  }

  /** What the main agent has said last, as its turn ends. */
  ended(words: string): void {
    const isRead = (this.#landed.get(mainLane) ?? []).some((whole) => endsWith(words, whole));
    this.#lastWords = isRead || words.trim() === '' ? null : words;
  }

  display(hook: Hook): Decoded[] {
    const message = asText(hook.json['message_id']);
    const delta = asText(hook.json['delta']);
    if (message === undefined || delta === undefined) return [];
    const live = this.#texts.get(message) ?? { lane: hook.lane, parts: [] };
    live.parts[asNumber(hook.json['index']) ?? live.parts.length] = delta;
    this.#texts.set(message, live);
    const text = live.parts.map((part) => part ?? '').join('');
    const landed = (this.#landed.get(live.lane) ?? []).some((whole) => holds(whole, text));
    return landed ? [] : [{ is: 'live', live: { live: message, lane: live.lane, kind: 'text', text } }];
  }

  landed(lane: string, whole: string): Decoded[] {
    if (lane === mainLane && endsWith(this.#lastWords ?? '', whole)) this.#lastWords = null;
    this.#landed.set(lane, [...(this.#landed.get(lane) ?? []), whole].slice(-remembered));
    return this.#end((live) => live.lane === lane && holds(whole, live.parts.join('')));
  }

  /** A new prompt: what landed before it says nothing about what comes, and what has not landed yet never will. */
  turn(): Decoded[] {
    this.#landed.delete(mainLane);
    this.#lastWords = null;
    return this.#end(({ lane }) => lane === mainLane);
  }

  /** Nothing is on its way any more. */
  clear(): Decoded[] {
    this.#lastWords = null;
    return this.#end(() => true);
  }

  #end(matches: (live: { lane: string; parts: string[] }) => boolean): Decoded[] {
    const ended = [...this.#texts].filter(([, live]) => matches(live));
    for (const [id] of ended) this.#texts.delete(id);
    return ended.map(([id, { lane }]) => ({ is: 'live', live: { live: id, lane, kind: 'text', text: null } }));
  }
}

const endsWith = (words: string, whole: string) => whole.trim() !== '' && words.trim().endsWith(whole.trim());
const holds = (whole: string, part: string) => whole.trimStart().startsWith(part.trim());
