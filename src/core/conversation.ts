import { type Change, noChange } from './change.ts';
import { ConversationParts } from './conversationParts.ts';
import type { Added, AgentState, Event, EventOf, NativeRef, UnknownEvent } from './events.ts';
import { fold } from './fold.ts';
import { type BlockId, blockIdOfSeam, type BranchId, type LaneId, mainLane, type RequestId } from './ids.ts';
import { laneStatusOn, lanesOn } from './lanesOn.ts';
import type { Marks } from './marks.ts';
import { addBlocks, chainOf, fillFrom, pageOf } from './paging.ts';
import type { SentPrompt } from './sentPrompts.ts';
import type { Block, BlockPage, Branch, CheckpointMark, Lane, LaneStatus, LastMove, PermissionRequest, QueuedSend, SessionEnd, SessionSnapshot, Turn } from './view.ts';
import type { Watching } from './watching.ts';

/**
 * What the events of one session add up to. Host, panel, viewer and CLI fold the same events with it. `apply` costs the same whatever came
 * before; an event that is already in is ignored; a type that is not known changes nothing; a block that is not loaded is a no-op.
 * Blocks, branches, lanes, turns are replaced when they change, never changed in place. Holds no clock.
 */
export class Conversation {
  readonly #parts = new ConversationParts();

