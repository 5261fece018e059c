import { promptEdited } from '../core/errors.ts';

/** An edit that nobody has touched for so long holds nothing up any more. */
const untouchedMs = Number(process.env['BACKSTITCH_HOST_EDIT_UNTOUCHED_MS'] ?? 10 * 60_000);
/** A window that is reloaded takes its edit up again within so long. */
const goneMs = Number(process.env['BACKSTITCH_HOST_EDIT_GONE_MS'] ?? 10_000);

interface Hold {
  /** Names the edit, also across a reload of the panel. */
  editor: string;
  /** Who has touched it last. */
  client: object;
  timer: NodeJS.Timeout;
}

/**
 * Prompts of the queue that are being edited: none of them is delivered. A hold ends when its edit does, 10 s after the client that
 * touched it last has gone, and when nothing has touched it for 10 minutes. Kept in memory: a host that starts anew holds nothing.
 */
export class EditHolds {
  readonly #holds = new Map<string, Hold>();
  readonly #onEnd: () => void;

  /** `onEnd`: a hold has ended by itself. */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  has(send: string): boolean {
    return this.#holds.has(send);
  }

  get all(): string[] {
    return [...this.#holds.keys()];
  }

  /** Begins a hold, or touches it again. @throws HumanError `being-edited` when another edit holds the prompt */
  hold(send: string, editor: string, client: object): void {
    this.check(send, editor);
    clearTimeout(this.#holds.get(send)?.timer);
    this.#holds.set(send, { editor, client, timer: this.#endIn(send, untouchedMs) });
  }

  /** @throws HumanError `being-edited` when another edit than this (undefined: any) holds the prompt */
  check(send: string, editor?: string): void {
    const hold = this.#holds.get(send);
    if (hold && hold.editor !== editor) throw promptEdited(send);
  }

  release(send: string, editor: string): void {
    if (this.#holds.get(send)?.editor === editor) this.forget(send);
  }

  /** The prompt waits no more. */
  forget(send: string): void {
    clearTimeout(this.#holds.get(send)?.timer);
    this.#holds.delete(send);
  }

  clientGone(client: object): void {
    for (const [send, hold] of this.#holds) {
      if (hold.client !== client) continue;
      clearTimeout(hold.timer);
      hold.timer = this.#endIn(send, goneMs);
    }
  }

  #endIn(send: string, ms: number): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#holds.delete(send);
      this.#onEnd();
    }, ms);
    return timer.unref();
  }
}
