import type { OutputText } from './decodedOutput.ts';
import { slicesOf, type Slice } from './terminalWork.ts';

interface Size {
  cols: number;
  rows: number;
}

/** What came in one go. */
interface Piece {
  text: string;
  costUs: number;
  /** Null for what only draws lines, one below the other, and is cut when it is needed. */
  slices: Slice[] | null;
}

/** So many colours that were set and not reset may be told in place of lines that are left out. */
const colourLimit = 500;
const drawingUs = 0.04;

/** What lines cannot be drawn with. A backspace may go up a line. */
const other = /[\x00-\x06\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g;
/** The same of ASCII, in sets small enough (16) to be looked for many characters at a time. */
const otherAscii = [/[\x00-\x06\x08\x0b\x0c\x0e\x0f]/g, /[\x10-\x1f]/g];
const sequence = /\x1b\[[0-9;:]*m/y;
const reset = /^\x1b\[0*m$/;

/**
 * Output that the emulator has not been given yet, in order. Of a flood of lines it can keep the beginning and the end: what is between has
 * scrolled out of everything by the time it would be seen. No control sequence is cut in two.
 */
export class ScreenBacklog {
  #pieces: Piece[] = [];
  chars = 0;
  costUs = 0;
  /** Whether all of it only draws lines, so that there is something to gain by waiting for more. */
  isLines = true;

  /** The text begins and ends between control sequences. */
  push({ text, isAscii }: OutputText, size: Size): void {
    if (text !== '') this.#add(drawsLines(text, isAscii) ? linesOf(text) : otherOf(text, size));
  }

  /** Empties it; what the emulator is to be given. */
  take(size: Size): Slice[] {
    const slices = this.#pieces.flatMap(({ slices, text }) => slices ?? slicesOf(text, size));
    this.#replace([]);
    return slices;
  }

  /**
   * Leaves out lines that will be neither on the screen nor among the `scrollback` lines above it. Only for an emulator that has been given nothing
   * that it has not parsed, has `rows` rows, and scrolls all of them.
   */
  shorten(rows: number, scrollback: number): void {
    // What comes after anything else may scroll in another way.
    const end = this.#pieces.findIndex((piece) => piece.slices !== null);
    const first = end < 0 ? this.#pieces : this.#pieces.slice(0, end);
    const kept = shortened(first, rows, rows + scrollback);
    if (kept.length < first.length) this.#replace([...kept, ...this.#pieces.slice(first.length)]);
  }

  #replace(pieces: Piece[]): void {
    this.#pieces = [];
    this.chars = 0;
    this.costUs = 0;
    this.isLines = true;
    for (const piece of pieces) this.#add(piece);
  }

  #add(piece: Piece): void {
    this.#pieces.push(piece);
    this.chars += piece.text.length;
    this.costUs += piece.costUs;
    this.isLines &&= piece.slices === null;
  }
}

function otherOf(text: string, size: Size): Piece {
  const slices = slicesOf(text, size);
  return { text, slices, costUs: slices.reduce((sum, slice) => sum + slice.costUs, 0) };
}

const linesOf = (text: string): Piece => ({ text, slices: null, costUs: text.length * drawingUs });

/** Whether text is only printed characters, colours, and erasing within the line. */
function drawsLines(text: string, isAscii: boolean): boolean {
  const first = firstOther(text, isAscii);
  if (first < 0) return true;
  // Where there is one sequence there are more, and for each a regular expression takes its time anew.
  for (let at = first; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x1b) {
      at = inLineEnd(text, at);
      if (at < 0) return false;
    } else if ((code < 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09 && code !== 0x07) || (code >= 0x7f && code <= 0x9f)) return false;
  }
  return true;
}

function firstOther(text: string, isAscii: boolean): number {
  const found = isAscii ? [...otherAscii.map((pattern) => firstMatch(pattern, text)), text.indexOf('\x7f')] : [firstMatch(other, text)];
  return found.reduce((least, at) => (at >= 0 && (least < 0 || at < least) ? at : least), -1);
}

function firstMatch(pattern: RegExp, text: string): number {
  pattern.lastIndex = 0;
  return pattern.test(text) ? pattern.lastIndex - 1 : -1;
}

/** Where the sequence at `start` ends that sets colours or erases within the line; -1 when it is another. */
function inLineEnd(text: string, start: number): number {
  if (text.charCodeAt(start + 1) !== 0x5b) return -1;
  for (let at = start + 2; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x6d || code === 0x4b) return at;
    if (code < 0x30 || code > 0x3b) return -1;
  }
  return -1;
}

/**
 * Keeps the first pieces, which bring the cursor to the bottom whatever stood where (`first` line feeds), and the last, which fill everything
 * (`last` line feeds). From the bottom on each line feed brings in a blank line, so nothing of what is between can be seen.
 */
function shortened(pieces: Piece[], first: number, last: number): Piece[] {
  let head = 0;
  for (let lines = 0; head < pieces.length && lines < first; head++) lines += lineFeedsIn(pieces[head]!.text);
  let tail = pieces.length;
  for (let lines = 0; tail > head && lines < last; ) lines += lineFeedsIn(pieces[--tail]!.text);
  if (tail - head < 2) return pieces;
  // Behind a carriage return it is known in which column the rest is drawn.
  const { text } = pieces[tail - 1]!;
  const start = text.lastIndexOf('\r');
  const colour = start < 0 ? null : coloursOf([...pieces.slice(head, tail - 1).map((piece) => piece.text), text.slice(0, start)]);
  if (colour === null) return pieces;
  return [...pieces.slice(0, head), linesOf(colour + text.slice(start)), ...pieces.slice(tail)];
}

function lineFeedsIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

/** What sets the colours as these texts leave them; null when that is too much. From the end on: of equal sequences the last has the say. */
function coloursOf(texts: string[]): string | null {
  const set = new Set<string>();
  for (const text of texts.toReversed()) {
    // Looking backwards takes many times as long as this, and most text has none.
    if (!text.includes('\x1b[')) continue;
    for (let at = text.lastIndexOf('\x1b['); at >= 0; at = at === 0 ? -1 : text.lastIndexOf('\x1b[', at - 1)) {
      sequence.lastIndex = at;
      const found = sequence.exec(text)?.[0];
      if (found !== undefined) set.add(found);
      if (found !== undefined && reset.test(found)) return [...set].reverse().join('');
      if (set.size > colourLimit) return null;
    }
  }
  return [...set].reverse().join('');
}
