import type { BlockBody, ToolResult } from '../../core/events.ts';
import { asObject, asText, type Json } from './json.ts';
import { isThinking, isToolResult, isToolUse, numberIn, partsOf, type Row, textOf } from './row.ts';
import { toolKindOf, toolResultOf, toolTitle } from './toolResult.ts';

/** What a row of a transcript says. */
export type Meaning =
  | { is: 'block'; body: BlockBody }
  | { is: 'result'; call: string; result: ToolResult }
  | { is: 'boundary' }
  | { is: 'summary'; text: string }
  | { is: 'taskEnded'; task: TaskEnd };

/** What a task notification tells: the end of a subagent or of a background command. */
export interface TaskEnd {
  task: string;
  status: string;
  summary?: string;
  tokens?: number;
  steps?: number;
}

/** Rows that only the CLI itself needs, seen with 2.1.197 to 2.1.329. */
const bookkeeping = new Set(['mode', 'permission-mode', 'atis-latch', 'last-prompt', 'file-history-snapshot', 'file-history-delta', 'queue-operation', 'cost-state',
  'tools-used', 'custom-title', 'ai-title', 'summary', 'agent-name', 'agent-color', 'agent-setting', 'api-request', 'api-request-shape', 'api-request-blob', 'tag', 'pr-link',
  'progress', 'content-replacement', 'marble-origami-commit', 'marble-origami-snapshot', 'speculation-accept', 'worktree-state', 'task-summary']);
const silentSystem = new Set(['turn_duration', 'stop_hook_summary', 'microcompact_boundary', 'api_metrics', 'memory_saved', 'away_summary', 'file_snapshot', 'agents_killed']);

/** Everything that a row says, in order; empty for rows that say nothing to a person. */
export function meaningsOf(row: Row): Meaning[] {
  switch (row.type) {
    case 'assistant': return fromAssistant(row);
    case 'user': return fromUser(row);
    case 'system': return fromSystem(row);
    case 'attachment': return fromAttachment(row);
    default: return bookkeeping.has(row.type) ? [] : fromUnknown(row);
  }
}

const block = (body: BlockBody): Meaning => ({ is: 'block', body });
const notice = (kind: Extract<BlockBody, { kind: 'notice' }>['notice'], text: string): Meaning[] => (text ? [block({ kind: 'notice', notice: kind, text })] : []);

/** A line that is no row at all. */
export const unread = (raw: string): BlockBody => ({ kind: 'notice', notice: 'unread', text: 'A line that could not be read.', raw: raw.slice(0, 256_000) });

function fromAssistant(row: Row): Meaning[] {
  if (row.json['isVirtual'] === true) return [];
  if (row.json['isApiErrorMessage'] === true) return notice('error', textOf(row.parts));
  const message = asObject(row.json['message']);
  if (message?.['model'] === '<synthetic>') return notice('info', textOf(row.parts));
  const interrupted = message?.['stop_reason'] === null && (row.json['isAbortedMidStream'] === true || row.json['apiBlockIndex'] !== undefined) ? { interrupted: true } : {};
  return row.parts.flatMap((part): Meaning[] => {
    if (part['type'] === 'text') {
      const text = asText(part['text']) ?? '';
      return text.trim() ? [block({ kind: 'text', text, ...interrupted })] : [];
    }
    if (isThinking(part)) return [block({ kind: 'thinking', text: asText(part['thinking']) ?? '', ...interrupted })];
    if (isToolUse(part)) return [block(toolBlock(part))];
    if (isToolResult(part)) return [{ is: 'result', call: asText(part['tool_use_id']) ?? '', result: toolResultOf(part, row.json) }];
    return [block({ kind: 'notice', notice: 'unread', text: `A ${asText(part['type']) ?? 'nameless'} block.`, raw: JSON.stringify(part).slice(0, 256_000) })];
  });
}

function toolBlock(part: Json): BlockBody {
  const tool = asText(part['name']) ?? 'tool';
  const input = part['input'] ?? {};
  return { kind: 'tool', tool, tool_kind: toolKindOf(tool), call: asText(part['id']) ?? '', title: toolTitle(tool, input), input };
}

function fromUser(row: Row): Meaning[] {
  const { json } = row;
  if (json['isCompactSummary'] === true) return json['repeatsCompactSummary'] === true ? [] : [{ is: 'summary', text: summaryIn(textOf(row.parts)) }];
  const results = row.parts.filter(isToolResult).map((part): Meaning => ({ is: 'result', call: asText(part['tool_use_id']) ?? '', result: toolResultOf(part, json) }));
  if (results.length) return results;
  if (json['isMeta'] === true || json['isVirtual'] === true || json['isVisibleInTranscriptOnly'] === true) return [];
  return fromPrompt(textOf(row.parts) || row.parts.filter((part) => part['type'] === 'image').map(() => '[image]').join('\n'), json);
}