  get lastSeq(): number { return this.#parts.course.lastSeq; }
  get firstTs(): string | null { return this.#parts.course.firstTs; }
  get lastTs(): string | null { return this.#parts.course.lastTs; }
  /** The session's label as of the last event. */
  get id(): string { return this.#parts.course.id; }
  /** Whether a person or a script gave that label; null where the log does not tell. */
  get isNamed(): boolean | null { return this.#parts.course.isNamed; }
  /** When the main agent last completed or failed a turn, or ended by itself; null: not yet. */
  get finishedTs(): string | null { return this.#parts.course.finishedTs; }
  get state(): AgentState { return this.#parts.course.state; }
  /** Whether the agent has ever been at its prompt, as far as the events that were folded tell. */
  get wasAtPrompt(): boolean { return this.#parts.course.wasAtPrompt; }
  /** Fields of the session's start; null until it is seen (a client has them in the summary). */
  get started(): EventOf<'started'> | null { return this.#parts.course.started; }
  /** Fields of the row that says of which session it began as a copy; null: of none (of a snapshot that is not known). */
  get forked(): EventOf<'forked'> | null { return this.#parts.course.forked; }
  /** Number of the present or last run, 0 before the first. */
  get run(): number { return this.#parts.course.run; }
  get alive(): boolean { return this.#parts.course.alive; }
  get pid(): number | null { return this.#parts.course.pid; }
  get ended(): SessionEnd['ended'] | null { return this.#parts.course.ended; }
  /** How it ended, as far as that is known; null while its agent runs. */
  get end(): SessionEnd | null {
    const { alive, exit, ended } = this.#parts.course;
    return alive ? null : { code: exit?.code ?? null, signal: exit?.signal ?? null, ended: ended ?? 'exited' };
  }
  /** When it ended; null while its agent runs. */
  get endedTs(): string | null { return this.#parts.course.endedTs; }
  /** What the agent says that the session has cost, in US dollars; null when it never said. */
  get costUsd(): number | null { return this.#parts.course.costUsd; }
  /** A rewind or switch that has begun and neither finished nor failed; null in a settled session. */
  get openRewind(): EventOf<'rewind_started'> | null { return this.#parts.course.openRewind; }

  /** The last rewind or switch, while no prompt went out since. A client has it in the summary. */
  get lastMove(): LastMove | null { return this.#parts.course.lastMove; }

  get blocks(): ReadonlyMap<BlockId, Block> { return this.#parts.blocks.all; }
  /** How many blocks the log holds, loaded or not. */
  get blockCount(): number { return this.#parts.blocks.highest; }
  get lanes(): ReadonlyMap<LaneId, Lane> { return this.#parts.lanes.all; }
  get turns(): ReadonlyMap<string, Turn> { return this.#parts.turns.all; }
  /** The turn that the main agent has begun and not ended; null: none. */
  get runningTurn(): string | null { return this.#parts.turns.mainRunning; }
  /** Whether the main agent has begun a turn and not ended it. */
  get isTurnRunning(): boolean { return this.runningTurn !== null; }
  /** The event with which the work began that the main agent does now; null: it rests (of a snapshot that is not known). */
  get workSeq(): number | null { return this.#parts.course.workSeq; }
  /** The last event with which its work came to an end; 0 before the first (of a snapshot that is not known). */
  get restedSeq(): number { return this.#parts.course.restedSeq; }
  get branches(): ReadonlyMap<BranchId, Branch> { return this.#parts.branches.all; }
  /** The branch that the agent is on. */
  get branch(): BranchId { return this.#parts.branches.current; }
  get currentBranch(): Branch { return this.#parts.branches.currentBranch; }
  get native(): NativeRef { return this.currentBranch.native; }
  get tip(): BlockId | null { return this.currentBranch.tip; }
  get marks(): Marks { return this.#parts.marks; }
  get checkpoints(): readonly CheckpointMark[] { return this.#parts.marks.all; }

  /** Requests that nobody has answered yet. */
  get requests(): ReadonlyMap<RequestId, PermissionRequest> { return this.#parts.requests; }
  get queue(): readonly QueuedSend[] { return this.#parts.queue.waiting; }
  /** Prompts that were typed, while nothing shows that the agent took them up; an agent that ends now has never read them, perhaps. */
  get typedPrompts(): readonly QueuedSend[] { return this.#parts.queue.typed; }
  /** The prompt that a client has sent under this key of its own; undefined: none, or too many came since. */
  sentAs(key: string): SentPrompt | undefined { return this.#parts.sent.get(key); }
  /** Which words of a prompt of the main agent's, as it has them, Backstitch itself has typed; undefined: none, as far as is known. */
  addedIn(text: string, nativeId: string): Added | undefined {
    return this.#parts.ownWords.of(text, nativeId);
  }
  /** Whether the prompts that wait are held back. */
  get queuePaused(): boolean { return this.#parts.queue.isPaused; }
  /** How the session is to be kept going, and what its watch has seen. A client has it in the summary. */
  get watching(): Readonly<Watching> { return this.#parts.watching; }

  /**
   * Asked before `apply`, by clients: whether events are missing between the last one and this, or it leads to a part of the session that
   * is not loaded. Then open the session again.
   */
  isGap(event: Event | UnknownEvent): boolean {
    if (event.seq <= this.lastSeq) return false;
    return event.seq > this.lastSeq + 1 || this.#leadsElsewhere(event as Event);
  }

  apply(event: Event | UnknownEvent): Change {
    const change = noChange();
    if (event.seq > this.lastSeq) fold(this.#parts, event, change);
    return change;
  }

  /** Across all branches: the block whose row, or whose result's row, has that id in the agent's own history. */
  blockOfNative(lane: LaneId, nativeId: string): Block | undefined {
    return this.#parts.blocks.ofNative(lane, nativeId) ?? this.#parts.blocks.ofResult(lane, nativeId);
  }

  /** The block whose result's row has that id. */
  blockOfResult(lane: LaneId, nativeId: string): Block | undefined {
    return this.#parts.blocks.ofResult(lane, nativeId);
  }

  /** The newest tool block of that call; `lane` null: in any lane. */
  blockOfCall(lane: LaneId | null, call: string): Block | undefined {
    return this.#parts.blocks.ofCall(lane, call);
  }

  /** The last tool block of the same model message. */
  lastOfBatch(block: Block): Block {
    return this.#parts.blocks.lastOfBatch(block);
  }

  /** The branch that is written while the agent is in this history of its own. */
  branchOfSession(session: string): BranchId {
    return this.#parts.branches.ofSession(session);
  }

  /** A branch name that is not taken. */
  freeBranchName(): BranchId {
    return this.#parts.branches.freeName();
  }

  /** The branch and those it comes from, itself first. */
  lineage(branch: BranchId): Branch[] {
    return this.#parts.branches.lineage(branch);
  }

  /** The branch on which the block at that depth of the branch's line landed. */
  homeAt(branch: BranchId, depth: number): BranchId {
    return this.#parts.branches.homeAt(branch, depth);
  }

  /** Whether a block of the main lane is on the branch; a block that is not loaded is on none. */
  isOn(block: BlockId, branch: BranchId): boolean {
    return this.#parts.homes.isOn(block, branch);
  }

  /** The lanes that were opened on the branch, the main lane first, each with its status there. */
  lanesOn(branch: BranchId): Lane[] {
    return lanesOn(this.#parts, branch);
  }

  /** A lane's status as of the branch: one that had not finished at a seam of the branch's line is cut off there. */
  laneStatusOn(lane: LaneId, branch: BranchId): LaneStatus {
    return laneStatusOn(this.#parts, lane, branch);
  }

  /** At most `count` blocks, oldest first, back from the tip or from before `before`; stops at a block that is not loaded. */
  chain(lane: LaneId, branch: BranchId = this.branch, options: { before?: BlockId; count?: number } = {}): Block[] {
    return chainOf(this.#parts, lane, branch, options);
  }

  page(lane: LaneId, branch: BranchId, before: BlockId | undefined, count: number): BlockPage {
    return pageOf(this.#parts, lane, branch, before, count);
  }

  /** Adds blocks that a partly loaded conversation asked for. */
  addPage(page: BlockPage): Change {
    return addBlocks(page, this.#parts);
  }

  /** A conversation with its last page; `apply` goes on from the snapshot's seq. */
  static fromSnapshot(snapshot: SessionSnapshot): Conversation {
    const conversation = new Conversation();
    fillFrom(snapshot, conversation.#parts);
    return conversation;
  }

  #leadsElsewhere(event: Event): boolean {
    const { blocks, branches } = this.#parts;
    if (event.type === 'rewound') return !blocks.all.has(blockIdOfSeam(event.seam));
    if (event.type === 'branch_selected') {
      const tip = branches.all.get(event.branch)?.tip ?? null;
      return tip !== null && !blocks.all.has(tip);
    }
    if (event.type !== 'block' || event.lane !== mainLane || event.after === null || blocks.all.has(event.after)) return false;
    return branches.withTip(event.after) === undefined;
  }
}
