import type { FileEdit, TokenUsage, ToolKind } from '../../core/events.ts';

/** Name of the demo agent's model, as its rows tell it. */
export const demoModel = 'demo-1';
export const demoVersion = '1.0.0';

interface At {
  /** Unique over all histories: a copied row keeps its id, a new one never has an old one. */
  id: string;
  lane: string;
  turn: string;
}

interface BlockAt extends At {
  /** Id of the block before it in its lane. */
  parent: string | null;
  /** Groups what one answer of the model holds. */
  message?: string;
}

/** One line of the demo agent's own history: what it knows is what its rows say, nothing else. */
export type DemoRow =
  | { row: 'session'; id: string; session: string; cwd: string; version: string; ts: string; cut_from?: string }
  | (BlockAt & { row: 'prompt'; text: string })
  | (BlockAt & { row: 'thinking'; text: string; interrupted?: boolean })
  | (BlockAt & { row: 'text'; text: string; interrupted?: boolean })
  | (BlockAt & { row: 'tool'; call: string; tool: string; tool_kind: ToolKind; title: string; input: Record<string, unknown> })
  | (At & { row: 'result'; call: string; status: 'completed' | 'failed' | 'rejected' | 'cancelled'; text: string; exit_code?: number; edits?: FileEdit[] })
  | (BlockAt & { row: 'notice'; notice: 'interrupted' | 'error'; text: string })
  | (BlockAt & { row: 'compaction'; trigger: 'manual' | 'auto'; tokens_before: number; tokens_after: number; duration_ms: number; summary: string })
  | (At & { row: 'turn_end'; status: 'completed' | 'interrupted' | 'failed'; usage: TokenUsage; duration_ms: number })
  | (At & { row: 'lane'; parent_lane: string; call: string; agent_type: string; description: string; background: boolean })
  | (At & { row: 'lane_end'; status: 'completed' | 'failed' | 'cut_off'; summary: string });

export type RowKind = DemoRow['row'];
export type RowOf<K extends RowKind> = Extract<DemoRow, { row: K }>;
/** Rows that are blocks of a lane. */
export type BlockRow = RowOf<'prompt' | 'thinking' | 'text' | 'tool' | 'notice' | 'compaction'>;

const blockKinds: ReadonlySet<string> = new Set(['prompt', 'thinking', 'text', 'tool', 'notice', 'compaction']);
const kinds: ReadonlySet<string> = new Set([...blockKinds, 'session', 'result', 'turn_end', 'lane', 'lane_end']);

export const isBlockRow = (row: DemoRow): row is BlockRow => blockKinds.has(row.row);

/** A row from a line, or null for anything that is not one. Only what the program itself writes is read, so kind and id decide. */
export function parseRow(line: string): DemoRow | null {
  try {
    return rowOf(JSON.parse(line));
  } catch {
    // Torn or foreign: the caller says so.
    return null;
  }
}

export function rowOf(value: unknown): DemoRow | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const { row, id, lane } = value as { row?: unknown; id?: unknown; lane?: unknown };
  const isKnown = typeof row === 'string' && kinds.has(row) && typeof id === 'string';
  return isKnown && (row === 'session' || typeof lane === 'string') ? (value as DemoRow) : null;
}

/** Where histories lie when nobody says otherwise. */
export function demoHome(env: Readonly<Record<string, string | undefined>>): string {
  if (env['BACKSTITCH_DEMO_HOME']) return env['BACKSTITCH_DEMO_HOME'];
  const data = env['XDG_DATA_HOME'] || `${env['HOME'] ?? env['USERPROFILE'] ?? '.'}/.local/share`;
  return `${data}/backstitch-demo`;
}

export const historyDirectory = (home: string): string => `${home}/demo-agent`;
export const historyPath = (home: string, session: string): string => `${historyDirectory(home)}/${session}.jsonl`;
