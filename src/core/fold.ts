import { blockOfRow, inOrder } from './blocks.ts';
import type { Landing } from './branches.ts';
import type { Change } from './change.ts';
import type { ConversationParts } from './conversationParts.ts';
import type { AgentState, Event, EventOf, EventType, UnknownEvent } from './events.ts';
import { type BlockId, type BranchId, blockIdOfSeam, type LaneId, mainLane } from './ids.ts';
import { beginningMark, markOfEvent, type Place } from './marks.ts';
import { spentUpTo, stepSpent, turnSpent, updateSpent } from './spent.ts';
import type { Block } from './view.ts';

/** Takes one event in, and notes in `change` what it touched. A type that is not known changes nothing. */
export function fold(parts: ConversationParts, event: Event | UnknownEvent, change: Change): void {
  parts.course.see(event);
  parts.watching.see(event);
  parts.sent.see(event);
  if (Object.hasOwn(folds, event.type)) foldKnown(parts, event as Event, change);
}

function foldKnown<T extends EventType>(parts: ConversationParts, event: Event & { type: T }, change: Change): void {
  const known = folds[event.type as T] as (parts: ConversationParts, event: Event & { type: T }, change: Change) => void;
  known(parts, event, change);
}

/** How each event changes the conversation: the one place. A type that is missing here is a type error. */
const folds: { readonly [T in EventType]: (parts: ConversationParts, event: EventOf<T>, change: Change) => void } = {
  started: ({ course }, event) => course.begun(event),
  run_started: (parts, event, change) => {
    const { course, branches } = parts;
    course.runStarted(event);
    // The first branch is there before anything is known of it.
    const birth = branches.all.get(event.branch)?.createdTs === '' ? { createdTs: event.ts, createdSeq: event.seq } : {};
    const memory = event.fidelity === undefined ? {} : { fidelity: event.fidelity, reason: event.reason ?? null };
    branches.change(event.branch, { native: event.native, ...birth, ...memory });
    change.branches = true;
    setState(parts, { is: 'starting' }, change);
  },
  send: ({ course, ownWords }, event) => {
    ownWords.sent(event);
    course.wentOn();
  },
  state: (parts, event, change) => setState(parts, event.state, change),
  native_session: (parts, event, change) => {
    const { branches } = parts;
    // That the history which the run was started on has its file now shows nothing of what was typed.
    if (branches.currentBranch.native.session !== event.native.session) parts.queue.takenUp();
    const left = branches.current;
    const isAnew = !branches.all.has(event.branch);
    if (event.branch !== left) parts.course.wentOn();
    branches.goOn(event.branch, event.native, event);
    if (isAnew) beginAnew(parts, event, left, { branch: event.branch, after: null, depth: -1 });
    followBranch(parts, change);
  },
  usage: () => {},
  cost: ({ course }, event) => course.costTold(event),
  git: () => {},
  summary: () => {},
  run_ended: (parts, event, change) => {
    const { course, requests, lanes, turns } = parts;
    course.runEnded(event);
    change.requests ||= requests.size > 0;
    requests.clear();
    change.lanes.push(...lanes.runEnded(event.seq));
    change.turns.push(...turns.runEnded());
    setState(parts, { is: 'exited' }, change);
  },
  exited: (parts, event, change) => {
    parts.course.exited(event);
    setState(parts, { is: 'exited' }, change);
  },
  disconnected: () => {},
  recovered: () => {},
  renamed: ({ course }, event, change) => {
    course.renamed(event);
    change.state = true;
  },
  turn_started: ({ turns, course }, event, change) => {
    turns.started(event);
    if (event.lane === mainLane) course.worked();
    change.turns.push(event.turnId);
  },
  task_complete: (parts, event, change) => {
    parts.turns.completed(event, turnSpent(parts, event));
    parts.course.turnOver(event);
    if (event.lane === mainLane) parts.course.rested();
    change.turns.push(event.turnId);
  },
  block: (parts, event, change) => land(parts, event, change),
  block_updated: (parts, event, change) => {
    const { blocks } = parts;
    if (event.usage) updateSpent(parts, event.block, event.usage);
    if (blocks.update(event)) change.blocks.push(event.block);
  },
  lane_opened: ({ lanes, homes }, event, change) => {
    lanes.opened(event, homes.originOf(event.parent_lane, event.parent_block));
    change.lanes.push(event.lane);
  },
  lane_updated: ({ lanes, homes }, event, change) => {
    const lane = lanes.all.get(event.lane);
    const isMoved = event.parent_block !== undefined || event.parent_lane !== undefined;
    const parent = event.parent_block ?? lane?.parentBlock ?? null;
    lanes.updated(event, isMoved || !lane ? homes.originOf(event.parent_lane ?? lane?.parentLane ?? mainLane, parent) : {});
    change.lanes.push(event.lane);
  },
  lane_closed: ({ lanes }, event, change) => {
    lanes.closed(event);
    change.lanes.push(event.lane);
  },
  checkpoint: (parts, event) => parts.marks.add(markOfEvent(event, placeOf(parts, event))),
  rewind_started: ({ course }, event, change) => {
    course.openRewind = event;
    change.state = true;
  },
  rewound: (parts, event, change) => {
    const { blocks, branches } = parts;
    const block = blocks.all.get(blockIdOfSeam(event.seam));
    const depth = block?.depth ?? branches.all.get(event.parent_branch)?.tipDepth ?? -1;
    branches.change(event.parent_branch, { tipCheckpoint: event.tip_checkpoint });
    branches.put({
      branch: event.branch, parent: event.parent_branch, seam: event.seam, tip: blockIdOfSeam(event.seam), native: event.native,
      fidelity: event.fidelity, tipCheckpoint: null, files: event.files, createdTs: event.ts, createdSeq: event.seq,
      used: spentUpTo(parts, event.parent_branch, blockIdOfSeam(event.seam)), tipDepth: depth, seamDepth: depth, seamSeq: block ? blocks.wholeAt(block) : event.seq,
      arrivedAt: blockIdOfSeam(event.seam),
    });
    arrive(parts, event, blockIdOfSeam(event.seam), change);
  },
  rewind_failed: (parts, event, change) => {
    parts.course.rewindOver(event.rewind);
    parts.branches.select(event.branch);
    followBranch(parts, change);
  },
  branch_selected: (parts, event, change) => {
    const { branches } = parts;
    branches.change(event.from_branch, { tipCheckpoint: event.tip_checkpoint });
    branches.change(event.branch, { native: event.native, arrivedAt: branches.all.get(event.branch)?.tip ?? null });
    arrive(parts, event, branches.all.get(event.branch)?.tip ?? null, change);
  },
  forked: ({ course, ownWords }, event) => {
    course.forked = event;
    ownWords.forked(event);
  },
  queued: ({ queue }, event, change) => {
    queue.add(event);
    change.queue = true;
  },
  queue_changed: ({ queue }, event, change) => {
    queue.change(event);
    change.queue = true;
  },
  delivered: ({ queue }, event, change) => {
    queue.deliver(event.send);
    change.queue = true;
  },
  expired: ({ queue }, event, change) => {
    queue.take(event.send);
    change.queue = true;
  },
  configured: ({ watching }, event, change) => {
    watching.configured(event);
    change.state = true;
  },
  log_idle: ({ watching }, event, change) => {
    watching.silent(event);
    change.state = true;
  },
  log_active: ({ watching }, _, change) => {
    watching.settled();
    change.state = true;
  },
  resume: ({ watching }, event, change) => {
    watching.nudged(event);
    change.state = true;
  },
  escalated: ({ watching }, event, change) => {
    watching.escalated(event);
    change.state = true;
  },
  item_completed: () => {},
  compaction: () => {},
  permission_requested: ({ requests }, event, change) => {
    const { request, lane, call, tool, title, input, options, seq } = event;
    requests.set(request, { request, lane, call: call ?? null, tool, title, input, options, seq, isTerminalOnly: false });
    change.requests = true;
  },
  permission_left: ({ requests }, event, change) => {
    const request = requests.get(event.request);
    if (!request) return;
    requests.set(event.request, { ...request, isTerminalOnly: true });
    change.requests = true;
  },
  permission_resolved: ({ requests }, event, change) => {
    change.requests = requests.delete(event.request);
  },
};

