import type { AgentState, BlockBody, EventFields, NativePlace, NativeRef, TokenUsage, ToolResult } from './events.ts';
import type { LaneId, RequestId } from './ids.ts';

/** What was found of an agent on this machine, as seen with somebody's environment. */
export type AgentInstall =
  /** `version` is empty where the program tells none. */
  | { is: 'ready'; path: string; version: string; note?: string }
  /**
   * `problem` and `todo`: sentences that are shown as they are, without Markdown. `command`: what a person runs in a terminal to mend it;
   * `docs`: an https address that says more. `program`: the name that is on no folder of the PATH; absent: it is there, and something else is wrong.
   */
  | { is: 'unusable'; path?: string; version?: string; problem: string; todo: string; command?: string; docs?: string; program?: string };

/** Reads that an adapter may make while probing; given by the caller so that adapters stay free of I/O. */
export interface ProbeEnvironment {
  env: Readonly<Record<string, string | undefined>>;
  platform: string;
  /** Absolute path of an executable on the PATH of `env`, or at a path (relative ones count from `cwd`); null when there is none. */
  which(name: string): Promise<string | null>;
  /** The folder in which it would be started, where one is known: a program that is named by a relative path is looked for from there. */
  cwd?: string;
  /** Runs a program for at most 10 s and gives its output; never throws. */
  run(path: string, args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }>;
  /** A text file, or null when it is missing or unreadable. */
  readText(path: string): Promise<string | null>;
  /** Absolute path of the Node that runs us, and of a program of ours that ships with the extension (dist/). */
  execPath: string;
  bundled(name: string): string;
}

export interface LaunchRequest {
  install: Extract<AgentInstall, { is: 'ready' }>;
  cwd: string;
  /** The user's own arguments after `--`. */
  args: string[];
  how: { is: 'new'; session: string } | { is: 'resume'; native: NativeRef };
  /** Where the agent's hooks report. `token` goes into files of the run only: others see arguments, and children inherit an environment. */
  hooks: { url: string; token: string };
  /** A private 0700 directory of this run; files of the spec are written into it. */
  runDir: string;
  /** Absolute path of a bundled program and of Node (see ProbeEnvironment). */
  execPath: string;
  bundled(name: string): string;
  env: Readonly<Record<string, string | undefined>>;
  platform: string;
  /** A text file that the user's arguments name, or null when it is unreadable; relative paths count from `cwd`. Absent: no file can be read. */
  readText?(path: string): string | null;
}

/** A launch as data: the host writes the files (0600, before the spawn), then starts argv[0]. */
export interface LaunchSpec {
  argv: string[];
  /** Set (string) or removed (null) on top of the environment of whoever started the session. */
  env: Record<string, string | null>;
  files: { name: string; content: string }[];
  watches: Watch[];
  /** Text files to look at once the process has ended, seen as `text` (null: not there) before `exited`. */
  readAtEnd?: { watch: string; path: string }[];
  /** Whether the decoder is to see the screen (see Observation `screen`). */
  screen?: boolean;
}

/** Settings of an agent that several agents know by these words. */
export interface AgentSettings {
  model?: string;
  effort?: string;
  permissionMode?: string;
}

/**
 * What the host shall look at. `lines`: follow a file that is appended to (may not exist yet; replaced or truncated files are read anew);
 * `text`: whole content of a small file at every change, null when it is gone; `directory`: names in a directory at every change.
 * The observation comes back with the same `watch` name. Asking again with a known name and the same path is a no-op.
 */
export interface Watch {
  watch: string;
  is: 'lines' | 'text' | 'directory';
  path: string;
}

/** A raw thing seen of an agent. */
export type Observation =
  | { is: 'spawned'; pid: number }
  | { is: 'hook'; hook: string; payload: unknown }
  | { is: 'line'; watch: string; path: string; line: string }
  | { is: 'text'; watch: string; path: string; text: string | null }
  | { is: 'directory'; watch: string; path: string; names: string[] }
  /**
   * The screen as it stands, whenever what is on it has changed and then rested for a moment, and every second while it does not rest. Rows
   * from the top, without trailing blanks; `cursor` counts from 0. `newText`: what the program printed since the last such observation, as
   * plain text (its last 64,000 characters); a carriage return in it says that the line told last, and not ended, is told anew
   * (core/printedText.ts joins them). `rested` false: it is still changing. `at`: when it was seen, UTC ISO 8601.
   */
  | { is: 'screen'; rows: string[]; cursor: { row: number; column: number }; alternate: boolean; newText: string; rested?: boolean; at?: string }
  /** A prompt is about to be typed by us. */
  | { is: 'typed'; text: string }
  /** `ms` 0: all that the agent has written until now has been read. Else: its screen has not changed for so long (only with LaunchSpec.screen). */
  | { is: 'quiet'; ms: number }
  | { is: 'exited'; code: number | null; signal: string | null };

