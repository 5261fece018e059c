/**
 * The table of contents of Backstitch: every request and notification between a client (extension, webview, CLI, viewer) and the
 * session host. JSON-RPC 2.0 with the framing of vscode-jsonrpc over the socket, bare messages over postMessage.
 * Requests reject with {code: humanErrorCode, message: sentence, data: {code}} for a HumanError.
 */
import { NotificationType, RequestType } from 'vscode-jsonrpc';
import type { AgentInstall, AgentSettings, LiveText, SkillFolder } from '../core/adapter.ts';
import type { AgentState, Event, Fidelity, FilesOutcome, SessionSettings, UnknownEvent } from '../core/events.ts';
import type { BlockId, BranchId, LaneId, RequestId, SeamId, SessionUid } from '../core/ids.ts';
import type { WindowPlace } from '../core/place.ts';
import type { ComparedFile, Untouched } from '../core/ports.ts';
import type { Shown } from '../core/shown.ts';
import type { Block, BlockPage, Branch, Moving, QueuedSend, QueueHold, Seam, SeamDrops, SessionEnd, SessionSnapshot, SessionSummary } from '../core/view.ts';

/** Raised when an older client could misunderstand a newer host. Each protocol version has a socket of its own. */
export const protocolVersion = 2;
/** JSON-RPC error code of a HumanError; `data.code` is its stable name. */
export const humanErrorCode = -32_050;

export type Role = 'full' | 'panel';

/** Sessions are named by uid or by label (`id`); a label in use by several live sessions is refused as ambiguous. */
type Of<T = object> = { session: string } & T;
/**
 * What the caller believes; if it is no longer so the answer is the HumanError `stale` and nothing happens. With `interrupt` only the branch
 * is compared: what an agent at work says until it has come to rest goes with the rest.
 */
export interface Expect {
  branch: BranchId;
  tip: BlockId | null;
}

export interface AgentListing {
  agent: string;
  name: string;
  about: string;
  install: AgentInstall;
}

export interface StartParams {
  agent: string;
  cwd: string;
  /** Label; a free one is made up when absent. */
  id?: string;
  description?: string;
  meta?: Record<string, unknown>;
  /** Name of the tmux session whose window will show it. */
  tmuxSession?: string;
  /** The agent's own arguments; those of `agentSettings` come before them. */
  args: string[];
  agentSettings?: AgentSettings;
  /** Who starts it; a script or person on a shell when absent. */
  from?: 'panel' | 'cli';
  /** What differs from the defaults (core/watching.ts). */
  settings?: Partial<SessionSettings>;
  /** The first prompt, given to the agent as soon as it takes one, behind a line that names the session (not with `sessionLine` false). */
  context?: string;
  sessionLine?: boolean;
  /** The whole environment of whoever starts it. Never stored. */
  env: Record<string, string>;
  cols: number;
  rows: number;
}

/** A second agent in the same folder that remembers what this session's does up to the seam. */
export interface ForkParams {
  /** A seam of the current branch, or `tip`. */
  seam: SeamId;
  /** Label; `X (fork)`, `X (fork 2)`, ... when absent. */
  id?: string;
  description?: string;
  /** The whole environment of whoever forks. */
  env: Record<string, string>;
  cols: number;
  rows: number;
}

/** What going back to the seam does to a file: `added`: it comes back, `modified`: it changes back, `deleted`: it will be removed. */
export interface FileChange {
  path: string;
  is: 'added' | 'modified' | 'deleted';
  /** Somebody else changed it since the session did; left alone unless listed in `overwrite`. */
  conflict: boolean;
}

/** A file of a preview, to be looked at as it is now and as it will be. */
export interface MoveDiff {
  how: Moving;
  checkpoint: string;
  path: string;
  conflict: boolean;
}

/** What a rewind or a switch would do. */
export interface MovePreview {
  /** What would happen to files; null when there is no checkpoint to go to. */
  files: FileChange[] | null;
  filesReason: string | null;
  /** The state that the files go to; null: there is none. Hosts of an earlier version do not tell. */
  checkpoint?: string | null;
  /** What it would leave alone whatever is chosen, and why; `unnamed`: so many more are not named. Absent: nothing. */
  untouched?: Untouched[];
  unnamed?: number;
  state: AgentState;
  /** What would end with the agent's run: turn, open request, background work, in words. */
  ends: string[];
  expect: Expect;
}

