import type { FileEdit, ToolKind, ToolResult } from '../../core/events.ts';
import { asList, asNumber, asObject, asText, type Json } from './json.ts';
import { partsOf, textOf } from './row.ts';

/** Longest text kept of a result and of each side of an edit (core/events.ts). */
const longest = 256_000;

const kinds: Readonly<Record<string, ToolKind>> = {
  Bash: 'execute', BashOutput: 'execute', KillShell: 'execute', PowerShell: 'execute', Monitor: 'execute', TaskStop: 'execute', TaskOutput: 'execute',
  Read: 'read', NotebookRead: 'read', ListMcpResources: 'read', ReadMcpResource: 'read',
  Edit: 'edit', MultiEdit: 'edit', Write: 'edit', NotebookEdit: 'edit',
  Grep: 'search', Glob: 'search', LS: 'search', ToolSearch: 'search', WebSearch: 'search', web_search: 'search',
  WebFetch: 'fetch', web_fetch: 'fetch',
  TodoWrite: 'think', TaskCreate: 'think', TaskUpdate: 'think', TaskList: 'think', TaskGet: 'think', EnterPlanMode: 'think', ExitPlanMode: 'think',
  Agent: 'subagent', Task: 'subagent',
  AskUserQuestion: 'ask',
};

export const toolKindOf = (tool: string): ToolKind => kinds[tool] ?? 'other';

/** What a call is about, in one line: the argument that a person would look for first. */
export function toolTitle(tool: string, input: unknown): string {
  const fields = asObject(input) ?? {};
  const question = asText(asObject(asList(fields['questions'])[0])?.['question']);
  const subject = question ?? ['command', 'file_path', 'notebook_path', 'pattern', 'url', 'query', 'description', 'subject', 'path', 'skill']
    .map((name) => asText(fields[name])).find((value) => value);
  const line = subject?.split('\n')[0]?.slice(0, 200);
  return line ? `${tool}: ${line}` : tool;
}

/** The result of a call, from its `tool_result` part and the structured result that the CLI keeps beside it. */
export function toolResultOf(part: Json, row: Json): ToolResult {
  const whole = textOf(partsOf(part['content'])) || imagesIn(part['content']);
  const status = statusOf(part, row, whole);
  const structured = asObject(row['toolUseResult']);
  const exit = exitCodeOf(part, structured, whole);
  const edits = status === 'completed' && structured ? editsOf(structured) : [];
  const uuid = asText(row['uuid']);
  return {
    status,
    text: whole.slice(-longest),
    ...(whole.length > longest ? { truncated: true } : {}),
    ...(exit === undefined ? {} : { exit_code: exit }),
    ...(edits.length ? { edits } : {}),
    ...(uuid === undefined ? {} : { native_id: uuid }),
  };
}

const imagesIn = (content: unknown): string => partsOf(content).filter((part) => part['type'] === 'image').map(() => '[image]').join('\n');

function statusOf(part: Json, row: Json, text: string): ToolResult['status'] {
  if (asObject(row['toolUseResult'])?.['interrupted'] === true) return 'cancelled';
  if (part['is_error'] !== true) return 'completed';
  if (row['toolDenialKind'] !== undefined || asObject(row['permissionDecision'])?.['decision'] === 'reject' || text.startsWith("The user doesn't want to")) return 'rejected';
  if (text.startsWith('[Request interrupted') || text.startsWith('[Tool call interrupted')) return 'cancelled';
  return 'failed';
}

/** Failed commands begin with `Exit code N`; a command's structured result means 0. */
function exitCodeOf(part: Json, structured: Json | undefined, text: string): number | undefined {
  const said = /^(?:Error: )?Exit code (\d+)/.exec(text)?.[1];
  if (part['is_error'] === true && said) return Number(said);
  const code = asNumber(structured?.['exitCode']);
  if (code !== undefined) return code;
  return asText(structured?.['stdout']) !== undefined && structured?.['interrupted'] !== true && structured?.['backgroundTaskId'] === undefined && part['is_error'] !== true ? 0 : undefined;
}

/** Write, Edit and MultiEdit tell the file before; NotebookEdit both sides. */
function editsOf(result: Json): FileEdit[] {
  const path = asText(result['filePath']) ?? asText(result['notebook_path']);
  if (!path) return [];
  const before = asText(result['originalFile']) ?? asText(result['original_file']) ?? null;
  const after = asText(result['updated_file']) ?? asText(result['content']) ?? afterOf(result, before);
  if (after === undefined || (before === null && result['type'] !== 'create' && asText(result['updated_file']) === undefined)) return [];
  return [{ path, before: before === null ? null : before.slice(0, longest), after: after.slice(0, longest) }];
}

function afterOf(result: Json, before: string | null): string | undefined {
  if (before === null) return undefined;
  const patch = asList(result['structuredPatch']).map(asObject).filter((hunk) => hunk !== undefined);
  if (patch.length) return patched(before, patch);
  const [old, fresh] = [asText(result['oldString']), asText(result['newString'])];
  if (old === undefined || fresh === undefined) return undefined;
  return result['replaceAll'] === true ? before.replaceAll(old, () => fresh) : before.replace(old, () => fresh);
}

/** Applies hunks (1-based lines) to a text. */
function patched(before: string, hunks: Json[]): string {
  const lines = before.split('\n');
  let shift = 0;
  for (const hunk of hunks) {
    const body = asList(hunk['lines']).map((line) => asText(line) ?? '').filter((line) => !line.startsWith('\\'));
    const fresh = body.filter((line) => !line.startsWith('-')).map((line) => line.slice(1));
    const old = body.filter((line) => !line.startsWith('+')).length;
    const oldStart = asNumber(hunk['oldStart']) ?? 1;
    const start = (old === 0 ? oldStart : oldStart - 1) + shift;
    lines.splice(start, old, ...fresh);
    shift += fresh.length - old;
  }
  return lines.join('\n');
}
