import { SerializeAddon } from '@xterm/addon-serialize';
import xterm, { type ITerminalAddon } from '@xterm/headless';
import { OutputDecoder, type OutputText } from './decodedOutput.ts';
import { ScreenBacklog } from './screenBacklog.ts';
import { speedUpBlanks } from './screenBlanks.ts';
import { savedCursorOf } from './screenCursor.ts';
import { scrollsWhole, speedUpLines } from './screenLines.ts';
import { ScreenModes } from './screenModes.ts';
import { TerminalQueries } from './terminalQueries.ts';

/** A screen as it stands. The cursor counts from 0. */
export interface ScreenView {
  rows: string[];
  cursor: { row: number; column: number };
  alternate: boolean;
}

export interface ScreenOptions {
  cols: number;
  rows: number;
  /** Lines kept above the screen. */
  scrollback?: number;
  /** What the emulator replies to the program's queries: goes to the program's input, and from nobody else. */
  answer(data: string): void;
  onTitle?(title: string): void;
  /** Parsing is behind by more than `highBacklogUs` (true) or has caught up (false): reading from the program should stop meanwhile. */
  onBacklog?(isHigh: boolean): void;
}

const defaultScrollback = 1000;
const titleLimit = 256;
/** A stop comes before more than this is waiting, and so whoever asks for the screen waits for no more than it and one read. */
const highBacklogUs = 60_000;
const lowBacklogUs = 4_000;
/** Less than a frame. What a program writes in one go is parsed in one go, and not before views have it. */
const feedAfterMs = 8;
/** A program that writes more than this meanwhile is pouring lines that nobody can read. */
const floodChars = 64 * 1024;
/** So much that waits is worth a look whether lines in it can be left out: kept until it is parsed it would be moved about in memory again and again. */
const longChars = 256 * 1024;
/** The emulator refuses past 50 million. What comes past this is shown to views but not kept: the caller has ignored `onBacklog`. */
const lastBacklogChars = 40_000_000;
/** Sequences that loop over their count, by what bounds a count that still makes a difference. `ESC[2147483647b` else takes minutes and gigabytes. */
const perRow = 'LMST^';
const perColumn = "@PXZIb}~";

/**
 * The screen of one run, kept by an emulator without a view. It is the one party that answers the program's queries; views get `write`'s
 * result and `replay`, which never ask anything. Parsing comes later and in slices, so that it holds up neither views nor the process; what asks is
 * parsed at once, and so is everything when somebody wants to see the screen.
 */
export class Screen {
  readonly #terminal: InstanceType<typeof xterm.Terminal>;
  readonly #serializer = new SerializeAddon();
  readonly #modes: ScreenModes;
  readonly #queries: TerminalQueries;
  readonly #decoder = new OutputDecoder();
  readonly #backlog = new ScreenBacklog();
  readonly #scrollback: number;
  readonly #onBacklog: (isHigh: boolean) => void;
  readonly #waiting = new Set<() => void>();
  #title = '';
  /** What the emulator has been given and has not parsed. */
  #fedChars = 0;
  #fedUs = 0;
  #feedTimer: NodeJS.Timeout | undefined;
  #charsSinceTimer = 0;
  /** The length at which the next look at the backlog is worth its time. */
  #shortenAt = longChars;
  #isBehind = false;
  #isDisposed = false;
  /** The larger of the present size and the one before, since what is not yet parsed was written for either. */
  #bound: { cols: number; rows: number };

