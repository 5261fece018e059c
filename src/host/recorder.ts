import type { Conversation } from '../core/conversation.ts';
import { HumanError } from '../core/errors.ts';
import { durableTypes, type Event, type EventBody } from '../core/events.ts';
import type { Disposable, EventLog } from '../core/ports.ts';
import { openEventLog } from '../node/eventLog.ts';

/**
 * The one way into a session's record: stamps, folds at once, and tells listeners in order, each row once it is as safe as its class
 * promises. While the disk refuses, listeners are told all the same: the agent and its watchers go on.
 */
export class Recorder {
  /** The session's label, with which each row is stamped. */
  label: string;
  readonly logPath: string;
  #damage: readonly string[];
  #log: EventLog | null = null;
  #opening: Promise<void> | null = null;
  #conversation: Conversation;
  #onProblem: () => void;
  #listeners = new Set<(events: Event[]) => void>();
  #told: Promise<void> = Promise.resolve();
  /** Settled once the last durable row is on the disk. */
  #durable: Promise<unknown> = Promise.resolve();
  #problem: HumanError | null = null;
  #isClosed = false;
  #releaseAll: () => void = () => undefined;
  #refused: Promise<void> = this.#nextRefusal();

  /** `conversation` holds what was read of the log, `damage` says what could not be. `onProblem`: recording has stopped, or goes on again. */
  constructor(conversation: Conversation, log: { label: string; path: string; damage: string[] }, onProblem: () => void) {
    this.#conversation = conversation;
    this.label = log.label;
    this.logPath = log.path;
    this.#damage = log.damage;
    this.#onProblem = onProblem;
  }

  /** Becomes the one writer of the log; nothing is recorded before. @throws HumanError when another process is */
  async open(): Promise<void> {
    if (this.#log) return;
    this.#opening ??= this.#open().finally(() => { this.#opening = null; });
    await this.#opening;
  }

  /** As `EventLog.putBack`. @throws HumanError when another process writes it by now */
  async putBack(): Promise<void> {
    await this.#log?.putBack();
  }

  /** Why parts of the log could not be read. */
  get damage(): readonly string[] {
    return this.#damage;
  }

  /** Why recording has stopped; null when it is well. */
  get problem(): HumanError | null {
    return this.#problem;
  }

  /** Resolves when the disk refuses. */
  get refused(): Promise<void> {
    return this.#refused;
  }

  /** `run`: the present one if none is named. Resolves when the rows are as safe as their class promises; stays pending while the disk refuses. */
  record(bodies: EventBody[], run = this.#conversation.run): Promise<void> {
    if (bodies.length === 0) return Promise.resolve();
    if (this.#isClosed || !this.#log) return refused(new HumanError('session-closed', `The session “${this.label}” is not open for writing; nothing is recorded.`));
    const { events, done } = this.#log.append(bodies, { id: this.label, ...(run ? { run } : {}) });
    for (const event of events) this.#conversation.apply(event);
    const safe = done.catch(() => undefined);
    if (bodies.some((body) => durableTypes.has(body.type))) this.#durable = Promise.all([this.#durable, safe]);
    this.#told = this.#told.then(() => Promise.race([safe, this.#refused])).then(() => {
      for (const listener of [...this.#listeners]) listener(events);
    });
    return done;
  }

  /** As `record`, for whoever goes on either way: false at once when the disk refuses, while the rows wait for it in memory. */
  recordOrGoOn(bodies: EventBody[]): Promise<boolean> {
    const done = this.record(bodies).then(() => true, () => false);
    return Promise.race([done, this.#refused.then(() => false)]);
  }

  /** Resolves when every durable row recorded so far is on the disk; at once while the disk refuses. */
  async safe(): Promise<void> {
    await Promise.race([this.#durable, this.#refused]);
  }

  onEvents(listener: (events: Event[]) => void): Disposable {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }

  /** Resolves when everything recorded so far has been told. */
  told(): Promise<void> {
    return this.#told;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    // One that is being opened at this moment is not to stay held.
    await this.#opening?.catch(() => undefined);
    await this.#log?.close();
    this.#releaseAll();
    await this.#told;
  }

  async #open(): Promise<void> {
    const { log, rows, damage } = await openEventLog(this.logPath);
    // Also what somebody else has written since it was read.
    for (const row of rows) this.#conversation.apply(row);
    this.#damage = damage;
    this.#log = log;
    log.onProblem((problem) => {
      this.#problem = problem;
      this.#releaseAll();
      if (!problem) this.#refused = this.#nextRefusal();
      this.#onProblem();
    });
  }

  #nextRefusal(): Promise<void> {
    return new Promise((resolve) => { this.#releaseAll = resolve; });
  }
}

/** Whoever does not wait must not bring the process down. */
function refused(why: HumanError): Promise<never> {
  const promise = Promise.reject<never>(why);
  promise.catch(() => undefined);
  return promise;
}