/** Blocks are told by the agent's own ids; the ingest (core/ingest.ts) gives them ours, links them, and drops what is already known. */
export interface BlockDraft {
  type: 'block';
  lane: LaneId;
  native: NativePlace;
  /** Agent's id of the block before it in the lane; null for the lane's first. Of several candidates give nearest first. */
  after: string | null;
  turn?: string;
  model?: string;
  usage?: TokenUsage;
  body: BlockBody;
}

export interface ResultDraft {
  type: 'block_updated';
  lane: LaneId;
  /** Agent's id of the tool call (BlockBody.call). */
  call: string;
  result: ToolResult;
}

type Passed = 'state' | 'cost' | 'turn_started' | 'task_complete' | 'lane_updated' | 'lane_closed' | 'permission_requested' | 'permission_resolved' | 'disconnected';

/** An event before the log has stamped it, with the agent's ids where ours are not known yet. */
export type Draft =
  | BlockDraft
  | ResultDraft
  | { type: 'lane_opened'; lane: LaneId; parent_lane: LaneId; parent_call: string | null; agent_type: string; description: string; background: boolean }
  | { [T in Passed]: { type: T } & EventFields[T] }[Passed];

/** Text on its way: replaces what was live before under the same `live` id; gone when its block lands or at `null`. */
export interface LiveText {
  live: string;
  lane: LaneId;
  kind: 'text' | 'thinking' | 'tool';
  text: string | null;
}

export type Decoded =
  | { is: 'draft'; draft: Draft }
  | { is: 'live'; live: LiveText }
  | { is: 'watch'; watch: Watch }
  /** The agent writes another history from here on (its first, or after a command of its own such as /clear). */
  | { is: 'native'; native: NativeRef; cause: string }
  /** A sign of life that is no fact of its own (a token counter that grows); a screen that is only painted again is none. */
  | { is: 'active' }
  /**
   * Files may have changed: capture them now, before the agent's next step where its hook can wait. `baseline`: it has been set to work and
   * has done nothing yet. `wait`: a person has answered it, and what it asked for has not begun; with `before`, it is about to begin that
   * call, which may write.
   */
  | { is: 'checkpoint'; cause: 'baseline' | 'tool' | 'subagent' | 'idle' | 'wait'; call?: string; before?: true }
  /** What was typed last means nothing to the agent: no turn comes of it. `problem`: its own words. */
  | { is: 'refused'; problem: string }
  /** The hook being decoded is a question: hold its reply until `request` is answered, by whoever is first. */
  | { is: 'hold'; request: RequestId };

/** One run's observations in, decoded facts out. Never throws; other chunking gives the same result. Holds no clock. */
export interface Decoder {
  decode(observation: Observation): Decoded[];
  /** What is true of this run now, for decisions that need the present (rewind, send). */
  readonly state: AgentState;
  /** Background work that ends when the run ends, in words. */
  readonly background: string[];
  /** Something that the agent has said before it came to rest is on its way and not decoded yet; absent: not known. */
  readonly isBehind?: boolean;
  /** What is worse in this run than it should be, in a sentence for people; null or absent: nothing. */
  readonly problem?: string | null;
}

/** `text` is typed and not submitted; `submit` is what submits. */
export type UserInput = { is: 'prompt'; text: string } | { is: 'text'; text: string } | { is: 'interrupt' } | { is: 'exit' } | { is: 'submit' };
/** `paste` is text that holds what a program may take for a key: marked as pasted for one that has turned that on, written as it is to any other. */
export type Keystroke = { write: string } | { paste: string } | { pauseMs: number };

export interface HookReply {
  status: number;
  body?: unknown;
}

/** A file of a native history, by absolute path. */
export interface NativeFile {
  path: string;
  content: Uint8Array;
}

export interface CutRequest {
  native: NativeRef;
  files: NativeFile[];
  /** Native ids of the main lane's kept blocks, in order; the last is where to cut. */
  keep: string[];
  newSession: string;
  now: string;
  newUuid(): string;
}

/** `holds`: the kept blocks that the new history holds, where some are none of it (a line that could not be read). */
export type CutResult =
  | { is: 'cut'; native: NativeRef; files: NativeFile[]; holds?: string[] }
  | { is: 'refused'; reason: string };

/** The end of an agent's own history, as an agent that is started on it takes it up. */
export interface HistoryEnd {
  /** Native ids of the main lane's blocks, in order, of the copy behind which the agent makes up nothing; null: the history itself is such. */
  keep: string[] | null;
  /** The copy leaves out a step that is not complete. */
  isShorter?: boolean;
  /** What the agent gives its model besides, in a sentence for people; a copy does not change that. */
  adds?: string;
}

/** What speaks against an exact cut behind a block of a chain, and behind all blocks below it, or those before `until`. */
export interface Doubt {
  /** Index of the block in the chain. */
  from: number;
  /** Index of the block from which on it is over. */
  until?: number;
  fidelity: 'approximate' | 'none';
  /** A sentence. */
  reason: string;
}

/** What an adapter knows of one native history, read as it grows. Pure: the host feeds it. */
export interface HistoryReading {
  /** The next bytes of one of the files that `pathsOf` names, from its first one on. */
  take(path: string, content: Uint8Array): void;
  /** What speaks against cuts behind these blocks: native ids of the main lane's blocks, in order. */
  doubts(chain: readonly string[]): Doubt[];
}

