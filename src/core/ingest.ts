import type { BlockDraft, Draft, ResultDraft } from './adapter.ts';
import type { Conversation } from './conversation.ts';
import type { Added, AgentState, BlockBody, EventBody, EventFields, ToolResult } from './events.ts';
import { type BlockId, type LaneId, mainLane } from './ids.ts';

type DraftOf<T extends Draft['type']> = Extract<Draft, { type: T }>;

/**
 * Turns drafts, which speak the agent's ids, into events, which speak ours, and drops what the conversation already holds: a history that
 * is read twice, or was copied for a rewind, adds nothing. The event given must be applied before the next draft is taken.
 */
export class Ingest {
  readonly #conversation: Conversation;

  constructor(conversation: Conversation) {
    this.#conversation = conversation;
  }

  /** The event to append, or null when there is nothing new in it. */
  take(draft: Draft): EventBody | null {
    switch (draft.type) {
      case 'block': return this.#block(draft);
      case 'block_updated': return this.#result(draft);
      case 'lane_opened': return this.#laneOpened(draft);
      case 'lane_updated': return this.#laneUpdated(draft);
      case 'lane_closed': return this.#laneClosed(draft);
      case 'state': return isSameState(this.#conversation.state, draft.state) ? null : draft;
      case 'turn_started': return this.#conversation.turns.has(draft.turnId) ? null : draft;
      case 'task_complete': return this.#turnEnded(draft);
      case 'permission_requested': return this.#conversation.requests.has(draft.request) ? null : draft;
      case 'permission_resolved': return this.#conversation.requests.has(draft.request) ? draft : null;
      case 'cost':
      case 'disconnected': return draft;
    }
  }

  #block(draft: BlockDraft): EventBody | null {
    const { lane, native, body } = draft;
    const known = this.#conversation.blockOfNative(lane, native.id);
    if (known) return body.kind === 'tool' && body.result && known.kind === 'tool' && !known.result ? { type: 'block_updated', block: known.block, result: body.result } : null;
    const fields: EventFields['block'] = {
      block: `b${this.#conversation.blockCount + 1}`, lane, after: this.#after(draft), native,
      ...(draft.turn === undefined ? {} : { turn: draft.turn }),
      ...(draft.model === undefined ? {} : { model: draft.model }),
      ...(draft.usage === undefined ? {} : { usage: draft.usage }),
      ...body,
      ...this.#added(draft),
    };
    return { type: 'block', ...fields };
  }

