import type { Screen } from '../node/screen.ts';

/** One client's sight of a session's terminal. */
export interface TerminalSink {
  data(data: string, offset: number): void;
  /** Clear and write `replay`. */
  reset(replay: string, offset: number): void;
}

interface View {
  key: object;
  sink: TerminalSink;
  /** Offset up to which it was sent, and up to which it acknowledged. */
  sent: number;
  acked: number;
  /** The screen that is being made for it, before which it gets nothing else. */
  making: object | null;
  /** It stopped reading: it gets nothing until it acknowledges again, then a fresh screen. */
  stalled: boolean;
  /** Since when somebody waits for it, without an acknowledgement; null while nobody does. */
  lateSinceMs: number | null;
}

/** Output in one message, and the offset behind it. */
interface Piece {
  text: string;
  end: number;
}

/** What may be on its way to a view: with it a terminal on a slow line has something to read while its acknowledgement travels. */
const windowChars = 110_000;
/** Where there is more to send than this it goes in several messages. */
const pieceChars = 32 * 1024;
/**
 * What waits here for views that have their window full. The agent goes on writing meanwhile: a view that gets its turn of a busy machine a little
 * later than others holds nobody up.
 */
const highWater = 192 * 1024;
const lowWater = 96 * 1024;
/** A view that had stopped reading gets its fresh screen when it has taken nearly all that was sent. */
const caughtUp = 5_000;
/** A view that acknowledges nothing more for this long while somebody waits for it is waited for no longer. */
const stallMs = 1_000;

/**
 * Shares one screen with any number of views. A view that reads slowly slows the agent (as any terminal does); one that stopped
 * reading is passed over and gets the screen anew when it comes back. What a view gets has no gap: a screen, then all that followed it.
 */
export class TerminalViews {
  /** Characters of output since the session's start. */
  offset = 0;
  #views = new Map<object, View>();
  #screen: Screen;
  #flow: { pause(): void; resume(): void };
  #isPaused = false;
  #timer: NodeJS.Timeout | null = null;
  /** What not every view has been sent, in order. */
  #pieces: Piece[] = [];
  /** Up to where the view was sent that has the most. */
  #mostSent = 0;
  #isDeliveryDue = false;
  #waiting: (() => void)[] = [];

  constructor(screen: Screen, flow: { pause(): void; resume(): void }) {
    this.#screen = screen;
    this.#flow = flow;
  }

  get count(): number {
    return this.#views.size;
  }

  /** Resolves with the screen; data follows from `offset` on, after the caller has had a chance to pass the answer on. */
  async attach(key: object, sink: TerminalSink): Promise<{ replay: string; offset: number }> {
    const making = {};
    const view: View = { key, sink, sent: this.offset, acked: this.offset, making, stalled: false, lateSinceMs: null };
    this.#views.set(key, view);
    this.#mostSent = this.offset;
    const { offset } = this;
    const replay = await this.#screen.replay();
    setImmediate(() => this.#made(view, making));
    return { replay, offset };
  }

  detach(key: object): void {
    if (this.#views.delete(key)) this.#balance();
  }

  /** `data` is what views may get (queries taken out); empty data is fine. What comes in one turn of the event loop goes to them as one message. */
  write(data: string): void {
    if (!data) return;
    this.offset += data.length;
    if (this.#views.size === 0) return;
    const last = this.#pieces.at(-1);
    if (last && last.end - last.text.length >= this.#mostSent && last.text.length + data.length <= pieceChars) {
      last.text += data;
      last.end = this.offset;
    } else this.#pieces.push({ text: data, end: this.offset });
    if (this.#isDeliveryDue) return;
    this.#isDeliveryDue = true;
    queueMicrotask(() => {
      this.#isDeliveryDue = false;
      for (const view of this.#views.values()) this.#deliver(view);
      this.#balance();
    });
  }

  ack(key: object, offset: number): void {
    const view = this.#views.get(key);
    if (!view || view.making || !Number.isFinite(offset)) return;
    const taken = Math.min(offset, view.sent) - view.acked;
    if (taken > 0) {
      view.acked += taken;
      view.lateSinceMs = null;
    }
    if (view.stalled && view.sent - view.acked <= caughtUp) void this.#reset(view);
    this.#deliver(view);
    this.#balance();
  }

  /** Resolves when the views have been sent all that was written until now; one that stopped reading is not waited for. */
  async delivered(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      this.#balance();
    });
  }

  /** All views start anew on another screen: a new run behind the same view. */
  replaceScreen(screen: Screen): void {
    this.#screen = screen;
    for (const view of this.#views.values()) void this.#reset(view);
  }

  dispose(): void {
    this.#views.clear();
    this.#balance();
  }

  #deliver(view: View): void {
    if (view.stalled || view.making) return;
    for (const { text, end } of this.#pieces) {
      if (end <= view.sent) continue;
      if (view.sent > view.acked && view.sent - view.acked + text.length > windowChars) break;
      view.sent = end;
      view.sink.data(text, end);
    }
    this.#mostSent = Math.max(this.#mostSent, view.sent);
  }

  /** A later reset of the same view takes the place of one under way. */
  async #reset(view: View): Promise<void> {
    const making = {};
    const { offset } = this;
    Object.assign(view, { making, stalled: false, sent: offset, acked: offset, lateSinceMs: null });
    this.#mostSent = offset;
    const replay = await this.#screen.replay();
    if (view.making !== making || !this.#isAttached(view)) return;
    view.sink.reset(replay, offset);
    this.#made(view, making);
  }

  #isAttached(view: View): boolean {
    return this.#views.get(view.key) === view;
  }

  #made(view: View, making: object): void {
    if (view.making !== making || !this.#isAttached(view)) return;
    view.making = null;
    this.#deliver(view);
    this.#balance();
  }

  /** Passes over who has stopped reading, forgets what all have, and lets the agent write or wait. */
  #balance(): void {
    const now = performance.now();
    const waitsBehind = this.#waiting.length > 0 ? 0 : this.#isPaused ? lowWater : highWater;
    let least = this.offset;
    for (const view of this.#views.values()) {
      if (view.stalled) continue;
      // While its screen is being made it is we who are late.
      const isLate = this.offset - view.sent > waitsBehind && !view.making;
      view.lateSinceMs = isLate ? (view.lateSinceMs ?? now) : null;
      if (view.lateSinceMs !== null && now - view.lateSinceMs > stallMs) view.stalled = true;
      else least = Math.min(least, view.sent);
    }
    this.#pieces.splice(0, this.#pieces.findLastIndex(({ end }) => end <= least) + 1);
    const behind = this.offset - least;
    if (behind === 0) for (const resolve of this.#waiting.splice(0)) resolve();
    if (this.#isPaused ? behind <= lowWater : behind > highWater) this.#setPaused(!this.#isPaused);
    this.#watchTime(this.#isPaused || this.#waiting.length > 0);
  }

  #setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (isPaused) this.#flow.pause();
    else this.#flow.resume();
  }

  /** Somebody waits, and nothing else may come that would tell how long. */
  #watchTime(isWanted: boolean): void {
    if (isWanted) this.#timer ??= setInterval(() => this.#balance(), stallMs / 4);
    else if (this.#timer) {
      clearInterval(this.#timer);
      this.#timer = null;
    }
  }
}
