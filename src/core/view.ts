import type { LiveText } from './adapter.ts';
import type { Added, AgentState, BlockBody, BlockFields, EventFields, FileWriter, Fidelity, FilesOutcome, InheritedMark, NativeRef, PermissionOption, SendFrom, SessionSettings, TokenUsage } from './events.ts';
import type { BlockId, BranchId, LaneId, RequestId, SeamId, SessionUid } from './ids.ts';

/** One step of a lane, folded. `depth` counts from 0 along the chain of `after`, so it is the block's position on every branch it is on. */
export type Block = BlockFields & BlockBody & {
  seq: number;
  ts: string;
  run: number | undefined;
  depth: number;
  /** When its result landed (tool blocks only). */
  resultSeq?: number;
};
export type BlockOf<K extends BlockBody['kind']> = Extract<Block, { kind: K }>;

export type LaneStatus = 'running' | 'completed' | 'failed' | 'cut_off';

export interface Lane {
  lane: LaneId;
  parentLane: LaneId | null;
  /** The tool block that opened it; null for the main lane or when it is not known (yet). */
  parentBlock: BlockId | null;
  agentType: string;
  description: string;
  background: boolean;
  status: LaneStatus;
  steps: number;
  lastTool: string | null;
  tokens: number | null;
  /** Last block of the lane (of the current branch for the main lane). */
  tip: BlockId | null;
  openedSeq: number;
  closedSeq: number | null;
  summary: string | null;
  /** Depth of `tip`, so that a client that has not loaded it can count on. */
  tipDepth?: number;
  /** The agent counts its steps itself; blocks are not counted. */
  stepsReported?: boolean;
  /** Branch and depth of the main lane's block from which this lane comes; absent while that is not known. */
  branch?: BranchId;
  depth?: number;
}

export interface Branch {
  branch: BranchId;
  parent: BranchId | null;
  /** The seam at which it leaves its parent; null for the first branch. */
  seam: SeamId | null;
  tip: BlockId | null;
  native: NativeRef;
  fidelity: Fidelity;
  /** What there is to know about its fidelity, in a sentence; absent or null: nothing. */
  reason?: string | null;
  /** Files when the branch was last left. */
  tipCheckpoint: string | null;
  /** What happened to files when it was made. */
  files: FilesOutcome | null;
  createdTs: string;
  createdSeq: number;
  /** What the model used for the steps of its line; null: nothing is told. Hosts of an earlier version do not tell. */
  used?: TokenUsage | null | undefined;
  /** Depth of `tip`, -1 when there is none. */
  tipDepth?: number;
  /** Depth of the seam's block, -1 when there is none, and the seq at which that block was whole. */
  seamDepth?: number;
  seamSeq?: number;
  /** The block from which it last began to go on: the agent was taken there, or went back there itself. Absent: never. */
  arrivedAt?: BlockId | null;
}

export interface PermissionRequest {
  request: RequestId;
  lane: LaneId;
  call: string | null;
  tool: string;
  title: string;
  input: unknown;
  options: PermissionOption[];
  seq: number;
  /** Whoever asked waits for no answer from here any more. */
  isTerminalOnly: boolean;
}

export interface Turn {
  turn: string;
  lane: LaneId;
  status: 'running' | 'completed' | 'interrupted' | 'failed';
  model: string | null;
  /** What the agent told for the turn; until or unless it does, the sum of what its blocks carry. */
  usage: TokenUsage | null;
  /** What the agent told, else from the turn's first event to its last. */
  durationMs: number | null;
  startedTs?: string;
  /** `usage` is of the whole turn: blocks add nothing to it. */
  isUsageTold?: boolean;
  /** What the agent told of it beyond what its blocks carried then. */
  usageBeyond?: TokenUsage;
}

export interface CheckpointMark {
  checkpoint: string;
  seq: number;
  after: BlockId | null;
  /** Of the block `after`, -1 when there is none. */
  depth: number;
  /** It shows how the files were when its branch began to go on from there, which is not how they were at that seam. */
  begins?: true;
  call: string | null;
  cause: EventFields['checkpoint']['cause'];
  changed: string[];
  by: FileWriter;
  /** When it was recorded; of one that was inherited, when it was first. */
  ts: string;
  /** The call had not begun, and waited for it. */
  before?: true;
  /** It was taken by the session that this one began as a copy of. */
  inherited?: InheritedMark;
  /** Those of `changed` that a rewind or switch has put back. */
  restored: string[];
  skipped: { path: string; why: string }[];
  late: boolean;
  /** The branch that was current when it was taken. */
  branch?: BranchId;
}

export interface SeamDrops {
  text: number;
  tool: number;
  thinking: number;
  prompt: number;
  /** Compactions that would be undone; absent when there are none. */
  compaction?: number;
}

/** A place to rewind to. Field names are those of `backstitch seams --json`. */
/** The two steps that a seam stands between, in words. */
export interface SeamWords {
  after: string;
  before: string;
}
export interface Seam {
  seam: SeamId;
  turn: string | null;
  after: BlockId;
  kind: 'prompt' | 'text' | 'tool';
  fidelity: Fidelity;
  reason: string;
  drops: SeamDrops;
  /** Files at this seam; null when they were not captured. */
  checkpoint: string | null;
  /** Paths that are not in it, and why (`.`: more than are named); empty where nothing was captured. Hosts of an earlier version do not tell. */
  uncovered?: { path: string; why: string }[];
  /** Where it was asked for. Hosts of an earlier version do not tell. */
  words?: SeamWords;
}

