/** Chance that is the same for the same seed, on every machine. */
export interface Random {
  /** A whole number below `limit`. */
  below(limit: number): number;
  /** @throws Error when there is nothing to choose from */
  of<T>(items: readonly T[]): T;
  /** One of the items, each as often as its weight says. */
  weighed<T extends { weight: number }>(items: readonly T[]): T;
}

/** Mulberry32: 32 bits of state, enough for some thousand choices. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  const of = <T>(items: readonly T[]): T => {
    if (items.length === 0) throw new Error('there is nothing to choose from');
    return items[below(items.length)] as T;
  };
  return {
    below,
    of,
    weighed: (items) => of(items.flatMap((item) => Array.from({ length: item.weight }, () => item))),
  };
}