/** What a preview says of the files, for which it has to look at them. */
export type MovePlan = Pick<MovePreview, 'files' | 'filesReason' | 'untouched' | 'unnamed' | 'checkpoint'>;

export interface RewindPreview extends MovePreview {
  seam: SeamId;
  fidelity: Fidelity;
  reason: string;
  drops: SeamDrops;
}

export interface SwitchPreview extends MovePreview {
  branch: BranchId;
  /** Whether the model will be given what that branch shows, and nothing else; the reason says what there is to know about it. */
  fidelity: Fidelity;
  reason: string | null;
}

/** A session whose agent was started again, and how exactly its memory is what the conversation shows. */
export interface ResumeOutcome extends SessionSummary {
  fidelity: Fidelity;
  /** What there is to know about that, in a sentence; null: nothing. */
  reason: string | null;
}

/**
 * What a resume would come to. `goesOn`: on the agent's own memory; `anew`: the agent is started, and knows nothing of the conversation;
 * `no`: it cannot be started. `reason`: what there is to know about it, in sentences; null: nothing.
 */
export type Resumability =
  | { is: 'goesOn'; fidelity: Fidelity; reason: string | null }
  | { is: 'anew'; reason: string }
  | { is: 'no'; code: string; reason: string };

export interface RewindParams {
  seam: SeamId;
  files: boolean;
  overwrite?: string[];
  /** Interrupt a busy agent first; without it a busy agent is an error. */
  interrupt?: boolean;
  expect?: Expect;
}

export interface RewindOutcome {
  branch: BranchId;
  from: BranchId;
  seam: SeamId | null;
  fidelity: Fidelity;
  /** What there is to know about that, in a sentence; null: nothing. */
  reason: string | null;
  /** What has ended with the agent's run, in words. */
  ends: string[];
  files: FilesOutcome;
  /** The agent's own id of the history that it is on now. */
  native: string;
  /** How long it took from the request on, and how much of that the agent's own end and start took. */
  ms: number;
  agentMs: number;
}

/** What became of a prompt. `queued`: it waits; `dropped`: somebody took it out; `expired`: it waited too long; `failed`: it could not be typed. */
export interface SendFate {
  status: 'delivered' | 'queued' | 'expired' | 'dropped' | 'failed';
  reason?: string;
  /** The disk refuses: it is in memory only so far. */
  recorded?: boolean;
}

/**
 * What to do with the queue. `was`: what the prompt was shown to say; if it says something else by now the answer is `stale`. `now`: this one
 * next, also while the agent is at work. `move`: behind the prompt that is named, as far to the front as possible where that one is gone (null:
 * first), else to that place. `hold`: `editor`, a name of the client's own, edits the prompt from now on, and nothing delivers it or lets others
 * edit it until `release`, its edit, or the end of the editor (the host's `EditHolds` says when that is); to be repeated while it is edited.
 */
export type QueueChange =
  | { is: 'hold'; send: string; editor: string; was?: string }
  | { is: 'release'; send: string; editor: string }
  | { is: 'edit'; send: string; text: string; was?: string; editor?: string }
  | { is: 'move'; send: string; to: number; behind?: string | null }
  | { is: 'drop'; sends: string[] | 'all'; was?: string[] }
  | { is: 'pause' | 'continue' }
  | { is: 'now'; send: string; was?: string; editor?: string };

export interface QueueListing {
  paused: boolean;
  sends: QueuedSend[];
  held?: QueueHold;
  /** Those that are being edited, by their `send`. */
  editing?: string[];
  /** After a change: the last event that it shows. The event of the change itself may come later than this. */
  seq?: number;
}

export interface SessionEvents {
  session: SessionUid;
  events: (Event | UnknownEvent)[];
}

/** A text on its way as it has changed; with `from`, `text` is what is new of it, behind so many characters that were sent before. */
export interface LiveChange extends LiveText {
  from?: number;
}

/** What is new of a session, for a client that takes one batch after the other. */
export interface SessionBatch extends SessionEvents {
  batch: number;
  /** As of after the events. */
  live: LiveChange[];
  /** Too much has come since the last one: nothing of it is sent, and nothing more. The client opens the session again. */
  behind?: boolean;
}

