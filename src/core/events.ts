import type { BlockId, BranchId, LaneId, RequestId, SeamId } from './ids.ts';
import type { Untouched } from './ports.ts';

/** Events schema v1: every row of a log has this envelope; the fields of its type stand beside it. `crc` is the log's own. */
export interface Envelope {
  schema_version: 1;
  /** Counts up from 1 over the whole log, never repeats, has no gap. */
  seq: number;
  /** UTC, ISO 8601 with milliseconds. */
  ts: string;
  /** The session's label at that time. */
  id: string;
  /** Number of the run within the session, from 1. Absent on rows that belong to no run. */
  run?: number;
}

/** A dialog of the agent's own that nothing but a person (or a key) ends, as far as an adapter knows it by name. */
export type DialogKind = 'resume-summary' | 'trust' | 'sign-in' | 'update' | 'other';

/** `message`: the agent's own words, one line. `until`: when a limit resets, UTC ISO 8601. */
export type AgentState =
  | { is: 'starting' }
  | { is: 'idle'; interrupted?: boolean }
  | { is: 'busy' }
  | { is: 'waiting'; for: 'permission' | 'question' }
  | { is: 'waiting'; for: 'dialog'; dialog: DialogKind; message: string }
  | { is: 'limited'; until?: string; message?: string }
  | { is: 'exited' };

/** Who asked for a prompt: a person in the panel, a person or script on a shell, or the session host (a nudge, a watched file, a first prompt). */
export type SendFrom = 'panel' | 'cli' | 'host';

/** How a session is kept going while its user is away. Durations in seconds, as everywhere in the schema. */
export interface SessionSettings {
  /** Silence of a working agent that counts as a stall; null: never. */
  stall_after_s: number | null;
  /** Nudges for one stall before it is escalated; 0: none. */
  max_resumes: number;
  /** What a nudge says to the agent. */
  nudge: string;
  /** Go on by itself after a usage limit that resets within so many seconds of being seen; null: wait for a person. */
  limit_window_s: number | null;
  /** How often at most since that was set. */
  limit_resumes: number;
  /** A prompt that has waited in the queue for so long is dropped as `expired`; null: it waits for as long as it takes. */
  inbox_ttl_s: number | null;
  /** The session ends when a turn is over and nothing waits. */
  auto_stop: boolean;
  /** Absolute path of a JSONL file to which the session's end adds one row; null: none. */
  summary_out: string | null;
  /** Absolute path of a file whose changes are told to the agent; null: none. */
  watch_file: string | null;
}

export interface TokenUsage {
  input_tokens: number | null;
  output_tokens: number | null;
  reasoning_tokens: number | null;
  cached_tokens: number | null;
  total_tokens: number | null;
}

/** Where a thing stands in the agent's own history. `id` is the agent's id of the row; with the lane it makes ingestion idempotent. */
export interface NativePlace {
  session: string;
  id: string;
  /** Groups the blocks of one model message (one API message): parallel tool calls of it are one batch. */
  message?: string;
}

/** A file's change as a tool reported it; `before` null: the file was created. Texts are capped by the decoder at 256,000 characters each. */
export interface FileEdit {
  path: string;
  before: string | null;
  after: string;
}

export type ToolStatus = 'running' | 'completed' | 'failed' | 'rejected' | 'cancelled';
export type ToolKind = 'execute' | 'read' | 'edit' | 'search' | 'fetch' | 'think' | 'subagent' | 'ask' | 'other';

export interface ToolResult {
  status: Exclude<ToolStatus, 'running'>;
  /** What the model was given as the result, as text. Capped at 256,000 characters, the tail is kept. */
  text: string;
  truncated?: boolean;
  exit_code?: number;
  edits?: FileEdit[];
  /** Agent's id of the row that holds the result. */
  native_id?: string;
}

/**
 * Words that Backstitch itself has typed: those with which a prompt begins, or all of it. `session`: the line that names the session before
 * its first prompt; `stall`, `limit`: to go on after silence or a usage limit; `file`: a watched file has changed.
 */
export interface Added {
  text: string;
  why: 'session' | 'stall' | 'limit' | 'file';
}

