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
    this.#landed.set(lane, [...(this.#landed.get(lane) ?? []), whole].slice(-remembered));
    return this.#end((live) => live.lane === lane && holds(whole, live.parts.join('')));
  }

  /** A new prompt: what landed before it says nothing about what comes, and what has not landed yet never will. */
  turn(): Decoded[] {
    this.#landed.delete(mainLane);
    return this.#end(({ lane }) => lane === mainLane);
  }

  /** Nothing is on its way any more. */
  clear(): Decoded[] {
    return this.#end(() => true);
  }

  #end(matches: (live: { lane: string; parts: string[] }) => boolean): Decoded[] {
    const ended = [...this.#texts].filter(([, live]) => matches(live));
    for (const [id] of ended) this.#texts.delete(id);
    return ended.map(([id, { lane }]) => ({ is: 'live', live: { live: id, lane, kind: 'text', text: null } }));
  }
}

const holds = (whole: string, part: string) => whole.trimStart().startsWith(part.trim());
