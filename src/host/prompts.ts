import { agentAsks, hostEnding, HumanError, inboxFull, noSuchSend, sessionMoving, sessionNotRunning, stale } from '../core/errors.ts';
import type { UserInput } from '../core/adapter.ts';
import type { Conversation } from '../core/conversation.ts';
import type { Added, EventBody, SendFrom } from '../core/events.ts';
import type { QueuedSend, QueueHold } from '../core/view.ts';
import type { QueueChange, QueueListing, SendFate } from '../protocol/protocol.ts';
import { EditHolds } from './editHolds.ts';
import { type Awaited, SendQueue, type TakeUp } from './sendQueue.ts';

/** So many prompts may wait for one agent. */
const mostWaiting = 64;
/** What became of so many prompts is remembered for whoever asks late. */
const mostFates = 1_000;
/** An agent that shows what it takes up has so long to do it: one that hangs is not to hold its sender up for ever. */
const takeUpMs = 30_000;
/** A command that is not known is refused at once; of one that is known nothing need be seen. */
const commandMs = 4_000;
/** An agent is at work for a moment before it says that it does not know a command. */
const refusalMs = 1_500;
/** A timer cannot be set further ahead. */
const longestMs = 2_000_000_000;

/** What prompts need of their session. */
export interface PromptsPort {
  readonly conversation: Conversation;
  label(): string;
  isAlive(): boolean;
  /** The host is going down. */
  isClosed(): boolean;
  /** The agent waits for an answer of a person. */
  isAsking(): boolean;
  /** A rewind or switch under way, in a word. */
  moving(): string | null;
  /** At its prompt, and nothing is being done to it. */
  isReady(): boolean;
  /** Something that was not sent stands at the agent's prompt. */
  hasDraft(): boolean;
  /** False when the disk refuses; the rows wait in memory then. */
  record(...bodies: EventBody[]): Promise<boolean>;
  /** @throws HumanError when there is no agent (any more) */
  type(input: UserInput): Promise<void>;
  /** Something that the summary shows has changed outside the record. */
  changed(): void;
  /** A prompt of theirs is about to be typed. */
  said(from: SendFrom): void;
  /** Reads everything that the agent has written until now. */
  settle(): Promise<void>;
  /** @throws HumanError for what the agent's terminal cannot take */
  check(input: UserInput): void;
  /** How it shows that it took up a prompt: `turn`, by a turn; `command`, perhaps not at all; `nothing`: what is typed counts as taken up. */
  takeUpOf(text: string): 'turn' | 'command' | 'nothing';
  /** What was typed and not taken up may stand at the agent's prompt. */
  left(text: string): void;
}

/** How a prompt is sent. `key`: the name that its sender gave it; `added`: what of it Backstitch itself has put there. */
export interface SendHow {
  force?: boolean;
  submit?: boolean | 'enter';
  key?: string | undefined;
  added?: Added | undefined;
}

/** All that is said to a session's agent: at once, or through the queue, which is in the log. Tells what became of each prompt. */
export class Prompts {
  readonly queue: SendQueue;
  readonly holds: EditHolds;
  #port: PromptsPort;
  #fates = new Map<string, SendFate>();
  #waiters = new Set<() => void>();
  /** Being typed: these can be neither changed nor dropped any more. */
  #typing = new Set<string>();
  /** Typed, and it is not known yet whether the agent took them up. */
  #untold = new Set<string>();
  /** A command that was taken up, and may turn out not to be known. */
  #looked: { send: string; timer: NodeJS.Timeout } | null = null;
  #expiry: NodeJS.Timeout | undefined;
  /** An agent was resumed whose predecessor may not have read what was typed last: nothing is delivered before that is known. */
  #isUnsure = false;

