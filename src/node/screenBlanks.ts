import type { Terminal } from '@xterm/headless';

/** What is used of xterm.js's inside (6.0.0; the version is pinned exactly because of it, and a test compares the two ways). */
interface Inside {
  _core?: { _bufferService?: { buffers?: { _alt?: Buffer; _normal?: Buffer } } };
}
interface Buffer {
  lines: { length: number; get(at: number): Line | undefined };
  clear(): void;
  getBlankLine(attributes: object, isWrapped?: boolean): Line;
  getNullCell(attributes?: object): Cell;
}
interface Line {
  length: number;
  isWrapped: boolean;
  _data: Uint32Array;
  _combined: object;
  _extendedAttrs: object;
  fill(cell: Cell, respectProtect?: boolean): void;
}
interface Cell {
  content: number;
  fg: number;
  bg: number;
}

/** What a cell holds: its character, its colours. */
const cellWords = 3;
const isCombined = 1 << 21;
const hasExtended = 1 << 28;

/**
 * Makes blank lines cheap on an emulator: a line is filled by one copy in place of a call for each cell, and the alternate screen, which xterm.js
 * makes anew each time that a program goes there, gets the lines back that it had. Without the inside it knows it changes nothing.
 */
export function speedUpBlanks(terminal: Terminal): void {
  const buffers = (terminal as Inside)._core?._bufferService?.buffers;
  const line = buffers?._normal?.lines?.get(0);
  if (!buffers?._alt || typeof line?.fill !== 'function' || !(line._data instanceof Uint32Array)) return;
  fillByCopy(Object.getPrototypeOf(line) as Line);
  keepLines(buffers._alt, terminal);
}

/** The lines that were on the alternate screen last are those of its next time. */
function keepLines(buffer: Buffer, terminal: Terminal): void {
  let kept: Line[] = [];
  const clear = buffer.clear.bind(buffer);
  const blankLine = buffer.getBlankLine.bind(buffer);
  buffer.clear = () => {
    kept = Array.from({ length: buffer.lines.length }, (_, at) => buffer.lines.get(at)!);
    clear();
  };
  buffer.getBlankLine = (attributes, isWrapped = false) => {
    const line = kept.pop();
    if (line === undefined || line.length !== terminal.cols || line._data.length !== line.length * cellWords) return blankLine(attributes, isWrapped);
    line.fill(buffer.getNullCell(attributes));
    line.isWrapped = isWrapped;
    return line;
  };
}

/** For all lines of all emulators: they are of one class. */
function fillByCopy(lines: Line & { isFilledByCopy?: true }): void {
  if (lines.isFilledByCopy) return;
  const byCell = lines.fill;
  let model = { content: 0, fg: 0, bg: 0, cells: new Uint32Array() };
  const modelOf = ({ content, fg, bg }: Cell, length: number): Uint32Array => {
    if (model.content !== content || model.fg !== fg || model.bg !== bg || model.cells.length !== length) {
      model = { content, fg, bg, cells: Uint32Array.from({ length }, (_, at) => (at % cellWords === 0 ? content : at % cellWords === 1 ? fg : bg)) };
    }
    return model.cells;
  };
  lines.fill = function fill(this: Line, cell, respectProtect = false) {
    if (respectProtect || (cell.content & isCombined) !== 0 || (cell.bg & hasExtended) !== 0) return byCell.call(this, cell, respectProtect);
    if (hasEntries(this._combined)) this._combined = {};
    if (hasEntries(this._extendedAttrs)) this._extendedAttrs = {};
    this._data.set(modelOf(cell, this.length * cellWords));
  };
  lines.isFilledByCopy = true;
}

/** Without making a list of them: this is asked of every line that is filled. */
function hasEntries(object: object): boolean {
  for (const _ in object) return true;
  return false;
}