export interface QueuedSend {
  send: string;
  text: string;
  from: SendFrom;
  queuedTs?: string;
  /** What of it Backstitch itself has put there. */
  added?: Added;
  /** When it will be dropped if it still waits; absent: never. */
  expires?: string;
  /** The name that its sender gave it; absent: none. */
  key?: string;
}

/**
 * Why prompts wait although the agent is idle. `draft`: something that was not sent stands at its prompt, and they would be added to it.
 * `edit`: the first of them is being edited.
 */
export type QueueHold = 'draft' | 'edit';

/** What the watch has seen and done, as far as a person should know; null in `SessionSummary`: the agent is silent for no reason to worry. */
export interface Stall {
  /** Silent since then. */
  sinceTs: string;
  during: 'turn' | 'tool' | 'limit';
  tool: string | null;
  /** Nudges given for it. */
  resumes: number;
  /** The watch can do no more. */
  escalated: string | null;
}

/** What is done to a session's agent while it is taken to another history. */
export type Moving = 'rewind' | 'switch';

/**
 * How far a rewind or switch is. `waiting`: for a prompt that is being typed; `settling`: until the agent's last rows have landed;
 * `capturing`: the present files, while the agent's history is made ready; `restoring`: so many paths.
 */
export type MoveStep =
  | { is: 'waiting' | 'interrupting' | 'settling' | 'capturing' | 'ending' | 'starting' | 'recording' }
  | { is: 'restoring'; files: number };

/** The last rewind or switch, as long as no prompt went out since: it can be undone by going back to `from`. */
export interface LastMove {
  how: Moving;
  from: BranchId;
  branch: BranchId;
  seq: number;
}

/** What a list of sessions shows. */
export interface SessionSummary {
  uid: SessionUid;
  id: string;
  /** A person or a script gave that `id`; false: it was made up. Hosts of an earlier version do not tell. */
  named?: boolean;
  agent: string;
  agentName: string;
  agentVersion: string | null;
  /** What of its own prompt works for prompts that are sent as well, in a sentence; absent: nothing is known. */
  promptHint?: string;
  cwd: string;
  repoRoot: string | null;
  description: string | null;
  state: AgentState;
  /** Whether an agent process is alive; false: interrupted (host or machine went down), stopped or exited. */
  alive: boolean;
  ended: SessionEnd['ended'] | null;
  /** How and when it ended; null while it lives. Hosts of an earlier version do not tell. */
  end?: (SessionEnd & { ts: string }) | null;
  /** The agent is being taken to another history: `state` is that of its end and new start meanwhile. Hosts of an earlier version do not tell. */
  moving?: Moving | null;
  /** How far that is. Hosts of an earlier version do not tell. */
  movingStep?: MoveStep | null;
  /** What can be undone. Hosts of an earlier version do not tell. */
  lastMove?: LastMove | null;
  /** What it is for: its description, else its first prompt, a line of at most 120 characters; empty while there is neither. `core/sessionTitle.ts` makes the title of it. */
  title: string;
  branch: BranchId;
  /** The main agent's turn that is under way; null: none. Hosts of an earlier version do not tell. */
  turn?: string | null;
  branches: number;
  blocks: number;
  pendingRequests: number;
  /** Prompts that wait, and whether they are held back. */
  queued: number;
  queuePaused: boolean;
  queueHeld?: QueueHold;
  /** Prompts that wait and are being edited, by their `send`; absent: none. */
  editing?: string[];
  settings: SessionSettings;
  stall: Stall | null;
  /** The last sign of life of the agent (a repainted screen is none); before the first, its start. */
  activeTs: string;
  runningLanes: number;
  /** When the main agent last completed or failed a turn, or ended by itself; null: not yet. Hosts of an earlier version do not tell. */
  finishedTs?: string | null;
  /** Work that goes on in the background of its turns and ends with its run, in words. Hosts of an earlier version do not tell. */
  background?: string[];
  createdTs: string;
  lastTs: string;
  lastSeq: number;
  pid: number | null;
  logPath: string;
  /** A problem that the user should see: recording stopped, history damaged, ... */
  problem: string | null;
}

/** How a session ended: by its agent's own code or a signal, as far as that is known; `interrupted`: its host or machine went down. */
export interface SessionEnd {
  code: number | null;
  signal: string | null;
  ended: 'exited' | 'stopped' | 'interrupted';
}

/** A stretch of one lane, oldest first. */
export interface BlockPage {
  lane: LaneId;
  branch: BranchId;
  blocks: Block[];
  /** Blocks before the first one of this page on the same chain. */
  before: number;
}

/** All that a client needs to draw a session at `seq` and then follow it; blocks beyond the last page are asked for. */
export interface SessionSnapshot {
  seq: number;
  summary: SessionSummary;
  branches: Branch[];
  lanes: Lane[];
  requests: PermissionRequest[];
  turns: Turn[];
  checkpoints: CheckpointMark[];
  /** Prompts that wait until the agent is idle, oldest first. */
  queue: QueuedSend[];
  queuePaused: boolean;
  /** Prompts that were typed and not taken up yet, as far as is known. */
  typed?: QueuedSend[];
  live: LiveText[];
  page: BlockPage;
  /** Why parts of the record could not be read, if so. */
  damage: string[];
}
