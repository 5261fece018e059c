import type { Keystroke, UserInput } from '../core/adapter.ts';
import type { Conversation } from '../core/conversation.ts';
import type { AgentState, EventBody } from '../core/events.ts';
import { mainLane } from '../core/ids.ts';

/** How long an agent that was interrupted for a nudge may take to come to its prompt. */
const interruptMs = 10_000;
/** After a limit's reset: servers and clocks differ. */
const afterResetMs = 10_000;
/** A timer neither reaches beyond this, nor notices that the clock was set meanwhile. */
const longestMs = 60_000;

/** What the watch needs of its session. */
export interface WatchPort {
  readonly conversation: Conversation;
  state(): AgentState;
  /** False: no agent, or a rewind is under way. */
  isWatchable(): boolean;
  record(...bodies: EventBody[]): Promise<boolean>;
  type(input: UserInput): Promise<void>;
  press(keys: Keystroke[]): Promise<void>;
  /** Says it to the agent now. */
  say(text: string): Promise<unknown>;
  waitFor(test: () => boolean, ms: number): Promise<boolean>;
  /** What the agent's adapter does to a limit's dialog. */
  readonly limitDialogKeys: Keystroke[];
}

/**
 * Keeps an eye on one agent. Silence counts only while it works: at its prompt it is done, at a question it waits for a person, and a tool
 * that it runs may take its time (which is told, and nothing else). A stall is told (`log_idle`), then the agent is told to go on as often
 * as the session's settings allow (`resume`), then a person is called (`escalated`). After a usage limit it goes on by itself only where the
 * session was started so. Exact to its timers; each step is a row.
 */
export class Watch {
  #port: WatchPort;
  #timer: NodeJS.Timeout | undefined;
  /** By the clock that cannot be set. */
  #lastSignMs = performance.now();
  #lastSignTs: string | null = null;
  /** Nudges since the last turn that came to its end. */
  #attempts = 0;
  #isNudging = false;
  #isClosed = false;

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

  /** A turn of the main agent came to its end by itself. */
  turnCompleted(): void {
    this.#attempts = 0;
  }

  /** The state or the settings have changed: sets the next look. */
  look(): void {
    clearTimeout(this.#timer);
    if (this.#isClosed || this.#isNudging || !this.#port.isWatchable()) return;
    const state = this.#port.state();
    if (state.is === 'limited') this.#lookAtLimit(state);
    else if (state.is === 'busy' || state.is === 'starting') this.#lookAtSilence();
  }

  dispose(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
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
    if (tool !== null) {
      // It may end at any time without our doing: a sign of life then looks again.
      if (!stall) void this.#port.record({ type: 'log_idle', idle_s: seconds(silentMs), during: 'tool', tool });
      return;
    }
    void this.#stalled(silentMs);
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
      if (settings.max_resumes > 0) this.look();
    }
  }

  async #nudge(silentMs: number): Promise<void> {
    const { settings } = this.#port.conversation.watching;
    this.#attempts++;
    await this.#port.record({ type: 'resume', cause: 'stall', attempt: this.#attempts, of: settings.max_resumes, text: settings.nudge, idle_s: seconds(silentMs) });
    await this.#port.type({ is: 'interrupt' });
    await this.#port.waitFor(() => this.#port.state().is !== 'busy', interruptMs);
    const { is } = this.#port.state();
    // What it came to may be a question: that is for a person to answer.
    if (this.#port.isWatchable() && (is === 'idle' || is === 'busy')) await this.#port.say(settings.nudge);
    this.#lastSignMs = performance.now();
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
    if (Number.isNaN(leftMs)) return giveUp('the agent is at its usage limit, and does not say when that resets');
    if (limitResumes >= settings.limit_resumes) return giveUp(`the agent is at its usage limit until ${until}; it has gone on by itself ${limitResumes} of ${settings.limit_resumes} times`);
    if (leftMs > settings.limit_window_s * 1_000) return giveUp(`the agent is at its usage limit until ${until}, which is beyond the time that was given`);
    const waitMs = leftMs + afterResetMs;
    if (waitMs > 0) return this.#again(waitMs);
    void this.#goOn(limitResumes + 1);
  }

  async #goOn(attempt: number): Promise<void> {
    const { settings } = this.#port.conversation.watching;
    this.#isNudging = true;
    try {
      await this.#port.record({ type: 'resume', cause: 'limit', attempt, of: settings.limit_resumes, text: settings.nudge });
      await this.#port.press(this.#port.limitDialogKeys);
      await this.#port.say(settings.nudge);
      this.#lastSignMs = performance.now();
      // What it says to that may be that the limit still holds: then this is looked at anew.
      await this.#port.waitFor(() => this.#port.state().is !== 'limited', interruptMs);
    } finally {
      this.#isNudging = false;
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