/**
 * Cutting and copying of an agent's own history. Pure: the host reads and writes. Never changes an existing file.
 * Absent on an adapter = its history cannot be cut exactly.
 */
export interface HistorySurgery {
  /**
   * Absolute paths to keep for a history: files, and directories (recursive). They need not exist. `appended`: how the
   * names of those end that hold JSON lines and are only ever appended to: what such a file has lost is put back.
   */
  pathsOf(native: NativeRef): { path: string; is: 'file' | 'directory'; appended?: string }[];
  cut(request: CutRequest): CutResult;
  /** Native ids of the main lane's blocks that the model would get from these files, in order (proof of a cut). */
  readBack(native: NativeRef, files: NativeFile[]): string[];
  /** How an agent that is started on these files would go on. Absent: its model is given what is in them and nothing else. */
  endOf?(native: NativeRef, files: NativeFile[]): HistoryEnd;
  /** All that these files say of the main lane, in order: the ingest drops what the record has. */
  drafts?(native: NativeRef, files: NativeFile[]): (BlockDraft | ResultDraft)[];
  /**
   * All that the model would get from these files, an item each, in order: also what hangs on a block and is none.
   * With `keep`: of the part up to the last of these blocks, which a cut there has to give it again. Absent: the
   * blocks are all.
   */
  view?(native: NativeRef, files: NativeFile[], keep?: readonly string[]): string[];
  /** Begins to read a history for what it says of its places. Absent: nothing in it speaks against a cut. */
  reading?(native: NativeRef): HistoryReading;
  /**
   * Why nothing is known of this version of the agent, in a sentence; null for one that was tried. Absent: all were.
   */
  untried?(version: string): string | null;
  /** Whether one may cut after this block; the reason in words. */
  fidelityAfter(kind: BlockBody['kind'], version: string | undefined): { fidelity: 'exact' | 'approximate' | 'none'; reason: string };
}

/** Where an agent reads skills: `skills` in its folder, which lies in the user's home (or where `variable` says) and in a repository. */
export interface SkillFolder {
  agent: string;
  folder: string;
  variable: string;
}

/** What is left in an environment for child programs and means something there only: no new session gets it. Never a setting of the user's. */
export interface ChildMarkers {
  /** One that ends in `*` stands for all that begin so. */
  readonly names: readonly string[];
  /** Values that a user may set as well: taken for a marker only where one of `names` is, too. */
  readonly beside?: Readonly<Record<string, string>>;
}

/**
 * A file or directory that an agent keeps for itself, in the user's home as a rule. It need not exist. A name that ends in
 * `*` also stands for all beside it that begin so (locks, and files that are about to take its place).
 */
export interface OwnPlace {
  /** Absolute, or counted from the folder in which the agent is started. */
  path: string;
  /**
   * Names in it that the agent alone writes: where a session's folder is this directory or lies in it, only they are the
   * agent's, and the rest is what the user works on. Absent: all of it is the agent's.
   */
  inside?: readonly string[];
}

/** What Backstitch knows of one agent. Nothing outside src/agents knows an agent's name. */
export interface AgentAdapter {
  readonly id: string;
  readonly name: string;
  /** One line for the agent picker. */
  readonly about: string;
  /** What of its own prompt works for prompts that are sent as well, in a sentence for people; absent: nothing is known. */
  readonly promptHint?: string;
  /** Absent: it leaves none. */
  readonly markers?: ChildMarkers;
  probe(at: ProbeEnvironment): Promise<AgentInstall>;
  launch(request: LaunchRequest): LaunchSpec;
  decoder(run: { native: NativeRef; cwd: string; env: Readonly<Record<string, string | undefined>>; resumed: boolean }): Decoder;
  /** @throws HumanError for a text that would not arrive as it is, with what to do instead */
  keystrokes(input: UserInput, state: AgentState): Keystroke[];
  /** A turn that begins shows that a prompt was taken up, and nothing else does; absent: what is typed counts as taken up. */
  readonly showsTakeUp?: boolean;
  /** Whether its prompt takes the text for a command of its own: a turn need not come of it. */
  isCommand?(text: string): boolean;
  /** The agent's own arguments for settings; absent: it knows none. */
  settingArgs?(settings: AgentSettings): { is: 'args'; args: string[] } | { is: 'refused'; problem: string };
  /** What closes a dialog so that the agent goes on after its usage limit has reset; absent: its prompt takes text at once. */
  readonly limitDialogKeys?: Keystroke[];
  /** The reply to a held hook once the request was answered; and to any other hook (`decision` undefined). */
  hookReply(hook: string, payload: unknown, decision?: { option: 'allow' | 'allow_always' | 'deny'; message?: string }): HookReply;
  history?: HistorySurgery;
  /** Where it keeps its histories and its state: none of it is a file of a session. Absent: nothing is known of such. */
  ownPlaces?(env: Readonly<Record<string, string | undefined>>): OwnPlace[];
}
