import { shownMarks } from './plainText.ts';
import { TerminalRow, widest, type TerminalSpan } from './terminalRow.ts';
import { linkedStyle, plainStyle, styleAfter, type TerminalStyle } from './terminalStyle.ts';

/** A line as a terminal shows it. */
export type TerminalLine = readonly TerminalSpan[];

/* eslint-disable no-control-regex -- control characters are what this is about */
/** CSI with its parameters and its end. */
const csi = /(?:\u001b\[|\u009b)([\u0030-\u003f]*)[\u0020-\u002f]*([\u0040-\u007e])?/;
/** A string sequence: its opener, its text. */
const string = /(\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])([^\u0007\u001b\u009c]*)(?:\u0007|\u009c|\u001b\\)?/;
/** Another sequence, or one control character. */
const other = /\u001b([\u0020-\u002f]*[\u0030-\u007e])?|[\u0000-\u001f\u007f-\u009f]/;
const control = new RegExp(`${csi.source}|${string.source}|${other.source}`, 'g');
const anyControl = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;
const longestLink = 2_048;

/** A usual height; a program that goes to lower lines has a higher terminal. */
const usualHeight = 24;
const mostHeight = 200;
/** Blanks before what is written far to the right, over the whole text. */
const mostPadding = 200_000;

/**
 * What a terminal ends up showing of a program's output, lines that have scrolled off among it: what was written
 * over, erased or redrawn is as it was left, on the other screen too if the program has not gone back. The work is
 * bounded by the length of the text. The width of the terminal is not known, so no line is wrapped.
 */
export const terminalLines = (text: string): TerminalLine[] => {
  if (!anyControl.test(text)) return trimmed(text.split('\n').map(plainLine));
  const screen = new Screen();
  let at = 0;
  for (const found of text.matchAll(control)) {
    if (found.index > at) screen.write(text.slice(at, found.index));
    at = found.index + found[0].length;
    const [sequence, parameters, final, opener, content, escape] = found;
    if (final !== undefined) screen.csi(parameters ?? '', final);
    else if (opener !== undefined) screen.string(opener, content ?? '');
    else if (escape !== undefined) screen.escape(escape);
    else if (sequence.length === 1) screen.control(sequence);
  }
  screen.write(text.slice(at));
  return trimmed(screen.rows.map((row) => row.spans().map((span) => ({ ...span, text: shownMarks(span.text) }))));
};

/** The same as text alone. */
export const terminalPlain = (text: string): string =>
  terminalLines(text).map((line) => line.map((span) => span.text).join('')).join('\n');

const plainLine = (line: string): TerminalLine => (line === '' ? [] : [{ text: shownMarks(line), style: plainStyle }]);

const trimmed = (lines: TerminalLine[]): TerminalLine[] => {
  let end = lines.length;
  while (end > 0 && lines[end - 1]?.length === 0) end--;
  return lines.slice(0, end);
};

interface Place {
  row: number;
  column: number;
}

class Screen {
  rows: TerminalRow[] = [new TerminalRow()];
  #at: Place = { row: 0, column: 0 };
  #saved: Place = { row: 0, column: 0 };
  #style: TerminalStyle = plainStyle;
  #height = usualHeight;
  #padding = mostPadding;
  /** What stands on the usual screen while a program is on the other one. */
  #behind: { rows: TerminalRow[]; at: Place } | null = null;

  /** The first line that is on the screen; those above have scrolled off. */
  get #top(): number {
    return Math.max(0, this.rows.length - this.#height);
  }

  get #row(): TerminalRow {
    return this.rows[this.#at.row] ?? this.rows.at(-1)!;
  }

  write(text: string): void {
    if (text === '') return;
    const row = this.#row;
    this.#pad(row);
    row.pad(this.#at.column);
    this.#at.column = row.put(this.#at.column, text, this.#style);
  }

  #pad(row: TerminalRow): void {
    this.#padding -= Math.max(0, this.#at.column - row.width);
    if (this.#padding < 0) this.#at.column = Math.min(this.#at.column, row.width);
  }

  control(sign: string): void {
    switch (sign) {
      case '\n': case '\u000b': case '\u000c': case '\u0085': return this.#newLine();
      case '\r': this.#at.column = 0; return;
      case '\b': this.#at.column = Math.max(0, this.#at.column - 1); return;
      case '\t': return this.#tab();
      default:
    }
  }

  #tab(): void {
    this.#pad(this.#row);
    this.#at.column = this.#row.tab(this.#at.column);
  }

  escape(sequence: string): void {
    switch (sequence) {
      case '7': this.#saved = { ...this.#at }; return;
      case '8': return this.#goTo(this.#saved.row, this.#saved.column);
      case 'D': return this.#down();
      case 'E': return this.#newLine();
      case 'M': return this.#goTo(this.#at.row - 1, this.#at.column);
      case 'c': return this.#reset();
      default:
    }
  }

