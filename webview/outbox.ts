import type { Conversation } from '../src/core/conversation.ts';
import { codeOf, sentenceOf } from './actions.ts';

/** A prompt of this panel that the host has not answered yet, or has refused; `key` names it, `branch` was shown when it was sent. */
export interface Outgoing {
  key: string;
  text: string;
  branch: string;
  /** Why it was not taken, in a sentence; absent: it is on its way. */
  refused?: string;
}

/** A prompt of this panel that is in no queue: on its way, at the agent which has not shown yet that it took it up, or refused. */
export interface OutgoingRow {
  key: string;
  text: string;
  is: 'onItsWay' | 'delivered' | 'refused';
  why: string;
}

export interface OutboxPort {
  /** Answers whether it waits now. Rejects with what the host says when it does not take it, with anything else when that is not known. */
  send(prompt: Outgoing): Promise<{ isQueued: boolean }>;
  /** What is to outlive a reload; also called when rows have changed. */
  changed(prompts: readonly Outgoing[]): void;
  /** True: the text was taken back where one types, and is not shown here. */
  giveBack(prompt: Outgoing, why: string): boolean;
}

/** Failures that tell nothing of what became of a request: it is sent again, under the same key. */
const unknownOutcomes = new Set(['', 'failed', 'gone']);
/** Pause before that, where no new connection tells when. */
const retryMs = 1_000;

/**
 * The prompts that were sent here, each of its own, in order: kept until the host has answered, also over a reload or a broken connection.
 * None is sent twice, as its key says which it is.
 */
export class Outbox {
  readonly #port: OutboxPort;
  #waiting: Outgoing[];
  /** Taken into the queue, and shown until the conversation shows it there. */
  #answered: { prompt: Outgoing; in: Conversation | null }[] = [];
  readonly #own = new Set<string>();
  #isSending = false;
  #conversation: Conversation | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(port: OutboxPort, saved: readonly Outgoing[]) {
    this.#port = port;
    this.#waiting = [...saved];
    for (const { key } of saved) this.#own.add(key);
  }

  /** Keys of all that was sent here. */
  get own(): ReadonlySet<string> {
    return this.#own;
  }

  add(text: string, branch: string): void {
    const key = crypto.randomUUID();
    this.#own.add(key);
    this.#waiting.push({ key, text, branch });
    this.#tell();
    this.go();
  }

  /** A prompt that was refused is sent again, on the branch that is shown now. */
  again(key: string, branch: string): void {
    this.#waiting = this.#waiting.map((prompt) => (prompt.key === key ? { key, text: prompt.text, branch } : prompt));
    this.#tell();
    this.go();
  }

  /** Takes a refused prompt out, and answers with its text. */
  take(key: string): string {
    const text = this.#waiting.find((prompt) => prompt.key === key)?.text ?? '';
    this.#remove(key);
    return text;
  }

  /** Sends what waits; to be called when there is a connection again, too. */
  go(): void {
    if (!this.#isSending) void this.#send();
  }

  /** What of it is to be shown beside the queue, as the conversation is now. */
  rows(conversation: Conversation): OutgoingRow[] {
    this.#conversation = conversation;
    this.#answered = this.#answered.filter(({ prompt, in: known }) =>
      known === conversation && (conversation.sentAs(prompt.key)?.is === 'queued' || this.#rowOf(prompt, conversation) !== null));
    const prompts = [...this.#answered.map(({ prompt }) => prompt), ...this.#waiting];
    return prompts.flatMap((prompt) => this.#rowOf(prompt, conversation) ?? []);
  }

  #rowOf({ key, text, refused }: Outgoing, conversation: Conversation): OutgoingRow | null {
    if (refused !== undefined) return { key, text, is: 'refused', why: refused };
    const sent = conversation.sentAs(key);
    if (sent === undefined) return { key, text, is: 'onItsWay', why: '' };
    const isAtAgent = sent.is === 'delivered' && conversation.typedPrompts.some(({ send }) => send === sent.send);
    return isAtAgent ? { key, text, is: 'delivered', why: '' } : null;
  }

  async #send(): Promise<void> {
    this.#isSending = true;
    clearTimeout(this.#timer);
    try {
      for (let next = this.#next(); next; next = this.#next()) if (!(await this.#sendOne(next))) return;
    } finally {
      this.#isSending = false;
    }
  }

  #next(): Outgoing | undefined {
    return this.#waiting.find(({ refused }) => refused === undefined);
  }

  /** False: nothing is known of it, and it is tried again. */
  async #sendOne(prompt: Outgoing): Promise<boolean> {
    try {
      const { isQueued } = await this.#port.send(prompt);
      if (isQueued) this.#answered.push({ prompt, in: this.#conversation });
      this.#remove(prompt.key);
      return true;
    } catch (error) {
      if (unknownOutcomes.has(codeOf(error))) {
        this.#timer = setTimeout(() => this.go(), retryMs);
        return false;
      }
      this.#refuse(prompt, sentenceOf(error));
      return true;
    }
  }

  #refuse(prompt: Outgoing, why: string): void {
    if (this.#port.giveBack(prompt, why)) return this.#remove(prompt.key);
    this.#waiting = this.#waiting.map((one) => (one.key === prompt.key ? { ...one, refused: why } : one));
    this.#tell();
  }

  #remove(key: string): void {
    this.#waiting = this.#waiting.filter((prompt) => prompt.key !== key);
    this.#tell();
  }

  #tell(): void {
    this.#port.changed(this.#waiting);
  }
}