export const hello = new RequestType<
  { protocol: number; build: string; client: string; token?: string },
  { protocol: number; build: string; pid: number; role: Role; session: SessionUid | null }, void>('hello');

/** Narrows this connection: from now on it may only read, send to, rewind and answer that one session. Cannot be undone. */
export const restrict = new RequestType<Of, null, void>('restrict');

/** Host to client, before it closes the connection by itself: why. */
export const hostHangUp = new NotificationType<{ reason: string }>('host/hangUp');

export const agentsList = new RequestType<{ env: Record<string, string> }, AgentListing[], void>('agents/list');

/** Agents that can be taught by skills, the most used first. */
export const agentsSkillFolders = new RequestType<object, SkillFolder[], void>('agents/skillFolders');

export const sessionStart = new RequestType<StartParams, SessionSummary, void>('session/start');
/** `cwd`: of that folder's repository (with `all`: of all folders nevertheless); `agent`: of that agent, by its id or its program's name. */
export const sessionList = new RequestType<{ cwd?: string; agent?: string; all?: boolean }, SessionSummary[], void>('session/list');
/** `cwd` and `agent` as in `session/list`, where several sessions have the label. */
export const sessionStatus = new RequestType<Of<{ cwd?: string; agent?: string }>, SessionSummary, void>('session/status');
/** `paced`: what comes is told by `session/batch`, else by `session/events` and `session/live`. The snapshot then has a number as well. */
export const sessionOpen = new RequestType<Of<{ blocks: number; paced?: boolean }>, SessionSnapshot & { batch?: number }, void>('session/open');
export const sessionClose = new RequestType<Of, null, void>('session/close');
/** Blocks of a lane before `before` (exclusive; absent: from the tip), at most `count`. `branch` matters for the main lane only. */
export const sessionPage = new RequestType<Of<{ lane: LaneId; branch: BranchId; before?: BlockId; count: number }>, BlockPage, void>('session/page');
/** Events come once `session/open` has answered, from its seq on, without gap; a client that sees a gap opens again. */
export const sessionEvents = new NotificationType<SessionEvents>('session/events');
export const sessionLive = new NotificationType<{ session: SessionUid; live: LiveText[] }>('session/live');
/** The next batch comes once the client has said by `session/taken` that it has shown this one, or the snapshot; what comes meanwhile is merged. */
export const sessionBatch = new NotificationType<SessionBatch>('session/batch');
/** `missed`: texts on their way of which the client has not what they go on from; they come whole with the next batch. */
export const sessionTaken = new NotificationType<{ session: SessionUid; batch: number; missed?: string[] }>('session/taken');
/** The summary of some session changed (full-role connections: all sessions; panel: its own). */
export const sessionChanged = new NotificationType<SessionSummary>('session/changed');
export const sessionRemoved = new NotificationType<{ session: SessionUid }>('session/removed');

/**
 * `submit` false: typed and left at the prompt; `enter`: nothing but what submits. Both, like `force`, go past the queue. `key`: a name of the
 * sender's own; what was sent under it before is not sent again, and the answer tells what became of it. `branch`: the one that was shown.
 * @throws `inbox-full`; `stale` on another branch, `busy` while the session moves to one
 */
export const sessionSend = new RequestType<
  Of<{ text: string; from: 'panel' | 'cli'; key?: string; branch?: BranchId; expect?: Expect; force?: boolean; submit?: boolean | 'enter' }>,
  { send: string } & SendFate, void>('session/send');
