import { setTimeout as sleep } from 'node:timers/promises';
import type { Conversation } from '../core/conversation.ts';
import type { Decoded } from '../core/adapter.ts';
import type { EventBody, FileWriter } from '../core/events.ts';
import { mainLane } from '../core/ids.ts';
import type { Checkpoints } from '../core/ports.ts';
import { type Occasion, WhoWrites } from './whoWrites.ts';

type Captured = Awaited<ReturnType<Checkpoints['capture']>>;
type Cause = Extract<Decoded, { is: 'checkpoint' }>['cause'] | 'rewind';

/** How long after a failed capture it is tried whether another one would do. */
const firstRetryMs = 2_000;
const longestRetryMs = 20_000;

/** The files as they were when somebody looked, and who may have changed them until then. */
export interface Look {
  captured: Promise<Captured | null>;
  by: FileWriter;
}

export interface CaptureOptions {
  call?: string | undefined;
  /** The call has not begun, and waits until this is done. */
  before?: boolean;
  /** The agent waits for it: not where it would be in vain. */
  waits?: boolean;
  /** Amidst what it does, if nothing else is said. */
  where?: Occasion;
  /** Records what was seen then instead of looking again; `restored` has been put back before. */
  looked?: Look;
  restored?: string[];
}

/** Tells nothing new when nothing has changed. */
const quietCauses: ReadonlySet<Cause> = new Set<Cause>(['idle', 'wait']);

/** A capture that took longer than an agent's hook waits may hold what the agent did meanwhile. */
const heldMs = 2_000;
/** A capture that takes longer than this is told: a large folder is done by then, one that does not answer never is. */
const slowMs = 15_000;

/** The files of a session's folder over time, as its record knows them. */
export class WorkspaceFiles {
  readonly checkpoints: Checkpoints | null;
  /** Why files are not captured; null when they are. */
  readonly unavailable: string | null;
  readonly who: WhoWrites;
  #conversation: Conversation;
  #record: (body: EventBody) => Promise<void>;
  readonly #heldMs: number;
  readonly #slowMs: number;
  /** Why it is known that a look does not come back; null while none is overdue. */
  #slow: string | null = null;
  #busy: Promise<unknown> = Promise.resolve();
  #lastError: string | null = null;
  #retry: NodeJS.Timeout | undefined;
  readonly #noteChange: () => void;
  /** The look that was taken last, for all who asked before it began. */
  #lastLook: { beganMs: number; captured: Promise<Captured> } | null = null;
  /** When the look that is under way began. */
  #looking: number | null = null;
  /** Counts the ends of the session: what was asked for before one is recorded no more after it. */
  #lives = 0;

  constructor(options: {
    checkpoints: Checkpoints | { is: 'unavailable'; reason: string };
    conversation: Conversation;
    record(body: EventBody): Promise<void>;
    /** `problem` is another by itself. */
    noteChange?(): void;
    /** How long an agent's hook waits for a capture. */
    heldMs?: number;
    slowMs?: number;
  }) {
    const { checkpoints } = options;
    this.checkpoints = 'is' in checkpoints ? null : checkpoints;
    this.unavailable = 'is' in checkpoints ? checkpoints.reason : null;
    this.#conversation = options.conversation;
    this.#record = options.record;
    this.#noteChange = options.noteChange ?? (() => undefined);
    this.#heldMs = options.heldMs ?? heldMs;
    this.#slowMs = options.slowMs ?? slowMs;
    this.who = new WhoWrites(beforeNow(options.conversation));
  }

  /** Why files are not captured at present: the last capture failed, or the one under way does not come back. */
  get problem(): string | null {
    return this.#lastError ?? this.#slow;
  }

  /** Captures the files as they are now, for a `capture` later that records it. */
  look(): Look {
    const captured = this.#busy.then(() => (this.checkpoints ? this.#captureNow(this.checkpoints) : null));
    this.#busy = captured.catch(() => undefined);
    return { captured, by: this.who.capture('amidst')(false) };
  }

  /** Captures the files as they are now (or were when somebody `looked`) and records it. Null when that could not be done. */
  capture(cause: Cause, options: CaptureOptions = {}): Promise<string | null> {
    const after = this.#conversation.lanes.get(mainLane)?.tip ?? null;
    const asked = { ms: performance.now(), life: this.#lives, isUnheld: options.waits === true && this.#isBehind() };
    const by = options.looked ? () => options.looked?.by ?? 'either' : this.who.capture(options.where ?? 'amidst');
    const work = this.#busy.then(() => this.#capture(cause, after, asked, by, options));
    this.#busy = work.catch(() => undefined);
    return asked.isUnheld ? Promise.resolve(null) : work;
  }

  /** A look has been under way for longer than an agent is held: what is asked for now comes too late in any case. */
  #isBehind(): boolean {
    return this.#looking !== null && performance.now() - this.#looking > this.#heldMs;
  }

