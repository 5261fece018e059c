import type { Event, UnknownEvent } from './events.ts';
import type { QueuedSend } from './view.ts';

/** What became of a prompt that a client has named by a key. */
export interface SentPrompt {
  send: string;
  is: 'queued' | 'delivered' | 'dropped' | 'expired';
}

/** So many are remembered: a client that asks again does so soon. */
const mostKeys = 1_000;

/** The prompts that were sent under a key of their sender, so that each of them is taken once. */
export class SentPrompts {
  readonly #byKey = new Map<string, SentPrompt>();
  readonly #keyOf = new Map<string, string>();

  get(key: string): SentPrompt | undefined {
    return this.#byKey.get(key);
  }

  /** As a snapshot says it: of what waits, and of what was typed and not taken up yet. */
  fill(waiting: readonly QueuedSend[], typed: readonly QueuedSend[]): void {
    for (const { key, send } of waiting) this.#name(key, { send, is: 'queued' });
    for (const { key, send } of typed) this.#name(key, { send, is: 'delivered' });
  }

  /** Of every event. */
  see(row: Event | UnknownEvent): void {
    const event = row as Event;
    switch (event.type) {
      case 'queued': return this.#name(event.key, { send: event.send, is: 'queued' });
      case 'send': return this.#name(event.key, { send: event.send, is: 'delivered' });
      case 'delivered': return this.#become(event.send, 'delivered');
      case 'expired': return this.#become(event.send, 'expired');
      case 'queue_changed': {
        for (const send of event.dropped ?? []) this.#become(send, 'dropped');
        if (event.returned !== undefined) this.#become(event.returned, 'queued');
      }
    }
  }

  #name(key: string | undefined, sent: SentPrompt): void {
    if (key === undefined) return;
    this.#byKey.set(key, sent);
    this.#keyOf.set(sent.send, key);
    const oldest = this.#byKey.size > mostKeys ? this.#byKey.entries().next().value : undefined;
    if (oldest === undefined) return;
    this.#byKey.delete(oldest[0]);
    this.#keyOf.delete(oldest[1].send);
  }

  #become(send: string, is: SentPrompt['is']): void {
    const key = this.#keyOf.get(send);
    if (key !== undefined) this.#byKey.set(key, { send, is });
  }
}
