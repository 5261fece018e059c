import type { Key } from './keys.ts';

/** The text that the user is writing. */
export class LineEditor {
  text = '';
  cursor = 0;

  /** Applies an editing key; false: it is not one. */
  take(key: Key): boolean {
    switch (key.key) {
      case 'text':
      case 'paste': return this.#replace(this.cursor, this.cursor, key.text);
      case 'newline': return this.#replace(this.cursor, this.cursor, '\n');
      case 'backspace': return this.#replace(this.#before(), this.cursor, '');
      case 'delete': return this.#replace(this.cursor, this.#behind(), '');
      case 'word': return this.#replace(this.text.slice(0, this.cursor).replace(/\S*\s*$/, '').length, this.cursor, '');
      case 'clear': return this.#replace(0, this.text.length, '');
      case 'left': return this.#move(this.#before());
      case 'right': return this.#move(this.#behind());
      case 'home': return this.#move(0);
      case 'end': return this.#move(this.text.length);
      default: return false;
    }
  }

  /** Hands out the text and begins anew. */
  submit(): string {
    const { text } = this;
    this.#replace(0, text.length, '');
    return text;
  }

  #replace(from: number, to: number, text: string): boolean {
    this.text = this.text.slice(0, from) + text + this.text.slice(to);
    return this.#move(from + text.length);
  }

  #move(to: number): boolean {
    this.cursor = to;
    return true;
  }

  /** Whole characters, also those of two code units. */
  #before(): number {
    return this.cursor - ([...this.text.slice(Math.max(0, this.cursor - 2), this.cursor)].at(-1)?.length ?? 0);
  }

  #behind(): number {
    return this.cursor + ([...this.text.slice(this.cursor, this.cursor + 2)][0]?.length ?? 0);
  }
}
