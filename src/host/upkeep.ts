import type { Keystroke, UserInput } from '../core/adapter.ts';
import type { Conversation } from '../core/conversation.ts';
import type { AgentState, EventBody, EventFields } from '../core/events.ts';
import { Prompts } from './prompts.ts';
import { Watch } from './watch.ts';
import { WatchedFile } from './watchedFile.ts';

/** How long an agent that ends by itself may take to leave when asked. */
const stopMs = 5_000;

/** What keeping a session going needs of it. */
export interface UpkeepPort {
  readonly conversation: Conversation;
  readonly limitDialogKeys: Keystroke[];
  label(): string;
  state(): AgentState;
  isAlive(): boolean;
  moving(): string | null;
  isReady(): boolean;
  record(...bodies: EventBody[]): Promise<boolean>;
  type(input: UserInput): Promise<void>;
  check(input: UserInput): void;
  settle(): Promise<void>;
  press(keys: Keystroke[]): Promise<void>;
  waitFor(test: () => boolean, ms: number): Promise<boolean>;
  waitIdle(): Promise<AgentState>;
  stop(timeoutMs: number): Promise<unknown>;
}

/** What is done for a session while nobody looks: prompts in turn, the watch, a file whose changes are told, an end when the work is done. */
export class Upkeep {
  readonly prompts: Prompts;
  readonly watch: Watch;
  #port: UpkeepPort;
  #file: WatchedFile | null = null;
  /** A turn is over, and the session was to end then. */
  #mayStop = false;

  constructor(port: UpkeepPort) {
    this.#port = port;
    this.prompts = new Prompts(port);
    this.watch = new Watch({
      conversation: port.conversation, limitDialogKeys: port.limitDialogKeys,
      state: () => port.state(), isWatchable: () => port.isAlive() && port.moving() === null,
      record: (...bodies) => port.record(...bodies),
      type: (input) => port.type(input), press: (keys) => port.press(keys), waitFor: (test, ms) => port.waitFor(test, ms),
      say: (text) => this.prompts.send(text, 'host', { force: true }),
    });
  }

  /** The agent was started, or the session's settings have changed. */
  begin(): void {
    this.#followFile();
    this.watch.sign();
    this.prompts.nudge();
  }

  /** The agent is in another state. */
  stateChanged(state: AgentState): void {
    if (state.is === 'busy' || state.is === 'waiting') this.prompts.queue.takenUp();
    this.watch.look();
    if (state.is !== 'idle') return;
    void this.prompts.agentIdle();
    if (this.#mayStop) void this.#stopWhenDone();
  }

  /** A turn of the main agent is over. */
  turnEnded(status: EventFields['task_complete']['status']): void {
    if (status === 'completed') this.watch.turnCompleted();
    this.#mayStop = this.#port.conversation.watching.settings.auto_stop && status !== 'interrupted';
    if (this.#mayStop && this.#port.state().is === 'idle') void this.#stopWhenDone();
  }

  /** The agent has ended: nothing is typed or watched until it is started again. */
  rest(): void {
    this.prompts.dispose();
    this.watch.look();
    this.#followFile();
  }

  close(): void {
    this.rest();
    this.watch.dispose();
  }

  /** Ends a session that was to end by itself, unless more is to be done after all. */
  async #stopWhenDone(): Promise<void> {
    this.#mayStop = false;
    const state = await this.#port.waitIdle().catch(() => null);
    if (state?.is === 'idle' && this.#port.conversation.queue.length === 0) await this.#port.stop(stopMs);
  }

  #followFile(): void {
    const path = this.#port.isAlive() ? this.#port.conversation.watching.settings.watch_file : null;
    if ((this.#file?.path ?? null) === path) return;
    this.#file?.dispose();
    // An inbox that is full has enough to do.
    this.#file = path === null ? null : new WatchedFile(path, () => { this.prompts.send(`file-change-hook: read ${path}`, 'host').catch(() => undefined); });
  }
}
