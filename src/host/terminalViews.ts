import type { Screen } from '../node/screen.ts';

/** One client's sight of a session's terminal. */
export interface TerminalSink {
  data(data: string, offset: number): void;
  /** Clear and write `replay`. */
  reset(replay: string, offset: number): void;
}

interface View {
  sink: TerminalSink;
  /** Offset up to which it was sent, and up to which it acknowledged. */
  sent: number;
  acked: number;
  /** A reset is being made; data waits for it. */
  resetting: boolean;
  /** It stopped reading: it gets nothing until it acknowledges again, then a fresh screen. */
  stalled: boolean;
  ackedAtMs: number;
}

/** VS Code's own high and low water marks for a terminal, in characters. */
const highWater = 100_000;
const lowWater = 5_000;
/** A view that acknowledges nothing for this long while it holds us up no longer slows the agent. */
const stallMs = 1_000;

/**
 * Shares one screen with any number of views. A view that reads slowly slows the agent (as any terminal does); one that stopped
 * reading is passed over and gets the screen anew when it comes back.
 */
export class TerminalViews {
  /** Characters of output since the session's start. */
  offset = 0;
  #views = new Map<object, View>();
  #screen: Screen;
  #flow: { pause(): void; resume(): void };
  #paused = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(screen: Screen, flow: { pause(): void; resume(): void }) {
    this.#screen = screen;
    this.#flow = flow;
  }

  get count(): number {
    return this.#views.size;
  }

  async attach(key: object, sink: TerminalSink): Promise<{ replay: string; offset: number }> {
    const offset = this.offset;
    const replay = await this.#screen.replay();
    const view: View = { sink, sent: offset, acked: offset, resetting: false, stalled: false, ackedAtMs: Date.now() };
    this.#views.set(key, view);
    if (this.offset !== offset) void this.#reset(view);
    return { replay, offset };
  }

  detach(key: object): void {
    if (this.#views.delete(key)) this.#balance();
  }

  /** `data` is what views may get (queries taken out); empty data is fine. */
  write(data: string): void {
    this.offset += data.length;
    if (!data) return;
    for (const view of this.#views.values()) {
      if (view.stalled || view.resetting) continue;
      view.sent = this.offset;
      view.sink.data(data, this.offset);
    }
    this.#balance();
  }

  ack(key: object, offset: number): void {
    const view = this.#views.get(key);
    if (!view || !Number.isFinite(offset)) return;
    view.acked = Math.max(view.acked, Math.min(offset, view.sent));
    view.ackedAtMs = Date.now();
    if (view.stalled && view.sent - view.acked <= lowWater) void this.#reset(view);
    this.#balance();
  }

  /** All views start anew on another screen: a new run behind the same view. */
  replaceScreen(screen: Screen): void {
    this.#screen = screen;
    for (const view of this.#views.values()) void this.#reset(view);
  }

  dispose(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#views.clear();
  }

  async #reset(view: View): Promise<void> {
    view.resetting = true;
    let offset: number;
    let replay: string;
    do {
      offset = this.offset;
      replay = await this.#screen.replay();
    } while (offset !== this.offset);
    view.resetting = false;
    view.stalled = false;
    view.sent = offset;
    view.acked = offset;
    view.ackedAtMs = Date.now();
    view.sink.reset(replay, offset);
  }

  #balance(): void {
    const now = Date.now();
    let worst = 0;
    for (const view of this.#views.values()) {
      if (view.stalled || view.resetting) continue;
      const inFlight = view.sent - view.acked;
      if (inFlight > highWater && now - view.ackedAtMs > stallMs) view.stalled = true;
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
