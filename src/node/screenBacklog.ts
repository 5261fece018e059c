import { slicesOf, type Slice } from './terminalWork.ts';

interface Size {
  cols: number;
  rows: number;
}

/** What came in one go. */
type Piece = { text: string; costUs: number } & (
  /** Draws lines, one below the other, and does nothing else: it goes down by at least so many. */
  | { is: 'lines'; lineFeeds: number }
  | { is: 'other'; slices: Slice[] }
);

/** So many colours that were set and not reset may be told in place of lines that are left out. */
const colourLimit = 500;
const drawingUs = 0.04;

/** What drawing lines cannot consist of. A backspace may go up a line. */
const other = /[\x00-\x06\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g;
/** Colours, and erasing within the line. */
const inLine = /\x1b\[[0-9;:]*[mK]/y;
const colours = /\x1b\[[0-9;:]*m/g;
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

  /** `text` begins and ends between control sequences. */
  push(text: string, size: Size): void {
    if (text !== '') this.#add(drawsLines(text) ? linesOf(text) : otherOf(text, size));
  }

  /** Empties it; what the emulator is to be given. */
  take(size: Size): Slice[] {
    const slices = this.#pieces.flatMap((piece) => (piece.is === 'other' ? piece.slices : slicesOf(piece.text, size)));
    this.#replace([]);
    return slices;
  }

  /**
   * Leaves out lines that will be neither on the screen nor among the `scrollback` lines above it. Only for an emulator that has been given nothing
   * that it has not parsed, has `rows` rows, and scrolls all of them.
   */
  shorten(rows: number, scrollback: number): void {
    // What comes after anything else may scroll in another way.
    const end = this.#pieces.findIndex((piece) => piece.is === 'other');
    const first = end < 0 ? this.#pieces : this.#pieces.slice(0, end);
    const kept = shortened(first.filter((piece) => piece.is === 'lines'), rows, rows + scrollback);
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
    this.isLines &&= piece.is === 'lines';
  }
}

type Lines = Extract<Piece, { is: 'lines' }>;

function otherOf(text: string, size: Size): Piece {
  const slices = slicesOf(text, size);
  return { is: 'other', text, slices, costUs: slices.reduce((sum, slice) => sum + slice.costUs, 0) };
}

function linesOf(text: string): Lines {
  let lineFeeds = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lineFeeds++;
  return { is: 'lines', text, costUs: text.length * drawingUs, lineFeeds };
}

function drawsLines(text: string): boolean {
  for (other.lastIndex = 0; ; other.lastIndex = inLine.lastIndex) {
    const found = other.exec(text);
    if (found === null) return true;
    inLine.lastIndex = found.index;
    if (!inLine.test(text)) return false;
  }
}

/**
 * Keeps the first pieces, which bring the cursor to the bottom whatever stood where (`first` line feeds), and the last, which fill everything
 * (`last` line feeds). From the bottom on each line feed brings in a blank line, so nothing of what is between can be seen.
 */
function shortened(pieces: Lines[], first: number, last: number): Lines[] {
  let head = 0;
  for (let lines = 0; head < pieces.length && lines < first; head++) lines += pieces[head]!.lineFeeds;
  let tail = pieces.length;
  for (let lines = 0; tail > head && lines < last; ) lines += pieces[--tail]!.lineFeeds;
  if (tail - head < 2) return pieces;
  // Behind a carriage return it is known in which column the rest is drawn.
  const { text } = pieces[tail - 1]!;
  const start = text.lastIndexOf('\r');
  const colour = start < 0 ? null : coloursOf([...pieces.slice(head, tail - 1).map((piece) => piece.text), text.slice(0, start)]);
  if (colour === null) return pieces;
  return [...pieces.slice(0, head), linesOf(colour + text.slice(start)), ...pieces.slice(tail)];
}

/** What sets the colours as these texts leave them; null when that is too much. Of equal sequences the last has the say. */
function coloursOf(texts: string[]): string | null {
  const set = new Set<string>();
  for (const text of texts) {
    for (const [sequence] of text.matchAll(colours)) {
      if (reset.test(sequence)) set.clear();
      set.delete(sequence);
      set.add(sequence);
    }
    if (set.size > colourLimit) return null;
  }
  return [...set].join('');
}
