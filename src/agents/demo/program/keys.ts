import { StringDecoder } from 'node:string_decoder';

export type Key =
  | { key: 'text' | 'paste'; text: string }
  | { key: 'enter' | 'newline' | 'backspace' | 'delete' | 'left' | 'right' | 'home' | 'end' | 'clear' | 'word' | 'interrupt' | 'escape' | 'eof' };

const pasteStart = '\u001b[200~';
const pasteEnd = '\u001b[201~';
/** A lone Escape is told from the beginning of a sequence by what follows it within so long. */
const escapeMs = 30;

const controls: Record<string, Key> = {
  '\r': { key: 'enter' }, '\n': { key: 'newline' }, '\u007f': { key: 'backspace' }, '\b': { key: 'backspace' }, '\u0003': { key: 'interrupt' },
  '\u0004': { key: 'eof' }, '\u0001': { key: 'home' }, '\u0005': { key: 'end' }, '\u0015': { key: 'clear' }, '\u0017': { key: 'word' },
};
const sequences: Record<string, Key> = {
  'D': { key: 'left' }, 'C': { key: 'right' }, 'H': { key: 'home' }, 'F': { key: 'end' }, '3~': { key: 'delete' }, '1~': { key: 'home' }, '4~': { key: 'end' },
};

/** Bytes of a terminal in, keys out, however they are cut up. */
export class Keys {
  #decoder = new StringDecoder('utf8');
  #pending = '';
  #timer: NodeJS.Timeout | null = null;
  readonly #onKey: (key: Key) => void;

  constructor(onKey: (key: Key) => void) {
    this.#onKey = onKey;
  }

  take(bytes: Buffer): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#pending += this.#decoder.write(bytes);
    while (this.#pending !== '' && this.#next());
    if (this.#pending === '\u001b') this.#timer = setTimeout(() => this.#loneEscape(), escapeMs);
  }

  #loneEscape(): void {
    this.#pending = '';
    this.#onKey({ key: 'escape' });
  }

  /** Takes one key off the pending text; false: more is needed. */
  #next(): boolean {
    if (this.#pending.startsWith('\u001b')) return this.#sequence();
    // oxlint-disable-next-line no-control-regex
    const plain = /^[^\u0000-\u001f\u007f]+/.exec(this.#pending)?.[0];
    if (plain) return this.#emit(plain.length, { key: 'text', text: plain });
    return this.#emit(1, controls[this.#pending[0] ?? ''] ?? null);
  }

  #sequence(): boolean {
    const text = this.#pending;
    if (text.startsWith(pasteStart)) {
      const end = text.indexOf(pasteEnd);
      return end >= 0 && this.#emit(end + pasteEnd.length, { key: 'paste', text: text.slice(pasteStart.length, end).replace(/\r\n?/g, '\n') });
    }
    if (text === '\u001b') return false;
    if (text[1] === '\r') return this.#emit(2, { key: 'newline' });
    if (text[1] !== '[' && text[1] !== 'O') return this.#emit(1, { key: 'escape' });
    // oxlint-disable-next-line no-control-regex
    const whole = /^\u001b[[O]([0-9;?<]*[@-~])/.exec(text);
    if (whole) return this.#emit(whole[0].length, sequences[whole[1] ?? ''] ?? null);
    // Something that no terminal sends: forget it rather than wait for ever.
    return text.length > 64 && this.#emit(1, null);
  }

  #emit(length: number, key: Key | null): boolean {
    this.#pending = this.#pending.slice(length);
    if (key) this.#onKey(key);
    return true;
  }
}
