import { joinPrinted } from '../../core/printedText.ts';
import { flat } from './cursorLine.ts';

/** So much of one answer is kept in the conversation; all of it is in the raw output. */
const kept = 20_000;
const room = kept * 4;

/** What a program has printed and the conversation has not taken yet. */
export class Output {
  #text = '';
  #isCut = false;

  add(newText: string): void {
    this.#text = joinPrinted(this.#text, newText);
    if (this.#text.length <= room) return;
    this.#text = this.#text.slice(-kept * 2);
    this.#isCut = true;
  }

  get hasLineEnd(): boolean {
    return this.#text.includes('\n');
  }

  /** Whether the program was stopped by Ctrl-C, as terminals and Python show it. */
  get wasInterrupted(): boolean {
    return /\^C[ \t]*$|^KeyboardInterrupt$/m.test(this.#text);
  }

  /** Empties it; gives it without the echo of what was typed (its first line), the prompt that it ends with, and the terminal's sign for Ctrl-C. */
  take(typed: readonly string[], prompt: string): string {
    const lines = this.#text.split('\n').map((line) => line.trimEnd());
    const wasCut = this.#isCut;
    this.#text = '';
    this.#isCut = false;
    const first = flat(typed[0]?.trim() ?? '');
    if (!wasCut && first !== '' && flat(lines[0] ?? '').replace(/\^C$/, '').endsWith(first)) lines.shift();
    if (prompt.trim() !== '' && lines.at(-1)?.trim() === prompt.trim()) lines.pop();
    if (lines.at(-1)?.trim() === '^C') lines.pop();
    return shortened(lines.join('\n').replace(/^(?:[ \t]*\n)+/, '').trimEnd(), wasCut);
  }
}

/** The end of a long text, which says so. */
export function shortened(text: string, wasCut = false): string {
  if (!wasCut && text.length <= kept) return text;
  const tail = text.slice(-kept);
  return `(Only the end is kept here.)\n${text.length > kept ? tail.slice(tail.indexOf('\n') + 1) : tail}`;
}