/** What a block is. Prompts, texts, thoughts and notices are whole when their row lands; a tool's result comes by `block_updated`. */
export type BlockBody =
  /** `added`: what of its text Backstitch itself has put there. */
  | { kind: 'prompt'; text: string; source: 'typed' | 'sent' | 'agent'; added?: Added }
  /** `format` plain: shown as it was printed, not read as Markdown. */
  | { kind: 'text'; text: string; interrupted?: boolean; format?: 'plain' }
  | { kind: 'thinking'; text: string; interrupted?: boolean }
  | { kind: 'tool'; tool: string; tool_kind: ToolKind; call: string; title: string; input: unknown; result?: ToolResult }
  | { kind: 'notice'; notice: 'interrupted' | 'error' | 'command' | 'unread' | 'info'; text: string; raw?: string }
  | { kind: 'compaction'; trigger: 'manual' | 'auto'; tokens_before: number | null; tokens_after: number | null; duration_ms?: number; summary: string };

export interface BlockFields {
  block: BlockId;
  lane: LaneId;
  /** The block before it in its lane; null for the first. */
  after: BlockId | null;
  native?: NativePlace;
  /** The turn it belongs to. */
  turn?: string;
  model?: string;
  usage?: TokenUsage;
}

/** Which files a rewind or switch wrote and which it left alone. Paths are relative to the session's folder. */
export interface FilesOutcome {
  is: 'kept' | 'restored' | 'unavailable';
  restored?: string[];
  /** Changed since by somebody else, so left alone. */
  conflicts?: string[];
  /** Left alone whatever was chosen, and why; `unnamed`: so many more are not named. */
  untouched?: Untouched[];
  unnamed?: number;
  reason?: string;
}

/**
 * What a copied session knows of a checkpoint of the one that it was copied from. `at`: the step at which it shows the files, by the agent's
 * own id, null before the first, absent for none; `begins`: how what came next began there, not the seam. Of what had changed, `own` is the
 * session's doing, `unclear` may be, and all else is others'.
 */
export interface InheritedMark {
  ts: string;
  at?: string | null;
  begins?: true;
  own: string[];
  unclear: string[];
}

/** A session that another one is a copy of, until a time (UTC, ISO 8601). */
export interface Origin {
  uid: string;
  until: string;
}

export interface NativeRef {
  /** The agent's id of the history. */
  session: string;
  /** Absolute path of its main file; empty before the agent has written one. */
  path: string;
}

export type Fidelity = 'exact' | 'approximate' | 'none';

