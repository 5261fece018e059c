import type { Block, Seam } from './view.ts';

/** Blocks that are kept or dropped together; `kind` null: no seam after them. */
export interface Step {
  blocks: Block[];
  kind: Seam['kind'] | null;
}

/** The step that begins at an index of a chain. */
export const stepAt = (chain: readonly Block[], at: number): Step => {
  const first = chain[at];
  if (first === undefined) return { blocks: [], kind: null };
  const { kind } = first;
  switch (kind) {
    case 'prompt': return { blocks: [first], kind };
    case 'text': return { blocks: [first], kind: hasOpenCalls(chain, at) ? null : kind };
    case 'tool': {
      const blocks = batchAt(chain, at);
      return { blocks, kind: blocks.every((block) => block.kind === 'tool' && block.result) ? kind : null };
    }
    case 'thinking': case 'notice': case 'compaction': return { blocks: [first], kind: null };
    // A log written by a newer version may hold kinds that this one does not know.
    default: return { blocks: [first], kind: null };
  }
};

/** Parallel calls: consecutive tool blocks of one model message. */
const batchAt = (chain: readonly Block[], at: number): Block[] => {
  const message = chain[at]?.native?.message;
  let end = at + 1;
  while (message !== undefined && chain[end]?.kind === 'tool' && chain[end]?.native?.message === message) end++;
  return chain.slice(at, end);
};

/** A text that its message put behind a call which has no result: cut there, the call would stay open. */
const hasOpenCalls = (chain: readonly Block[], at: number): boolean => {
  const message = chain[at]?.native?.message;
  if (message === undefined) return false;
  for (let before = chain[at - 1], i = at - 1; before?.native?.message === message; before = chain[--i])
    if (before.kind === 'tool' && !before.result) return true;
  return false;
};
