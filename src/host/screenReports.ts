import type { Observation } from '../core/adapter.ts';
import type { Disposable, Terminal } from '../core/ports.ts';
import { PrintedText } from '../core/printedText.ts';

type ScreenObservation = Extract<Observation, { is: 'screen' }>;

/** Whoever knows what is on the screen, all output so far included; null when nobody does any more. */
export interface ScreenSource {
  view(): Promise<Pick<ScreenObservation, 'rows' | 'cursor' | 'alternate'> | null>;
}

/** What changes within this time counts as one change. */
const restMs = 80;
/** A screen that does not rest is told this often. */
const restlessMs = 1_000;
/** A screen that has not changed for so long is quiet. */
const quietMs = 1_500;
/** After we have typed the program is given this long to show what it makes of it. */
const afterTypingMs = 150;
/** So much of what was printed between two reports is looked at at least; of more than twice that, the end. */
const rawLimitBytes = 256 * 1024;
const newTextLimit = 64_000;

/**
 * Tells one run's decoder what is on the screen (Observation `screen`), and when it has been quiet. A chunk of output costs a note and a
 * timer; all work is done at a report. While we type, and for a moment after it, nothing is told: what the screen shows then is half done.
 */
export class ScreenReports {
  readonly #source: ScreenSource;
  readonly #observe: (observation: Observation) => void;
  readonly #listening: Disposable;
  #raw: Uint8Array[] = [];
  #rawBytes = 0;
  #isCut = false;
  #decoder = new TextDecoder();
  #printed = new PrintedText();
  #newText = '';
  #told = '';
  /** A prompt was typed: the next screen is told even if it is the same as before. */
  #isAwaited = false;
  #isDirty = false;
  #holds = 0;
  #rest: NodeJS.Timeout | undefined;
  #restless: NodeJS.Timeout | undefined;
  #quiet: NodeJS.Timeout | undefined;
  #reporting: Promise<void> | null = null;
  #isOver = false;

  constructor(terminal: Pick<Terminal, 'onData'>, source: ScreenSource, observe: (observation: Observation) => void) {
    this.#source = source;
    this.#observe = observe;
    this.#listening = terminal.onData((data) => this.#note(data));
    this.#expect();
  }

  /** We begin to type: nothing is told until `release`. */
  hold(): void {
    this.#holds++;
    this.#isAwaited = true;
    this.#stopTimers();
  }

  /** Everything of what we type has been written. */
  release(): void {
    const timer = setTimeout(() => {
      if (--this.#holds === 0) this.#expect();
    }, afterTypingMs);
    timer.unref();
  }

  /** Tells what is left to tell, and nothing after it. */
  async finish(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopTimers();
    this.#listening.dispose();
    await this.#reporting;
    if (this.#isDirty) await this.#tell(true);
  }

  #note(data: Uint8Array): void {
    this.#raw.push(data);
    this.#rawBytes += data.length;
    if (this.#rawBytes > 2 * rawLimitBytes) this.#dropOld();
    this.#rest?.refresh();
    if (this.#isDirty) return;
    this.#isDirty = true;
    this.#expect();
  }

  /** Rarely, and many at once: a flood comes in small pieces. */
  #dropOld(): void {
    let at = 0;
    while (this.#rawBytes > rawLimitBytes && at < this.#raw.length - 1) this.#rawBytes -= this.#raw[at++]?.length ?? 0;
    if (at === 0) return;
    this.#raw.splice(0, at);
    this.#isCut = true;
  }

  /** Sets the timer of what comes next: a screen that has rested, or does not (each chunk puts off the one timer, not the other); or quiet. */
  #expect(): void {
    if (this.#holds > 0 || this.#isOver || this.#reporting) return;
    this.#stopTimers();
    if (!this.#isDirty) {
      this.#quiet = setTimeout(() => this.#observe({ is: 'quiet', ms: quietMs }), quietMs);
      return;
    }
    this.#rest = setTimeout(() => void this.#report(true), restMs);
    this.#restless = setTimeout(() => void this.#report(false), restlessMs);
  }

  #stopTimers(): void {
    for (const timer of [this.#rest, this.#restless, this.#quiet]) clearTimeout(timer);
    this.#rest = undefined;
  }

  #report(rested: boolean): Promise<void> {
    this.#stopTimers();
    return (this.#reporting ??= this.#tell(rested).finally(() => {
      this.#reporting = null;
      this.#expect();
    }));
  }

  async #tell(rested: boolean): Promise<void> {
    this.#isDirty = false;
    const view = await this.#source.view();
    // We have begun to type meanwhile: what was seen is told with what comes of it.
    if (!view || (this.#holds > 0 && !this.#isOver)) {
      this.#isDirty = view !== null;
      return;
    }
    this.#read();
    const now = JSON.stringify(view);
    if (now === this.#told && !this.#isAwaited) return;
    this.#told = now;
    this.#isAwaited = false;
    const newText = this.#newText;
    this.#newText = '';
    this.#observe({ is: 'screen', ...view, newText, rested, at: new Date().toISOString() });
  }

  /** Turns what was printed into text. */
  #read(): void {
    if (this.#isCut) this.#beginAnew();
    const text = this.#raw.map((data) => this.#decoder.decode(data, { stream: true })).join('');
    this.#raw = [];
    this.#rawBytes = 0;
    this.#printed.write(text);
    this.#newText = (this.#newText + this.#printed.take()).slice(-newTextLimit);
  }

  /** What is between was never looked at: the text goes on at the first line that is whole. */
  #beginAnew(): void {
    this.#isCut = false;
    this.#decoder = new TextDecoder();
    this.#printed = new PrintedText();
    const at = this.#raw.findIndex((data) => data.includes(10));
    const first = this.#raw[at];
    if (!first) return;
    this.#raw = [first.subarray(first.indexOf(10) + 1), ...this.#raw.slice(at + 1)];
    this.#newText += '\n';
  }
}