  /** Of the string sequences only links (OSC 8) are shown. */
  string(opener: string, content: string): void {
    if (opener !== '\u001b]' && opener !== '\u009d') return;
    const [, link] = /^8;[^;]*;(.*)$/s.exec(content) ?? [];
    if (link !== undefined) this.#style = linkedStyle(this.#style, link.length > longestLink ? '' : link);
  }

  csi(parameters: string, final: string): void {
    if (/^[<=>?]/.test(parameters)) {
      if (/^\?(?:1049|1047|47)$/.test(parameters)) this.#changeScreen(final);
      return;
    }
    if (final === 'm') {
      this.#style = styleAfter(this.#style, parameters);
      return;
    }
    const [first, second] = parameters.split(';', 2).map(Number);
    const n = Math.min(first || 1, 10_000);
    const { row, column } = this.#at;
    switch (final) {
      case 'A': return this.#up(n, column);
      case 'B': case 'e': return this.#goTo(row + n, column);
      case 'C': case 'a': return this.#goTo(row, column + n);
      case 'D': return this.#goTo(row, column - n);
      case 'E': return this.#goTo(row + n, 0);
      case 'F': return this.#up(n, 0);
      case 'G': case '`': return this.#goTo(row, n - 1);
      case 'd': return this.#goToLine(n, column);
      case 'H': case 'f': return this.#goToLine(n, (second || 1) - 1);
      case 's': this.#saved = { ...this.#at }; return;
      case 'u': return this.#goTo(this.#saved.row, this.#saved.column);
      case 'J': return this.#eraseScreen(first || 0);
      case 'K': return this.#eraseLine(this.#row, first || 0);
      case 'P': return this.#row.remove(column, Math.min(n, widest));
      case '@': return this.#row.insert(column, Math.min(n, widest));
      case 'X': return this.#row.blank(column, column + Math.min(n, widest));
      case 'L': return this.#insertLines(Math.min(n, this.#height));
      case 'M': return this.#removeLines(Math.min(n, this.#height));
      default:
    }
  }

  /** Within the screen; up also to lines that have scrolled off: the program may know of a higher screen. */
  #goTo(row: number, column: number): void {
    const lowest = Math.max(this.rows.length - 1, this.#top + this.#height - 1);
    const { width } = this.#row;
    const farthest = Math.max(widest, width);
    this.#at = { row: Math.max(0, Math.min(row, lowest)), column: Math.max(0, Math.min(column, farthest)) };
    while (this.rows.length <= this.#at.row) this.rows.push(new TerminalRow());
  }

  /** More than any terminal has lines means its first one. */
  #up(lines: number, column: number): void {
    this.#goTo(lines > mostHeight ? this.#top : this.#at.row - lines, column);
  }

  #goToLine(line: number, column: number): void {
    if (line > this.#height && line <= mostHeight) this.#height = line;
    this.#goTo(this.#top + line - 1, column);
  }

  #newLine(): void {
    this.#at.column = 0;
    this.#down();
  }

  #down(): void {
    this.#at.row++;
    if (this.#at.row >= this.rows.length) this.rows.push(new TerminalRow());
  }

  #eraseLine(row: TerminalRow, which: number): void {
    if (which === 0) row.cut(this.#at.column);
    else if (which === 1) row.blank(0, this.#at.column + 1);
    else if (which === 2) row.cut(0);
  }

  #eraseScreen(which: number): void {
    const { row } = this.#at;
    if (which === 0) {
      this.#eraseLine(this.#row, 0);
      this.rows.length = row + 1;
    } else if (which === 1) {
      for (let at = this.#top; at < row; at++) this.rows[at]?.cut(0);
      this.#eraseLine(this.#row, 1);
    } else if (which === 2) for (const shown of this.rows.slice(this.#top)) shown.cut(0);
    else if (which === 3) this.#forget(this.#top);
  }

  /** Lines that have scrolled off are taken away. */
  #forget(count: number): void {
    this.rows.splice(0, count);
    this.#at.row = Math.max(0, this.#at.row - count);
    this.#saved.row = Math.max(0, this.#saved.row - count);
  }

  #insertLines(count: number): void {
    const lowest = this.#top + this.#height;
    this.rows.splice(this.#at.row, 0, ...Array.from({ length: count }, () => new TerminalRow()));
    if (this.rows.length > lowest) this.rows.length = Math.max(lowest, this.#at.row + 1);
  }

  #removeLines(count: number): void {
    this.rows.splice(this.#at.row, count);
    while (this.rows.length <= this.#at.row) this.rows.push(new TerminalRow());
  }

  #changeScreen(final: string): void {
    if (final === 'h' && this.#behind === null) {
      this.#behind = { rows: this.rows, at: this.#at };
      [this.rows, this.#at] = [[new TerminalRow()], { row: 0, column: 0 }];
    } else if (final === 'l' && this.#behind !== null) {
      [this.rows, this.#at] = [this.#behind.rows, this.#behind.at];
      this.#behind = null;
    }
  }

  #reset(): void {
    [this.rows, this.#style] = [[new TerminalRow()], plainStyle];
    [this.#at, this.#saved] = [{ row: 0, column: 0 }, { row: 0, column: 0 }];
  }
}