  constructor(port: PromptsPort) {
    this.#port = port;
    this.holds = new EditHolds(() => this.#holdsChanged());
    this.queue = new SendQueue({
      isHeld: ({ send }) => this.holds.has(send),
      waiting: () => (port.conversation.queuePaused ? [] : [...port.conversation.queue]),
      isReady: () => this.#isReady(),
      deliver: (send) => this.#deliver(send, false),
      awaited: (send) => this.#awaited(send),
    });
  }

  /** What became of the prompt that was sent under that key; undefined: none was. */
  sentAs(key: string): ({ send: string } & SendFate) | undefined {
    const sent = this.#port.conversation.sentAs(key);
    if (!sent) return undefined;
    const fate = this.#fates.get(sent.send) ?? (this.isOpen(sent.send) ? { status: 'queued' } : { status: sent.is });
    return { send: sent.send, ...fate };
  }

  /**
   * Puts a prompt into the queue; it is typed when the agent is idle. With `force`, or when it is not to be submitted, it is typed at once.
   * One that was sent under the same key before is not sent again: the answer tells what became of it.
   * @throws HumanError when nobody could read it, or 64 wait already
   */
  async send(text: string, from: SendFrom, how: SendHow = {}): Promise<{ send: string } & SendFate> {
    const known = how.key === undefined ? undefined : this.sentAs(how.key);
    if (known) return known;
    if (this.#port.isClosed()) throw hostEnding();
    if (!this.#port.isAlive() && this.#port.moving() === null) throw sessionNotRunning(this.#port.label());
    const send = crypto.randomUUID().slice(0, 8);
    if (how.force || (how.submit ?? true) !== true) {
      const moving = this.#port.moving();
      if (moving !== null) throw sessionMoving(moving);
      const input: UserInput = how.submit === 'enter' ? { is: 'submit' } : how.submit === false ? { is: 'text', text } : { is: 'prompt', text };
      this.#port.check(input);
      const awaited = input.is === 'text' ? null : input.is === 'prompt' && this.#port.isReady() ? this.#awaited({ send, text }) : undefined;
      try {
        const said = { send, text: how.submit === 'enter' ? '' : text, from, ...marksOf(how) };
        await this.queue.type(() => this.#say(said, true, input), awaited);
      } catch (error) {
        this.#untold.delete(send);
        this.#settle(send, failure(error));
        throw error;
      }
      return { send, ...(await this.fate(send)) };
    }
    return this.enqueue(text, from, send, how);
  }

  /** Puts a prompt into the queue, whether or not there is an agent yet. @throws HumanError when it cannot be typed, or 64 wait already */
  async enqueue(text: string, from: SendFrom, send = crypto.randomUUID().slice(0, 8), how: SendHow = {}): Promise<{ send: string } & SendFate> {
    this.#port.check({ is: 'prompt', text });
    const { queue } = this.#port.conversation;
    if (queue.length >= mostWaiting) throw inboxFull(this.#port.label(), mostWaiting);
    const ttl = this.#port.conversation.watching.settings.inbox_ttl_s;
    const expires = ttl === null ? {} : { expires: new Date(Date.now() + ttl * 1_000).toISOString() };
    const isSafe = await this.#port.record({ type: 'queued', send, text, from, ...expires, ...marksOf(how) });
    this.nudge();
    return { send, ...(this.#fates.get(send) ?? { status: 'queued' }), ...(isSafe ? {} : { recorded: false }) };
  }

  /** Nothing waits that could be delivered, and what was typed has been taken up. */
  get isSettled(): boolean {
    return this.queue.isSettled && !this.#isUnsure;
  }

  /** The agent was started again. `canTell`: its own history, or that it has none, says which prompts it has read. */
  agentStarted(canTell: boolean): void {
    this.#isUnsure = canTell && this.#port.conversation.typedPrompts.length > 0;
  }

  /** The agent is at its prompt: what its predecessor never read comes first again, now that all of the history has been read. */
  async agentIdle(): Promise<void> {
    if (this.#isUnsure) {
      await this.#port.settle();
      // The last one first, so that the first one ends up in front.
      for (const { send } of this.#isUnsure ? this.#port.conversation.typedPrompts.toReversed() : []) {
        this.#fates.delete(send);
        void this.#port.record({ type: 'queue_changed', returned: send, from: 'host' });
      }
      this.#isUnsure = false;
    }
    this.nudge();
  }

  list(): QueueListing {
    const { queue, queuePaused } = this.#port.conversation;
    const { editing } = this;
    return { paused: queuePaused, sends: [...queue], ...this.held, ...(editing.length > 0 && { editing }) };
  }

  /** Prompts that wait and are being edited. */
  get editing(): string[] {
    return this.holds.all.filter((send) => this.#waiting(send) !== undefined);
  }

  /** What holds back the prompts that wait, besides the agent's work; empty when nothing does. */
  get held(): { held?: QueueHold } {
    const [first] = this.#port.conversation.queue;
    if (!first) return {};
    if (this.#port.hasDraft()) return { held: 'draft' };
    return this.holds.has(first.send) ? { held: 'edit' } : {};
  }

  /** Whether it is yet to be known what becomes of the prompt. */
  isOpen(send: string): boolean {
    return this.#waiting(send) !== undefined || this.#typing.has(send) || this.#untold.has(send);
  }

  /** Resolves once the prompt does not wait any more. @throws HumanError when the agent ends first, or nobody knows such a prompt */
  async fate(send: string): Promise<SendFate> {
    for (;;) {
      const fate = this.#fates.get(send);
      if (fate) return fate;
      if (!this.isOpen(send)) throw noSuchSend(send);
      if (!this.#untold.has(send) && !this.#port.isAlive() && this.#port.moving() === null)
        throw new HumanError('ended-first', `Session “${this.#port.label()}” has ended before the prompt was delivered. It waits in the queue${this.#waiting(send)?.expires === undefined ? '' : ' until it expires'}, and is typed once the session is resumed.`);
      await new Promise<void>((resolve) => { this.#waiters.add(resolve); });
    }
  }

  /**
   * Changes the queue. `client`: who asks, and holds what it edits.
   * @throws HumanError `no-such-send` when the prompt does not wait (any more), `stale` when it says something else than was shown,
   * `being-edited` when somebody else edits it
   */
  async change(change: QueueChange, from: SendFrom, client: object): Promise<QueueListing> {
    switch (change.is) {
      case 'hold': {
        this.#mustWait(change.send, change.was);
        this.holds.hold(change.send, change.editor, client);
        this.#holdsChanged();
        break;
      }
      case 'release': {
        this.holds.release(change.send, change.editor);
        this.#holdsChanged();
        break;
      }
      case 'pause':
      case 'continue': await this.#port.record({ type: 'queue_changed', paused: change.is === 'pause', from }); break;
      case 'edit': {
        this.#mustWait(change.send, change.was);
        this.holds.check(change.send, change.editor);
        this.#port.check({ is: 'prompt', text: change.text });
        const recorded = this.#port.record({ type: 'queue_changed', edited: { send: change.send, text: change.text }, from });
        this.holds.forget(change.send);
        await recorded;
        this.#port.changed();
        break;
      }
      case 'move': {
        this.#mustWait(change.send);
        const order = this.#port.conversation.queue.map(({ send }) => send).filter((send) => send !== change.send && !this.#typing.has(send));
        // The place behind a prompt that is gone is the first one.
        const to = change.behind === undefined ? change.to : change.behind === null ? 0 : order.indexOf(change.behind) + 1;
        order.splice(to, 0, change.send);
        await this.#port.record({ type: 'queue_changed', order: [...this.#typing, ...order], from });
        break;
      }
      case 'drop': {
        const all = this.#port.conversation.queue.map(({ send }) => send).filter((send) => !this.#typing.has(send));
        const dropped = change.sends === 'all' ? all : change.sends;
        for (const [at, send] of dropped.entries()) this.#mustWait(send, change.was?.[at]);
        await this.dropWaiting(dropped, from);
        break;
      }
      case 'now': {
        const waiting = this.#mustWait(change.send, change.was);
        this.holds.check(change.send, change.editor);
        const moving = this.#port.moving();
        if (!this.#port.isAlive()) throw sessionNotRunning(this.#port.label());
        if (moving !== null) throw sessionMoving(moving);
        if (this.#port.isAsking()) throw agentAsks(this.#port.label());
        await this.queue.type(() => this.#deliver(waiting, true), this.#port.isReady() ? this.#awaited(waiting) : undefined);
        break;
      }
    }
    this.nudge();
    return this.list();
  }

  /** Takes those prompts out that wait and are not being typed. */
  async dropWaiting(sends: readonly string[], from: SendFrom): Promise<void> {
    const dropped = sends.filter((send) => this.#waiting(send) && !this.#typing.has(send));
    for (const send of dropped) this.#settle(send, { status: 'dropped' });
    if (dropped.length > 0) await this.#port.record({ type: 'queue_changed', dropped, from });
  }

  /** Something changed: the queue, the agent's state, or whether there is an agent. */
  nudge(): void {
    this.#expire();
    this.queue.nudge();
    this.#tell();
  }

  dispose(): void {
    clearTimeout(this.#expiry);
    this.#lookedUp({ status: 'delivered' });
    this.queue.dispose();
    this.#tell();
  }

  #waiting(send: string): QueuedSend | undefined {
    return this.#port.conversation.queue.find((queued) => queued.send === send);
  }

  /** `was`: what it was shown to say. */
  #mustWait(send: string, was?: string): QueuedSend {
    const waiting = this.#waiting(send);
    if (!waiting || this.#typing.has(send)) throw noSuchSend(send);
    if (was !== undefined && was !== waiting.text) throw stale(`prompt “${send}” says something else now`);
    return waiting;
  }

  #holdsChanged(): void {
    this.#port.changed();
    this.nudge();
  }

  /** What has waited too long is dropped, by itself and on time. Without an agent nothing can be delivered, and nothing is dropped. */
  #expire(): void {
    clearTimeout(this.#expiry);
    if (!this.#port.isAlive()) return;
    const now = Date.now();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { send, expires } of [...this.#port.conversation.queue]) {
      if (expires === undefined || this.#typing.has(send) || this.holds.has(send)) continue;
      const leftMs = Date.parse(expires) - now;
      if (leftMs > 0) {
        nextMs = Math.min(nextMs, leftMs);
        continue;
      }
      const reason = 'it waited longer than the session keeps prompts';
      this.#settle(send, { status: 'expired', reason });
      void this.#port.record({ type: 'expired', send, reason });
    }
    if (nextMs === Number.POSITIVE_INFINITY) return;
    this.#expiry = setTimeout(() => this.nudge(), Math.min(nextMs, longestMs));
    this.#expiry.unref();
  }

  #isReady(): boolean {
    return this.#port.isReady() && !this.#isUnsure;
  }

  async #deliver(queued: QueuedSend, isForced: boolean): Promise<boolean> {
    this.#typing.add(queued.send);
    try {
      return await this.#say(queued, isForced, { is: 'prompt', text: queued.text });
    } catch (error) {
      this.#untold.delete(queued.send);
      this.#settle(queued.send, failure(error));
      throw error;
    } finally {
      this.#typing.delete(queued.send);
    }
  }

  /** False: it was not typed after all, and waits again. */
  async #say({ send, text, from, key, added }: Pick<QueuedSend, 'send' | 'text' | 'key' | 'added' | 'from'>, isForced: boolean, input: UserInput): Promise<boolean> {
    const characters = [...text.slice(0, 1_000)];
    const msg = characters.slice(0, 200).join('');
    const isCut = msg.length < text.length;
    const queued = this.#waiting(send);
    await this.#port.record(
      { type: 'send', send, msg: isCut ? `${msg}…` : msg, msg_truncated: isCut, forced: isForced, from, ...marksOf({ key, added }) },
      ...(queued ? [{ type: 'delivered', send } as const] : []),
    );
    // To write that down took a moment, in which the agent may have begun to ask something, or somebody to type.
    if (queued && !isForced && !this.#isReady()) {
      await this.#port.record(...this.#returned(queued));
      this.#untold.delete(send);
      return false;
    }
    this.#port.said(from);
    await this.#port.type(input);
    if (!this.#untold.has(send)) this.#settle(send, { status: 'delivered' });
    return true;
  }

  /** What is waited for once the prompt was typed: from here on its fate is told by what the agent does. */
  #awaited({ send, text }: Pick<QueuedSend, 'send' | 'text'>): Awaited | undefined {
    const how = this.#port.takeUpOf(text);
    if (how === 'nothing') return undefined;
    this.#untold.add(send);
    return { limitMs: how === 'turn' ? takeUpMs : commandMs, told: (outcome) => this.#told(send, text, how, outcome) };
  }

  /** What was typed last means nothing to the agent, in its own words. */
  refused(problem: string): void {
    this.#lookedUp({ status: 'failed', reason: problem });
    this.queue.refused(problem);
  }

  #lookedUp(fate: SendFate): void {
    if (!this.#looked) return;
    const { send, timer } = this.#looked;
    clearTimeout(timer);
    this.#looked = null;
    this.#untold.delete(send);
    this.#settle(send, fate);
  }

  #told(send: string, text: string, how: 'turn' | 'command', outcome: TakeUp): void {
    if (outcome.is === 'takenUp' && how === 'command') {
      this.#lookedUp({ status: 'delivered' });
      this.#looked = { send, timer: setTimeout(() => this.#lookedUp({ status: 'delivered' }), refusalMs) };
      return;
    }
    this.#untold.delete(send);
    if (outcome.is === 'refused') return this.#settle(send, { status: 'failed', reason: outcome.problem });
    if (outcome.is === 'takenUp' || how === 'command') return this.#settle(send, { status: 'delivered' });
    if (outcome.is === 'gone') return this.#settle(send, { status: 'failed', reason: 'its agent ended before it took it up; it is typed again once the session is resumed' });
    this.#port.left(text);
    this.#settle(send, { status: 'failed', reason: `its agent did not take it up within ${takeUpMs / 1_000} s, and it may stand at its prompt: look at its terminal` });
  }

  /** The rows by which a prompt that was not typed after all waits again, as the first one. */
  #returned({ send, text, from, expires, key, added }: QueuedSend): EventBody[] {
    if (this.#port.conversation.typedPrompts.some((typed) => typed.send === send)) return [{ type: 'queue_changed', returned: send, from: 'host' }];
    // The agent has taken up something else meanwhile, and all that was typed counts as taken up with it.
    return [{ type: 'queued', send, text, from, ...(expires === undefined ? {} : { expires }), ...marksOf({ key, added }) }, { type: 'queue_changed', order: [send], from: 'host' }];
  }

  #settle(send: string, fate: SendFate): void {
    this.#fates.set(send, fate);
    this.holds.forget(send);
    if (this.#fates.size > mostFates) this.#fates.delete(this.#fates.keys().next().value ?? '');
    this.#tell();
  }

  #tell(): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const wake of waiters) wake();
  }
}

/** What a prompt's rows say of it besides its text. */
const marksOf = ({ key, added }: Pick<SendHow, 'key' | 'added'>): { key?: string; added?: Added } =>
  ({ ...(key !== undefined && { key }), ...(added !== undefined && { added }) });

const failure = (error: unknown): SendFate => ({ status: 'failed', reason: error instanceof Error ? error.message : String(error) });