/** Resolves once the prompt does not wait any more. */
export const sessionSendFate = new RequestType<Of<{ send: string }>, SendFate, void>('session/sendFate');
export const sessionQueue = new RequestType<Of, QueueListing, void>('session/queue');
export const sessionChangeQueue = new RequestType<Of<{ change: QueueChange; from: 'panel' | 'cli' }>, QueueListing, void>('session/changeQueue');
/** What the watch would do about a stall: the turn that hangs is interrupted, then the agent is told to go on. */
export const sessionNudge = new RequestType<Of<{ shown?: Shown }>, null, void>('session/nudge');
/** How the session is kept going; only what is named changes. */
export const sessionConfigure = new RequestType<Of<{ settings: Partial<SessionSettings>; from: 'panel' | 'cli' }>, SessionSummary, void>('session/configure');
/** Resolves when the agent next is idle after everything sent so far was taken up; rejects when it exits first. */
export const sessionWaitIdle = new RequestType<Of<{ send?: string }>, { state: AgentState }, void>('session/waitIdle');
/** Resolves once the session is over and its end is recorded: at once for one that is over, however it ended. */
export const sessionWaitEnd = new RequestType<Of, SessionEnd, void>('session/waitEnd');
/** Ends the turn that was `shown`; where that is left out, whatever is under way. The check and the key are one step of the host. @throws `turn-over` */
export const sessionInterrupt = new RequestType<Of<{ shown?: Shown }>, null, void>('session/interrupt');
/** `sent`: what was sent to the agent first, as a person at its prompt or a signal; null: there was none. At the time-out it is ended by force. @throws `stale` when it does other work than was `shown` */
export const sessionStop = new RequestType<Of<{ timeoutMs?: number; shown?: Shown }>, { code: number | null; signal: string | null; sent: 'exit_sequence' | 'signal' | null }, void>('session/stop');
export const sessionResume = new RequestType<Of<{ env: Record<string, string>; cols: number; rows: number }>, ResumeOutcome, void>('session/resume');
/** Asked beforehand: nothing is started or written. `env`: of the one who would resume it. */
export const sessionResumable = new RequestType<Of<{ env: Record<string, string> }>, Resumability, void>('session/resumable');
/** `was`: the name that was shown. @throws `stale` when it has another one by now */
export const sessionRename = new RequestType<Of<{ id: string; was?: string }>, SessionSummary, void>('session/rename');
export const sessionRemove = new RequestType<Of, null, void>('session/remove');

/** `words`: with what stands on either side of each seam; `seams`: only these of them, absent: all. */
export const sessionSeams = new RequestType<Of<{ branch?: BranchId; words?: boolean; seams?: SeamId[] }>, Seam[], void>('session/seams');
export const sessionBranches = new RequestType<Of, { current: BranchId; branches: (Branch & { blocks: number; own: SeamDrops })[] }, void>('session/branches');
/** `files` false: the answer does not wait for the files, and says nothing of them. */
export const sessionPreview = new RequestType<Of<{ seam: SeamId; files?: boolean }>, RewindPreview, void>('session/preview');
export const sessionPreviewSwitch = new RequestType<Of<{ branch: BranchId; files?: boolean }>, SwitchPreview, void>('session/previewSwitch');
export const sessionRewind = new RequestType<Of<RewindParams>, RewindOutcome, void>('session/rewind');
export const sessionSwitch = new RequestType<Of<{ branch: BranchId; files: boolean; overwrite?: string[]; interrupt?: boolean; expect?: Expect }>, RewindOutcome, void>('session/switch');
/** A new session in the same folder whose agent remembers what this one's does up to there. This one is not touched. */
export const sessionFork = new RequestType<Of<ForkParams>, SessionSummary, void>('session/fork');
export const sessionAnswer = new RequestType<Of<{ request: RequestId; option: 'allow' | 'allow_always' | 'deny'; message?: string; from: 'panel' | 'cli' }>, { won: boolean }, void>('session/answer');
/** A file as it was around a block: for the diff editor. `before`/`after` null: did not exist or is binary. */
export const sessionFileAt = new RequestType<Of<{ block: BlockId; path: string }>, { before: string | null; after: string | null }, void>('session/fileAt');
/** A file as it is now, and as it is in a checkpoint that a preview names. */
export const sessionCompareFile = new RequestType<Of<{ checkpoint: string; path: string }>, ComparedFile, void>('session/compareFile');
/** One block whole (pages may carry shortened tool results). */
export const sessionBlock = new RequestType<Of<{ block: BlockId }>, Block, void>('session/block');

