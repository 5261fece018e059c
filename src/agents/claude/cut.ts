import type { CutRequest } from '../../core/adapter.ts';
import type { BlockBody } from '../../core/events.ts';
import { mainLane } from '../../core/ids.ts';
import { Beginnings } from './beginnings.ts';
import { LaneTranscript } from './laneTranscript.ts';
import { isLoose } from './historyReading.ts';
import { preservedBy } from './modelView.ts';
import { answersOf, callsOf, isConversation, isPlaced, isThinking, type Row, rowOfBlock, rowOfLine } from './row.ts';
import { strangeIn } from './strange.ts';

/** Bookkeeping rows that describe the end of the old session, or its log of requests; the CLI writes its own for the new one. */
const left = new Set(['last-prompt', 'cost-state', 'queue-operation', 'api-request', 'api-request-shape', 'api-request-blob', 'custom-title', 'ai-title', 'summary', 'tools-used']);

/** All lines of a transcript as rows. A torn last line is left out: its writer has not finished it. */
export function readRows(content: Uint8Array): Row[] {
  const lines = new TextDecoder().decode(content).split('\n').filter((line) => line.trim());
  const beginnings = new Beginnings();
  const rows = lines.map((line) => beginnings.take(rowOfLine(line)));
  const isTorn = rows.at(-1)?.line !== undefined && content.at(-1) !== 0x0a;
  return isTorn ? rows.slice(0, -1) : rows;
}

/** Rows as a file of another session; lines that are none are left out, as the CLI does it. */
export function writeRows(rows: readonly Row[], session: string): Uint8Array {
  const lines = rows.filter(({ line }) => line === undefined).map(({ json: row }) => {
    const own = { ...row, ...('sessionId' in row || 'uuid' in row ? { sessionId: session } : {}), ...('session_id' in row ? { session_id: session } : {}) };
    return `${JSON.stringify(own)}\n`;
  });
  return new TextEncoder().encode(lines.join(''));
}

/**
 * Rows of the history that ends behind the last kept block: what leads to the kept blocks and their results, and all
 * that hangs on it, in the file's order and unchanged. Nothing of the next step is in it: the CLI would bring it back.
 */
export function keptRows(rows: Row[], request: CutRequest): { is: 'kept'; rows: Row[] } | { is: 'refused'; reason: string } {
  const byId = new Map(rows.flatMap((row) => (row.uuid === undefined ? [] : [[row.uuid, row] as const])));
  const last = request.keep.at(-1);
  const missing = request.keep.find((id) => !byId.has(rowOfBlock(id)) && !isLoose(id));
  if (last === undefined) return { is: 'refused', reason: 'nothing would be kept.' };
  if (missing !== undefined) return { is: 'refused', reason: `the transcript ${request.native.path} does not hold the step ${missing} any more.` };

  const results = new Map(rows.flatMap((row) => (row.type === 'user' ? answersOf(row).map((call) => [call, row] as const) : [])));
  const keptIds = new Set(request.keep.map(rowOfBlock));
  const answers = [...keptIds].flatMap((id) => callsOf(byId.get(id) ?? emptyRow).flatMap((call) => results.get(call) ?? []));
  const needed = ancestorsOf([...[...keptIds].flatMap((id) => byId.get(id) ?? []), ...answers, ...summariesOf(rows, keptIds)], byId);
  const unanswered = new Set([...needed].filter((id) => callsOf(byId.get(id) ?? emptyRow).some((call) => !results.has(call))));
  if (unanswered.has(rowOfBlock(last))) return { is: 'refused', reason: 'its tool call has no result yet.' };

  const hanging = hangingOn(rows, needed, request);
  const end = Math.max(...rows.map((row, index) => (row.uuid !== undefined && (keptIds.has(row.uuid) || answers.includes(row)) ? index : -1)));
  const isChosen = (row: Row, index: number): boolean =>
    (row.uuid === undefined ? index <= end && !left.has(row.type) : needed.has(row.uuid) || hanging.has(row.uuid));
  const chosen = rows.filter(isChosen);
  const dropped = new Set(unanswered);
  dropTrailingThoughts(chosen, dropped);
  const whole = reparented(chosen, dropped, byId);
  return { is: 'kept', rows: withDisplayRow(whole, request) };
}

const emptyRow: Row = { type: '', parent: null, logicalParent: null, parts: [], json: {} };

function ancestorsOf(rows: readonly Row[], byId: ReadonlyMap<string, Row>): Set<string> {
  const found = new Set<string>();
  const todo = [...rows];
  for (let row = todo.pop(); row; row = todo.pop()) {
    if (row.uuid === undefined || found.has(row.uuid)) continue;
    found.add(row.uuid);
    for (const id of [row.parent, row.logicalParent, ...preservedBy(row)]) {
      const above = id === null ? undefined : byId.get(id);
      if (above) todo.push(above);
    }
  }
  return found;
}

/**
 * What hangs on the chain of the kept rows: what the CLI put below a kept block, and gave to the model with it. It
 * ends where the next step begins: at a row that is a block or a result, at an answer of the model, and, below words
 * of the model, at what a user's turn begins with.
 */
