import type { LiveText } from '../src/core/adapter.ts';
import type { LaneId } from '../src/core/ids.ts';
import type { LiveChange } from '../src/protocol/protocol.ts';

/** The texts on their way, as whole texts, in the order in which they began. */
export class LiveTexts {
  readonly #texts = new Map<string, LiveText>();

  /** These and no others. */
  fill(live: readonly LiveText[]): void {
    this.#texts.clear();
    for (const one of live) this.#texts.set(one.live, one);
  }

  /** Returns the texts that go on from something which is not here: they have to come whole. */
  change(changes: readonly LiveChange[]): string[] {
    const missed: string[] = [];
    for (const { from, ...one } of changes) {
      const before = this.#texts.get(one.live)?.text ?? '';
      if (one.text === null) this.#texts.delete(one.live);
      else if (from === undefined) this.#texts.set(one.live, one);
      else if (from === before.length) this.#texts.set(one.live, { ...one, text: before + one.text });
      else missed.push(one.live);
    }
    return missed;
  }

  /** A block has landed: what was on its way to it is no more. */
  landed(lane: LaneId, kind: string): void {
    for (const [id, live] of this.#texts) if (live.lane === lane && live.kind === kind) this.#texts.delete(id);
  }

  clear(): void {
    this.#texts.clear();
  }

  of(lane: LaneId): LiveText[] {
    return [...this.#texts.values()].filter((live) => live.lane === lane && live.text !== null && live.text !== '');
  }
}