/** Attaches a view to the session's terminal. Answers with the screen so far as bytes to write; data follows from `offset` on. */
export const terminalAttach = new RequestType<Of<{ cols: number; rows: number }>, { replay: string; offset: number; cols: number; rows: number }, void>('terminal/attach');
/** The screen as text, without control sequences; `lines`: also what has scrolled off, that many lines in all. */
export const terminalText = new RequestType<Of<{ lines?: number }>, { text: string; cols: number; rows: number; title: string }, void>('terminal/text');
export const terminalDetach = new RequestType<Of, null, void>('terminal/detach');
/** `data` is UTF-8 text; `offset` counts characters of the session's output since its start, after this chunk. */
export const terminalData = new NotificationType<{ session: SessionUid; data: string; offset: number }>('terminal/data');
/** The screen starts anew (a new run behind the same view): clear and write `replay`. */
export const terminalReset = new NotificationType<{ session: SessionUid; replay: string; offset: number }>('terminal/reset');
export const terminalAck = new NotificationType<{ session: SessionUid; offset: number }>('terminal/ack');
export const terminalInput = new NotificationType<{ session: SessionUid; data: string }>('terminal/input');
export const terminalResize = new NotificationType<{ session: SessionUid; cols: number; rows: number }>('terminal/resize');
/** The terminal has another size than this view said: that of the view that was used last. Told at each change of either. */
export const terminalSized = new NotificationType<{ session: SessionUid; cols: number; rows: number }>('terminal/sized');
export const terminalTitle = new NotificationType<{ session: SessionUid; title: string }>('terminal/title');

export const hostStatus = new RequestType<object, { pid: number; build: string; node: string; stateDirectory: string; sessions: number; clients: number; uptimeMs: number }, void>('host/status');
/** Starts a program in a terminal, for real, as agents are started; `problem` says in words why that does not work. */
export const hostTryTerminal = new RequestType<object, { problem: string | null }, void>('host/tryTerminal');
/** Ends the host if no session is alive, or always with `force`. */
export const hostShutdown = new RequestType<{ force: boolean }, { ended: boolean }, void>('host/shutdown');

/** Answered by the extension for the webview, never by the host. */
/** `window`: where the window is, so that a session of another folder can be told from its own. */
export const workbenchInit = new RequestType<object, { session: SessionUid; strings: Record<string, string>; anchor: unknown; window: WindowPlace }, void>('workbench/init');
export const workbenchOpenDiff = new RequestType<{ block: BlockId; path: string }, null, void>('workbench/openDiff');
/** `checkpoint`, `path` and `conflict` as in the preview of a rewind or switch. */
export const workbenchOpenMoveDiff = new RequestType<MoveDiff, null, void>('workbench/openMoveDiff');
export const workbenchOpenFile = new RequestType<{ path: string; line?: number; endLine?: number }, null, void>('workbench/openFile');
export const workbenchOpenLink = new RequestType<{ href: string }, null, void>('workbench/openLink');
export const workbenchFocusTerminal = new RequestType<object, null, void>('workbench/focusTerminal');
/** The panel's session, once it is over: what a resume would come to, the resume itself, another session of the same agent in its folder, and its conversation to the clipboard. */
export const workbenchResumable = new RequestType<object, Resumability, void>('workbench/resumable');
export const workbenchResume = new RequestType<object, { reason: string | null }, void>('workbench/resume');
export const workbenchStartAnother = new RequestType<object, null, void>('workbench/startAnother');
export const workbenchCopyConversation = new RequestType<object, null, void>('workbench/copyConversation');
export const workbenchCopy = new RequestType<{ text: string }, null, void>('workbench/copy');
export const workbenchError = new NotificationType<{ message: string }>('workbench/error');
/** Extension to webview: do this in the panel (a command was chosen in the palette or a menu). */
export const workbenchDo = new NotificationType<{
  what: 'focusComposer' | 'nextSeam' | 'previousSeam' | 'confirmSeam' | 'toggleSubagents' | 'showLane' | 'answer'; seam?: SeamId; lane?: LaneId;
  /** To the request, or to the one that is shown first; `why`: the person is asked for a reason first. */
  answer?: 'allow' | 'allow_always' | 'deny' | 'why'; request?: RequestId;
}>('workbench/do');
/** Extension to webview: its way to the session host broke or stands again; the panel opens the session anew once it stands. */
export const workbenchConnection = new NotificationType<{ open: boolean; reason?: string }>('workbench/connection');
