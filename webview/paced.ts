/**
 * Work that is to be done again whenever something has changed: at once the first time, then one at a time and not before the pause after the
 * one before is over. The last change is never missed. `work` must not reject.
 */
export class Paced {
  readonly #work: () => Promise<void>;
  readonly #pauseMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isUnderWay = false;
  #isAsked = false;

  constructor(work: () => Promise<void>, pauseMs: number) {
    this.#work = work;
    this.#pauseMs = pauseMs;
  }

  ask(): void {
    this.#isAsked = true;
    if (!this.#isUnderWay && this.#timer === undefined) void this.#run();
  }

  /** Nothing is begun any more until it is asked again. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isAsked = false;
  }

  async #run(): Promise<void> {
    this.#isAsked = false;
    this.#isUnderWay = true;
    await this.#work();
    this.#isUnderWay = false;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#isAsked) void this.#run();
    }, this.#pauseMs);
  }
}
