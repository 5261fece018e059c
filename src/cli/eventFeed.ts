import type { MessageConnection } from 'vscode-jsonrpc/node';
import { sessionEvents, type SessionEvents } from '../protocol/protocol.ts';

/** What a host tells of one session from when it is opened on this connection, in order, until the host is gone. */
export class EventFeed {
  readonly #batches: SessionEvents[] = [];
  #isLost = false;
  #wake = (): void => undefined;

  constructor(connection: MessageConnection, uid: string) {
    connection.onNotification(sessionEvents, (batch) => {
      if (batch.session !== uid) return;
      this.#batches.push(batch);
      this.#wake();
    });
    connection.onClose(() => {
      this.#isLost = true;
      this.#wake();
    });
  }

  /** What has come since it was last taken. */
  take(): SessionEvents['events'] {
    return this.#batches.splice(0).flatMap(({ events }) => events);
  }

  /** Resolves when there is something to take; false when nothing will come any more. */
  async next(): Promise<boolean> {
    if (this.#batches.length === 0 && !this.#isLost) await new Promise<void>((resolve) => { this.#wake = resolve; });
    return this.#batches.length > 0;
  }
}
