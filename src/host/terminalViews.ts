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
  /** Offset up to which it was sent (or is held for it), and up to which it acknowledged. */
  sent: number;
  acked: number;
  /** What came since the screen that is being made for it; null when nothing is being made and data goes straight out. */
  held: { data: string; offset: number }[] | null;
  /** It stopped reading: it gets nothing until it acknowledges again, then a fresh screen. */
  stalled: boolean;
  /** Since when more is on its way to it than may be, without an acknowledgement; null while it keeps up. */
  lateSinceMs: number | null;
}

/**
 * VS Code's marks for a terminal are 100,000 and 5,000 characters; with the 32 KB of one read on top ours stays below 150,000. The agent goes on
 * writing while a view still has something to read, so that neither waits for the other.
 */
const highWater = 110_000;
const lowWater = 70_000;
/** A view that had stopped reading gets its fresh screen when it has taken nearly all that was sent. */
const caughtUp = 5_000;
/** A view that acknowledges nothing for this long while it holds us up no longer slows the agent. */
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
  #paused = false;
  #timer: NodeJS.Timeout | null = null;
  /** Output of the present turn of the event loop, which goes to views as one message. */
  #gathered = '';

  constructor(screen: Screen, flow: { pause(): void; resume(): void }) {
    this.#screen = screen;
    this.#flow = flow;
  }

  get count(): number {
    return this.#views.size;
  }

  /** Resolves with the screen; data follows from `offset` on, after the caller has had a chance to pass the answer on. */
  async attach(key: object, sink: TerminalSink): Promise<{ replay: string; offset: number }> {
    this.#send();
    const { offset } = this;
    const view: View = { key, sink, sent: offset, acked: offset, held: [], stalled: false, lateSinceMs: null };
    this.#views.set(key, view);
    const held = view.held;
    const replay = await this.#screen.replay();
    setImmediate(() => { if (view.held === held) this.#release(view); });
    return { replay, offset };
  }

  detach(key: object): void {
    if (this.#views.delete(key)) this.#balance();
  }

  /** `data` is what views may get (queries taken out); empty data is fine. */
  write(data: string): void {
    if (!data) return;
    this.offset += data.length;
    if (this.#gathered === '') queueMicrotask(() => this.#send());
    this.#gathered += data;
  }

  ack(key: object, offset: number): void {
    const view = this.#views.get(key);
    if (!view || view.held || !Number.isFinite(offset)) return;
    view.acked = Math.max(view.acked, Math.min(offset, view.sent));
    view.lateSinceMs = null;
    if (view.stalled && view.sent - view.acked <= caughtUp) void this.#reset(view);
    this.#balance();
  }

  /** All views start anew on another screen: a new run behind the same view. */
  replaceScreen(screen: Screen): void {
    this.#screen = screen;
    for (const view of this.#views.values()) void this.#reset(view);
  }

  dispose(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    this.#views.clear();
  }

  #send(): void {
    const data = this.#gathered;
    if (!data) return;
    this.#gathered = '';
    for (const view of this.#views.values()) {
      if (view.stalled) continue;
      view.sent = this.offset;
      if (view.held) view.held.push({ data, offset: this.offset });
      else view.sink.data(data, this.offset);
    }
    this.#balance();
  }

  /** A later reset of the same view takes the place of one under way. */
  async #reset(view: View): Promise<void> {
    this.#send();
    const held: View['held'] = [];
    const { offset } = this;
    Object.assign(view, { held, stalled: false, sent: offset, acked: offset, lateSinceMs: null });
    const replay = await this.#screen.replay();
    if (view.held !== held || !this.#isAttached(view)) return;
    view.sink.reset(replay, offset);
    this.#release(view);
  }

  #isAttached(view: View): boolean {
    return this.#views.get(view.key) === view;
  }

  #release(view: View): void {
    const held = view.held ?? [];
    view.held = null;
    if (!this.#isAttached(view)) return;
    for (const { data, offset } of held) view.sink.data(data, offset);
    this.#balance();
  }

  #balance(): void {
    const now = performance.now();
    let worst = 0;
    for (const view of this.#views.values()) {
      if (view.stalled) continue;
      const inFlight = view.sent - view.acked;
      view.lateSinceMs = inFlight > highWater ? (view.lateSinceMs ?? now) : null;
      // While its screen is being made it is we who are late.
      if (!view.held && view.lateSinceMs !== null && now - view.lateSinceMs > stallMs) view.stalled = true;
      else worst = Math.max(worst, inFlight);
    }
    if (!this.#paused && worst > highWater) this.#pause();
    else if (this.#paused && worst <= lowWater) this.#resume();
  }

  #pause(): void {
    this.#paused = true;
    this.#flow.pause();
    this.#timer = setInterval(() => this.#balance(), stallMs / 4);
  }

  #resume(): void {
    this.#paused = false;
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    this.#flow.resume();
  }
}
