import type { QueuedSend } from '../core/view.ts';

/** How long a typed prompt may take until the agent shows that it took it up, where it may never show it. */
const takeUpMs = 4_000;

/** What became of what was typed. `late`: nothing showed it in time; `gone`: the agent ended first. */
export type TakeUp = { is: 'takenUp' | 'late' | 'gone' } | { is: 'refused'; problem: string };

/** What is waited for once something was typed. */
export interface Awaited {
  limitMs: number;
  told(outcome: TakeUp): void;
}

export interface QueuePort {
  /** Prompts that may be delivered, first first. */
  waiting(): QueuedSend[];
  /** Idle at its prompt, and nothing else is being done to it. */
  isReady(): boolean;
  /** It is being edited: what is behind it waits, too. */
  isHeld(send: QueuedSend): boolean;
  /** False: it was not typed after all. */
  deliver(send: QueuedSend): Promise<boolean>;
  /** What is waited for then; undefined: it may never show that it was taken up, and nobody is to be told. */
  awaited(send: QueuedSend): Awaited | undefined;
}

/**
 * Decides when the next prompt is typed: once the agent is idle, and one after the other. Knows of everything that is typed, also past the
 * queue, whether it has been taken up yet. The queue itself is in the log.
 */
export class SendQueue {
  #typing = 0;
  #awaiting: NodeJS.Timeout | null = null;
  #awaited: Awaited[] = [];
  #waiters = new Set<() => void>();
  #port: QueuePort;

  constructor(port: QueuePort) {
    this.#port = port;
  }

  /** Nothing waits, and what was typed has been taken up. */
  get isSettled(): boolean {
    return this.isQuiet && this.#port.waiting().length === 0;
  }

  /** Nothing is being typed, and what was typed has been taken up (or will not be); others may still wait. */
  get isQuiet(): boolean {
    return this.#typing === 0 && !this.#awaiting;
  }

  /** Something changed: the queue, or the agent's state. Delivers if it is time. */
  nudge(): void {
    const next = this.#port.waiting()[0];
    // A prompt that cannot be typed was not taken up either; whoever sent it is told.
    if (next && this.isQuiet && !this.#port.isHeld(next) && this.#port.isReady()) void this.type(() => this.#port.deliver(next), this.#port.awaited(next)).catch(() => undefined);
    else if (this.isQuiet) this.#tell();
  }

  /** Types something now, unless `work` gives false. From then on it is waited for that the agent takes it up; `awaited` null: nothing comes of it. */
  async type(work: () => Promise<boolean>, awaited?: Awaited | null): Promise<void> {
    this.#typing++;
    let isTyped = false;
    try {
      isTyped = await work();
    } finally {
      this.#typing--;
      if (isTyped && awaited !== null) this.#await(awaited);
      this.nudge();
    }
  }

  /** Something was submitted that was not typed here. It is waited for that the agent takes it up, too. */
  submitted(): void {
    this.#await();
  }

  /** The agent took up what was typed last: it is busy, or a prompt landed. */
  takenUp(): void {
    this.#settle({ is: 'takenUp' });
  }

  /** What was typed last means nothing to the agent, in its own words. */
  refused(problem: string): void {
    this.#settle({ is: 'refused', problem });
  }

  /** Called whenever it is quiet again. */
  onQuiet(listener: () => void): { dispose(): void } {
    this.#waiters.add(listener);
    return { dispose: () => this.#waiters.delete(listener) };
  }

  dispose(): void {
    this.#end({ is: 'gone' });
    this.#tell();
  }

  #await(awaited?: Awaited): void {
    if (this.#awaiting) clearTimeout(this.#awaiting);
    if (awaited) this.#awaited.push(awaited);
    this.#awaiting = setTimeout(() => this.#settle({ is: 'late' }), Math.max(takeUpMs, ...this.#awaited.map(({ limitMs }) => limitMs)));
    this.#awaiting.unref();
  }

  #settle(outcome: TakeUp): void {
    if (!this.#awaiting) return;
    this.#end(outcome);
    this.nudge();
  }

  #end(outcome: TakeUp): void {
    if (this.#awaiting) clearTimeout(this.#awaiting);
    this.#awaiting = null;
    for (const { told } of this.#awaited.splice(0)) told(outcome);
  }

  #tell(): void {
    for (const waiter of [...this.#waiters]) waiter();
  }
}
