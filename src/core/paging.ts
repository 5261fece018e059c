import { inOrder, ordinalOf } from './blocks.ts';
import { type Change, noChange } from './change.ts';
import type { Conversation } from './conversation.ts';
import type { ConversationParts } from './conversationParts.ts';
import { type BlockId, type BranchId, type LaneId, mainLane } from './ids.ts';
import type { Block, BlockPage, SessionSnapshot } from './view.ts';

type Chains = Pick<ConversationParts, 'blocks' | 'branches' | 'lanes'>;

/** Walks `after` back from the lane's tip (of that branch), or from before `before`; oldest first; stops where a block is not loaded. */
export const chainOf = ({ blocks, branches, lanes }: Chains, lane: LaneId, branch: BranchId, options: { before?: BlockId; count?: number }): Block[] => {
  const { before, count = Number.POSITIVE_INFINITY } = options;
  const tip = lane === mainLane ? branches.all.get(branch)?.tip : lanes.all.get(lane)?.tip;
  let at = before === undefined ? (tip ?? null) : (blocks.all.get(before)?.after ?? null);
  const chain: Block[] = [];
  while (at !== null && chain.length < count) {
    const block = blocks.all.get(at);
    if (!block) break;
    chain.push(block);
    at = block.after;
  }
  return chain.reverse();
};

export const pageOf = (parts: Chains, lane: LaneId, branch: BranchId, before: BlockId | undefined, count: number): BlockPage => {
  const blocks = chainOf(parts, lane, branch, before === undefined ? { count } : { before, count });
  return { lane, branch, blocks, before: blocks[0]?.depth ?? 0 };
};

/** What is loaded already is the newer truth and stays. */
export const addBlocks = (page: BlockPage, { blocks, homes }: ConversationParts): Change => {
  const change = noChange();
  for (const block of page.blocks.map(inOrder)) {
    if (blocks.all.has(block.block)) continue;
    blocks.add(block);
    if (block.lane === mainLane) homes.load(block, page.branch);
    change.blocks.push(block.block);
  }
  if (change.blocks.length > 0) change.lanes.push(page.lane);
  return change;
};

/** Into parts that are as new. */
export const fillFrom = (snapshot: SessionSnapshot, into: ConversationParts): void => {
  const { summary, page } = snapshot;
  into.course.fill(snapshot);
  for (const branch of snapshot.branches) into.branches.put(branch);
  into.branches.current = summary.branch;
  for (const lane of snapshot.lanes) into.lanes.put(lane);
  for (const mark of snapshot.checkpoints) into.marks.add(mark);
  for (const turn of snapshot.turns) into.turns.put(turn);
  for (const request of snapshot.requests) into.requests.set(request.request, request);
  into.queue.fill(snapshot.queue, snapshot.queuePaused, snapshot.typed ?? []);
  into.sent.fill(snapshot.queue, snapshot.typed ?? []);
  into.watching.fill(summary);
  into.blocks.highest = Math.max(summary.blocks, ...page.blocks.map((block) => ordinalOf(block.block)));
  addBlocks(page, into);
};

export type SnapshotParts = Omit<SessionSnapshot, 'summary' | 'damage' | 'live'>;

/** All of a snapshot that the conversation knows, with the last `blocks` blocks of the current branch. */
export const snapshotParts = (conversation: Conversation, options: { blocks: number }): SnapshotParts => ({
  seq: conversation.lastSeq,
  branches: [...conversation.branches.values()],
  lanes: [...conversation.lanes.values()],
  requests: [...conversation.requests.values()],
  turns: [...conversation.turns.values()],
  checkpoints: [...conversation.checkpoints],
  queue: [...conversation.queue],
  queuePaused: conversation.queuePaused,
  typed: [...conversation.typedPrompts],
  page: conversation.page(mainLane, conversation.branch, undefined, options.blocks),
});
