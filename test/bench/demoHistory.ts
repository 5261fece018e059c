import { appendFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import type { DemoRow } from '../../src/agents/demo/rows.ts';
import { mainLane } from '../../src/core/ids.ts';

/** Steps of a main lane that follow `parent`: a prompt, then nine texts, and again. About 300 bytes each. */
export function demoSteps(count: number, parent: string | null): DemoRow[] {
  const rows: DemoRow[] = [];
  let [turn, before] = [randomUUID() as string, parent];
  for (let step = 0; step < count; step++) {
    const id = randomUUID();
    if (step % 10 === 0) turn = randomUUID();
    const at = { id, lane: mainLane, turn, parent: before };
    if (step % 10 === 0) rows.push({ row: 'prompt', ...at, text: `Prompt ${step}` });
    else rows.push({ row: 'text', ...at, message: `m${turn}`, text: `Step ${step}. ${'The quick brown fox jumps over the lazy dog. '.repeat(2)}` });
    before = id;
  }
  return rows;
}

export const appendRows = (path: string, rows: DemoRow[]): void => appendFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