function setState({ course, watching, queue }: ConversationParts, state: AgentState, change: Change): void {
  if (state.is !== course.state.is) watching.settled();
  // From work to the prompt: a turn was had.
  if (state.is === 'idle' && course.state.is === 'busy') queue.takenUp();
  course.stateTold(state);
  change.state = true;
}

function land(parts: ConversationParts, row: EventOf<'block'>, change: Change): void {
  const event = inOrder(row);
  const { blocks, branches, lanes, homes, turns, queue, ownWords } = parts;
  const block = blockOfRow(event, depthAfter(parts, event.lane, event.after));
  blocks.add(block);
  lanes.stepped(block);
  change.blocks.push(block.block);
  change.lanes.push(block.lane);
  change.turns.push(...turns.stepped(block));
  if (block.lane !== mainLane) return;
  if (block.kind === 'prompt' && block.added !== undefined) ownWords.landed(block.added);
  // Rows of the turn before may come late; these are of what was typed.
  if (block.kind === 'prompt' || block.kind === 'compaction' || (block.kind === 'notice' && block.notice === 'command')) queue.takenUp();
  const landing = homes.land(block);
  if (block.kind === 'prompt' && landing.branch === branches.current) parts.course.wentOn();
  if (landing.setAside !== null || landing.isBegun) change.branches = true;
  stepSpent(parts, block, landing.branch, landing.setAside ?? (landing.isBegun ? branches.all.get(landing.branch)?.parent ?? null : null));
  placeBeginning(parts, block, landing);
  lanes.follow(branches.currentBranch);
}

