import { diffLines } from 'diff';
import type { FileEdit } from '../../src/core/events.ts';

export type DiffLine = { is: 'added' | 'removed' | 'same'; text: string } | { is: 'skipped'; count: number };

/** Unchanged lines kept on each side of a change. */
const context = 3;

const linesOf = (text: string): string[] => {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
};

/** The edit as lines, unchanged stretches folded. A pair of texts that takes too long to compare is shown as all out, all in. */
export function diffOf(edit: FileEdit): DiffLine[] {
  if (edit.before === null) return linesOf(edit.after).map((text) => ({ is: 'added', text }));
  const parts = diffLines(edit.before, edit.after, { timeout: 200 });
  if (parts === undefined)
    return [...linesOf(edit.before).map((text): DiffLine => ({ is: 'removed', text })), ...linesOf(edit.after).map((text): DiffLine => ({ is: 'added', text }))];
  return parts.flatMap((part, index) => {
    const is = part.added ? 'added' : part.removed ? 'removed' : 'same';
    const lines = linesOf(part.value).map((text): DiffLine => ({ is, text }));
    return is === 'same' ? folded(lines, index > 0, index < parts.length - 1) : lines;
  });
}

function folded(lines: DiffLine[], changeBefore: boolean, changeAfter: boolean): DiffLine[] {
  const head = changeBefore ? context : 0;
  const tail = changeAfter ? context : 0;
  if (lines.length <= head + tail + 1) return lines;
  const end = lines.length - tail;
  return [...lines.slice(0, head), { is: 'skipped', count: end - head }, ...lines.slice(end)];
}

export function diffSize(lines: readonly DiffLine[]): { added: number; removed: number } {
  return { added: lines.filter((line) => line.is === 'added').length, removed: lines.filter((line) => line.is === 'removed').length };
}
