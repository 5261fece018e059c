import { plainText } from './plainText.ts';

/** An overlong line is told as if it had ended here. */
const longestLine = 20_000;

/* eslint-disable no-control-regex -- control characters are what this is about */
/** A control sequence that moves within the line or erases in it, another one, or one control character. */
const control = /\u001b\[(\d*)([CDGKPX@])|\u001b(?:\[[\u0030-\u003f]*[\u0020-\u002f]*[\u0040-\u007e]?|[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[\u0020-\u002f]*[\u0030-\u007e]?)|[\u0000-\u001f\u007f-\u009f]/g;
const isPlain = (line: string): boolean => !/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(line);

/**
 * What a program prints, as plain text: lines as they stand when they are left, whatever was overwritten in them. Made for programs that print
 * line by line; one that draws its screen gives pieces in the order in which they were drawn.
 */
export class PrintedText {
  #line = '';
  #column = 0;
  /** What `take` has told of the present line. */
  #told = '';
  #done = '';
  /** A control sequence whose end has not come yet. */
  #rest = '';

  write(raw: string): void {
    let text = this.#rest + raw;
    this.#rest = '';
    const open = text.lastIndexOf('\u001b');
    if (open >= 0 && text.length - open < 256 && isOpen(text.slice(open))) {
      this.#rest = text.slice(open);
      text = text.slice(0, open);
    }
    let at = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', at)) {
      this.#print(text.slice(at, text[end - 1] === '\r' && end > at ? end - 1 : end));
      this.#leaveLine();
      at = end + 1;
    }
    this.#print(text.slice(at));
  }

  /**
   * What came since the last call. If it begins with a carriage return, the line that was told last, and not ended, is told anew: it was
   * overwritten.
   */
  take(): string {
    const done = this.#done;
    this.#done = '';
    const begun = this.#line.startsWith(this.#told) ? this.#line.slice(this.#told.length) : `\r${this.#line}`;
    const more = done === '' ? begun : this.#line;
    this.#told = this.#line;
    return plainLines(done) + plainLines(more);
  }

  #leaveLine(): void {
    const isAppended = this.#line.startsWith(this.#told);
    this.#done += `${isAppended ? this.#line.slice(this.#told.length) : `\r${this.#line}`}\n`;
    this.#line = '';
    this.#column = 0;
    this.#told = '';
  }

  #print(text: string): void {
    if (text === '') return;
    if (isPlain(text)) return this.#put(text);
    let at = 0;
    for (const found of text.matchAll(control)) {
      this.#put(text.slice(at, found.index));
      this.#obey(found[0], found[1] ?? '', found[2]);
      at = found.index + found[0].length;
    }
    this.#put(text.slice(at));
  }

  #obey(sequence: string, count: string, final: string | undefined): void {
    const n = Math.min(Number(count || 1), 1_000);
    if (sequence === '\r') this.#column = 0;
    else if (sequence === '\b' || final === 'D') this.#column = Math.max(0, this.#column - (sequence === '\b' ? 1 : n));
    else if (sequence === '\t') this.#put('\t');
    else if (final === 'G') this.#column = Math.max(0, n - 1);
    else if (final === 'C') this.#column += n;
    else if (final === 'P') this.#line = this.#line.slice(0, this.#column) + this.#line.slice(this.#column + n);
    else if (final === '@') this.#line = this.#line.slice(0, this.#column) + ' '.repeat(n) + this.#line.slice(this.#column);
    else if (final === 'X') this.#line = this.#line.slice(0, this.#column) + ' '.repeat(n) + this.#line.slice(this.#column + n);
    else if (final === 'K' && (count === '' || count === '0')) this.#line = this.#line.slice(0, this.#column);
    else if (final === 'K') this.#line = count === '2' ? '' : ' '.repeat(this.#column) + this.#line.slice(this.#column);
  }

  #put(text: string): void {
    if (text === '') return;
    if (this.#column === this.#line.length) this.#line += text;
    else this.#line = this.#line.padEnd(this.#column).slice(0, this.#column) + text + this.#line.slice(this.#column + text.length);
    this.#column += text.length;
    if (this.#line.length > longestLine) this.#leaveLine();
  }
}

const isOpen = (sequence: string): boolean => /^\u001b(?:\[[\u0030-\u003f]*[\u0020-\u002f]*|[\]PX^_][^\u0007]*)?$/.test(sequence);

/** `plainText` with the carriage returns that say what is told anew. */
const plainLines = (text: string): string => text.split('\r').map(plainText).join('\r');

/** Text with what came next of it: a part that begins with a carriage return takes the place of the last, unfinished line. */
export function joinPrinted(before: string, next: string): string {
  let text = before;
  for (const [at, part] of next.split('\r').entries()) text = at === 0 ? text + part : text.slice(0, text.lastIndexOf('\n') + 1) + part;
  return text;
}
