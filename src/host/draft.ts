/** A draft of which only keys tell, and that nobody has touched for so long, holds nothing up any more. */
const freshMs = 10 * 60_000;

// oxlint-disable-next-line no-control-regex
const sequences = /\u001b(?:\[[0-?]*[ -/]*[@-~]|O.|[^[O])/g;
const enter = /[\r\n]/;
/** Enter, and what empties a line or a word: afterwards nothing is known to be there. */
// oxlint-disable-next-line no-control-regex
const ends = /[\r\n\u0003\u0004\u000b\u0015\u0017]/;
// oxlint-disable-next-line no-control-regex
const eraser = /[\u0008\u007f]/;

export interface DraftListener {
  /** Something stands there, or nothing does any more. */
  changed(): void;
  /** A person has sent what stood there; told before `changed`. */
  sent(): void;
}

/**
 * Whether something stands at the agent's prompt that was not sent: a person typed it, as far as the keys tell, or we left it there, which is
 * certain. What we type then would be added to it.
 */
export class Draft {
  readonly #listener: DraftListener;
  #length = 0;
  #isOurs = false;
  #isThere = false;
  #stale: NodeJS.Timeout | undefined;

  constructor(listener: DraftListener) {
    this.#listener = listener;
  }

  get isThere(): boolean {
    return this.#isThere;
  }

  /** Keys as a terminal sends them. Of those that move or are no text (arrows, mouse, focus) nothing is known. */
  typed(data: string): void {
    for (const key of data.replace(sequences, '')) {
      if (enter.test(key) && this.#length > 0) this.#listener.sent();
      if (ends.test(key)) this.#length = 0;
      else if (eraser.test(key)) this.#length = Math.max(0, this.#length - 1);
      else if (key >= ' ') this.#length++;
    }
    this.#settle();
  }

  /** We have typed this text and do not submit it. */
  left(text: string): void {
    this.#length += [...text].length;
    this.#isOurs = true;
    this.#settle();
  }

  /** What was there is gone: it was submitted, the agent was started anew, or the keys were an answer. */
  clear(): void {
    this.#length = 0;
    this.#settle();
  }

  #settle(): void {
    clearTimeout(this.#stale);
    if (this.#length === 0) this.#isOurs = false;
    else if (!this.#isOurs) {
      this.#stale = setTimeout(() => this.clear(), freshMs);
      this.#stale.unref();
    }
    if (this.#isThere === this.#length > 0) return;
    this.#isThere = !this.#isThere;
    this.#listener.changed();
  }
}
