import type { HumanError } from './errors.ts';
import type { Event, EventBody, UnknownEvent } from './events.ts';

/**
 * One session's append-only file. Stamping is synchronous, writing is not: `events` are final at once, `done` resolves when the class
 * of the rows is satisfied (durable: synced; written: handed to the kernel). When the disk refuses, `done` stays pending, the rows are
 * kept in memory (bounded), `onProblem` tells, and writing is tried again; `done` rejects with a HumanError only when rows are given up.
 */
export interface EventLog {
  append(bodies: EventBody[], stamp: { id: string; run?: number }): { events: Event[]; done: Promise<void> };
  readonly lastSeq: number;
  /** null: recording is well again. */
  onProblem(listener: (problem: HumanError | null) => void): Disposable;
  /** The directory that it is in was taken away and is there again: what was written is put back, and other writers are kept out. */
  putBack(): Promise<void>;
  /** Writes what is left and closes. */
  close(): Promise<void>;
}

export interface OpenedLog {
  log: EventLog;
  /** All whole rows, in order. */
  rows: (Event | UnknownEvent)[];
  /** What could not be read, in words that name file and byte; empty for a whole log. */
  damage: string[];
}

/** A process in a pseudo-terminal. Output is complete before `onExit` fires. */
export interface Terminal {
  readonly pid: number;
  write(data: string | Uint8Array): void;
  /** What the terminal itself says to the child; left out while the child leaves much of it unread. */
  answer(data: string): void;
  resize(cols: number, rows: number): void;
  onData(listener: (data: Uint8Array) => void): Disposable;
  onExit(listener: (end: { code: number | null; signal: string | null }) => void): Disposable;
  /** Stops and resumes reading from the child (back-pressure). */
  pause(): void;
  resume(): void;
  kill(signal: NodeSignal): void;
}

export type NodeSignal = 'SIGTERM' | 'SIGKILL' | 'SIGHUP' | 'SIGINT' | 'SIGWINCH';

export interface Disposable {
  dispose(): void;
}

export interface CheckpointChange {
  path: string;
  is: 'added' | 'modified' | 'deleted';
}

/** The files of one folder over time. Ids are opaque. Never touches the user's own repository. */
export interface Checkpoints {
  /** `changed`: paths that differ from the checkpoint `since`; from the capture before if none is named, or it is not kept any more. */
  capture(since?: string): Promise<{ checkpoint: string; changed: string[]; skipped: { path: string; why: string }[] }>;
  /** Paths that differ between two checkpoints. */
  changes(from: string, to: string): Promise<CheckpointChange[]>;
  /** Text of a file in a checkpoint; null when absent or binary. */
  read(checkpoint: string, path: string): Promise<string | null>;
  /** What stands at a path now, and what stands there in the checkpoint: for a person to compare. */
  compare(checkpoint: string, path: string): Promise<ComparedFile>;
  /** What `restore` would do, without doing it. */
  preview(request: RestoreRequest): Promise<RestorePlan>;
  /** Writes only paths whose content differs; leaves conflicts alone unless listed in `overwrite`. `planned` is told how many before any is touched. */
  restore(request: RestoreRequest, planned?: (paths: number) => void): Promise<RestorePlan>;
  has(checkpoint: string): Promise<boolean>;
  /** Puts these states into the directory of another folder's checkpoints, which needs nothing of this one then. */
  copyTo(directory: string, checkpoints: readonly string[]): Promise<void>;
}

/** What stands at a path, as far as it can be shown; `large`: more than an editor is given. */
export type FileSide =
  | { is: 'absent' }
  | { is: 'text'; text: string; permissions?: number }
  | { is: 'link'; target: string }
  | { is: 'binary' | 'large'; bytes: number; permissions?: number }
  | { is: 'directory'; permissions?: number }
  | { is: 'unreadable'; why: string };

export interface ComparedFile {
  now: FileSide;
  will: FileSide;
}

export interface RestoreRequest {
  /** State to go to. */
  to: string;
  /** State that the session last left behind: what differs from it on disk was changed by somebody else. */
  tip: string;
  /** Restrict the restore to these paths; absent: all that differ. */
  only?: string[];
  /** Conflicting paths that the user chose to overwrite. */
  overwrite?: string[];
}

/** A path that a restore leaves alone though it may differ from the state it goes to, and why, as a code and in words. */
export interface Untouched {
  path: string;
  because: 'not-captured-then' | 'changed-by-others' | 'not-covered';
  why: string;
}

export interface RestorePlan {
  write: string[];
  remove: string[];
  /** What a user may choose to overwrite. */
  conflicts: string[];
  /** What no choice brings back: it is told. */
  untouched: Untouched[];
}
