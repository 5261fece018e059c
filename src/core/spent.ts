import type { ConversationParts } from './conversationParts.ts';
import type { EventOf, TokenUsage } from './events.ts';
import { type BlockId, type BranchId, mainLane } from './ids.ts';
import { usageDifference, usageSum } from './usage.ts';
import type { Block, Branch } from './view.ts';

type Parts = Pick<ConversationParts, 'blocks' | 'branches' | 'homes' | 'turns'>;

/** What the model has used along a branch's line up to a block of it, that one included: of steps that were cut off nothing counts. */
export function spentUpTo({ blocks, branches, turns }: Parts, branch: BranchId, until: BlockId | null): Branch['used'] {
  const from = branches.all.get(branch);
  let used = from?.used ?? null;
  const cut = new Set<string>();
  for (let at = from?.tip ?? null; at !== null && at !== until; ) {
    const block = blocks.all.get(at);
    if (!block) break;
    if (block.usage) used = usageDifference(used, block.usage);
    if (block.turn !== undefined) cut.add(block.turn);
    at = block.after;
  }
  for (const turn of cut) {
    const beyond = turns.all.get(turn)?.usageBeyond;
    if (beyond) used = usageDifference(used, beyond);
  }
  return used;
}

/** A step of the main lane has landed on the branch, whose line may go on from another place than its end. */
export function stepSpent(parts: Parts, block: Block, branch: BranchId, from: BranchId | null): void {
  const { branches, turns } = parts;
  if (from !== null) branches.change(branch, { used: spentUpTo(parts, from, block.after) ?? null });
  const isCounted = block.turn !== undefined && turns.all.get(block.turn)?.isUsageTold === true;
  if (block.usage && !isCounted) add(parts, branch, block.usage);
}

/** The agent has told what a turn used: what its steps did not tell of it is added. Gives that part. */
export function turnSpent(parts: Parts, { lane, turnId, tokenUsage }: EventOf<'task_complete'>): TokenUsage | null {
  if (lane !== mainLane || !tokenUsage) return null;
  const old = parts.turns.all.get(turnId);
  const known = old?.isUsageTold ? null : (old?.usage ?? null);
  const beyond = old?.isUsageTold ? null : known === null ? tokenUsage : usageDifference(tokenUsage, known);
  if (beyond) add(parts, parts.branches.current, beyond);
  return beyond;
}

/** A step tells late, or anew, what it used: on every branch that has it. */
export function updateSpent(parts: Parts, id: BlockId, usage: TokenUsage): void {
  const block = parts.blocks.all.get(id);
  if (block?.lane !== mainLane) return;
  for (const { branch, used } of [...parts.branches.all.values()]) {
    if (!parts.homes.isOn(id, branch) || used === undefined) continue;
    const before = block.usage ? usageDifference(used, block.usage) : used;
    parts.branches.change(branch, { used: usageSum(before, usage) });
  }
}

/** Hosts of an earlier version tell nothing of it: then nothing is counted. */
function add({ branches }: Parts, branch: BranchId, usage: TokenUsage): void {
  const used = branches.all.get(branch)?.used;
  if (used !== undefined) branches.change(branch, { used: usageSum(used, usage) });
}
