/** A long text shortened to its last lines (a command's end tells most) or its first (a file's). */
export interface Clipped {
  text: string;
  hidden: number;
}

export const clippedLines = 12;

export function clipped(text: string, keep: 'first' | 'last', count = clippedLines): Clipped {
  const { lines, hidden } = clippedList(text.replace(/\n+$/, '').split('\n'), keep, count);
  return { text: lines.join('\n'), hidden };
}

/** The same of lines. */
export function clippedList<Line>(lines: readonly Line[], keep: 'first' | 'last', count = clippedLines): { lines: readonly Line[]; hidden: number } {
  if (lines.length <= count + 2) return { lines, hidden: 0 };
  return { lines: keep === 'last' ? lines.slice(-count) : lines.slice(0, count), hidden: lines.length - count };
}
