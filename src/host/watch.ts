import type { Keystroke, UserInput } from '../core/adapter.ts';
import type { Conversation } from '../core/conversation.ts';
import type { AgentState, EventBody } from '../core/events.ts';
import { mainLane } from '../core/ids.ts';

/** How long an agent that was interrupted for a nudge may take to come to its prompt. */
const interruptMs = 10_000;
/** After a limit's reset, by how often that was tried already: servers and clocks differ. */
const afterResetMs = [10_000, 60_000, 300_000, 900_000];
/** When a limit resets may be told a moment after the limit itself. */
const untilToldMs = 15_000;
/** A tool that runs this many times longer than what counts as a stall is told to a person. */
const toolPatience = 4;
/** A timer neither reaches beyond this, nor notices that the clock was set meanwhile. */
const longestMs = 60_000;

/** What the watch needs of its session. */
export interface WatchPort {
  readonly conversation: Conversation;
  state(): AgentState;
  /** False: no agent, or a rewind is under way. */
  isWatchable(): boolean;
  record(...bodies: EventBody[]): Promise<boolean>;
  type(input: UserInput, check?: () => void): Promise<void>;
  press(keys: Keystroke[]): Promise<void>;
  /** Says it to the agent now. */
  say(text: string, why: 'stall' | 'limit'): Promise<unknown>;
  /** Something that was not sent stands at the agent's prompt: what is typed now would be added to it. */
  hasDraft(): boolean;
  /** Prompts wait that will be typed as soon as the agent is idle. */
  hasNext(): boolean;
  waitFor(test: () => boolean, ms: number): Promise<boolean>;
  /** The watch types nothing any more: what waits may be typed. */
  done(): void;
  /** What the agent's adapter does to a limit's dialog. */
  readonly limitDialogKeys: Keystroke[];
}

/**
 * Keeps an eye on one agent. Silence counts only while it works: at its prompt it is done, at a question it waits for a person, and a tool
 * that it runs may take its time (which is told; a person is called when it takes far too long, and it is never nudged). A stall is told
 * (`log_idle`), then the agent is told to go on as often as the session's settings allow (`resume`), then a person is called (`escalated`).
 * After a usage limit it goes on by itself only where the settings say so. Exact to its timers; each step is a row.
 */
export class Watch {
  #port: WatchPort;
  #timer: NodeJS.Timeout | undefined;
  /** By the clock that cannot be set. */
  #lastSignMs = performance.now();
  #lastSignTs: string | null = null;
  /** Nudges since the last turn that came to its end, or that a person asked for. */
  #attempts = 0;
  #isNudging = false;
  #isClosed = false;
  /** Since when the agent is at its limit, and when it was last told to go on after one. */
  #limitedSinceMs: number | null = null;
  #wentOnMs: number | null = null;

  constructor(port: WatchPort) {
    this.#port = port;
  }

  /** Wall clock time of the last sign of life that is no row; null before the first. */
  get lastSignTs(): string | null {
    return this.#lastSignTs;
  }

