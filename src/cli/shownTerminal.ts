import type { MessageConnection } from 'vscode-jsonrpc/node';
import { terminalAck, terminalAttach, terminalData, terminalReset, terminalResize, terminalSized, terminalText } from '../protocol/protocol.ts';
import { terminalModes } from './terminalModes.ts';

interface Size { cols: number; rows: number }

/** A terminal that does not tell its size (0 by 0, under some programs that drive others) gets a usual one. */
export const terminalSize = (): Size => ({ cols: process.stdout.columns || 120, rows: process.stdout.rows || 40 });

/** What another view's size makes of a screen is told as text this often at most. */
const pictureMs = 100;

/**
 * `live`: output goes to this shell as it is. `drawing`: the whole screen has been asked for. `picture`: the session's terminal has the size
 * of another view (the one used last, as in tmux), so its output would be garbage here: its text is shown instead, cut to this shell.
 */
type Mode = 'live' | 'drawing' | 'picture' | 'over';

interface Chunk {
  data: string;
  offset: number;
  /** It is a whole screen. */
  isWhole: boolean;
}

/** A session's terminal on this shell. */
export class ShownTerminal {
  readonly #connection: MessageConnection;
  readonly #session: string;
  readonly #modes = terminalModes();
  #mode: Mode = 'drawing';
  /** The size that the session's terminal has. */
  #told: Size | null = null;
  #picturing: NodeJS.Timeout | null = null;
  /** What came while the screen was asked for. */
  #held: Chunk[] = [];

  constructor(connection: MessageConnection, session: string) {
    this.#connection = connection;
    this.#session = session;
    connection.onNotification(terminalData, (chunk) => {
      if (chunk.session === session) this.#show({ ...chunk, isWhole: false });
    });
    connection.onNotification(terminalReset, (reset) => {
      if (reset.session === session) this.#show({ data: `\x1bc${reset.replay}`, offset: reset.offset, isWhole: true });
    });
    connection.onNotification(terminalSized, (sized) => {
      if (sized.session === session) this.#sized(sized);
    });
  }

  /** Takes the size of this shell, and draws the screen whole. */
  async attach(): Promise<void> {
    await this.#draw('');
  }

  /** This shell has another size now. It holds for the session's terminal when this is the view used last. */
  resized(): void {
    void this.#connection.sendNotification(terminalResize, { session: this.#session, ...terminalSize() }).catch(() => undefined);
    if (this.#mode === 'picture') this.#settle();
  }

  /** What puts this shell back in order; nothing is drawn after it. */
  restore(): string {
    if (this.#picturing) clearTimeout(this.#picturing);
    this.#picturing = null;
    this.#mode = 'over';
    return this.#modes.restore();
  }

  /** Acknowledged once this shell has taken it; what is not shown, at once. */
  #show(chunk: Chunk): void {
    const acknowledge = (): void => void this.#connection.sendNotification(terminalAck, { session: this.#session, offset: chunk.offset }).catch(() => undefined);
    switch (this.#mode) {
      case 'live': return this.#write(chunk.data, acknowledge);
      case 'drawing': return void this.#held.push(chunk);
      case 'picture': this.#pictureSoon(pictureMs);
    }
    acknowledge();
  }

  #write(data: string, taken?: () => void): void {
    this.#modes.see(data);
    process.stdout.write(data, taken);
  }

  /** While a drawing is under way nothing else is begun: of two views that ask for theirs at a time neither answers the other. */
  #sized({ cols, rows }: Size): void {
    this.#told = { cols, rows };
    if (this.#mode === 'live' || this.#mode === 'picture') this.#settle();
  }

  #settle(): void {
    const own = terminalSize();
    const isOwn = !this.#told || (this.#told.cols === own.cols && this.#told.rows === own.rows);
    if (!isOwn) {
      this.#mode = 'picture';
      this.#pictureSoon(0);
    } else if (this.#mode === 'picture') {
      // A host that has gone is told by its connection.
      void this.#draw('\x1bc').catch(() => undefined);
    }
  }

  async #draw(clear: string): Promise<void> {
    this.#mode = 'drawing';
    this.#held = [];
    const { replay, offset, cols, rows } = await this.#connection.sendRequest(terminalAttach, { session: this.#session, ...terminalSize() });
    if (this.#mode !== 'drawing') return;
    this.#told ??= { cols, rows };
    this.#mode = 'live';
    this.#show({ data: clear + replay, offset, isWhole: true });
    for (const chunk of this.#held.splice(0)) if (chunk.offset > offset || (chunk.isWhole && chunk.offset === offset)) this.#show(chunk);
    this.#settle();
  }

  #pictureSoon(delayMs: number): void {
    this.#picturing ??= setTimeout(() => void this.#picture().catch(() => undefined), delayMs);
  }

  async #picture(): Promise<void> {
    this.#picturing = null;
    const { text, cols, rows } = await this.#connection.sendRequest(terminalText, { session: this.#session });
    if (this.#mode !== 'picture') return;
    const room = terminalSize().rows - 1;
    const lines = text.split('\n').slice(-room);
    // Without wrapping, the terminal itself cuts what is too wide. The last row is ours.
    this.#write(`\x1b[0m\x1b[?25l\x1b[?7l\x1b[H${lines.map((line) => `${line}\x1b[K\r\n`).join('')}\x1b[J\x1b[${room + 1};1H\x1b[2m[${cols}x${rows}, the size of another view; a key typed here takes it]\x1b[0m`);
  }
}
