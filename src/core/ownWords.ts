import type { Added, EventOf } from './events.ts';
import type { BlockOf } from './view.ts';

/** So many prompts at most are looked for in what the agent took up. */
const mostTyped = 16;

/** What is put before the first prompt of a session that another one, or a script, has started. */
export const sessionLineOf = (label: string): string => `[backstitch session id=${label}]`;

/** What is typed for a file that has changed. */
export const fileChangeWords = (path: string): string => `${fileChangeStart}${path}`;
export const fileChangeStart = 'file-change-hook: read ';

/** A prompt without what Backstitch has put before it; empty where it has typed all of it. */
export const withoutAdded = ({ text, added }: Pick<BlockOf<'prompt'>, 'text' | 'added'>): string =>
  added === undefined ? text : text.trimStart().slice(added.text.length).replace(/^\s+/, '');

/** Why Backstitch has typed words of its own, for a shell. */
const whys = { session: 'to name the session', stall: 'after silence', limit: 'after a usage limit', file: 'for a file that has changed' } as const;

/** A prompt's own words, and beside them what Backstitch has put there. */
export function promptWords(prompt: Pick<BlockOf<'prompt'>, 'text' | 'added'>): string {
  const { text, added } = prompt;
  if (added === undefined) return text;
  const own = withoutAdded(prompt);
  return own === '' ? `${text} (added by Backstitch ${whys[added.why]})` : `${own} (added by Backstitch ${whys[added.why]}: ${added.text})`;
}

/** What was typed with words of Backstitch's own and has not been seen of the agent yet: so it is known whose words a prompt holds. */
export class OwnWords {
  #typed: Added[] = [];
  readonly #copied = new Map<string, Added>();

  sent({ added }: EventOf<'send'>): void {
    if (added !== undefined) this.#typed = [...this.#typed, added].slice(-mostTyped);
  }

  /** The session began as a copy of one in which these prompts hold such words, by the agent's own ids. */
  forked({ added = [] }: EventOf<'forked'>): void {
    for (const { at, ...one } of added) this.#copied.set(at, one);
  }

  landed(added: Added): void {
    const at = this.#typed.findIndex(({ text }) => text === added.text);
    if (at >= 0) this.#typed = this.#typed.toSpliced(at, 1);
  }

  /** Which words of a prompt of the agent's are Backstitch's own; undefined: none. */
  of(text: string, nativeId: string): Added | undefined {
    return this.#copied.get(nativeId) ?? this.#typed.find((added) => holds(text, added));
  }
}

/** Before a prompt's own words, or all of it. */
const holds = (text: string, { text: own, why }: Added): boolean =>
  (why === 'session' ? text.trimStart().startsWith(own) : text.trim() === own.trim());
