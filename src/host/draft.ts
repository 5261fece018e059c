/** A draft that nobody has touched for so long holds nothing up any more. */
const freshMs = 10 * 60_000;

// oxlint-disable-next-line no-control-regex
const sequences = /\u001b(?:\[[0-?]*[ -/]*[@-~]|O.|[^[O])/g;
/** Enter, and what empties a line or a word: afterwards nothing is known to be there. */
// oxlint-disable-next-line no-control-regex
const ends = /[\r\n\u0003\u0004\u000b\u0015\u0017]/;
// oxlint-disable-next-line no-control-regex
const eraser = /[\u0008\u007f]/;

/** Whether a person has typed something at the agent's prompt and not sent it, as far as the keys tell. What we type then would be added to it. */
export class Draft {
  #length = 0;
  #touchedMs = 0;

  get isThere(): boolean {
    return this.#length > 0 && performance.now() - this.#touchedMs < freshMs;
  }

  /** Keys as a terminal sends them. Of those that move or are no text (arrows, mouse, focus) nothing is known. */
  typed(data: string): void {
    this.#touchedMs = performance.now();
    for (const key of data.replace(sequences, '')) {
      if (ends.test(key)) this.#length = 0;
      else if (eraser.test(key)) this.#length = Math.max(0, this.#length - 1);
      else if (key >= ' ') this.#length++;
    }
  }

  /** What was there is gone: the agent was started anew, or its keys were an answer. */
  clear(): void {
    this.#length = 0;
  }
}
