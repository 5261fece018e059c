import type { Conversation } from '../core/conversation.ts';
import type { Decoded } from '../core/adapter.ts';
import type { EventBody } from '../core/events.ts';
import { mainLane } from '../core/ids.ts';
import type { Checkpoints } from '../core/ports.ts';

type Captured = Awaited<ReturnType<Checkpoints['capture']>>;
type Cause = Extract<Decoded, { is: 'checkpoint' }>['cause'] | 'rewind';

/** A capture that took longer than an agent's hook waits may hold what the agent did meanwhile. */
const lateMs = 2_000;

/** The files of a session's folder over time, as its record knows them. */
export class WorkspaceFiles {
  readonly checkpoints: Checkpoints | null;
  /** Why files are not captured; null when they are. */
  readonly unavailable: string | null;
  #conversation: Conversation;
  #record: (body: EventBody) => Promise<void>;
  #busy: Promise<unknown> = Promise.resolve();
  #lastError: string | null = null;

  constructor(options: { checkpoints: Checkpoints | { is: 'unavailable'; reason: string }; conversation: Conversation; record(body: EventBody): Promise<void> }) {
    const { checkpoints } = options;
    this.checkpoints = 'is' in checkpoints ? null : checkpoints;
    this.unavailable = 'is' in checkpoints ? checkpoints.reason : null;
    this.#conversation = options.conversation;
    this.#record = options.record;
  }

  /** Why the last capture failed, if it did. */
  get problem(): string | null {
    return this.#lastError;
  }

  /** Captures the files as they are now, for a `capture` later that records it. */
  look(): Promise<Captured | null> {
    const looked = this.#busy.then(() => this.checkpoints?.capture() ?? null);
    this.#busy = looked.catch(() => undefined);
    return looked;
  }

  /** Captures the files as they are now (or were when `looked` began) and records it. Null when that could not be done. */
  capture(cause: Cause, call?: string, looked?: Promise<Captured | null>): Promise<string | null> {
    const after = this.#conversation.lanes.get(mainLane)?.tip ?? null;
    const startedMs = performance.now();
    const work = this.#busy.then(() => this.#capture(cause, after, startedMs, call, looked));
    this.#busy = work.catch(() => undefined);
    return work;
  }

  /** Resolves when the captures asked for so far are done. */
  async settled(): Promise<void> {
    await this.#busy;
  }

  /** The last state that this session itself left behind; of captures under way it knows nothing. */
  lastMark(): string | null {
    return this.#conversation.checkpoints.at(-1)?.checkpoint ?? null;
  }

  async #capture(cause: Cause, after: string | null, startedMs: number, call: string | undefined, looked: Promise<Captured | null> | undefined): Promise<string | null> {
    if (!this.checkpoints) return null;
    try {
      const { checkpoint, changed, skipped } = (await looked) ?? (await this.checkpoints.capture());
      const late = (cause === 'tool' || cause === 'baseline') && performance.now() - startedMs > lateMs;
      this.#lastError = null;
      if (cause === 'idle' && checkpoint === this.lastMark()) return checkpoint;
      void this.#record({
        type: 'checkpoint', checkpoint, cause, after, changed,
        ...(call ? { call } : {}), ...(skipped.length ? { skipped } : {}), ...(late ? { late } : {}),
      });
      return checkpoint;
    } catch (error) {
      this.#lastError = error instanceof Error ? error.message : String(error);
      return null;
    }
  }
}