  constructor(options: ScreenOptions) {
    this.#bound = { cols: options.cols, rows: options.rows };
    this.#onBacklog = options.onBacklog ?? (() => {});
    this.#scrollback = options.scrollback ?? defaultScrollback;
    this.#terminal = new xterm.Terminal({
      cols: options.cols,
      rows: options.rows,
      scrollback: this.#scrollback,
      allowProposedApi: true,
      logLevel: 'off',
      windowOptions: { getWinSizeChars: true },
    });
    // The addon is typed for the terminal with a view; it uses only what both have.
    this.#terminal.loadAddon(this.#serializer as unknown as ITerminalAddon);
    this.#modes = new ScreenModes(this.#terminal);
    this.#queries = new TerminalQueries((final) => this.#capOf(final));
    this.#guardCounts();
    speedUpLines(this.#terminal);
    speedUpBlanks(this.#terminal);
    // The serializer leaves hyperlinks out, and kept ones would cost 4 KB each and time at every line that scrolls.
    this.#terminal.parser.registerOscHandler(8, () => true);
    this.#terminal.onData((data) => options.answer(data));
    this.#terminal.onTitleChange((title) => {
      this.#title = title.replace(/[\x00-\x1f\x7f-\x9f]/g, '').slice(0, titleLimit);
      options.onTitle?.(this.#title);
    });
  }

  /** Takes output of the program, in any chunks, and gives what views may get of it: all but the queries. Bytes may split characters. */
  write(data: string | Uint8Array): string {
    const output = typeof data === 'string' ? { text: data, isAscii: false } : this.#decoder.write(data);
    const { screen, views, isAscii, asks } = this.#queries.push(output.text, output.isAscii);
    this.#take({ text: screen, isAscii }, asks);
    return views;
  }

  /**
   * What makes a fresh view of the same size show this screen, modes included, as of the call: every write before it, none after.
   * A view gets this, then what `write` returned since the call. Empty once disposed.
   */
  replay(): Promise<string> {
    const joining = this.#queries.joining;
    return this.#afterParsing(() => {
      const title = this.#title === '' ? '' : `\x1b]0;${this.#title}\x07`;
      return title + this.#serializer.serialize() + savedCursorOf(this.#terminal) + this.#modes.restoring + joining;
    }, '');
  }

  /** The last `lines` lines of text (default: one screen), without what is blank at the end. */
  text(lines = this.#terminal.rows): Promise<string> {
    return this.#afterParsing(() => {
      const buffer = this.#terminal.buffer.active;
      const all = Array.from({ length: buffer.length }, (_, at) => buffer.getLine(at)?.translateToString(true) ?? '');
      while (all.at(-1) === '') all.pop();
      return all.slice(Math.max(0, all.length - lines)).join('\n');
    }, '');
  }

  /** What a person sees now; null once disposed. Rows are without trailing blanks, and none follows the last one with text. */
  view(): Promise<ScreenView | null> {
    return this.#afterParsing((): ScreenView => {
      const buffer = this.#terminal.buffer.active;
      const rows = Array.from({ length: this.#terminal.rows }, (_, at) => (buffer.getLine(buffer.baseY + at)?.translateToString(true) ?? '').trimEnd());
      while (rows.at(-1) === '') rows.pop();
      return { rows, cursor: { row: buffer.cursorY, column: buffer.cursorX }, alternate: buffer.type === 'alternate' };
    }, null);
  }

  /** Whether the program has turned on that pasted text is marked as such (mode 2004). */
  marksPastes(): Promise<boolean> {
    return this.#afterParsing(() => this.#terminal.modes.bracketedPasteMode, false);
  }

  /** Takes effect between the writes before and after it. */
  resize(cols: number, rows: number): void {
    this.#bound = { cols: Math.max(cols, this.#terminal.cols), rows: Math.max(rows, this.#terminal.rows) };
    void this.#afterParsing(() => {
      this.#terminal.resize(Math.max(2, Math.trunc(cols)), Math.max(1, Math.trunc(rows)));
      this.#modes.resized();
    }, undefined);
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    clearTimeout(this.#feedTimer);
    this.#modes.dispose();
    this.#terminal.dispose();
    for (const giveUp of [...this.#waiting]) giveUp();
    if (this.#isBehind) this.#onBacklog(false);
  }

  #take(output: OutputText, isUrgent: boolean): void {
    if (this.#isDisposed || this.#backlog.chars + this.#fedChars > lastBacklogChars) return;
    this.#backlog.push(output, this.#bound);
    this.#charsSinceTimer += output.text.length;
    if (this.#backlog.costUs + this.#fedUs > highBacklogUs) this.#relieve();
    else if (isUrgent) this.#feed();
    else {
      if (this.#backlog.chars > this.#shortenAt) this.#shorten();
      this.#feedTimer ??= setTimeout(() => this.#feedTimely(), feedAfterMs);
    }
  }

  /** Lines that are still pouring in are not worth parsing: most of them will have scrolled away. */
  #feedTimely(): void {
    this.#feedTimer = undefined;
    const isFlood = this.#charsSinceTimer > floodChars;
    this.#charsSinceTimer = 0;
    if (isFlood && this.#backlog.isLines) this.#feedTimer = setTimeout(() => this.#feedTimely(), feedAfterMs);
    else this.#feed();
  }

  #relieve(): void {
    this.#shorten();
    if (this.#backlog.costUs + this.#fedUs < highBacklogUs / 2) return;
    this.#feed();
    if (!this.#isBehind) this.#setBehind(true);
  }

  #shorten(): void {
    if (this.#fedChars === 0 && this.#waiting.size === 0 && scrollsWhole(this.#terminal)) this.#backlog.shorten(this.#terminal.rows, this.#scrollback);
    this.#shortenAt = Math.max(longChars, this.#backlog.chars * 2);
  }

  #feed(): void {
    if (this.#isDisposed || this.#backlog.chars === 0) return;
    this.#shorten();
    for (const { text, costUs } of this.#backlog.take(this.#bound)) {
      this.#fedChars += text.length;
      this.#fedUs += costUs;
      this.#terminal.write(text, () => this.#parsed(text.length, costUs));
    }
  }

  #parsed(chars: number, costUs: number): void {
    this.#fedChars -= chars;
    this.#fedUs -= costUs;
    if (this.#isBehind && this.#fedUs < lowBacklogUs && !this.#isDisposed) this.#setBehind(false);
  }

  #setBehind(isBehind: boolean): void {
    this.#isBehind = isBehind;
    this.#onBacklog(isBehind);
  }

  /** Runs `then` when all writes so far are parsed and none after; `otherwise` if the screen goes first. */
  #afterParsing<T>(then: () => T, otherwise: T): Promise<T> {
    if (this.#isDisposed) return Promise.resolve(otherwise);
    this.#feed();
    return new Promise((resolve) => {
      const giveUp = () => {
        this.#waiting.delete(giveUp);
        resolve(otherwise);
      };
      this.#waiting.add(giveUp);
      this.#terminal.write('', () => {
        if (!this.#waiting.delete(giveUp)) return;
        resolve(then());
      });
    });
  }

  #capOf(final: string): number {
    if (perRow.includes(final)) return this.#bound.rows;
    return perColumn.includes(final) ? this.#bound.cols * 2 : Infinity;
  }

  /** Behind the caps in the stream: whatever still reaches a looping handler with a larger count is not carried out. */
  #guardCounts(): void {
    const ids = [...perRow, ...perColumn].flatMap((final) => ['', ' ', "'"].map((intermediates) => (intermediates === '' ? { final } : { intermediates, final })));
    for (const id of ids) {
      this.#terminal.parser.registerCsiHandler(id, (params) => params.some((param) => typeof param === 'number' && param > this.#capOf(id.final)));
    }
  }
}
