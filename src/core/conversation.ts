import { blockOfRow, Blocks } from './blocks.ts';
import { Branches } from './branches.ts';
import { type Change, noChange } from './change.ts';
import type { AgentState, Event, EventOf, EventType, NativeRef, UnknownEvent } from './events.ts';
import { type BlockId, blockIdOfSeam, type BranchId, type LaneId, mainLane, type RequestId } from './ids.ts';
import { Lanes, type Origin } from './lanes.ts';
import { markOfEvent, Marks } from './marks.ts';
import { PromptQueue } from './promptQueue.ts';
import { addBlocks, chainOf, fillFrom, pageOf } from './paging.ts';
import { usageSum } from './usage.ts';
import { Watching } from './watching.ts';
import type { Block, BlockPage, Branch, CheckpointMark, Lane, LaneStatus, PermissionRequest, QueuedSend, SessionSnapshot, Turn } from './view.ts';

/**
 * What the events of one session add up to. Host, panel, viewer and CLI fold the same events with it. `apply` costs the same whatever came
 * before; an event that is already in is ignored; a type that is not known changes nothing; a block that is not loaded is a no-op.
 * Blocks, branches, lanes, turns are replaced when they change, never changed in place. Holds no clock.
 */
export class Conversation {
  readonly #blocks = new Blocks();
  readonly #branches = new Branches();
  readonly #lanes = new Lanes();
  readonly #marks = new Marks();
  readonly #turns = new Map<string, Turn>();
  readonly #running = new Set<string>();
  readonly #requests = new Map<RequestId, PermissionRequest>();
  readonly #home = new Map<BlockId, BranchId>();
  readonly #queue = new PromptQueue();
  readonly #watching = new Watching();
  readonly #costs = new Map<string, number>();
  #openRewind: EventOf<'rewind_started'> | null = null;

  lastSeq = 0;
  firstTs: string | null = null;
  lastTs: string | null = null;
  /** The session's label as of the last event. */
  id = '';
  state: AgentState = { is: 'starting' };
  /** Fields of the session's start; null until it is seen (a client has them in the summary). */
  started: EventOf<'started'> | null = null;
  /** Number of the present or last run, 0 before the first. */
  run = 0;
  alive = false;
  pid: number | null = null;
  ended: 'exited' | 'stopped' | 'interrupted' | null = null;