/** A line that goes on from another place than its end begins there with the files as they are, whatever they were when it was there first. */
function placeBeginning(parts: ConversationParts, block: Block, { branch, setAside, isBegun }: Landing): void {
  const { branches, course } = parts;
  const { after, depth, native } = block;
  const before = depth - 1;
  if (setAside !== null && branch === branches.current) beginAnew(parts, block, setAside, { branch, after, depth: before });
  if (isBegun && after !== null) settle(parts, branch, { after, depth: before });
  // What is copied lands after the copy has begun: only with its last step it is known from where this session goes on.
  if (native !== undefined && native.id === course.forked?.at) settle(parts, branch, { after: block.block, depth });
}

function settle(parts: ConversationParts, branch: BranchId, place: { after: BlockId; depth: number }): void {
  const { branches, marks } = parts;
  branches.change(branch, { arrivedAt: place.after });
  marks.settle(branch, place);
}

/** The agent itself has left a line: what the files were then is known from what was captured last. */
function beginAnew(parts: ConversationParts, at: { seq: number; ts: string }, left: BranchId, place: Place): void {
  const { branches, marks } = parts;
  branches.change(place.branch ?? branches.current, { arrivedAt: place.after });
  const { last } = marks;
  if (!last) return;
  branches.change(left, { tipCheckpoint: last.checkpoint });
  marks.add(beginningMark(last.checkpoint, at, place));
}

/**
 * Where a checkpoint belongs: to the block after which it was asked for. What is taken where the branch has begun to go on tells of that
 * beginning; so does what was asked for on a line that was left before it was done, or while what is copied had not all landed.
 */
function placeOf(parts: ConversationParts, { after: asked }: EventOf<'checkpoint'>): Place {
  const { blocks, branches, homes, course } = parts;
  const { branch, arrivedAt } = branches.currentBranch;
  const isLeft = asked === null ? typeof arrivedAt === 'string' : blocks.all.has(asked) && !homes.isOn(asked, branch);
  const after = isLeft && arrivedAt !== undefined ? arrivedAt : asked;
  const depth = depthOf(parts, after);
  if (arrivedAt !== undefined && after === arrivedAt) return { branch, after, depth, begins: true };
  const copied = course.forked?.at === undefined ? undefined : blocks.ofNative(mainLane, course.forked.at);
  const isCopied = copied !== undefined && depth < copied.depth && homes.isOn(copied.block, branch);
  return isCopied ? { branch, after: copied.block, depth: copied.depth, begins: true } : { branch, after, depth };
}

const depthOf = (parts: ConversationParts, block: BlockId | null): number => depthAfter(parts, mainLane, block) - 1;

/** A tip may be known that is not loaded; its depth is. */
function depthAfter({ blocks, branches, lanes }: ConversationParts, lane: LaneId, after: BlockId | null): number {
  if (after === null) return 0;
  const loaded = blocks.all.get(after);
  if (loaded) return loaded.depth + 1;
  if (lane !== mainLane) return (lanes.all.get(lane)?.tipDepth ?? -1) + 1;
  return ((branches.withTip(after) ?? branches.currentBranch).tipDepth ?? -1) + 1;
}

/** A rewind or switch is done: the agent is on the branch, at that tip. */
function arrive(parts: ConversationParts, event: EventOf<'rewound' | 'branch_selected'>, tip: BlockId | null, change: Change): void {
  const { course, branches, marks } = parts;
  course.moved(event);
  branches.select(event.branch);
  followBranch(parts, change);
  // Files that were not restored are on this branch what they were on the other one.
  if (event.files.is === 'restored' || event.tip_checkpoint === null) return;
  const depth = branches.currentBranch.tipDepth ?? -1;
  marks.add(beginningMark(event.tip_checkpoint, event, { branch: branches.current, after: tip, depth }));
}

function followBranch({ branches, lanes }: ConversationParts, change: Change): void {
  lanes.follow(branches.currentBranch);
  change.branches = true;
}
