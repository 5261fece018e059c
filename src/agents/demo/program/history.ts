import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { mainLane } from '../../../core/ids.ts';
import { type DemoRow, isBlockRow, parseRow } from '../rows.ts';

/** What the agent knows: the summary of what was compacted, if anything, and the steps since. */
export interface Memory {
  summary: string | null;
  steps: { kind: string; text: string }[];
  prompts: string[];
  /** Made up as four characters each. */
  tokens: number;
}

/** The agent's history file: append-only rows, which are all that it remembers. */
export class History {
  readonly path: string;
  readonly rows: DemoRow[] = [];
  readonly #onRow: (row: DemoRow, path: string) => void;
  #tips = new Map<string, string>();

  /** Reads what is there; unreadable lines are as if forgotten. `onRow` is told of each row that is written from now on. */
  constructor(path: string, onRow: (row: DemoRow, path: string) => void) {
    this.path = path;
    this.#onRow = onRow;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    for (const line of linesOf(path)) {
      const row = parseRow(line);
      if (row) this.#take(row);
    }
  }

  append(row: DemoRow): void {
    appendFileSync(this.path, `${JSON.stringify(row)}\n`, { mode: 0o600 });
    this.#take(row);
    this.#onRow(row, this.path);
  }

  /** The block that the next one of this lane follows. */
  tip(lane: string): string | null {
    return this.#tips.get(lane) ?? null;
  }

  /** Subagents that have begun and not ended, with the turn that they belong to. */
  openLanes(): { lane: string; turn: string }[] {
    const ended = new Set(this.rows.flatMap((row) => (row.row === 'lane_end' ? [row.lane] : [])));
    return this.rows.flatMap((row) => (row.row === 'lane' && !ended.has(row.lane) ? [{ lane: row.lane, turn: row.turn }] : []));
  }

  memory(): Memory {
    const main = this.rows.filter((row) => row.row !== 'session' && row.lane === mainLane);
    const from = main.findLastIndex((row) => row.row === 'compaction');
    const compaction = main[from];
    const steps = main.slice(from + 1).flatMap((row) => stepOf(row) ?? []);
    const summary = compaction?.row === 'compaction' ? compaction.summary : null;
    const characters = steps.reduce((sum, { text }) => sum + text.length, summary?.length ?? 0);
    return { summary, steps, prompts: steps.flatMap(({ kind, text }) => (kind === 'prompt' ? [text] : [])), tokens: Math.ceil(characters / 4) };
  }

  #take(row: DemoRow): void {
    this.rows.push(row);
    if (isBlockRow(row)) this.#tips.set(row.lane, row.id);
  }
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw problem;
  }
}

function stepOf(row: DemoRow): { kind: string; text: string } | null {
  switch (row.row) {
    case 'prompt':
    case 'thinking':
    case 'text': return { kind: row.row, text: row.text };
    case 'tool': return { kind: 'tool', text: row.title };
    default: return null;
  }
}