  get blocks(): ReadonlyMap<BlockId, Block> { return this.#blocks.all; }
  get lanes(): ReadonlyMap<LaneId, Lane> { return this.#lanes.all; }
  get branches(): ReadonlyMap<BranchId, Branch> { return this.#branches.all; }
  get turns(): ReadonlyMap<string, Turn> { return this.#turns; }
  /** Whether the main agent has begun a turn and not ended it. */
  get isTurnRunning(): boolean { return [...this.#running].some((turn) => this.#turns.get(turn)?.lane === mainLane); }
  /** Requests that nobody has answered yet. */
  get requests(): ReadonlyMap<RequestId, PermissionRequest> { return this.#requests; }
  get checkpoints(): readonly CheckpointMark[] { return this.#marks.all; }
  get queue(): readonly QueuedSend[] { return this.#queue.waiting; }
  /** Prompts that were typed, while nothing shows that the agent took them up; an agent that ends now has never read them, perhaps. */
  get typedPrompts(): readonly QueuedSend[] { return this.#queue.typed; }
  /** Whether the prompts that wait are held back. */
  get queuePaused(): boolean { return this.#queue.isPaused; }
  /** What the agent says that the session has cost, in US dollars; null when it never said. */
  get costUsd(): number | null { return this.#costs.size === 0 ? null : [...this.#costs.values()].reduce((sum, cost) => sum + cost, 0); }
  /** How the session is to be kept going, and what its watch has seen. A client has it in the summary. */
  get watching(): Readonly<Watching> { return this.#watching; }
  get marks(): Marks { return this.#marks; }
  /** A rewind or switch that has begun and neither finished nor failed; null in a settled session. */
  get openRewind(): EventOf<'rewind_started'> | null { return this.#openRewind; }
  /** The branch that the agent is on. */
  get branch(): BranchId { return this.#branches.current; }
  get currentBranch(): Branch { return this.#branches.currentBranch; }
  get native(): NativeRef { return this.#branches.currentBranch.native; }
  get tip(): BlockId | null { return this.#branches.currentBranch.tip; }
  /** How many blocks the log holds, loaded or not. */
  get blockCount(): number { return this.#blocks.highest; }

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
    if (event.seq <= this.lastSeq) return change;
    this.lastSeq = event.seq;
    this.firstTs ??= event.ts;
    this.lastTs = event.ts;
    this.id = event.id;
    this.#watching.see(event);
    if (Object.hasOwn(this.#folds, event.type)) this.#fold(event as Event, change);
    return change;
  }

  /** Across all branches: the block whose row, or whose result's row, has that id in the agent's own history. */
  blockOfNative(lane: LaneId, nativeId: string): Block | undefined {
    return this.#blocks.ofNative(lane, nativeId) ?? this.#blocks.ofResult(lane, nativeId);
  }

  /** The block whose result's row has that id. */
  blockOfResult(lane: LaneId, nativeId: string): Block | undefined {
    return this.#blocks.ofResult(lane, nativeId);
  }

  /** The newest tool block of that call; `lane` null: in any lane. */
  blockOfCall(lane: LaneId | null, call: string): Block | undefined {
    return this.#blocks.ofCall(lane, call);
  }

  /** The last tool block of the same model message. */
  lastOfBatch(block: Block): Block {
    return this.#blocks.lastOfBatch(block);
  }

  /** The branch that is written while the agent is in this history of its own. */
  branchOfSession(session: string): BranchId {
    return this.#branches.ofSession(session);
  }

  /** A branch name that is not taken. */
  freeBranchName(): BranchId {
    return this.#branches.freeName();
  }

  /** The branch and those it comes from, itself first. */
  lineage(branch: BranchId): Branch[] {
    return this.#branches.lineage(branch);
  }

  /** The branch on which the block at that depth of the branch's line landed. */
  homeAt(branch: BranchId, depth: number): BranchId {
    return this.#branches.homeAt(branch, depth);
  }

  /** Whether a block of the main lane is on the branch; a block that is not loaded is on none. */
  isOn(block: BlockId, branch: BranchId): boolean {
    const at = this.#blocks.all.get(block);
    const home = this.#home.get(block);
    return at !== undefined && home !== undefined && this.#branches.holds(branch, home, at.depth);
  }

  /** The lanes that were opened on the branch, the main lane first, each with its status there. */
  lanesOn(branch: BranchId): Lane[] {
    const lanes: Lane[] = [];
    for (const lane of this.#lanes.all.values()) {
      if (!this.#isLaneOn(lane, branch)) continue;
      const status = this.laneStatusOn(lane.lane, branch);
      lanes.push(status === lane.status ? lane : { ...lane, status });
    }
    return lanes;
  }

  /** A cut keeps what came before it: a lane that had not finished at a seam of the branch's line is cut off there. */
  laneStatusOn(lane: LaneId, branch: BranchId): LaneStatus {
    const at = this.#lanes.all.get(lane);
    if (!at || lane === mainLane) return 'running';
    for (const cut of this.#branches.lineage(branch)) {
      if (cut.createdSeq <= at.openedSeq) break;
      // Lines that the agent itself left (it never stopped) cut no lane.
      if (cut.files !== null && this.#wasRunningAt(at, cut)) return 'cut_off';
    }
    return at.status;
  }

  /** At most `count` blocks, oldest first, back from the tip or from before `before`; stops at a block that is not loaded. */
  chain(lane: LaneId, branch: BranchId = this.branch, options: { before?: BlockId; count?: number } = {}): Block[] {
    return chainOf(this, lane, branch, options);
  }

  page(lane: LaneId, branch: BranchId, before: BlockId | undefined, count: number): BlockPage {
    return pageOf(this, lane, branch, before, count);
  }

  /** Adds blocks that a partly loaded conversation asked for. */
  addPage(page: BlockPage): Change {
    return addBlocks(page, { conversation: this, blocks: this.#blocks, home: this.#home });
  }

  /** A conversation with its last page; `apply` goes on from the snapshot's seq. */
  static fromSnapshot(snapshot: SessionSnapshot): Conversation {
    const conversation = new Conversation();
    fillFrom(snapshot, {
      conversation, branches: conversation.#branches, lanes: conversation.#lanes, marks: conversation.#marks, turns: conversation.#turns,
      running: conversation.#running, requests: conversation.#requests, blocks: conversation.#blocks,
    });
    conversation.#queue.fill(snapshot.queue, snapshot.queuePaused, snapshot.typed ?? []);
    conversation.#watching.fill(snapshot.summary);
    conversation.addPage(snapshot.page);
    return conversation;
  }

  #fold<T extends EventType>(event: Event & { type: T }, change: Change): void {
    const fold = this.#folds[event.type as T] as (event: Event & { type: T }, change: Change) => void;
    fold(event, change);
  }

  /** How each event changes the conversation: the one place. A type that is missing here is a type error. */
  readonly #folds: { [T in EventType]: (event: EventOf<T>, change: Change) => void } = {
    started: (event) => {
      this.started = event;
      this.pid = event.pid;
    },
    run_started: (event, change) => {
      this.run = event.run ?? this.run + 1;
      this.pid = event.pid;
      this.alive = true;
      this.ended = null;
      this.#branches.change(event.branch, { native: event.native, ...this.#birth(event, event.branch) });
      this.#setState({ is: 'starting' }, change);
      change.branches = true;
    },
    send: () => {},
    state: (event, change) => this.#setState(event.state, change),
    native_session: (event, change) => {
      this.#queue.takenUp();
      this.#branches.goOn(event.branch, event.native, event);
      this.#followBranch(change);
    },
    usage: () => {},
    cost: (event) => {
      this.#costs.set(event.agent_session_id, event.cost_usd);
    },
    git: () => {},
    summary: () => {},
    run_ended: (event, change) => {
      this.alive = false;
      this.pid = null;
      if (event.cause === 'lost') this.ended = 'interrupted';
      if (event.cause === 'stopped') this.ended = 'stopped';
      change.requests ||= this.#requests.size > 0;
      this.#requests.clear();
      change.lanes.push(...this.#lanes.runEnded(event.seq));
      for (const turn of this.#running) this.#endTurn(turn, 'interrupted', change);
      this.#setState({ is: 'exited' }, change);
    },
    exited: (event, change) => {
      this.alive = false;
      this.pid = null;
      const { reason } = event;
      // A stop that went well exits as a success; that somebody asked for it was told by the run's end.
      this.ended = reason === 'stopped' || this.ended === 'stopped' ? 'stopped' : reason === 'interrupted' || reason === 'disconnected' ? 'interrupted' : 'exited';
      this.#setState({ is: 'exited' }, change);
    },
    disconnected: () => {},
    recovered: () => {},
    renamed: (event, change) => {
      this.id = event.to;
      change.state = true;
    },
    turn_started: (event, change) => {
      this.#turns.set(event.turnId, { turn: event.turnId, lane: event.lane, status: 'running', model: null, usage: null, durationMs: null, startedTs: event.ts });
      this.#running.add(event.turnId);
      change.turns.push(event.turnId);
    },
    task_complete: (event, change) => {
      const old = this.#turns.get(event.turnId);
      this.#turns.set(event.turnId, {
        ...old, turn: event.turnId, lane: event.lane, status: event.status, model: event.model ?? old?.model ?? null,
        usage: event.tokenUsage ?? old?.usage ?? null, durationMs: event.duration_ms ?? old?.durationMs ?? msBetween(old?.startedTs, event.ts),
        ...(event.tokenUsage && { isUsageTold: true }),
      });
      this.#running.delete(event.turnId);
      change.turns.push(event.turnId);
    },
    block: (event, change) => this.#land(event, change),
    block_updated: (event, change) => {
      if (this.#blocks.update(event)) change.blocks.push(event.block);
    },
    lane_opened: (event, change) => {
      this.#lanes.opened(event, this.#originOf(event.parent_lane, event.parent_block));
      change.lanes.push(event.lane);
    },
    lane_updated: (event, change) => {
      const lane = this.#lanes.all.get(event.lane);
      const isMoved = event.parent_block !== undefined || event.parent_lane !== undefined;
      const parent = event.parent_block ?? lane?.parentBlock ?? null;
      this.#lanes.updated(event, isMoved || !lane ? this.#originOf(event.parent_lane ?? lane?.parentLane ?? mainLane, parent) : {});
      change.lanes.push(event.lane);
    },
    lane_closed: (event, change) => {
      this.#lanes.closed(event);
      change.lanes.push(event.lane);
    },
    checkpoint: (event) => this.#marks.add(markOfEvent(event, this.branch)),
    rewind_started: (event, change) => {
      this.#openRewind = event;
      change.state = true;
    },
    rewound: (event, change) => {
      const block = this.#blocks.all.get(blockIdOfSeam(event.seam));
      const parent = this.#branches.all.get(event.parent_branch);
      this.#branches.change(event.parent_branch, { tipCheckpoint: event.tip_checkpoint });
      this.#branches.put({
        branch: event.branch, parent: event.parent_branch, seam: event.seam, tip: blockIdOfSeam(event.seam), native: event.native,
        fidelity: event.fidelity, tipCheckpoint: null, files: event.files, createdTs: event.ts, createdSeq: event.seq,
        tipDepth: block?.depth ?? parent?.tipDepth ?? -1, seamDepth: block?.depth ?? parent?.tipDepth ?? -1, seamSeq: block ? this.#wholeAt(block) : event.seq,
      });
      this.#select(event, blockIdOfSeam(event.seam), change);
    },
    rewind_failed: (event, change) => {
      this.#closeRewind(event.rewind);
      this.#branches.current = this.#branches.all.has(event.branch) ? event.branch : this.branch;
      this.#followBranch(change);
    },
    branch_selected: (event, change) => {
      this.#branches.change(event.from_branch, { tipCheckpoint: event.tip_checkpoint });
      this.#branches.change(event.branch, { native: event.native });
      this.#select(event, this.#branches.all.get(event.branch)?.tip ?? null, change);
    },
    forked: () => {},
    queued: (event, change) => {
      this.#queue.add(event);
      change.queue = true;
    },
    queue_changed: (event, change) => {
      this.#queue.change(event);
      change.queue = true;
    },
    delivered: (event, change) => {
      this.#queue.deliver(event.send);
      change.queue = true;
    },
    expired: (event, change) => this.#unqueue(event.send, change),
    configured: (event, change) => {
      this.#watching.configured(event);
      change.state = true;
    },
    log_idle: (event, change) => {
      this.#watching.silent(event);
      change.state = true;
    },
    log_active: (_, change) => {
      this.#watching.settled();
      change.state = true;
    },
    resume: (event, change) => {
      this.#watching.nudged(event);
      change.state = true;
    },
    escalated: (event, change) => {
      this.#watching.escalated(event);
      change.state = true;
    },
    item_completed: () => {},
    compaction: () => {},
    permission_requested: (event, change) => {
      const { request, lane, call, tool, title, input, options, seq } = event;
      this.#requests.set(request, { request, lane, call: call ?? null, tool, title, input, options, seq });
      change.requests = true;
    },
    permission_resolved: (event, change) => {
      change.requests = this.#requests.delete(event.request);
    },
  };

  #leadsElsewhere(event: Event): boolean {
    if (event.type === 'rewound') return !this.#blocks.all.has(blockIdOfSeam(event.seam));
    if (event.type === 'branch_selected') {
      const tip = this.#branches.all.get(event.branch)?.tip ?? null;
      return tip !== null && !this.#blocks.all.has(tip);
    }
    if (event.type !== 'block' || event.lane !== mainLane || event.after === null || this.#blocks.all.has(event.after)) return false;
    return this.#branches.withTip(event.after) === undefined;
  }

  #setState(state: AgentState, change: Change): void {
    if (state.is !== this.state.is) this.#watching.settled();
    // From work to the prompt: a turn was had.
    if (state.is === 'idle' && this.state.is === 'busy') this.#queue.takenUp();
    this.state = state;
    change.state = true;
  }

  #birth(event: EventOf<'run_started'>, branch: BranchId): Partial<Branch> {
    return this.#branches.all.get(branch)?.createdTs === '' ? { createdTs: event.ts, createdSeq: event.seq } : {};
  }

  #endTurn(turn: string, status: Turn['status'], change: Change): void {
    const old = this.#turns.get(turn);
    if (old) this.#turns.set(turn, { ...old, status });
    this.#running.delete(turn);
    change.turns.push(turn);
  }

  #land(event: EventOf<'block'>, change: Change): void {
    const block = blockOfRow(event, this.#depthAfter(event.lane, event.after));
    this.#blocks.add(block);
    this.#lanes.stepped(block);
    change.blocks.push(block.block);
    change.lanes.push(block.lane);
    this.#tellTurn(block, change);
    if (block.lane !== mainLane) return;
    // Rows of the turn before may come late; these are of what was typed.
    if (block.kind === 'prompt' || block.kind === 'compaction' || (block.kind === 'notice' && block.notice === 'command')) this.#queue.takenUp();
    const landing = this.#branches.land(block, (branch) => (branch.tip === null ? undefined : this.#blocks.all.get(branch.tip)));
    this.#home.set(block.block, landing.branch);
    if (landing.setAside !== null) this.#rehome(landing.branch, landing.setAside, block.depth - 1, change);
    this.#followBranch(change, landing.setAside !== null);
  }

  /** A tip may be known that is not loaded; its depth is. */
  #depthAfter(lane: LaneId, after: BlockId | null): number {
    if (after === null) return 0;
    const loaded = this.#blocks.all.get(after);
    if (loaded) return loaded.depth + 1;
    if (lane !== mainLane) return (this.#lanes.all.get(lane)?.tipDepth ?? -1) + 1;
    return ((this.#branches.withTip(after) ?? this.#branches.currentBranch).tipDepth ?? -1) + 1;
  }

  #tellTurn(block: Block, change: Change): void {
    const turn = block.turn === undefined ? undefined : this.#turns.get(block.turn);
    if (!turn || turn.lane !== block.lane) return;
    const model = turn.model ?? block.model ?? null;
    const usage = turn.isUsageTold || !block.usage ? turn.usage : usageSum(turn.usage, block.usage);
    if (model === turn.model && usage === turn.usage) return;
    this.#turns.set(turn.turn, { ...turn, model, usage });
    change.turns.push(turn.turn);
  }

  /** Blocks and lanes of a line that was set aside now belong to its new name. */
  #rehome(from: BranchId, to: BranchId, beyondDepth: number, change: Change): void {
    const depth = Math.max(beyondDepth, this.#branches.all.get(to)?.seamDepth ?? -1);
    for (const block of this.chain(mainLane, to)) if (block.depth > depth && this.#home.get(block.block) === from) this.#home.set(block.block, to);
    this.#lanes.moved(from, to, depth);
    change.branches = true;
  }

  #select(event: EventOf<'rewound' | 'branch_selected'>, tip: BlockId | null, change: Change): void {
    this.#closeRewind(event.rewind);
    this.#branches.current = this.#branches.all.has(event.branch) ? event.branch : this.branch;
    this.#followBranch(change);
    // Files that were not restored are on this branch what they were on the other one.
    if (event.files.is === 'restored' || event.tip_checkpoint === null) return;
    this.#marks.add({
      checkpoint: event.tip_checkpoint, seq: event.seq, after: tip, call: null, cause: 'rewind', changed: [], skipped: [], late: false, branch: this.branch,
    });
  }

  #closeRewind(rewind: string): void {
    if (this.#openRewind?.rewind === rewind) this.#openRewind = null;
  }

  #followBranch(change: Change, branches = true): void {
    const { tip, tipDepth } = this.#branches.currentBranch;
    this.#lanes.put({ ...this.#lanes.at(mainLane, 0), tip, tipDepth: tipDepth ?? -1 });
    change.branches ||= branches;
  }

  #unqueue(send: string, change: Change): void {
    this.#queue.take(send);
    change.queue = true;
  }

  #originOf(parentLane: LaneId, parentBlock: BlockId | null): Origin {
    if (parentLane !== mainLane || parentBlock === null) return {};
    const block = this.#blocks.all.get(parentBlock);
    const branch = this.#home.get(parentBlock);
    return block && branch !== undefined ? { branch, depth: block.depth } : {};
  }

  #isLaneOn(lane: Lane, branch: BranchId): boolean {
    let root: Lane | undefined = lane;
    for (let hops = 0; root && root.parentLane !== null && root.parentLane !== mainLane && hops < 100; hops++) root = this.#lanes.all.get(root.parentLane);
    if (!root || root.branch === undefined || root.depth === undefined) return true;
    return this.#branches.holds(branch, root.branch, root.depth);
  }

  #wasRunningAt(lane: Lane, cut: Branch): boolean {
    const cutSeq = cut.seamSeq ?? 0;
    if (lane.closedSeq !== null && lane.closedSeq <= cutSeq) return false;
    const opener = lane.parentBlock === null ? undefined : this.#blocks.all.get(lane.parentBlock);
    // A lane in the foreground had finished when the call that opened it had, whichever of the two was told first.
    return lane.background || lane.closedSeq === null || opener?.resultSeq === undefined || opener.resultSeq > cutSeq;
  }

  /** The seq at which a block and, for a tool, all of its batch had landed with their results. */
  #wholeAt(block: Block): number {
    let seq = block.resultSeq ?? block.seq;
    const message = block.native?.message;
    for (let at: Block | undefined = block; message !== undefined && at?.kind === 'tool' && at.native?.message === message; at = at.after === null ? undefined : this.#blocks.all.get(at.after))
      seq = Math.max(seq, at.resultSeq ?? at.seq);
    return seq;
  }
}

function msBetween(from: string | undefined, to: string): number | null {
  const ms = from === undefined ? Number.NaN : Date.parse(to) - Date.parse(from);
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}
