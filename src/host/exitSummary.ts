import type { Conversation } from '../core/conversation.ts';
import type { ExitClass, TokenUsage } from '../core/events.ts';
import { mainLane } from '../core/ids.ts';
import { usageSum } from '../core/usage.ts';

/** How a session ended, for people and scripts (`ExitClass`). A clean exit is a success, whatever the agent. */
export function exitClassOf(end: { code: number | null; signal: string | null }, wasStopped: boolean, conversation: Conversation): ExitClass {
  if (end.code === 0) return 'success';
  if (wasStopped) return 'stopped';
  if (end.code === 124) return 'timeout';
  // A program that has no prompt has begun its work once it tells something.
  return conversation.wasAtPrompt || conversation.blocks.size > 0 ? 'failure' : 'boot_failure';
}

const noTokens: TokenUsage = { input_tokens: null, output_tokens: null, reasoning_tokens: null, cached_tokens: null, total_tokens: null };

/** Tokens of all lanes and branches together: of each turn that told its own, and of each block that is of no such turn; null where none told any. */
export function usageOf({ turns, blocks }: Conversation): TokenUsage {
  let total = noTokens;
  for (const turn of turns.values()) if (turn.isUsageTold && turn.usage) total = usageSum(total, turn.usage);
  for (const block of blocks.values()) {
    const turn = block.turn === undefined ? undefined : turns.get(block.turn);
    const isInTurn = turn?.isUsageTold === true && turn.lane === block.lane;
    if (block.usage && !isInTurn) total = usageSum(total, block.usage);
  }
  return total;
}

/** What happened in a session, counted. */
export interface Counts {
  turns: number;
  stalls: number;
  resumes: number;
  compactions: number;
  disconnections: number;
}

export function countsOf({ watching, turns, blocks }: Conversation): Counts {
  const own = (one: { lane: string }): boolean => one.lane === mainLane;
  return {
    turns: [...turns.values()].filter(own).length, stalls: watching.stalls, resumes: watching.resumes,
    compactions: [...blocks.values()].filter((block) => block.kind === 'compaction' && own(block)).length, disconnections: watching.disconnections,
  };
}

/** From the session's first row to `endTs`, in whole seconds. */
export const durationOf = ({ firstTs }: Conversation, endTs: string): number => (firstTs === null ? 0 : Math.max(0, Math.round((Date.parse(endTs) - Date.parse(firstTs)) / 1_000)));
