/** Draws at most once a frame, however often it is asked to, and tells when what was drawn has been painted. */
export class Frames {
  readonly #draw: () => void;
  readonly #afterPaint: (() => void)[] = [];
  #isAsked = false;

  constructor(draw: () => void) {
    this.#draw = draw;
  }

  /** Nothing is drawn of a page that is hidden, until it is shown. */
  ask(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    requestAnimationFrame(() => this.#frame());
  }

  /** Calls once what has changed so far is painted. */
  painted(call: () => void): void {
    this.#afterPaint.push(call);
    this.ask();
  }

  #frame(): void {
    this.#isAsked = false;
    const calls = this.#afterPaint.splice(0);
    try {
      this.#draw();
    } finally {
      // The browser paints before it comes to its timers.
      if (calls.length > 0) setTimeout(() => { for (const call of calls) call(); });
    }
  }
}