  /** Whose words a prompt holds is told by what was sent. */
  #added({ lane, native, body }: BlockDraft): { added?: Added } {
    if (lane !== mainLane || body.kind !== 'prompt') return {};
    const added = this.#conversation.addedIn(body.text, native.id);
    return added === undefined ? {} : { added };
  }

  /** The block that this one continues: on the branch that the agent's own history belongs to. */
  #after(draft: BlockDraft): BlockId | null {
    const { lane, native, after } = draft;
    const tip = this.#tipOf(lane, native.session);
    if (tip === null) return after === null ? null : (this.#named(lane, after) ?? null);
    // A prompt before which there is none: the agent has gone back to before its first.
    if (after === null) return lane === mainLane && draft.body.kind === 'prompt' ? null : tip;
    const named = this.#named(lane, after);
    if (named === undefined || lane !== mainLane) return tip;
    if (draft.body.kind === 'notice' && !this.#hasGoneBack(tip, named, draft.body)) return tip;
    return this.#isBehindNotices(tip, named) ? tip : named;
  }

  #tipOf(lane: LaneId, session: string): BlockId | null {
    const conversation = this.#conversation;
    if (lane !== mainLane) return conversation.lanes.get(lane)?.tip ?? null;
    return conversation.branches.get(conversation.branchOfSession(session))?.tip ?? null;
  }

  /** What hangs off one result of a parallel batch comes after all of the batch, in whatever order the results came. */
  #named(lane: LaneId, nativeId: string): BlockId | undefined {
    const block = this.#conversation.blockOfNative(lane, nativeId);
    const isResult = block !== undefined && this.#conversation.blockOfResult(lane, nativeId) === block;
    return block && isResult ? this.#conversation.lastOfBatch(block).block : block?.block;
  }

  /** Notices hang beside the agent's history, not in it: nothing is left behind when a row skips them. */
  #isBehindNotices(tip: BlockId, named: BlockId): boolean {
    let at = this.#conversation.blocks.get(tip);
    while (at && at.block !== named && at.kind === 'notice') at = at.after === null ? undefined : this.#conversation.blocks.get(at.after);
    return at?.block === named;
  }

  /**
   * A command that a person gives stands where the agent is: above a prompt only if the agent has gone back from that.
   */
  #hasGoneBack(tip: BlockId, named: BlockId, body: BlockBody): boolean {
    if (body.kind !== 'notice' || body.notice !== 'command') return false;
    let isPassed = false;
    let at = this.#conversation.blocks.get(tip);
    for (; at && at.block !== named; at = at.after === null ? undefined : this.#conversation.blocks.get(at.after)) isPassed ||= at.kind === 'prompt';
    return at !== undefined && isPassed;
  }

  #result(draft: ResultDraft): EventBody | null {
    const block = this.#conversation.blockOfCall(draft.lane, draft.call);
    if (block?.kind !== 'tool' || (block.result && isSameResult(block.result, draft.result))) return null;
    return { type: 'block_updated', block: block.block, result: draft.result };
  }

  #laneOpened(draft: DraftOf<'lane_opened'>): EventBody | null {
    const { type: _type, parent_call, ...rest } = draft;
    const block = parent_call === null ? undefined : (this.#conversation.blockOfCall(draft.parent_lane, parent_call) ?? this.#conversation.blockOfCall(null, parent_call));
    if (!this.#conversation.lanes.has(draft.lane)) return { type: 'lane_opened', ...rest, parent_block: block?.block ?? null };
    return this.#laneUpdated({
      type: 'lane_updated', lane: draft.lane, parent_lane: draft.parent_lane, agent_type: draft.agent_type, description: draft.description,
      ...(block ? { parent_block: block.block } : {}),
    });
  }

  #laneUpdated(draft: DraftOf<'lane_updated'>): EventBody | null {
    const lane = this.#conversation.lanes.get(draft.lane);
    if (!lane) return draft;
    const isNew = isOther(draft.steps, lane.steps) || isOther(draft.last_tool, lane.lastTool) || isOther(draft.tokens, lane.tokens)
      || isOther(draft.parent_block, lane.parentBlock) || isOther(draft.parent_lane, lane.parentLane)
      || isOther(draft.agent_type, lane.agentType) || isOther(draft.description, lane.description);
    return isNew ? draft : null;
  }

  /** The end that a lane had stands; only one that was cut off may turn out to have finished. */
  #laneClosed(draft: DraftOf<'lane_closed'>): EventBody | null {
    const status = this.#conversation.lanes.get(draft.lane)?.status ?? 'running';
    return status === 'running' || (status === 'cut_off' && draft.status !== 'cut_off') ? draft : null;
  }

  #turnEnded(draft: DraftOf<'task_complete'>): EventBody | null {
    const turn = this.#conversation.turns.get(draft.turnId);
    const saysMore = turn?.isUsageTold !== true && draft.tokenUsage !== undefined;
    return turn === undefined || turn.status === 'running' || saysMore ? draft : null;
  }
}

const isOther = <T>(told: T | undefined, known: T | null): boolean => told !== undefined && told !== known;

const isSameResult = (a: ToolResult, b: ToolResult): boolean =>
  (a.native_id !== undefined && a.native_id === b.native_id) || (a.status === b.status && a.text === b.text);

const isSameState = (a: AgentState, b: AgentState): boolean => {
  if (a.is !== b.is) return false;
  if (a.is === 'idle' && b.is === 'idle') return (a.interrupted ?? false) === (b.interrupted ?? false);
  if (a.is === 'waiting' && b.is === 'waiting') return a.for === b.for;
  return a.is !== 'limited' || b.is !== 'limited' || a.until === b.until;
};
