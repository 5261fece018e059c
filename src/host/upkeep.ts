import type { Keystroke, UserInput } from '../core/adapter.ts';
import type { Conversation } from '../core/conversation.ts';
import type { AgentState, EventBody, EventFields } from '../core/events.ts';
import { fileChangeStart, fileChangeWords } from '../core/ownWords.ts';
import { Draft } from './draft.ts';
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
  /** Work goes on in the background of its turns. */
  hasBackground(): boolean;
  record(...bodies: EventBody[]): Promise<boolean>;
  isClosed(): boolean;
  type(input: UserInput, check?: () => void): Promise<void>;
  check(input: UserInput): void;
  takeUpOf(text: string): 'turn' | 'command' | 'nothing';
  settle(): Promise<void>;
  press(keys: Keystroke[]): Promise<void>;
  waitFor(test: () => boolean, ms: number): Promise<boolean>;
  waitIdle(): Promise<AgentState>;
  stop(timeoutMs: number): Promise<unknown>;
  /** Something that the summary shows has changed outside the record. */
  noteChange(): void;
}

/** What is done for a session while nobody looks: prompts in turn, the watch, a file whose changes are told, an end when the work is done. */
export class Upkeep {
  readonly prompts: Prompts;
  readonly watch: Watch;
  /** What stands at the agent's prompt and was not sent: nothing is to be typed into it. */
  readonly draft: Draft;
  #port: UpkeepPort;
  #file: WatchedFile | null = null;
  /** A turn is over, and the session was to end then. */
  #mayStop = false;
  /** What was typed too long ago may stand at the prompt; a turn that begins after all shows that it does not. */
  #isLate = false;

  constructor(port: UpkeepPort) {
    this.#port = port;
    this.draft = new Draft({ changed: () => this.#draftChanged(), sent: () => this.prompts.queue.submitted() });
    this.prompts = new Prompts({
      conversation: port.conversation, label: () => port.label(), isAlive: () => port.isAlive(), isClosed: () => port.isClosed(), moving: () => port.moving(),
      isAsking: () => port.state().is === 'waiting', isReady: () => port.isReady() && !this.watch.isNudging, hasDraft: () => this.draft.isThere,
      record: (...bodies) => port.record(...bodies), type: (input) => this.#type(input), check: (input) => port.check(input), takeUpOf: (text) => port.takeUpOf(text), left: (text) => this.#left(text), settle: () => port.settle(),
      changed: () => port.noteChange(),
      said: (from) => { if (from !== 'host') this.watch.startOver(); },
    });
    this.watch = new Watch({
      conversation: port.conversation, limitDialogKeys: port.limitDialogKeys,
      state: () => port.state(), isWatchable: () => port.isAlive() && port.moving() === null,
      record: (...bodies) => port.record(...bodies),
      type: (input, check) => port.type(input, check), press: (keys) => port.press(keys), waitFor: (test, ms) => port.waitFor(test, ms),
      say: (text, why) => this.prompts.send(text, 'host', { force: true, added: { text, why } }),
      done: () => this.prompts.nudge(), hasDraft: () => this.draft.isThere, hasNext: () => port.conversation.queue.length > 0 && !port.conversation.queuePaused,
    });
  }

  /** Why changes of the file that was named are not told; null: they are, or no file was named. */
  get fileProblem(): string | null {
    return this.#file?.problem ?? null;
  }

  /** Resolves once the file that was named was looked at, if any was. */
  async fileLooked(): Promise<void> {
    await this.#file?.looked;
  }

  /** The agent was started, and nothing is recorded of it yet. `canTell`: its own history, or that it has none, says which prompts it has read. */
  agentStarted(canTell: boolean): void {
    this.prompts.agentStarted(canTell);
    this.draft.clear();
  }

  /** The agent's start is recorded. */
  begin(): void {
    this.watch.startOver();
    this.watch.sign();
    this.#followFile();
    this.prompts.nudge();
  }

  /** The session's settings or its queue have changed, or a rewind is over. */
  lookAgain(): void {
    this.#followFile();
    void this.#untell();
    this.watch.look();
    this.prompts.nudge();
    this.#considerStop();
  }

  /** The agent is in another state. */
  stateChanged(state: AgentState): void {
    if (state.is === 'busy' || state.is === 'waiting') this.#takenUp();
    this.watch.look();
    if (state.is !== 'idle') return;
    void this.prompts.agentIdle();
    this.#considerStop();
  }

  /** A turn of the main agent is over. */
  turnEnded(status: EventFields['task_complete']['status']): void {
    if (status === 'completed') this.watch.turnCompleted();
    this.#mayStop = this.#port.conversation.watching.settings.auto_stop && status !== 'interrupted';
    this.#considerStop();
  }

  /** The agent has ended: nothing is typed or watched until it is started again. */
  rest(): void {
    this.draft.clear();
    this.prompts.dispose();
    this.watch.look();
    this.#followFile();
  }

  close(): void {
    this.rest();
    this.watch.dispose();
  }

  #left(text: string): void {
    this.#isLate = true;
    this.draft.left(text);
  }

  #takenUp(): void {
    this.prompts.queue.takenUp();
    if (this.#isLate) this.draft.clear();
    this.#isLate = false;
  }

  /** What is typed at a question is its answer, and stands at no prompt. */
  async #type(input: UserInput): Promise<void> {
    if (input.is === 'text' && this.#port.state().is !== 'waiting') this.draft.left(input.text);
    await this.#port.type(input);
    if (input.is === 'prompt' || input.is === 'submit') this.draft.clear();
  }

  #draftChanged(): void {
    this.#port.noteChange();
    if (!this.draft.isThere) this.prompts.nudge();
  }

  #considerStop(): void {
    const isDone = this.#port.state().is === 'idle' && !this.#port.hasBackground();
    if (this.#mayStop && isDone && this.#port.conversation.queue.length === 0) void this.#stopWhenDone();
  }

  /** Ends a session that was to end by itself, unless more is to be done after all. */
  async #stopWhenDone(): Promise<void> {
    this.#mayStop = false;
    const state = await this.#port.waitIdle().catch(() => null);
    if (state?.is === 'idle' && this.#port.conversation.queue.length === 0) await this.#port.stop(stopMs).catch(() => undefined);
  }

  #followFile(): void {
    const path = this.#port.isAlive() ? this.#port.conversation.watching.settings.watch_file : null;
    if ((this.#file?.path ?? null) === path) return;
    this.#file?.dispose();
    this.#file = path === null ? null : new WatchedFile(path, { changed: () => this.#tellOf(path), problemChanged: () => this.#port.noteChange() });
  }

  /** Of a file that is to be told no more, nothing waits any longer. */
  async #untell(): Promise<void> {
    const { queue, watching } = this.#port.conversation;
    const sends = queue.filter(({ from, text }) => from === 'host' && text.startsWith(fileChangeStart) && text !== fileChangeWords(watching.settings.watch_file ?? ''));
    await this.prompts.dropWaiting(sends.map(({ send }) => send), 'host');
  }

  /** What waits to be told already is not told twice; a queue that is full has enough to do. */
  #tellOf(path: string): void {
    const text = fileChangeWords(path);
    if (!this.#port.conversation.queue.some((queued) => queued.from === 'host' && queued.text === text)) this.prompts.send(text, 'host', { added: { text, why: 'file' } }).catch(() => undefined);
  }
}
