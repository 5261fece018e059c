import { plainStyle, type TerminalStyle } from './terminalStyle.ts';

/** Text of one style in a line of a terminal. */
export interface TerminalSpan {
  text: string;
  style: TerminalStyle;
}

/** What is seen as one character; '' behind one that is two columns wide. */
interface Cell {
  text: string;
  style: TerminalStyle;
}

const ascii = /^[\u0020-\u007e]*$/;
const wideBlocks =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u4dbf\u4e00-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]/;
const widePlanes = /[\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const isWide = (sign: string): boolean => wideBlocks.test(sign) || widePlanes.test(sign);
const widthless = /[\p{Mn}\p{Me}\p{Cf}]/u;
const tabStop = 8;
/** Farther than this no terminal is wide: what is moved or erased beyond is left alone. */
export const widest = 1_000;

/**
 * A line of a terminal. What is only added to is kept as it comes; cells are made once something in it is written over.
 */
export class TerminalRow {
  /** Columns that are written. */
  width = 0;
  #spans: TerminalSpan[] = [];
  #cells: Cell[] | null = null;

  /**
   * Writes over what is there from a column on, or behind it. Returns the column behind the text. The row is as wide as
   * `column` at least.
   */
  put(column: number, text: string, style: TerminalStyle): number {
    if (this.#cells === null && column === this.width) {
      this.#add(text, style);
      this.width += widthOf(text);
      return this.width;
    }
    const cells = this.#asCells();
    let at = column;
    for (const sign of ascii.test(text) ? text : characters(text)) {
      const columns = columnsOf(sign);
      if (columns === 0) {
        const before = cells[at - 1]?.text === '' ? cells[at - 2] : cells[at - 1];
        if (before) before.text += sign;
        continue;
      }
      this.#tearAt(at);
      this.#tearAt(at + columns);
      cells[at] = { text: sign, style };
      if (columns === 2) cells[at + 1] = { text: '', style };
      at += columns;
    }
    this.width = cells.length;
    return at;
  }

  /** Blank columns up to there. */
  pad(column: number): void {
    if (column > this.width) this.put(this.width, ' '.repeat(column - this.width), plainStyle);
  }

  /** Goes on to the next place at which a tab ends; returns its column. */
  tab(column: number): number {
    const next = column + tabStop - (column % tabStop);
    if (column < this.width) return next;
    this.pad(column);
    if (this.#cells === null) {
      this.#add('\t', plainStyle);
      this.width = next;
    } else this.pad(next);
    return next;
  }

  /** Takes away all from a column on. */
  cut(column: number): void {
    if (column >= this.width) return;
    if (column === 0) {
      [this.#spans, this.#cells, this.width] = [[], null, 0];
      return;
    }
    const cells = this.#asCells();
    this.#tearAt(column);
    cells.length = column;
    this.width = column;
  }

  blank(from: number, to: number): void {
    const end = Math.min(to, this.width);
    const cells = this.#asCells();
    this.#tearAt(from);
    this.#tearAt(end);
    for (let at = Math.max(from, end - widest); at < end; at++) cells[at] = { text: ' ', style: plainStyle };
  }

  remove(column: number, count: number): void {
    if (this.width > widest || column >= this.width) return;
    const cells = this.#asCells();
    this.#tearAt(column);
    this.#tearAt(column + count);
    cells.splice(column, count);
    this.width = cells.length;
  }

  insert(column: number, count: number): void {
    if (this.width > widest || column >= this.width) return;
    const cells = this.#asCells();
    this.#tearAt(column);
    const blanks = Array.from({ length: Math.min(count, widest) }, () => ({ text: ' ', style: plainStyle }));
    cells.splice(column, 0, ...blanks);
    cells.length = Math.min(cells.length, widest);
    this.width = cells.length;
  }

  /** The text with its styles, none of two neighbours alike. */
  spans(): TerminalSpan[] {
    if (this.#cells === null) return this.#spans;
    const spans: TerminalSpan[] = [];
    for (const { text, style } of this.#cells) addTo(spans, text, style);
    return spans;
  }

  #add(text: string, style: TerminalStyle): void {
    addTo(this.#spans, text, style);
  }

  #asCells(): Cell[] {
    if (this.#cells !== null) return this.#cells;
    const cells: Cell[] = [];
    this.#cells = cells;
    for (const { text, style } of this.#spans) {
      for (const sign of characters(text)) {
        const columns = sign === '\t' ? tabStop - (cells.length % tabStop) : columnsOf(sign);
        if (columns === 0 && cells.length > 0) cells[cells.length - 1]!.text += sign;
        else if (sign === '\t') for (let n = 0; n < columns; n++) cells.push({ text: ' ', style });
        else for (let n = 0; n < Math.max(1, columns); n++) cells.push({ text: n === 0 ? sign : '', style });
      }
    }
    this.width = cells.length;
    return cells;
  }

  /** Half of a wide character that is about to be written over leaves a blank. */
  #tearAt(column: number): void {
    const cells = this.#asCells();
    if (column <= 0 || cells[column]?.text !== '') return;
    cells[column - 1] = { text: ' ', style: cells[column - 1]?.style ?? plainStyle };
    cells[column] = { text: ' ', style: cells[column]?.style ?? plainStyle };
  }
}

const addTo = (spans: TerminalSpan[], text: string, style: TerminalStyle): void => {
  const last = spans.at(-1);
  if (last && isAlike(last.style, style)) last.text += text;
  else if (text !== '') spans.push({ text, style });
};

const isAlike = (one: TerminalStyle, other: TerminalStyle): boolean => {
  if (one === other) return true;
  const names = Object.keys(one) as (keyof TerminalStyle)[];
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
};

const characters = (text: string): Iterable<string> => text;
const columnsOf = (sign: string): number => (ascii.test(sign) ? 1 : widthless.test(sign) ? 0 : isWide(sign) ? 2 : 1);

const widthOf = (text: string): number => {
  if (ascii.test(text)) return text.length;
  let columns = 0;
  for (const sign of characters(text)) columns += columnsOf(sign);
  return columns;
};
