import type { Conversation } from '../core/conversation.ts';
import { mainLane } from '../core/ids.ts';

/** As many calls as one message has at most, and then some. */
const lookedAt = 64;

/** Whether calls run besides those that are being asked about; the call of a subagent is one of them. */
export function isMoreRunning(conversation: Conversation): boolean {
  const asked = new Set([...conversation.requests.values()].map(({ call }) => call));
  return conversation.chain(mainLane, conversation.branch, { count: lookedAt })
    .some((block) => block.kind === 'tool' && !block.result && block.tool_kind !== 'ask' && !asked.has(block.call));
}
