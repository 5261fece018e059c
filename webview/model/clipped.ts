/** A long text shortened to its last lines (a command's end tells most) or its first (a file's). */
export interface Clipped {
  text: string;
  hidden: number;
}

export const clippedLines = 12;

export function clipped(text: string, keep: 'first' | 'last', count = clippedLines): Clipped {
  const lines = text.replace(/\n+$/, '').split('\n');
  if (lines.length <= count + 2) return { text: lines.join('\n'), hidden: 0 };
  const kept = keep === 'last' ? lines.slice(-count) : lines.slice(0, count);
  return { text: kept.join('\n'), hidden: lines.length - count };
}
