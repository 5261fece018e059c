import { Message } from 'vscode-jsonrpc/node';

/** So many requests of one client may be under way, and so much of their answers may wait for it to read. */
const mostRequests = 1_000;
const mostUnreadBytes = 1 << 20;
/** The longest message of a client, and of one that has not said who it is. */
const longestMessage = 256 << 20;
const longestGreeting = 64 << 10;
/** A client that reads none of that for so long is hung up on. */
const longestUnreadMs = 30_000;

/**
 * What one client has asked and not read the answer of. While there is too much of it nothing more is read from that
 * client, so that it costs the host no memory.
 */
export class Backlog {
  #requests = 0;
  #unreadBytes = 0;
  #onRoom: (() => void) | null = null;
  #timer: NodeJS.Timeout | undefined;
  readonly #hangUp: () => void;
  mostBytes = longestGreeting;

  /** `hangUp`: the client has read nothing for too long. */
  constructor(hangUp: () => void) {
    this.#hangUp = hangUp;
  }

  get isFull(): boolean {
    return this.#requests >= mostRequests || this.#unreadBytes > mostUnreadBytes;
  }

  /** The client has said who it is. */
  greeted(): void {
    this.mostBytes = longestMessage;
  }

  came(message: Message): void {
    if (Message.isRequest(message)) this.#requests++;
  }

  /** Returns what is to be called once the client has taken the message, or never will. */
  sent(message: Message, bytes: number): () => void {
    if (!Message.isResponse(message)) return () => undefined;
    this.#unreadBytes += bytes;
    if (this.isFull) this.#timer ??= setTimeout(this.#hangUp, longestUnreadMs);
    return () => {
      this.#requests--;
      this.#unreadBytes -= bytes;
      clearTimeout(this.#timer);
      this.#timer = this.isFull && this.#unreadBytes > 0 ? setTimeout(this.#hangUp, longestUnreadMs) : undefined;
      if (this.isFull) return;
      const resume = this.#onRoom;
      this.#onRoom = null;
      resume?.();
    };
  }

  /** Calls once there is room again. */
  whenRoom(resume: () => void): void {
    this.#onRoom = resume;
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#onRoom = null;
  }
}
