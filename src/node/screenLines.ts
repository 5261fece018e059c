import type { Terminal } from '@xterm/headless';

/** What is used of xterm.js's inside (6.0.0; the version is pinned exactly because of it, and a test compares the two ways). */
interface Inside {
  _core?: {
    _inputHandler?: {
      _activeBuffer: ActiveBuffer;
      _eraseAttrData(): object;
      _restrictCursor(): void;
    };
  };
}
interface ActiveBuffer {
  x: number;
  y: number;
  ybase: number;
  scrollTop: number;
  scrollBottom: number;
  lines: { get(at: number): Line | undefined; set(at: number, line: Line): void };
  getNullCell(attributes?: object): object;
}
interface Line {
  isWrapped: boolean;
  fill(cell: object): void;
}

/**
 * Makes inserting, deleting and scrolling lines cheap on an emulator. xterm.js allocates each blank line, kilobytes outside of the heap, and moves all
 * others once per line; here the lines that fall out come in again, and all move once. Without the inside it knows it changes nothing.
 */
export function speedUpLines(terminal: Terminal): void {
  const handler = (terminal as Inside)._core?._inputHandler;
  if (handler?._activeBuffer?.lines === undefined) return;
  const onCount = (final: string, act: (buffer: ActiveBuffer, count: number) => void) =>
    terminal.parser.registerCsiHandler({ final }, ([count]) => {
      act(handler._activeBuffer, (typeof count === 'number' && count) || 1);
      return true;
    });
  const atCursor = (buffer: ActiveBuffer, count: number) => {
    handler._restrictCursor();
    if (buffer.y < buffer.scrollTop || buffer.y > buffer.scrollBottom) return;
    turn(buffer, buffer.y, count, buffer.getNullCell(handler._eraseAttrData()));
    buffer.x = 0;
  };
  onCount('L', (buffer, count) => atCursor(buffer, count));
  onCount('M', (buffer, count) => atCursor(buffer, -count));
  onCount('S', (buffer, count) => turn(buffer, buffer.scrollTop, -count, buffer.getNullCell(handler._eraseAttrData())));
  // As in xterm.js, scrolling down brings in the default background.
  onCount('T', (buffer, count) => turn(buffer, buffer.scrollTop, count, buffer.getNullCell()));
  // Up a line, at the top of the region: there it scrolls down.
  terminal.parser.registerEscHandler({ final: 'M' }, () => {
    handler._restrictCursor();
    const buffer = handler._activeBuffer;
    if (buffer.y !== buffer.scrollTop) return false;
    turn(buffer, buffer.scrollTop, 1, buffer.getNullCell(handler._eraseAttrData()));
    return true;
  });
}

/** Whether the emulator, as far as it has parsed, scrolls all of its rows; false where its inside is not as it is known. */
export function scrollsWhole(terminal: Terminal): boolean {
  const buffer = (terminal as Inside)._core?._inputHandler?._activeBuffer;
  return buffer?.scrollTop === 0 && buffer.scrollBottom === terminal.rows - 1;
}

/** Moves the lines from row `top` to the end of the scroll region down by `count`, or up where it is negative; `blank` fills what comes in. */
function turn({ lines, ybase, scrollBottom }: ActiveBuffer, top: number, count: number, blank: object): void {
  const height = scrollBottom - top + 1;
  const blanks = Math.min(Math.abs(count), height);
  if (blanks === height) return blankAll(lines, ybase + top, height, blank);
  const region = Array.from({ length: height }, (_, row) => lines.get(ybase + top + row)!);
  const isDown = count > 0;
  const moved = isDown ? height - blanks : blanks;
  const turned = [...region.slice(moved), ...region.slice(0, moved)];
  const blankFrom = isDown ? 0 : height - blanks;
  turned.forEach((line, row) => {
    if (row >= blankFrom && row < blankFrom + blanks) {
      line.fill(blank);
      line.isWrapped = false;
    }
    lines.set(ybase + top + row, line);
  });
}

/** All lines of the region go: none is moved. */
function blankAll(lines: ActiveBuffer['lines'], from: number, height: number, blank: object): void {
  for (let row = 0; row < height; row++) {
    const line = lines.get(from + row)!;
    line.fill(blank);
    line.isWrapped = false;
  }
}