/** Every event type and its fields. Rows of other types pass through the log and the fold untouched (`UnknownEvent`). */
export interface EventFields {
  // session
  /**
   * The session began. `meta` and `description` are what its starter gave, as given; `args` the agent's own arguments; `tmux_session` whose
   * window shows it, if one does. `named`: its starter gave the session's label; false: the label was made up.
   */
  started: {
    pid: number | null; uid: string; agent: string; agent_version?: string; cwd: string; repo_root?: string; args: string[]; description?: string;
    meta?: Record<string, unknown>; tmux_session?: string; named?: boolean;
  };
  /**
   * A life of the agent's process began: at the start, or because it was started again. `fidelity` and `reason`: how exactly its memory is what
   * the conversation shows, where there is something to know about it.
   */
  run_started: { pid: number; cause: 'start' | 'rewind' | 'switch' | 'resume'; native: NativeRef; branch: BranchId; agent_version?: string; fidelity?: Fidelity; reason?: string };
  /**
   * A prompt was given to the agent. `msg` is its first 200 characters, `forced` says that it did not wait its turn, `key` is the name that
   * its sender gave it, `added` what of it Backstitch itself has put there.
   */
  send: { msg: string; msg_truncated: boolean; forced: boolean; send: string; from: SendFrom; text?: string; key?: string; added?: Added };
  /** Somebody changed how the session is kept going. Only what was named is there. */
  configured: { settings: Partial<SessionSettings>; from: SendFrom };
  /** What the agent does now. */
  state: { state: AgentState };
  /** What the agent says that a history of its own has cost so far; a later one of the same history counts in its place. */
  cost: { agent_session_id: string; cost_usd: number };
  /** The agent writes another history of its own from here on. */
  native_session: { native: NativeRef; branch: BranchId; cause: string };
  /** Tokens of the whole session, once, at its end; null where the agent does not tell. `cost_usd` where it is known. */
  usage: TokenUsage & { agent_session_id: string | null; cost_usd?: number | null };
  /** Where the repository stood at the start, and what came since at the end. Only in a repository. */
  git: { phase: 'start'; sha: string; branch: string } | { phase: 'end'; sha: string; loc_added: number; loc_removed: number; files_changed: number; commits: number };
  /** `path`: the file to which the session's row was added; `problem`: why it was not. `resumes`: how often its watch told it to go on. */
  summary: { path: string | null; exit: ExitClass; problem?: string; duration_s?: number; turns?: number; stalls?: number; resumes?: number; compactions?: number; disconnections?: number };
  /** A life of the agent's process ended; the session may go on. */
  run_ended: { code: number | null; signal?: string; cause: 'exited' | 'rewind' | 'switch' | 'stopped' | 'lost' };
  /** The session is over: the last row, after which followers stop. A session that is resumed begins anew with `run_started`. */
  exited: { code: number | null; signal?: string; reason?: ExitClass };
  /** The agent lost its model or its server. */
  disconnected: { source: string; message: string };
  /** A damaged end of the log was cut off (and kept aside) when it was opened. */
  recovered: { lost_bytes: number; kept_as: string | null; reason: string };
  /** The session has another label from here on. */
  renamed: { from: string; to: string };
  // turns
  /** From a prompt on. `lane` is `main`, or a subagent's. */
  turn_started: { turnId: string; lane: LaneId };
  /** The turn is over: the agent is at its prompt again. */
  task_complete: { turnId: string; status: 'completed' | 'interrupted' | 'failed'; lane: LaneId; model?: string; tokenUsage?: TokenUsage; duration_ms?: number };
  /** A step of the conversation: a prompt, a text, a tool call. `after` is the step before it in its lane. */
  block: BlockFields & BlockBody;
  /** More about a step: the result of a tool call, its tokens. */
  block_updated: { block: BlockId; result?: ToolResult; usage?: TokenUsage; interrupted?: boolean };
  /** A step that is complete, in few words, for readers that follow no conversation. */
  item_completed: { item: { id: BlockId; type: ItemType; status?: string }; turnId?: string };
  /** The agent replaced its memory by a summary. `trigger`: by itself or on demand. */
  compaction: { block: BlockId; trigger: 'manual' | 'auto'; tokens_before: number | null; tokens_after: number | null };
  // lanes
  /** A subagent began. */
  lane_opened: { lane: LaneId; parent_lane: LaneId; parent_block: BlockId | null; agent_type: string; description: string; background: boolean };
  /** More about a subagent. */
  lane_updated: { lane: LaneId; steps?: number; last_tool?: string; tokens?: number; parent_block?: BlockId; parent_lane?: LaneId; agent_type?: string; description?: string };
  /** A subagent ended. */
  lane_closed: { lane: LaneId; status: 'completed' | 'failed' | 'cut_off'; summary?: string };
  // history
  /**
   * The files as they are now were captured. `changed`: paths that differ from the checkpoint before, `by`: who may have changed them,
   * `restored`: those of them that a rewind or switch has put back. `call`: of the tool after which it was, or for which a person was asked;
   * with `before`, the call had not begun, and waited for it. `inherited`: the session of which this one is a copy has captured it.
   */
  checkpoint: {
    checkpoint: string; cause: 'baseline' | 'tool' | 'subagent' | 'idle' | 'wait' | 'rewind'; call?: string; before?: true; after: BlockId | null; changed: string[];
    by?: FileWriter; restored?: string[]; skipped?: { path: string; why: string }[]; late?: boolean; inherited?: InheritedMark;
  };
  /** A rewind or switch begins. If neither `rewound`, `branch_selected` nor `rewind_failed` follows, it was taken back. */
  rewind_started: { rewind: string; how: 'rewind' | 'switch'; from_branch: BranchId; to_branch: BranchId; tip: BlockId | null; seam: SeamId | null; old_native: NativeRef; new_native: NativeRef; checkpoint: string | null; to_checkpoint: string | null; files: boolean };
  /** The agent and the files are back at a seam, on a new branch. */
  rewound: { rewind: string; branch: BranchId; parent_branch: BranchId; seam: SeamId; native: NativeRef; fidelity: Fidelity; files: FilesOutcome; tip_checkpoint: string | null };
  /** A rewind or switch did not work; all is as it was before. */
  rewind_failed: { rewind: string; step: string; message: string; branch: BranchId };
  /** The agent and the files are at the tip of another branch. */
  branch_selected: { rewind: string; branch: BranchId; from_branch: BranchId; native: NativeRef; files: FilesOutcome; tip_checkpoint: string | null };
  /**
   * This session began as a copy of another one, up to a seam. `at`: that step by the agent's own id; `origins`: whose checkpoints it has
   * inherited, and from when on what they do is theirs alone; `added`: which of the copied prompts, by the agent's own ids, hold words of Backstitch's.
   */
  forked: { from_uid: string; from_seam: SeamId; from_branch: BranchId; at?: string; origins?: Origin[]; added?: (Added & { at: string })[] };
  // queue
  /** A prompt waits for its turn. `key`: the name that its sender gave it, under which it is taken once. `added`: what of it Backstitch itself has put there. */
  queued: { send: string; text: string; from: SendFrom; expires?: string; key?: string; added?: Added };
  /** What was done to the queue: `order` names all that wait, first first; `returned` waits again, since its agent ended before it read it. */
  queue_changed: { edited?: { send: string; text: string }; order?: string[]; dropped?: string[]; paused?: boolean; returned?: string; from: SendFrom };
  /** It waits no more: the agent gets it now (see `send`). */
  delivered: { send: string };
  /** It was dropped: it waited too long. */
  expired: { send: string; reason: string };
  // watch
  /** A working agent has given no sign of life for `idle_s`; `during` a tool that it runs, or its turn (which is a stall). */
  log_idle: { idle_s: number; during: 'turn' | 'tool'; tool?: string };
  /** A sign of life after `log_idle`; `idle_s`: how long there was none. */
  log_active: { idle_s: number };
  /** The watch has told the agent to go on: `attempt` of `of`. */
  resume: { cause: 'stall' | 'limit'; attempt: number; of: number; text: string; idle_s?: number };
  /** The watch can do no more: a person must look. */
  escalated: { reason: 'stall' | 'limit'; resumes: number; message: string; idle_s?: number };
  // asking
  /** The agent asks for leave. */
  permission_requested: { request: RequestId; lane: LaneId; call?: string; tool: string; title: string; input: unknown; options: PermissionOption[] };
  /** Whoever asked waits for no answer from here any more: only its terminal can answer. */
  permission_left: { request: RequestId };
  /** It was answered, or is not asked any more. */
  permission_resolved: { request: RequestId; outcome: 'allowed' | 'denied' | 'elsewhere' | 'gone'; by: 'panel' | 'cli' | 'terminal' | 'host' };
}

