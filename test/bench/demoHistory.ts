import { appendFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
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

const fox = 'The quick brown fox jumps over the lazy dog. ';

/** Steps of all kinds, in turns of ten: a prompt, Markdown with lists and code, thoughts, and calls with results. */
export function mixedSteps(count: number): DemoRow[] {
  const rows: DemoRow[] = [];
  let [turn, before] = ['', null as string | null];
  for (let step = 0; step < count; step++) {
    const id = randomUUID();
    if (step % 10 === 0) turn = randomUUID();
    const at = { id, lane: mainLane, turn, parent: before };
    if (step % 10 === 0) rows.push({ row: 'prompt', ...at, text: `Prompt ${step}` });
    else if (step % 3 === 0) rows.push(...callOf(at, step));
    else if (step % 10 === 7) rows.push({ row: 'thinking', ...at, text: `Thought ${step}. ${fox.repeat(3)}` });
    else rows.push({ row: 'text', ...at, message: `m${id}`, text: markdownOf(step) });
    before = id;
  }
  return rows;
}

function callOf(at: { id: string; lane: string; turn: string; parent: string | null }, step: number): DemoRow[] {
  const call = `c${at.id}`;
  return [
    { row: 'tool', ...at, call, tool: 'Bash', tool_kind: 'execute', title: 'npm test', input: { command: 'npm test' } },
    { row: 'result', id: randomUUID(), lane: at.lane, turn: at.turn, call, status: 'completed', text: `ok ${step}\n`.repeat(8) },
  ];
}

const markdownOf = (step: number): string =>
  `Step **${step}** with \`code\`. ${fox.repeat(1 + step % 4)}\n\n- one\n- two\n${step % 5 === 2 ? `\n\`\`\`ts\n${'const fox = 1;\n'.repeat(6)}\`\`\`\n` : ''}`;

/** The history that the demo agent of that data folder writes. */
export function historyOf(dataHome: string): string {
  const folder = join(dataHome, 'backstitch-demo', 'demo-agent');
  return join(folder, readdirSync(folder).find((name) => name.endsWith('.jsonl'))!);
}
