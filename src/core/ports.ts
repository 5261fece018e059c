import type { Event, EventBody, UnknownEvent } from './events.ts';

/** What a log acknowledges: the stamped rows. Rejects with a HumanError when the disk refuses; the rows are then kept in memory for retry. */
export interface EventLog {
  /** Stamps and appends. Resolves when the class of the rows is satisfied (durable: synced; written: handed to the kernel). */
  append(bodies: EventBody[], stamp: { id: string; run?: number }): Promise<Event[]>;
  readonly lastSeq: number;
  close(): Promise<void>;
}

export interface OpenedLog {
  log: EventLog;
  /** All whole rows, in order. */
  rows: (Event | UnknownEvent)[];
}

/** A process in a pseudo-terminal. Output is complete before `onExit` fires. */
export interface Terminal {
  readonly pid: number;
  write(data: string | Uint8Array): void;
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
  capture(): Promise<{ checkpoint: string; changed: string[]; skipped: { path: string; why: string }[] }>;
  /** Paths that differ between two checkpoints. */
  changes(from: string, to: string): Promise<CheckpointChange[]>;
  /** Text of a file in a checkpoint; null when absent or binary. */
  read(checkpoint: string, path: string): Promise<string | null>;
  /** What `restore` would do, without doing it. */
  preview(request: RestoreRequest): Promise<RestorePlan>;
  /** Writes only paths whose content differs; leaves conflicts alone unless listed in `overwrite`. */
  restore(request: RestoreRequest): Promise<RestorePlan>;
  has(checkpoint: string): Promise<boolean>;
}

export interface RestoreRequest {
  /** State to go to. */
  to: string;
  /** State that the session last left behind: what differs from it on disk was changed by somebody else. */
  tip: string;
  /** Conflicting paths that the user chose to overwrite. */
  overwrite?: string[];
}

export interface RestorePlan {
  write: string[];
  remove: string[];
  conflicts: string[];
}