export interface PermissionOption {
  option: 'allow' | 'allow_always' | 'deny';
  label: string;
}

/** Who may have written in a session's folder for a while: the session, which was at work; others, as nothing of it ran; or either, as it was now one, now the other. */
export type FileWriter = 'session' | 'others' | 'either';

/** A completed step as the schema's other writers name them. */
export type ItemType = 'user_message' | 'agent_message' | 'reasoning' | 'command_execution' | 'file_change' | 'web_search' | 'tool_call' | 'notice';

/**
 * How a session ended. `success`: with code 0. `stopped`: somebody stopped it. `timeout`: with code 124, as timeout(1) ends. `interrupted`: its
 * host or machine went down. `boot_failure`: by itself, before it had once come to its prompt or told a single step. `failure`: by itself, later
 * than that. `disconnected` is the schema's, and never written here.
 */
export type ExitClass = 'success' | 'failure' | 'timeout' | 'disconnected' | 'boot_failure' | 'stopped' | 'interrupted';
export type EventType = keyof EventFields;

/** An event's type and fields before the log has stamped it. */
export type EventBody = { [T in EventType]: { type: T } & EventFields[T] }[EventType];
export type Event = { [T in EventType]: Envelope & { type: T } & EventFields[T] }[EventType];
export type EventOf<T extends EventType> = Extract<Event, { type: T }>;
export type UnknownEvent = Envelope & { type: string } & Record<string, unknown>;

/** Rows that a person or another process may act on: acknowledged after fdatasync. All others are `written`. */
export const durableTypes: ReadonlySet<string> = new Set<EventType>([
  'started', 'run_started', 'send', 'native_session', 'run_ended', 'exited', 'recovered', 'renamed',
  'rewind_started', 'rewound', 'rewind_failed', 'branch_selected', 'forked', 'permission_resolved', 'configured',
  'queued', 'queue_changed', 'delivered', 'expired', 'resume', 'escalated',
]);
