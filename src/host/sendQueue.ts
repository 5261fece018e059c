import type { QueuedSend } from '../core/view.ts';

/** How long a typed prompt may take until the agent shows that it took it up; a slash command may never show it. */
const takeUpMs = 4_000;

export interface QueuePort {
  waiting(): QueuedSend[];
  /** Idle at its prompt, and no rewind under way. */
  isReady(): boolean;
  /** Types it; the `delivered` event is recorded before the first key. */
  deliver(send: QueuedSend): Promise<void>;
}

/**
 * Delivers prompts one at a time, each once the agent is idle. The queue itself is in the log (`queued`, `delivered`); this only decides
 * when, and knows whether something that was typed has been taken up yet.
 */
export class SendQueue {
  #typing = false;
  #awaiting: NodeJS.Timeout | null = null;
  #waiters = new Set<() => void>();
  #port: QueuePort;

  constructor(port: QueuePort) {
    this.#port = port;
  }

  /** Nothing waits, and what was typed has been taken up. */
  get isSettled(): boolean {
    return !this.#typing && !this.#awaiting && this.#port.waiting().length === 0;
  }

  /** Nothing is being typed, and what was typed has been taken up (or will not be); others may still wait. */
  get isQuiet(): boolean {
    return !this.#typing && !this.#awaiting;
  }

  /** Something changed: the queue, or the agent's state. Delivers if it is time. */
  nudge(): void {
    const next = this.#port.waiting()[0];
    if (next && !this.#typing && !this.#awaiting && this.#port.isReady()) void this.#deliver(next);
    else if (this.isQuiet) this.#tell();
  }

  /** The agent took up what was typed last: it is busy, or a prompt landed. */
  takenUp(): void {
    if (!this.#awaiting) return;
    clearTimeout(this.#awaiting);
    this.#awaiting = null;
    this.nudge();
  }

  /** Called whenever it is quiet again. */
  onQuiet(listener: () => void): { dispose(): void } {
    this.#waiters.add(listener);
    return { dispose: () => this.#waiters.delete(listener) };
  }

  dispose(): void {
    if (this.#awaiting) clearTimeout(this.#awaiting);
    this.#awaiting = null;
    this.#tell();
  }

  async #deliver(send: QueuedSend): Promise<void> {
    this.#typing = true;
    this.#awaiting = setTimeout(() => { this.#awaiting = null; this.nudge(); }, takeUpMs);
    this.#awaiting.unref();
    // A prompt that cannot be typed was not taken up either; the agent's terminal says why.
    await this.#port.deliver(send).catch(() => undefined);
    this.#typing = false;
    this.nudge();
  }

  #tell(): void {
    for (const waiter of [...this.#waiters]) waiter();
  }
}
