import type { EventOf } from './events.ts';
import type { QueuedSend } from './view.ts';

/** The prompts that wait until the agent is idle, oldest first, as the events tell them. */
export class PromptQueue {
  #waiting: readonly QueuedSend[] = [];
  /** Typed, and nothing that the agent did since shows that it took them up. */
  #typed: readonly QueuedSend[] = [];
  /** Held back by a person: nothing is delivered. */
  isPaused = false;

  get waiting(): readonly QueuedSend[] { return this.#waiting; }
  get typed(): readonly QueuedSend[] { return this.#typed; }

  fill(waiting: readonly QueuedSend[], isPaused: boolean, typed: readonly QueuedSend[]): void {
    this.#typed = [...typed];
    this.#waiting = [...waiting];
    this.isPaused = isPaused;
  }

  add(event: EventOf<'queued'>): void {
    const { send, text, from, key, expires, ts, added } = event;
    const more = { ...(expires !== undefined && { expires }), ...(key !== undefined && { key }), ...(added && { added }) };
    this.#waiting = [...this.#waiting, { send, text, from, queuedTs: ts, ...more }];
  }

  deliver(send: string): void {
    this.#typed = [...this.#typed, ...this.#waiting.filter((queued) => queued.send === send)];
    this.take(send);
  }

  /** The agent did something that shows what became of what was typed. */
  takenUp(): void {
    this.#typed = [];
  }

  /** It waits no more: expired or dropped. */
  take(send: string): void {
    this.#waiting = this.#waiting.filter((queued) => queued.send !== send);
  }

  change({ edited, order, dropped, paused, returned }: EventOf<'queue_changed'>): void {
    if (edited) this.#waiting = this.#waiting.map((queued) => (queued.send === edited.send ? edit(queued, edited.text) : queued));
    if (dropped) this.#waiting = this.#waiting.filter(({ send }) => !dropped.includes(send));
    if (order) this.#waiting = inOrder(this.#waiting, order);
    if (returned !== undefined) {
      this.#waiting = [...this.#typed.filter(({ send }) => send === returned), ...this.#waiting];
      this.#typed = this.#typed.filter(({ send }) => send !== returned);
    }
    if (paused !== undefined) this.isPaused = paused;
  }
}

/** Whoever edits what Backstitch has put there makes it their own. */
function edit({ added, ...queued }: QueuedSend, text: string): QueuedSend {
  const isKept = added !== undefined && (added.why === 'session' ? text.startsWith(added.text) : text === added.text);
  return { ...queued, text, ...(isKept && { added }) };
}

/** Those that are named first, in that order; the others behind them as they were. */
const inOrder = (waiting: readonly QueuedSend[], order: readonly string[]): QueuedSend[] => {
  const named = order.flatMap((send) => waiting.find((queued) => queued.send === send) ?? []);
  return [...named, ...waiting.filter((queued) => !named.includes(queued))];
};