  /** Resolves when the captures asked for so far are done; false when that takes longer than a caller can wait. */
  async settled(mostMs?: number): Promise<boolean> {
    const settled = this.#busy.then(() => true, () => true);
    if (mostMs === undefined) return settled;
    const tooLong = new AbortController();
    const late = sleep(mostMs, false, { signal: tooLong.signal, ref: false }).catch(() => false);
    return Promise.race([settled, late]).finally(() => tooLong.abort());
  }

  /** As `settled`, at a session's end: what was not captured by then is not recorded any more. */
  async closed(mostMs: number): Promise<void> {
    if (!(await this.settled(mostMs))) this.#lastError = `the files as they were at its end could not be captured within ${mostMs / 1000} s`;
    this.#lives++;
    clearTimeout(this.#retry);
  }

  /** The last state that the record has; of captures under way it knows nothing. */
  lastMark(): string | null {
    return this.#conversation.checkpoints.at(-1)?.checkpoint ?? null;
  }

  /** One that takes long is told until it has come back. */
  #captureNow(checkpoints: Checkpoints): Promise<Captured> {
    const timer = setTimeout(() => {
      this.#slow = `The session’s files are not captured yet, after ${this.#slowMs / 1000} s: its folder does not answer, or is slow. `
        + 'What is changed meanwhile may be missing at seams.';
      this.#noteChange();
    }, this.#slowMs);
    timer.unref();
    return checkpoints.capture(this.lastMark() ?? undefined).finally(() => {
      clearTimeout(timer);
      if (this.#slow === null) return;
      this.#slow = null;
      this.#noteChange();
    });
  }

  /** Where captures take long, one look serves all who asked before it began: so what is behind catches up. */
  async #lookFor(checkpoints: Checkpoints, askedMs: number): Promise<Captured> {
    if (this.#lastLook && this.#lastLook.beganMs >= askedMs) {
      const seen = await this.#lastLook.captured;
      if (seen.checkpoint === this.lastMark()) return { ...seen, changed: [] };
    }
    const captured = this.#captureNow(checkpoints);
    const beganMs = performance.now();
    this.#lastLook = { beganMs, captured };
    this.#looking = beganMs;
    return captured.finally(() => { this.#looking = null; });
  }

  async #capture(cause: Cause, after: string | null, asked: { ms: number; life: number; isUnheld: boolean }, by: (isLate: boolean) => FileWriter, options: CaptureOptions): Promise<string | null> {
    if (!this.checkpoints) return null;
    try {
      const { checkpoint, changed, skipped } = (await options.looked?.captured) ?? (await this.#lookFor(this.checkpoints, asked.ms));
      if (asked.life !== this.#lives) return null;
      const isLate = asked.isUnheld || performance.now() - asked.ms > this.#heldMs;
      this.#lastError = null;
      const { call, restored = [] } = options;
      // A call that did not wait for long enough may have begun: nothing is known of when.
      const isBefore = options.before === true && !isLate;
      if (!isBefore && quietCauses.has(cause) && checkpoint === this.lastMark()) return checkpoint;
      void this.#record({
        type: 'checkpoint', checkpoint, cause, after, changed, by: by(isLate),
        ...(call && (isBefore || options.before === undefined) ? { call } : {}), ...(isBefore ? { before: true } : {}),
        ...(restored.length ? { restored } : {}), ...(skipped.length ? { skipped } : {}),
        ...(isLate && (cause === 'tool' || cause === 'baseline') ? { late: true } : {}),
      });
      return checkpoint;
    } catch (error) {
      if (asked.life !== this.#lives) return null;
      this.#lastError = error instanceof Error ? error.message : String(error);
      this.#lookAgain(this.checkpoints, firstRetryMs);
      return null;
    }
  }

  /** What kept a capture from being made may be over long before the next one is due: its telling ends when it does. */
  #lookAgain(checkpoints: Checkpoints, afterMs: number): void {
    clearTimeout(this.#retry);
    const life = this.#lives;
    this.#retry = setTimeout(() => {
      if (this.#lastError === null || this.#lives !== life) return;
      const looked = this.#busy.then(() => this.#captureNow(checkpoints));
      this.#busy = looked.then(() => {
        if (this.#lives !== life) return;
        this.#lastError = null;
        this.#noteChange();
      }, () => this.#lookAgain(checkpoints, Math.min(afterMs * 2, longestRetryMs)));
    }, afterMs);
    this.#retry.unref();
  }
}

/** A host that died while the agent was at work has not seen what became of it. */
const beforeNow = ({ alive, state }: Conversation): FileWriter => (alive && state.is !== 'idle' && state.is !== 'limited' ? 'either' : 'others');
