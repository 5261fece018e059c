import type { Socket } from 'node:net';
import { AbstractMessageReader, type DataCallback, type Disposable, type MessageReader } from 'vscode-jsonrpc/node';
import type { Backlog } from './backlog.ts';
import { lengthsIn, messageIn } from './frame.ts';

const headEnd = '\r\n\r\n';
/** What stands before a body is its lengths, and perhaps a content type. */
const longestHead = 1024;
/** A client that types sends one message at a time. */
const mostAtOnce = 8;

/**
 * Hands on each message as soon as its last byte is there. The library's own reader has every message wait for several promises, which each
 * key typed paid for twice. What is no message is told as an error, and nothing is read after it.
 */
export class SocketReader extends AbstractMessageReader implements MessageReader {
  readonly #socket: Socket;
  /** What has come of the next message, of which at least `#wantedBytes` are needed to go on. */
  #parts: Buffer[] = [];
  #bytes = 0;
  #wantedBytes = 0;
  #isOver = false;

  readonly #backlog: Backlog | undefined;
  /** Messages that were handed on in this turn of the event loop. */
  #handed = 0;
  #isHeld = false;

  constructor(socket: Socket, backlog?: Backlog) {
    super();
    this.#backlog = backlog;
    this.#socket = socket;
    socket.on('error', (error) => this.fireError(error));
    socket.on('close', () => this.fireClose());
  }

  listen(callback: DataCallback): Disposable {
    const take = (data: Buffer): void => this.#take(data, callback);
    this.#socket.on('data', take);
    return { dispose: () => void this.#socket.off('data', take) };
  }

  #take(data: Buffer, callback: DataCallback): void {
    if (this.#isOver) return;
    this.#parts.push(data);
    this.#bytes += data.length;
    if (this.#bytes >= this.#wantedBytes && !this.#isHeld) this.#handOn(callback);
  }

  #handOn(callback: DataCallback): void {
    const bytes = this.#parts.length === 1 ? this.#parts[0] as Buffer : Buffer.concat(this.#parts, this.#bytes);
    try {
      this.#keep(bytes.subarray(this.#read(bytes, callback)));
    } catch (error) {
      this.#isOver = true;
      this.#keep(Buffer.alloc(0));
      this.fireError(error);
    }
  }

  /** Hands on the whole messages; where the rest begins. */
  #read(bytes: Buffer, callback: DataCallback): number {
    for (let at = 0; ; ) {
      const head = bytes.indexOf(headEnd, at, 'latin1');
      if (head < 0 ? bytes.length - at > longestHead : head - at > longestHead) throw new Error('The other side sent what is no message.');
      this.#wantedBytes = 0;
      if (head < 0) return at;
      const lengths = lengthsIn(bytes.toString('latin1', at, head));
      if (lengths === null) throw new Error('The other side sent a message without its length.');
      const bodyBytes = lengths.jsonBytes + (lengths.textBytes ?? 0);
      if (bodyBytes > (this.#backlog?.mostBytes ?? Infinity)) throw new Error('The other side sent too long a message.');
      const body = head + headEnd.length;
      const end = body + bodyBytes;
      this.#wantedBytes = end - at;
      if (bytes.length < end) return at;
      at = end;
      const message = messageIn(bytes.subarray(body, end), lengths);
      this.#backlog?.came(message);
      callback(message);
      if (this.#mustHold(callback)) return at;
    }
  }

  /** The library takes up one message a turn: what is beyond that waits here, where nothing has been made of it. */
  #mustHold(callback: DataCallback): boolean {
    if (!this.#backlog) return false;
    if (this.#handed++ === 0) setImmediate(() => { this.#handed = 0; });
    const isFull = this.#backlog.isFull;
    if (!isFull && this.#handed < mostAtOnce) return false;
    this.#isHeld = true;
    this.#wantedBytes = 0;
    this.#socket.pause();
    const goOn = (): void => {
      this.#isHeld = false;
      if (this.#socket.destroyed) return;
      this.#socket.resume();
      if (this.#bytes > 0) this.#handOn(callback);
    };
    if (isFull) this.#backlog.whenRoom(goOn);
    else setImmediate(goOn);
    return true;
  }

  #keep(rest: Buffer): void {
    this.#parts = rest.length > 0 ? [rest] : [];
    this.#bytes = rest.length;
  }
}
