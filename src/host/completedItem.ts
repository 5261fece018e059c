import type { Conversation } from '../core/conversation.ts';
import type { BlockBody, EventBody, ItemType } from '../core/events.ts';
import { mainLane } from '../core/ids.ts';

const typeOf = (body: BlockBody): ItemType => {
  switch (body.kind) {
    case 'prompt': return 'user_message';
    case 'text': return 'agent_message';
    case 'thinking': return 'reasoning';
    case 'notice':
    case 'compaction': return 'notice';
    case 'tool': return body.tool_kind === 'execute' ? 'command_execution' : body.tool_kind === 'edit' ? 'file_change' : body.tool_kind === 'fetch' ? 'web_search' : 'tool_call';
  }
};

/**
 * The rows by which readers of the schema's other writers know a completed step and a compaction: beside our own row, which holds what it
 * was. Main lane only; a tool is complete with its result.
 */
export function completedItem(body: EventBody, conversation: Conversation): EventBody[] {
  if (body.type === 'block') {
    if (body.lane !== mainLane || (body.kind === 'tool' && !body.result)) return [];
    const turn = body.turn === undefined ? {} : { turnId: body.turn };
    const item: EventBody = { type: 'item_completed', item: { id: body.block, type: typeOf(body), ...(body.kind === 'tool' && body.result && { status: body.result.status }) }, ...turn };
    if (body.kind !== 'compaction') return [item];
    const { trigger, tokens_before, tokens_after } = body;
    return [{ type: 'compaction', block: body.block, trigger, tokens_before, tokens_after }];
  }
  if (body.type !== 'block_updated' || !body.result) return [];
  const block = conversation.blocks.get(body.block);
  if (block?.kind !== 'tool' || block.lane !== mainLane || block.result) return [];
  return [{ type: 'item_completed', item: { id: block.block, type: typeOf(block), status: body.result.status }, ...(block.turn !== undefined && { turnId: block.turn }) }];
}
