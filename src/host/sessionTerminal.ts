import type { Terminal } from '../core/ports.ts';
import type { OutputFile } from '../node/outputFile.ts';
import { Screen, type ScreenView } from '../node/screen.ts';
import { TerminalViews, type TerminalSink } from './terminalViews.ts';

/** A program that changes its title all the time is told of no more often than this. */
const titleMs = 50;

/** The one screen of a session, whatever run is behind it. The host is the only party that answers terminal queries. */
export class SessionTerminal {
  cols: number;
  rows: number;
  title = '';
  #terminal: Terminal | null = null;
  #screen: Screen;
  #output: OutputFile;
  readonly views: TerminalViews;
  #onTitle: (title: string) => void;
  #titleTimer: NodeJS.Timeout | undefined;
  /** Who wants the child to wait: views that read slowly, an emulator that parses slowly. */
  #holding = new Set<'views' | 'emulator'>();

  constructor(options: { cols: number; rows: number; output: OutputFile; onTitle(title: string): void }) {
    this.cols = options.cols;
    this.rows = options.rows;
    this.#output = options.output;
    this.#onTitle = options.onTitle;
    this.#screen = this.#newScreen();
    this.views = new TerminalViews(this.#screen, { pause: () => this.#hold('views', true), resume: () => this.#hold('views', false) });
  }

  /** A run's terminal takes the stage; what the one before showed is cleared from all views. */
  connect(terminal: Terminal): void {
    this.#terminal = terminal;
    if (this.views.offset > 0) {
      this.#holding.delete('emulator');
      this.#screen.dispose();
      this.#screen = this.#newScreen();
      this.views.replaceScreen(this.#screen);
    }
    terminal.onData((data) => {
      this.#output.write(data);
      if (this.#terminal === terminal) this.views.write(this.#screen.write(data));
    });
    terminal.onExit(() => {
      if (this.#terminal === terminal) this.#terminal = null;
    });
    if (this.#holding.size > 0) terminal.pause();
  }

  write(data: string): void {
    this.#terminal?.write(data);
  }

  async attach(key: object, sink: TerminalSink, cols: number, rows: number): Promise<{ replay: string; offset: number; cols: number; rows: number }> {
    this.resize(cols, rows);
    return { ...(await this.views.attach(key, sink)), cols: this.cols, rows: this.rows };
  }

  resize(cols: number, rows: number): void {
    const wide = Math.min(Math.max(Math.floor(cols) || 80, 2), 1_000);
    const high = Math.min(Math.max(Math.floor(rows) || 24, 2), 1_000);
    if (wide === this.cols && high === this.rows) return;
    this.cols = wide;
    this.rows = high;
    this.#screen.resize(wide, high);
    this.#terminal?.resize(wide, high);
  }

  text(lines?: number): Promise<string> {
    return this.#screen.text(lines);
  }

  /** The screen as it stands, all output so far included; null when there is none any more. */
  view(): Promise<ScreenView | null> {
    return this.#screen.view();
  }

  /** Whether the program wants to be told what is pasted, all output so far included. */
  marksPastes(): Promise<boolean> {
    return this.#screen.marksPastes();
  }

  /** Resolves when the views have been sent all output so far; one that stopped reading is not waited for. */
  delivered(): Promise<void> {
    return this.views.delivered();
  }

  /** Resolves when all output is with the kernel. */
  async dispose(): Promise<void> {
    clearTimeout(this.#titleTimer);
    this.views.dispose();
    this.#screen.dispose();
    await this.#output.close();
  }

  #hold(who: 'views' | 'emulator', isHeld: boolean): void {
    const wasHeld = this.#holding.size > 0;
    if (isHeld) this.#holding.add(who);
    else this.#holding.delete(who);
    if (wasHeld === this.#holding.size > 0) return;
    if (wasHeld) this.#terminal?.resume();
    else this.#terminal?.pause();
  }

  #tellTitle(): void {
    this.#titleTimer = undefined;
    this.#onTitle(this.title);
  }

  #newScreen(): Screen {
    const screen: Screen = new Screen({
      cols: this.cols,
      rows: this.rows,
      onBacklog: (isHigh) => { if (screen === this.#screen) this.#hold('emulator', isHigh); },
      answer: (data) => this.#terminal?.answer(data),
      onTitle: (title) => {
        this.title = title;
        this.#titleTimer ??= setTimeout(() => this.#tellTitle(), titleMs);
      },
    });
    return screen;
  }
}
