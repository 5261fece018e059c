import { printable } from './print.ts';
import { rulerFor, type Ruler } from './ruler.ts';

/** Where a text is cut. */
type Cut = 'end' | 'start' | 'middle';

/** A column of a table for people. Without `cut` its cells are always shown whole. */
export interface Column {
  head: string;
  /** How a cell gives way where the terminal is too narrow: by its end, by its beginning, or in the middle. */
  cut?: Cut;
  /** Cells tell the rows apart: those that a cut would make alike are cut in the middle. */
  isName?: boolean;
  /** A cell cut to less tells nothing: other columns are left out first. */
  least?: number;
  /** The whole column is left out rather than that others are cut further; the lowest number goes first. */
  leaves?: number;
}

const gap = '  ';
const usualLeast = 12;
/** On a terminal too narrow for anything, a few characters are still seen. */
const scant = 4;

/** The first of these characters that have room in so many columns. */
const beginningOf = (ruler: Ruler, characters: readonly string[], columns: number): string[] => {
  const kept: string[] = [];
  let room = columns;
  for (const character of characters) {
    room -= ruler.widthOf(character);
    if (room < 0) break;
    kept.push(character);
  }
  return kept;
};

/** The text in so many columns of a terminal: whole, or cut with an ellipsis there; never inside of what is seen as one character. */
const fitted = (ruler: Ruler, text: string, columns: number, cut: Cut): string => {
  if (ruler.widthOf(text) <= columns) return text;
  const characters = ruler.charactersOf(text);
  const endOf = (room: number): string => beginningOf(ruler, characters.toReversed(), room).reverse().join('').trimStart();
  switch (cut) {
    case 'end': return `${beginningOf(ruler, characters, columns - 1).join('').trimEnd()}…`;
    case 'start': return `…${endOf(columns - 1)}`;
    case 'middle': return `${beginningOf(ruler, characters, Math.ceil((columns - 1) / 2)).join('').trimEnd()}…${endOf(Math.floor((columns - 1) / 2))}`;
  }
};

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

interface Measured extends Column {
  at: number;
  /** Of its widest cell. */
  width: number;
}

const leastOf = ({ cut, least = usualLeast, width }: Measured): number => (cut ? Math.min(width, least) : width);
const lineWidth = (columns: readonly Measured[], widthOf: (column: Measured) => number): number =>
  sum(columns.map(widthOf)) + gap.length * Math.max(0, columns.length - 1);

/** The columns that are shown: all, or those that are left once the rest fits. */
const shownOf = (columns: Measured[], limit: number): Measured[] => {
  const shown = [...columns];
  const leaving = columns.filter(({ leaves }) => leaves !== undefined).sort((a, b) => (a.leaves ?? 0) - (b.leaves ?? 0));
  for (const column of leaving) {
    if (lineWidth(shown, leastOf) <= limit) break;
    shown.splice(shown.indexOf(column), 1);
  }
  return shown;
};

/** Beyond the least, those that may be cut get equal room; what the short ones do not need goes to the long ones. */
const narrowed = (columns: Measured[], limit: number): Measured[] => {
  const isEnough = lineWidth(columns, leastOf) <= limit;
  const sureOf = (column: Measured): number => (isEnough || !column.cut ? leastOf(column) : Math.min(column.width, scant));
  const widths = new Map(columns.map((column) => [column, sureOf(column)]));
  let room = Math.max(0, limit - lineWidth(columns, sureOf));
  const wishOf = (column: Measured): number => column.width - sureOf(column);
  const wishing = columns.filter(({ cut }) => cut).sort((a, b) => wishOf(a) - wishOf(b));
  wishing.forEach((column, done) => {
    const more = Math.min(wishOf(column), Math.floor(room / (wishing.length - done)));
    widths.set(column, sureOf(column) + more);
    room -= more;
  });
  return columns.map((column) => ({ ...column, width: widths.get(column) ?? column.width }));
};

/** The cells of a column as they are shown. */
const textsOf = (ruler: Ruler, { cut, width, isName }: Measured, cells: readonly string[]): string[] => {
  if (!cut) return [...cells];
  const texts = cells.map((cell) => fitted(ruler, cell, width, cut));
  if (!isName) return texts;
  const meant = new Map<string, Set<string>>();
  texts.forEach((text, at) => meant.set(text, (meant.get(text) ?? new Set()).add(cells[at] ?? '')));
  return texts.map((text, at) => ((meant.get(text)?.size ?? 0) > 1 ? fitted(ruler, cells[at] ?? '', width, 'middle') : text));
};

/** The lines of a table that is no wider than `limit` columns of a terminal, as far as its columns can give way; null: nothing is cut. */
export const tableLines = async (columns: readonly Column[], rows: readonly (readonly string[])[], limit: number | null): Promise<string[]> => {
  const cells = [columns.map(({ head }) => head), ...rows].map((row) => row.map((cell) => printable(cell).replaceAll('\t', ' ')));
  const ruler = await rulerFor(cells.flat());
  const measured = columns.map((column, at) => ({ ...column, at, width: Math.max(...cells.map((row) => ruler.widthOf(row[at] ?? ''))) }));
  const shown = limit === null ? measured : narrowed(shownOf(measured, limit), limit);
  const columnTexts = shown.map((column) => textsOf(ruler, column, cells.map((row) => row[column.at] ?? '')));
  return cells.map((_, row) => shown.map(({ width }, at) => {
    const text = columnTexts[at]?.[row] ?? '';
    return text + ' '.repeat(Math.max(0, width - ruler.widthOf(text)));
  }).join(gap).trimEnd());
};

/** A table on standard output, as wide as its terminal; where that is none, nothing is cut. */
export const printTable = async (columns: readonly Column[], rows: readonly (readonly string[])[]): Promise<void> => {
  for (const line of await tableLines(columns, rows, process.stdout.columns || null)) process.stdout.write(`${line}\n`);
};
