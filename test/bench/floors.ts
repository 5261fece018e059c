/** One measured figure; `ratio` is ours to the floor measured in the same rounds. */
export interface Figure {
  name: string;
  figure: string;
  ratio?: number;
  goal?: string;
  ok?: boolean;
}

export const quantile = (values: number[], q: number): number => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? 0;
export const median = (values: number[]): number => quantile(values, 0.5);
export const pause = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });
export const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)} ms`;

export async function msOf(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}