  /** The agent gave a sign of life. */
  sign(): void {
    const now = performance.now();
    const silentMs = now - this.#lastSignMs;
    this.#lastSignMs = now;
    this.#lastSignTs = new Date().toISOString();
    const { stall } = this.#port.conversation.watching;
    if (stall && stall.during !== 'limit' && !this.#isNudging) void this.#port.record({ type: 'log_active', idle_s: seconds(silentMs) });
    this.look();
  }

  /** The agent is nudged at this moment: nothing else is to be typed. */
  get isNudging(): boolean {
    return this.#isNudging;
  }

  /** A turn of the main agent came to its end by itself; one that a nudge has interrupted did not. */
  turnCompleted(): void {
    if (!this.#isNudging) this.#attempts = 0;
  }

  /** A person has taken the matter into their hands, or the agent begins anew. */
  startOver(): void {
    this.#attempts = 0;
  }

  /** What the watch would do about a stall, now, and whatever its settings are. `check` throws when that is no more what was asked for. */
  async nudgeNow(check: () => void): Promise<void> {
    if (this.#isNudging) return;
    this.#isNudging = true;
    try {
      const { settings } = this.#port.conversation.watching;
      await this.#port.record({ type: 'resume', cause: 'stall', attempt: 1, of: 1, text: settings.nudge, idle_s: seconds(performance.now() - this.#lastSignMs) });
      await this.#interruptAndSay(settings.nudge, check);
    } finally {
      this.#isNudging = false;
      this.#port.done();
      this.look();
    }
  }

  /** The state or the settings have changed: sets the next look. */
  look(): void {
    clearTimeout(this.#timer);
    if (this.#isClosed || this.#isNudging || !this.#port.isWatchable()) return;
    const state = this.#port.state();
    this.#limitedSinceMs = state.is === 'limited' ? (this.#limitedSinceMs ?? performance.now()) : null;
    if (state.is === 'limited') this.#lookAtLimit(state);
    else if (state.is === 'busy' || state.is === 'starting') this.#lookAtSilence();
  }

  dispose(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  /** An agent that ends while it is being told something has an end of its own, which is recorded. */
  #try(work: Promise<void>): void {
    work.catch(() => undefined);
  }

  #again(ms: number): void {
    this.#timer = setTimeout(() => this.look(), Math.max(1, Math.min(ms, longestMs)));
    this.#timer.unref();
  }

  #lookAtSilence(): void {
    const { settings, stall } = this.#port.conversation.watching;
    if (settings.stall_after_s === null || stall?.escalated) return;
    const silentMs = performance.now() - this.#lastSignMs;
    // A nudge begins a new silence of its own.
    const leftMs = settings.stall_after_s * 1_000 - silentMs;
    if (leftMs > 0) return this.#again(leftMs);
    const tool = this.#runningTool();
    if (tool === null) return this.#try(this.#stalled(silentMs));
    // It may end at any time without our doing: a sign of life then looks again.
    if (!stall) void this.#port.record({ type: 'log_idle', idle_s: seconds(silentMs), during: 'tool', tool });
    const patienceMs = settings.stall_after_s * 1_000 * toolPatience - silentMs;
    if (patienceMs > 0) this.#again(patienceMs);
    else void this.#escalate('stall', silentMs, `${tool} has run for ${seconds(silentMs)} s without a sign of life`);
  }

  async #stalled(silentMs: number): Promise<void> {
    const { settings, stall } = this.#port.conversation.watching;
    this.#isNudging = true;
    try {
      if (stall?.during !== 'turn') await this.#port.record({ type: 'log_idle', idle_s: seconds(silentMs), during: 'turn' });
      if (settings.max_resumes === 0) return;
      if (this.#attempts >= settings.max_resumes || this.#port.state().is === 'starting') await this.#escalate('stall', silentMs);
      else await this.#nudge(silentMs);
    } finally {
      this.#isNudging = false;
      this.#port.done();
      if (settings.max_resumes > 0) this.look();
    }
  }

  async #nudge(silentMs: number): Promise<void> {
    const { settings } = this.#port.conversation.watching;
    const lastSignMs = this.#lastSignMs;
    if (this.#port.hasDraft()) return this.#escalate('stall', silentMs, `silent for ${seconds(silentMs)} s, and something that was not sent stands at its prompt`);
    this.#attempts++;
    await this.#port.record({ type: 'resume', cause: 'stall', attempt: this.#attempts, of: settings.max_resumes, text: settings.nudge, idle_s: seconds(silentMs) });
    // To write that down took a moment: it may have come back to life, or ask something.
    if (!this.#port.isWatchable() || this.#port.state().is !== 'busy' || this.#lastSignMs !== lastSignMs) return;
    await this.#interruptAndSay(settings.nudge);
    this.#lastSignMs = performance.now();
  }

  async #interruptAndSay(text: string, check?: () => void): Promise<void> {
    if (this.#port.state().is === 'busy') await this.#port.type({ is: 'interrupt' }, check);
    await this.#port.waitFor(() => this.#port.state().is !== 'busy', interruptMs);
    const { is } = this.#port.state();
    // What it came to may be a question: that is for a person to answer. What waits in the queue tells it to go on as well.
    if (this.#port.isWatchable() && (is === 'idle' || is === 'busy') && !this.#port.hasNext()) await this.#port.say(text, 'stall');
  }

  async #escalate(reason: 'stall' | 'limit', silentMs: number, why?: string): Promise<void> {
    const message = why ?? `silent for ${seconds(silentMs)} s${this.#attempts > 0 ? ` after ${this.#attempts} ${this.#attempts === 1 ? 'nudge' : 'nudges'}` : ''}`;
    await this.#port.record({ type: 'escalated', reason, resumes: this.#attempts, message, ...(reason === 'stall' && { idle_s: seconds(silentMs) }) });
  }

  #lookAtLimit({ until }: { until?: string }): void {
    const { settings, stall, limitResumes } = this.#port.conversation.watching;
    if (settings.limit_window_s === null || stall?.escalated) return;
    const giveUp = (why: string): void => { void this.#escalate('limit', 0, why); };
    const leftMs = until === undefined ? Number.NaN : Date.parse(until) - Date.now();
    if (Number.isNaN(leftMs)) {
      const untoldMs = untilToldMs - (performance.now() - (this.#limitedSinceMs ?? 0));
      return untoldMs > 0 ? this.#again(untoldMs) : giveUp('the agent is at its usage limit, and does not say when that resets');
    }
    if (limitResumes >= settings.limit_resumes) return giveUp(`the agent is at its usage limit until ${until}; it has gone on by itself ${limitResumes} of ${settings.limit_resumes} times`);
    if (leftMs > settings.limit_window_s * 1_000) return giveUp(`the agent is at its usage limit until ${until}, which is beyond the time that was given`);
    const pauseMs = afterResetMs[Math.min(limitResumes, afterResetMs.length - 1)] ?? 0;
    const waitMs = Math.max(leftMs + pauseMs, this.#wentOnMs === null ? 0 : this.#wentOnMs + pauseMs - performance.now());
    if (waitMs > 0) return this.#again(waitMs);
    this.#try(this.#goOn(limitResumes + 1));
  }

  async #goOn(attempt: number): Promise<void> {
    this.#wentOnMs = performance.now();
    const { settings } = this.#port.conversation.watching;
    this.#isNudging = true;
    try {
      await this.#port.record({ type: 'resume', cause: 'limit', attempt, of: settings.limit_resumes, text: settings.nudge });
      // To write that down took a moment; agents go on by themselves, too.
      if (!this.#port.isWatchable() || this.#port.state().is !== 'limited') return;
      await this.#port.press(this.#port.limitDialogKeys);
      if (!this.#port.hasDraft()) await this.#port.say(settings.nudge, 'limit');
      this.#lastSignMs = performance.now();
      // What it says to that may be that the limit still holds: then this is looked at anew.
      await this.#port.waitFor(() => this.#port.state().is !== 'limited', interruptMs);
    } finally {
      this.#isNudging = false;
      this.#port.done();
      this.look();
    }
  }

  /** The last tool call of the main agent that has no result yet; null: it is the model that one waits for. */
  #runningTool(): string | null {
    const { conversation } = this.#port;
    for (const block of conversation.chain(mainLane, conversation.branch, { count: 20 }).reverse()) {
      if (block.kind === 'prompt' || block.kind === 'text') return null;
      if (block.kind === 'tool' && !block.result) return block.tool;
    }
    return null;
  }
}

const seconds = (ms: number): number => Math.max(0, Math.round(ms / 1_000));
