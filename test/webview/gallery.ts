/** A session in which every kind of thing occurs, as literal events. */
import type { EventBody } from '../../src/core/events.ts';

const usage = { input_tokens: 18_204, output_tokens: 1_312, reasoning_tokens: null, cached_tokens: 12_000, total_tokens: 19_516 };
const block = (n: number, fields: object, after: number | null = n - 1, lane = 'main'): EventBody =>
  ({ type: 'block', block: `b${n}`, lane, after: after === null || after === 0 ? null : `b${after}`, turn: lane === 'main' ? 't1' : `t-${lane}`, ...fields }) as EventBody;

export const answer = `I looked at the parser and found the cause: \`readRow\` drops the **last line** when the file does not end in a newline.

1. Keep the rest of the chunk until the stream ends.
2. Flush it in \`end()\`.

\`\`\`ts
export function rowsOf(chunk: string): string[] {
  return chunk.split('\\n');
}
\`\`\`

See [the guide](https://example.com/guide) for more.`;

export const gallery: EventBody[] = [
  { type: 'started', pid: 1, uid: 'uid-1', agent: 'demo', cwd: '/ws', args: [] },
  { type: 'run_started', pid: 2, cause: 'start', native: { session: 'n1', path: '/n1' }, branch: 'main' },
  { type: 'state', state: { is: 'busy' } },
  { type: 'turn_started', turnId: 't1', lane: 'main' },
  block(1, { kind: 'prompt', text: 'The CSV import loses the last row. Find out why and fix it,\nwith a test.', source: 'typed' }, null),
  block(2, { kind: 'thinking', text: 'The reader splits by newline. A last line without one may never be emitted.\nLook at readRow first.' }),
  block(3, { kind: 'text', text: 'I will look at the reader first.', model: 'demo-large' }),
  block(4, { kind: 'tool', tool: 'Read', tool_kind: 'read', call: 'c1', title: 'Read src/csv.ts', input: { file_path: 'src/csv.ts' }, native: { session: 'n1', id: 'm1a', message: 'm1' } }),
  block(5, { kind: 'tool', tool: 'Grep', tool_kind: 'search', call: 'c2', title: 'Search readRow', input: { pattern: 'readRow' }, native: { session: 'n1', id: 'm1b', message: 'm1' } }),
  { type: 'block_updated', block: 'b4', result: { status: 'completed', text: 'export function readRow(chunk: string) {\n  const lines = chunk.split("\\n");\n  lines.pop();\n  return lines;\n}' } },
  { type: 'block_updated', block: 'b5', result: { status: 'completed', text: 'src/csv.ts:1\nsrc/import.ts:14' } },
  block(6, { kind: 'text', text: answer, model: 'demo-large' }),
  block(7, { kind: 'tool', tool: 'Edit', tool_kind: 'edit', call: 'c3', title: 'Edit src/csv.ts', input: { file_path: 'src/csv.ts', old_string: 'lines.pop();', new_string: 'rest = lines.pop() ?? "";' } }),
  { type: 'block_updated', block: 'b7', result: { status: 'completed', text: 'ok', edits: [{ path: 'src/csv.ts', before: 'let rest = "";\nexport function readRow(chunk: string) {\n  const lines = chunk.split("\\n");\n  lines.pop();\n  return lines;\n}\n', after: 'let rest = "";\nexport function readRow(chunk: string) {\n  const lines = (rest + chunk).split("\\n");\n  rest = lines.pop() ?? "";\n  return lines;\n}\n' }] } },
  block(8, { kind: 'tool', tool: 'Bash', tool_kind: 'execute', call: 'c4', title: 'npm test', input: { command: 'npm test -- csv', timeout: 60000 } }),
  { type: 'block_updated', block: 'b8', result: { status: 'failed', exit_code: 1, text: `\u001b[31mFAIL\u001b[0m test/csv.test.ts\n${Array.from({ length: 30 }, (_, i) => `  case ${i + 1} ok`).join('\n')}\n\u001b[1m1 failed\u001b[0m, 29 passed` } },
  block(9, { kind: 'compaction', trigger: 'auto', tokens_before: 168_000, tokens_after: 24_500, duration_ms: 41_000, summary: '## What was done\n- found the lost row in `readRow`' }),
  block(10, { kind: 'tool', tool: 'Task', tool_kind: 'subagent', call: 'c5', title: 'Check the callers', input: { description: 'Check the callers', prompt: 'Look at every caller of readRow.' } }),
  { type: 'lane_opened', lane: 'a1', parent_lane: 'main', parent_block: 'b10', agent_type: 'explorer', description: 'Check the callers', background: true },
  block(11, { kind: 'prompt', text: 'Look at every caller of readRow.', source: 'agent' }, null, 'a1'),
  block(12, { kind: 'text', text: 'Two callers, both fine.' }, 11, 'a1'),
  { type: 'lane_opened', lane: 'a2', parent_lane: 'a1', parent_block: null, agent_type: 'reader', description: 'Read import.ts', background: false },
  { type: 'lane_updated', lane: 'a2', steps: 3, last_tool: 'Read', tokens: 4200 },
  { type: 'lane_closed', lane: 'a2', status: 'completed', summary: 'done' },
  block(13, { kind: 'notice', notice: 'unread', text: 'A message of an unknown kind.', raw: '{"type":"novelty"}' }, 10),
  block(14, { kind: 'text', text: 'The test needs the flush too; I am on it.', interrupted: true }),
  block(15, { kind: 'notice', notice: 'interrupted', text: 'Interrupted by the user.' }),
  { type: 'task_complete', turnId: 't1', status: 'interrupted', lane: 'main', model: 'demo-large', tokenUsage: usage, duration_ms: 83_000 },
  { type: 'state', state: { is: 'idle', interrupted: true } },
];