function hangingOn(rows: readonly Row[], chain: ReadonlySet<string>, { native, keep }: CutRequest): Set<string> {
  const lane = new LaneTranscript(mainLane, native.session);
  // What has no place in the chain stands between the rows of the file alone.
  const placed = rows.filter(isPlaced);
  const told = [...placed.flatMap((row) => lane.take(row)), ...lane.settle()].filter((item) => item.type === 'block');
  const kinds = new Map(told.map(({ native: { id }, body }) => [id, body.kind]));
  const kept = new Set(keep);
  const below = Map.groupBy(placed, ({ parent }) => parent);
  const hangs = (row: Row): boolean => {
    const at = row.uuid === undefined ? undefined : lane.blockAt(row.uuid);
    if (at === undefined || (at !== null && !kept.has(at))) return false;
    const above = at === null ? undefined : kinds.get(at);
    if (!isConversation(row)) return strangeIn(row) === null || !isWords(above);
    return at !== null && isCompanion(row, above);
  };
  const found = new Set<string>();
  const todo: (string | null)[] = [null, ...chain];
  for (let above = todo.pop(); above !== undefined; above = todo.pop()) {
    for (const row of below.get(above) ?? []) {
      if (row.uuid === undefined || found.has(row.uuid) || chain.has(row.uuid) || !hangs(row)) continue;
      found.add(row.uuid);
      todo.push(row.uuid);
    }
  }
  return found;
}

/** What the model itself has said: what stands below it is the beginning of the next step. */
const isWords = (kind: BlockBody['kind'] | undefined) => kind === 'text' || kind === 'thinking';

/**
 * A user's row that is none of a person, and that goes with the row above it: a command's or a skill's body, the words
 * beside an image.
 */
function isCompanion(row: Row, above: BlockBody['kind'] | undefined): boolean {
  if (row.type !== 'user' || row.json['isMeta'] !== true || answersOf(row).length > 0) return false;
  return !isWords(above);
}

/** The summaries of kept compactions: without them a boundary would leave nothing of what came before. */
function summariesOf(rows: readonly Row[], kept: ReadonlySet<string>): Row[] {
  const boundaries = rows.filter((row) => row.subtype === 'compact_boundary' && row.uuid !== undefined && kept.has(row.uuid));
  return boundaries.flatMap((boundary) => {
    const from = rows.indexOf(boundary);
    return rows.slice(from).find((row) => row.json['isCompactSummary'] === true && row.json['repeatsCompactSummary'] !== true) ?? [];
  });
}

/** The CLI leaves out thoughts that nothing follows when it loads a history; so do we, that what we write is what the model gets. */
function dropTrailingThoughts(rows: readonly Row[], dropped: Set<string>): void {
  for (const row of rows.filter(isConversation).toReversed()) {
    if (row.uuid === undefined || dropped.has(row.uuid)) continue;
    if (row.type !== 'assistant' || row.parts.length === 0 || !row.parts.every(isThinking)) return;
    dropped.add(row.uuid);
  }
}

function reparented(rows: readonly Row[], dropped: ReadonlySet<string>, byId: ReadonlyMap<string, Row>): Row[] {
  const left = rows.filter((row) => row.uuid === undefined || !dropped.has(row.uuid));
  const upward = (id: string | null, index: number): string | null => {
    let at = id;
    while (at !== null && dropped.has(at)) at = byId.get(at)?.parent ?? null;
    // The row above was lost: the CLI, too, goes on behind the row before it in the file.
    return at === null || byId.has(at) ? at : (left.slice(0, index).findLast(isPlaced)?.uuid ?? null);
  };
  return left.map((row, index) => {
    const parent = upward(row.parent, index);
    return parent === (row.json['parentUuid'] ?? null) ? row : { ...row, parent, json: { ...row.json, parentUuid: parent } };
  });
}

/** Behind such a row the CLI makes up an assistant message, “No response requested.”, when it loads the history (measured with 2.1.197 and 2.1.329). */
export const endsOnUserRow = (rows: readonly Row[]): boolean => rows.findLast(isConversation)?.type === 'user';

/**
 * A history that ends on a user row gets one assistant row that is only displayed (`isVirtual`): it keeps the CLI from making up
 * one that the model gets.
 */
function withDisplayRow(rows: Row[], { now, newUuid }: CutRequest): Row[] {
  const tail = rows.findLast((row) => row.uuid !== undefined);
  if (!tail?.uuid || !endsOnUserRow(rows)) return rows;
  const uuid = newUuid();
  const same = ['userType', 'entrypoint', 'cwd', 'version', 'gitBranch'].flatMap((name) => (tail.json[name] === undefined ? [] : [[name, tail.json[name]] as const]));
  const usage = { input_tokens: 0, output_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
  const message = { id: newUuid(), type: 'message', role: 'assistant', model: '<synthetic>', content: [{ type: 'text', text: 'Rewound to here' }], stop_reason: 'stop_sequence', stop_sequence: '', usage };
  const json = { parentUuid: tail.uuid, isSidechain: false, isVirtual: true, type: 'assistant', uuid, timestamp: now, ...Object.fromEntries(same), message };
  return [...rows, { type: 'assistant', uuid, parent: tail.uuid, logicalParent: null, message: message.id, parts: [], json }];
}
