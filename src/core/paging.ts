import { type Blocks, ordinalOf } from './blocks.ts';
import type { Branches } from './branches.ts';
import { type Change, noChange } from './change.ts';
import type { Conversation } from './conversation.ts';
import { type BlockId, type BranchId, type LaneId, mainLane, type RequestId } from './ids.ts';
import type { Lanes } from './lanes.ts';
import type { Marks } from './marks.ts';
import type { Block, BlockPage, PermissionRequest, SessionSnapshot, Turn } from './view.ts';

/** Walks `after` back from the lane's tip (of that branch), or from before `before`; oldest first; stops where a block is not loaded. */
export const chainOf = (conversation: Conversation, lane: LaneId, branch: BranchId, options: { before?: BlockId; count?: number }): Block[] => {
  const { before, count = Number.POSITIVE_INFINITY } = options;
  const tip = lane === mainLane ? conversation.branches.get(branch)?.tip : conversation.lanes.get(lane)?.tip;
  let at = before === undefined ? (tip ?? null) : (conversation.blocks.get(before)?.after ?? null);
  const blocks: Block[] = [];
  while (at !== null && blocks.length < count) {
    const block = conversation.blocks.get(at);
    if (!block) break;
    blocks.push(block);
    at = block.after;
  }
  return blocks.reverse();
};

export const pageOf = (conversation: Conversation, lane: LaneId, branch: BranchId, before: BlockId | undefined, count: number): BlockPage => {
  const blocks = chainOf(conversation, lane, branch, before === undefined ? { count } : { before, count });
  return { lane, branch, blocks, before: blocks[0]?.depth ?? 0 };
};

/** What is loaded already is the newer truth and stays. */
export const addBlocks = (page: BlockPage, into: { conversation: Conversation; blocks: Blocks; home: Map<BlockId, BranchId> }): Change => {
  const change = noChange();
  for (const block of page.blocks) {
    if (into.blocks.all.has(block.block)) continue;
    into.blocks.add(block);
    if (block.lane === mainLane) into.home.set(block.block, into.conversation.homeAt(page.branch, block.depth));
    change.blocks.push(block.block);
  }
  if (change.blocks.length > 0) change.lanes.push(page.lane);
  return change;
};

interface Parts {
  conversation: Conversation;
  blocks: Blocks;
  branches: Branches;
  lanes: Lanes;
  marks: Marks;
  turns: Map<string, Turn>;
  running: Set<string>;
  requests: Map<RequestId, PermissionRequest>;
}

export const fillFrom = (snapshot: SessionSnapshot, into: Parts): void => {
  const { summary } = snapshot;
  for (const branch of snapshot.branches) into.branches.put(branch);
  into.branches.current = summary.branch;
  for (const lane of snapshot.lanes) into.lanes.put(lane);
  for (const mark of snapshot.checkpoints) into.marks.add(mark);
  for (const turn of snapshot.turns) {
    into.turns.set(turn.turn, turn);
    if (turn.status === 'running') into.running.add(turn.turn);
  }
  for (const request of snapshot.requests) into.requests.set(request.request, request);
  into.blocks.highest = Math.max(summary.blocks, ...snapshot.page.blocks.map((block) => ordinalOf(block.block)));
  Object.assign(into.conversation, {
    lastSeq: snapshot.seq, firstTs: summary.createdTs, lastTs: summary.lastTs, id: summary.id, state: summary.state, alive: summary.alive,
    pid: summary.pid, ended: summary.ended, run: snapshot.page.blocks.at(-1)?.run ?? 0,
  } satisfies Partial<Conversation>);
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
  page: pageOf(conversation, mainLane, conversation.branch, undefined, options.blocks),
});