function fromPrompt(text: string, json: Json): Meaning[] {
  const origin = asText(asObject(json['origin'])?.['kind']);
  if (origin === 'task-notification' || text.startsWith('<task-notification>')) return [block({ kind: 'prompt', text, source: 'agent' }), { is: 'taskEnded', task: taskEndIn(text) }];
  if (text.startsWith('[Request interrupted by user')) return notice('interrupted', text.replace(/^\[|\]$/g, ''));
  const command = tagged(text, 'command-name');
  if (command !== undefined && origin === undefined && json['promptSource'] === undefined) return notice('command', plain(`${command} ${tagged(text, 'command-args') ?? ''}`));
  if (command !== undefined) return [block({ kind: 'prompt', text: plain(`${command} ${tagged(text, 'command-args') ?? ''}`), source: 'typed' })];
  const shell = tagged(text, 'bash-input');
  if (shell !== undefined) return notice('command', `! ${plain(shell)}`);
  const outputs = ['local-command-stdout', 'local-command-stderr', 'bash-stdout', 'bash-stderr'].map((tag) => tagged(text, tag));
  if (outputs.some((output) => output !== undefined)) return notice('command', outputs.map((output) => plain(output ?? '')).filter(Boolean).join('\n'));
  if (!text.trim()) return [];
  const isPerson = origin === undefined || origin === 'human';
  return [block({ kind: 'prompt', text: unwrapPastes(text), source: !isPerson || json['isSidechain'] === true ? 'agent' : json['promptSource'] === 'sdk' ? 'sent' : 'typed' })];
}

function fromSystem(row: Row): Meaning[] {
  const text = plain(asText(row.json['content']) ?? '');
  if (row.subtype === 'compact_boundary') return [{ is: 'boundary' }];
  if (row.subtype !== undefined && silentSystem.has(row.subtype)) return [];
  if (row.json['isMeta'] === true) return [];
  if (row.subtype === 'local_command') {
    const command = tagged(text, 'command-name');
    if (command !== undefined) return notice('command', plain(`${command} ${tagged(text, 'command-args') ?? ''}`));
    return notice('command', plain(tagged(text, 'local-command-stdout') ?? tagged(text, 'local-command-stderr') ?? text));
  }
  return notice(row.subtype === 'api_error' ? 'error' : 'info', text);
}

/** Messages typed while the agent was busy reach the model as attachments. Other attachments are the CLI's own context. */
function fromAttachment(row: Row): Meaning[] {
  const attachment = asObject(row.json['attachment']);
  if (attachment?.['type'] !== 'queued_command') return [];
  const text = textOf(partsOf(attachment['prompt']));
  if (attachment['isMeta'] === true) return [];
  const origin = attachment['commandMode'] === 'task-notification' ? { kind: 'task-notification' } : attachment['origin'];
  return fromPrompt(text, { ...row.json, promptSource: 'typed', ...(origin === undefined ? {} : { origin }) });
}

function fromUnknown(row: Row): Meaning[] {
  const text = textOf(row.parts) || asText(row.json['content']);
  if (!text) return [];
  return [block({ kind: 'notice', notice: 'unread', text: `A row of the unknown type “${row.type}”.`, raw: JSON.stringify(row.json).slice(0, 256_000) })];
}

/** The fields of a compaction block, from its boundary row and the summary. */
export function compactionBody(boundary: Row, summary: string): BlockBody {
  const metadata = asObject(boundary.json['compactMetadata']);
  const duration = numberIn(metadata, 'durationMs');
  return {
    kind: 'compaction',
    trigger: metadata?.['trigger'] === 'auto' ? 'auto' : 'manual',
    tokens_before: numberIn(metadata, 'preTokens'),
    tokens_after: numberIn(metadata, 'postTokens'),
    ...(duration === null ? {} : { duration_ms: duration }),
    summary,
  };
}

/** The prose between the CLI's own opening and closing sentences. */
function summaryIn(text: string): string {
  const start = /(?:^|\n)Summary:\s*\n/.exec(text);
  const prose = start ? text.slice(start.index + start[0].length) : text;
  const end = prose.search(/\n\n(?:If you need specific details from before compaction|Recent messages are preserved|Continue the conversation from where|Please continue the conversation)/);
  return (end < 0 ? prose : prose.slice(0, end)).trim();
}

function taskEndIn(text: string): TaskEnd {
  const tokens = Number(tagged(text, 'total_tokens') ?? tagged(text, 'subagent_tokens') ?? Number.NaN);
  const steps = Number(tagged(text, 'tool_uses') ?? Number.NaN);
  const summary = tagged(text, 'result') ?? tagged(text, 'summary');
  return {
    task: tagged(text, 'task-id') ?? '',
    status: tagged(text, 'status') ?? 'completed',
    ...(summary === undefined ? {} : { summary: summary.slice(0, 4_000) }),
    ...(Number.isFinite(tokens) ? { tokens } : {}),
    ...(Number.isFinite(steps) ? { steps } : {}),
  };
}

const tagged = (text: string, tag: string): string | undefined => new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(text)?.[1];

/** Long input is handed to the model in `<pasted_content>`, with line ends around it; what the user typed is what is inside. */
function unwrapPastes(text: string): string {
  if (!text.includes('<pasted_content')) return text;
  return text.replace(/<pasted_content\b[^>]*>\n?([\s\S]*?)\n?<\/pasted_content[^>]*>/g, '$1').replace(/^\n+|\n+$/g, '');
}

/** Without colours and other control sequences. */
// oxlint-disable-next-line no-control-regex
const plain = (text: string): string => text.replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, '').replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '').trim();

/** Names of the files and folders in a task's structured launch result: the subagent that a call started. */
export const startedAgentOf = (result: unknown): string | undefined => asText(asObject(result)?.['agentId']);
export const backgroundTaskOf = (result: unknown): string | undefined => asText(asObject(result)?.['backgroundTaskId']);
