import type { Conversation } from '../core/conversation.ts';
import type { ExitClass, TokenUsage } from '../core/events.ts';
import { mainLane } from '../core/ids.ts';

/** How a session ended, for people and scripts (`ExitClass`). A clean exit is a success, whatever the agent. */
export function exitClassOf(end: { code: number | null; signal: string | null }, wasStopped: boolean, conversation: Conversation): ExitClass {
  if (end.code === 0) return 'success';
  if (wasStopped) return 'stopped';
  if (end.code === 124) return 'timeout';
  // A program that has no prompt has begun its work once it tells something.
  return conversation.wasAtPrompt || conversation.blocks.size > 0 ? 'failure' : 'boot_failure';
}

/** Tokens of all lanes together; null where no message told any. */
export function usageOf(conversation: Conversation): TokenUsage {
  const total: TokenUsage = { input_tokens: null, output_tokens: null, reasoning_tokens: null, cached_tokens: null, total_tokens: null };
  for (const block of conversation.blocks.values()) {
    if (!block.usage) continue;
    for (const key of Object.keys(total) as (keyof TokenUsage)[]) {
      const tokens = block.usage[key];
      if (tokens !== null) total[key] = (total[key] ?? 0) + tokens;
    }
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
