import type { Conversation } from './conversation.ts';
import type { BlockBody, Fidelity } from './events.ts';
import { type BlockId, type BranchId, mainLane, seamIdOf } from './ids.ts';
import { FileTrail } from './fileTrail.ts';
import { type Step, stepAt } from './steps.ts';
import type { Block, BlockOf, Seam, SeamDrops } from './view.ts';

export interface SeamOptions {
  /** The current one when absent. */
  branch?: BranchId;
  /** Whether the agent's own history can be cut after that block, of that kind. */
  fidelityAfter(kind: BlockBody['kind'], block: BlockId): { fidelity: Fidelity; reason: string };
}

/**
 * The places to rewind to on a branch, oldest first: after each prompt, each text and each finished batch of tool calls, unless nothing would
 * drop there. In a partly loaded conversation: those of the loaded end.
 */
export const seamsOf = (conversation: Conversation, options: SeamOptions): Seam[] => {
  const branch = options.branch ?? conversation.branch;
  const chain = conversation.chain(mainLane, branch);
  const trail = new FileTrail(conversation, branch, chain[0]);
  const remaining = count(chain, 0);
  const seams: Seam[] = [];
  for (let at = 0; at < chain.length; ) {
    const step = stepAt(chain, at);
    const files = trail.pass(step.blocks);
    for (const block of step.blocks) remove(remaining, block);
    if (step.kind !== null && !isNothing(remaining)) seams.push(seam(step, step.kind, { ...remaining }, files, options));
    at += step.blocks.length;
  }
  return seams;
};

/** The seam after that block; undefined when there is none, or the block is not on the branch. */
export const seamAfter = (conversation: Conversation, block: BlockId, options: SeamOptions): Seam | undefined => {
  if (!conversation.isOn(block, options.branch ?? conversation.branch)) return undefined;
  return seamsOf(conversation, options).find((at) => at.after === block);
};

/** What a cut after that block drops on the branch; with null, all of it. */
export const dropsAfter = (conversation: Conversation, block: BlockId | null, branch: BranchId = conversation.branch): SeamDrops => {
  const chain = conversation.chain(mainLane, branch);
  const depth = block === null ? -1 : (conversation.blocks.get(block)?.depth ?? Number.POSITIVE_INFINITY);
  return count(chain.filter((at) => at.depth > depth), 0);
};

/** The files as of the seam after that block; null when they were not captured or there is no such place. */
export const checkpointAt = (conversation: Conversation, block: BlockId, branch: BranchId = conversation.branch): string | null => {
  const chain = conversation.chain(mainLane, branch);
  const trail = new FileTrail(conversation, branch, chain[0]);
  for (let at = 0; at < chain.length; ) {
    const { blocks } = stepAt(chain, at);
    const files = trail.pass(blocks);
    if (blocks.some((passed) => passed.block === block)) return files.is === 'captured' ? files.mark.checkpoint : null;
    at += blocks.length;
  }
  return null;
};

const seam = (step: Step, kind: Seam['kind'], drops: SeamDrops, files: FilesAtSeam, options: SeamOptions): Seam => {
  const last = step.blocks.at(-1);
  if (last === undefined) throw new Error('a seam after nothing');
  const { fidelity, reason } = options.fidelityAfter(kind, last.block);
  return {
    seam: seamIdOf(last.block), turn: last.turn ?? null, after: last.block, kind, fidelity, drops,
    reason: files.is === 'captured' ? reason : [reason, files.reason].filter((part) => part !== '').join(' '),
    checkpoint: files.is === 'captured' ? files.mark.checkpoint : null,
    uncovered: files.is === 'captured' ? files.mark.skipped : [],
  };
};

type FilesAtSeam = ReturnType<FileTrail['pass']>;

const count = (chain: Block[], from: number): SeamDrops => {
  const drops: SeamDrops = { text: 0, tool: 0, thinking: 0, prompt: 0 };
  for (const block of chain.slice(from)) {
    if (block.kind === 'compaction') drops.compaction = (drops.compaction ?? 0) + 1;
    else if (isCounted(block)) drops[block.kind]++;
  }
  return drops;
};

const isCounted = (block: Block): block is BlockOf<'text' | 'tool' | 'thinking' | 'prompt'> => ['text', 'tool', 'thinking', 'prompt'].includes(block.kind);

const remove = (drops: SeamDrops, block: Block): void => {
  if (isCounted(block)) drops[block.kind]--;
  if (block.kind !== 'compaction') return;
  const left = (drops.compaction ?? 1) - 1;
  if (left > 0) drops.compaction = left;
  else delete drops.compaction;
};

const isNothing = (drops: SeamDrops): boolean => drops.text + drops.tool + drops.thinking + drops.prompt + (drops.compaction ?? 0) === 0;
