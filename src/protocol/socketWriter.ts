import type { Socket } from 'node:net';
import { AbstractMessageWriter, type Message, type MessageWriter } from 'vscode-jsonrpc/node';
import type { Backlog } from './backlog.ts';
import { frameOf } from './frame.ts';

/**
 * Writes each message at once and as one piece. The library's own writer sends head and body apart, waits for the first before the
 * second, and lets a turn of the event loop pass between messages: every key typed paid for that twice.
 */
export class SocketWriter extends AbstractMessageWriter implements MessageWriter {
  #socket: Socket;
  #failures = 0;
  readonly #backlog: Backlog | undefined;

  constructor(socket: Socket, backlog?: Backlog) {
    super();
    this.#backlog = backlog;
    this.#socket = socket;
    socket.on('error', (error) => this.fireError(error));
    socket.on('close', () => this.fireClose());
  }

  async write(message: Message): Promise<void> {
    const frame = frameOf(message);
    const taken = this.#backlog?.sent(message, frame.length);
    await new Promise<void>((resolve, reject) => {
      this.#socket.write(frame, (error) => {
        taken?.();
        if (!error) return resolve();
        this.fireError(error, message, ++this.#failures);
        reject(error);
      });
    });
  }

  end(): void {
    this.#socket.end();
  }

  override dispose(): void {
    super.dispose();
    this.#socket.destroy();
  }
}
