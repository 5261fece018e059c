import { asList, asNumber, asObject, asText, type Json, parseObject } from './json.ts';

/** One row of a transcript, with what all code asks of it. `json` is the row as written. */
export interface Row {
  type: string;
  /** Absent on bookkeeping rows, which stand outside the chain. */
  uuid?: string;
  parent: string | null;
  /** On a compaction boundary: the row before it in the conversation. */
  logicalParent: string | null;
  subtype?: string;
  /** Id of the API message whose block this row holds. */
  message?: string;
  prompt?: string;
  /** Parts of the message's content; a plain text counts as one text part. */
  parts: readonly Json[];
  json: Json;
  /** The conversation begins anew here, with nothing of what the file has above it (`beginnings.ts`); `perhaps-above`: with a little more. */
  begins?: 'here' | 'perhaps-above';
  /** A line that is no row, as it is in the file; the CLI skips it. */
  line?: string;
}

/** A row with a place in the chain. */
export type PlacedRow = Row & { uuid: string };
export const isPlaced = (row: Row): row is PlacedRow => row.uuid !== undefined;

/** A line as a row, also one that is none: the CLI (2.1.329) skips it and reads on. */
export const rowOfLine = (line: string): Row =>
  parseRow(line) ?? { type: '', parent: null, logicalParent: null, parts: [], json: {}, line };

/** Parses one line; undefined when it is no JSON object with a type. */
export function parseRow(line: string): Row | undefined {
  const json = parseObject(line);
  const type = asText(json?.['type']);
  if (!json || !type) return undefined;
  const message = asObject(json['message']);
  const uuid = asText(json['uuid']);
  const id = type === 'assistant' ? asText(message?.['id']) : undefined;
  const subtype = asText(json['subtype']);
  const prompt = asText(json['promptId']);
  return {
    type,
    ...(uuid === undefined ? {} : { uuid }),
    parent: asText(json['parentUuid']) ?? null,
    logicalParent: asText(json['logicalParentUuid']) ?? null,
    ...(subtype === undefined ? {} : { subtype }),
    ...(id === undefined ? {} : { message: id }),
    ...(prompt === undefined ? {} : { prompt }),
    parts: partsOf(message?.['content']),
    json,
  };
}

/** Parts of a message's content, whichever of its two shapes it has. */
export function partsOf(content: unknown): readonly Json[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return asList(content).map(asObject).filter((part) => part !== undefined);
}

/** The join of the text parts. */
export const textOf = (parts: readonly Json[]): string =>
  parts.filter((part) => part['type'] === 'text').map((part) => asText(part['text']) ?? '').join('\n');

export const isConversation = (row: Row): boolean => row.type === 'user' || row.type === 'assistant';

/** Native id of a row's n-th block. The CLI writes one block per row; rows of other writers may hold several. */
export const blockIdOf = (uuid: string, index: number): string => (index === 0 ? uuid : `${uuid}#${index}`);
export const rowOfBlock = (native: string): string => native.split('#')[0] ?? native;

/** Tool call ids that a row asks for, and those that it answers. */
export const callsOf = (row: Row): string[] =>
  row.type === 'assistant' ? row.parts.flatMap((part) => (isToolUse(part) ? [asText(part['id']) ?? ''] : [])) : [];
export const answersOf = (row: Row): string[] => row.parts.flatMap((part) => (isToolResult(part) ? [asText(part['tool_use_id']) ?? ''] : []));

export const isToolUse = (part: Json): boolean => /^(server_|mcp_)?tool_use$/.test(asText(part['type']) ?? '');
export const isToolResult = (part: Json): boolean => (asText(part['type']) ?? '').endsWith('tool_result');
export const isThinking = (part: Json): boolean => (asText(part['type']) ?? '').endsWith('thinking');

export const numberIn = (json: Json | undefined, name: string): number | null => asNumber(json?.[name]) ?? null;
