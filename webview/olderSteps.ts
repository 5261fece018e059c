import type { Conversation } from '../src/core/conversation.ts';
import { mainLane } from '../src/core/ids.ts';

/** Whether steps are missing between what was loaded before a session was opened again and what is loaded now. */
export function isApart(before: Conversation, after: Conversation): boolean {
  const first = after.chain(mainLane)[0];
  return first !== undefined && first.after !== null && !before.blocks.has(first.after);
}

/**
 * What was loaded before the first step of a session that was opened again stays, where that goes on without a gap: back to a step that had
 * not ended, of which more may have come.
 */
export function keepOlder(before: Conversation, after: Conversation): void {
  const first = after.chain(mainLane)[0];
  if (first === undefined || first.after === null || isApart(before, after)) return;
  const older = olderThan(before, first.after);
  const open = older.findLastIndex((block) => block.kind === 'tool' && block.result === undefined);
  const blocks = older.slice(open + 1);
  if (blocks.length > 0) after.addPage({ lane: mainLane, branch: after.branch, blocks, before: blocks[0]!.depth });
}

/** The loaded steps up to that one. */
function olderThan(conversation: Conversation, last: string) {
  const chain = conversation.chain(mainLane);
  return chain.slice(0, chain.findLastIndex((block) => block.block === last) + 1);
}
