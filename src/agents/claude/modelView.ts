import { mainLane } from '../../core/ids.ts';
import { asList, asObject, asText } from './json.ts';
import { LaneTranscript } from './laneTranscript.ts';
import {
  answersOf, callsOf, isConversation, isPlaced, isThinking, type PlacedRow, type Row, rowOfBlock,
} from './row.ts';

/**
 * What the CLI would send to the model of a transcript when it begins again behind the last row: one item per row that
 * says something to the model, told by the row's id and its content. Read as the CLI loads a history (measured with
 * 2.1.329): from the last row upward, with what parallel calls, their results and the rows below these have beside
 * that way.
 */
export function viewOf(rows: readonly Row[]): string[] {
  const placed = rows.filter(isPlaced);
  const leaf = placed.at(-1);
  return leaf ? itemsOf(loaded(leaf, placed)) : [];
}

/**
 * The same of the part of a transcript up to its last kept block: a cut there has to give the model exactly this.
 * Where the model has answered at that place, the way to its answer is the proof of what it was given.
 */
export function viewUpTo(rows: readonly Row[], keep: readonly string[], session: string): string[] {
  const placed = rows.filter(isPlaced);
  const byId = new Map(placed.map((row) => [row.uuid, row]));
  const last = byId.get(rowOfBlock(keep.findLast((id) => byId.has(rowOfBlock(id))) ?? ''));
  if (!last) return [];
  const lane = new LaneTranscript(mainLane, session);
  for (const row of placed) lane.take(row);
  lane.settle();
  const ends = new Set(keep.slice(keep.lastIndexOf(keep.findLast((id) => rowOfBlock(id) === last.uuid) ?? '')));
  const standsHere = (row: PlacedRow | undefined) => row !== undefined && ends.has(lane.blockAt(row.uuid) ?? '');
  const isWords = last.type === 'assistant' && callsOf(last).length === 0;
  const above = (row: PlacedRow) => byId.get(row.parent ?? '');
  const isAnswer = (row: PlacedRow) => row.type === 'assistant' && row !== last && standsHere(above(row));
  const answer = isWords ? undefined : placed.find(isAnswer);
  const leaf = (answer && above(answer)) ?? (isWords ? last : placed.findLast(standsHere)) ?? last;
  const kept = new Set(keep);
  const isKept = (block: string | null | undefined) => !block || kept.has(block);
  const beginsNext = (row: PlacedRow) => isWords && row !== last && isConversation(row) && standsHere(row);
  const isNext = (row: PlacedRow) => row === answer || !isKept(lane.blockAt(row.uuid)) || beginsNext(row);
  const later = belowOrAt(placed.filter(isNext), placed);
  return itemsOf(loaded(leaf, placed.filter((row) => !later.has(row))));
}

/** Rows that the CLI loads for a history that ends at that row, in the file's order. */
function loaded(leaf: PlacedRow, rows: PlacedRow[]): PlacedRow[] {
  const byId = new Map(rows.map((row) => [row.uuid, row]));
  const below = Map.groupBy(rows, ({ parent }) => parent);
  const found = new Set<PlacedRow>();
  for (let row: PlacedRow | undefined = leaf; row && !found.has(row); row = rowAbove(row, rows, byId)) found.add(row);
  for (const id of [...found].flatMap(preservedBy)) {
    const row = byId.get(id);
    if (row) found.add(row);
  }
  const messages = new Set([...found].flatMap(({ message }) => message ?? []));
  const steps = rows.filter((row) => row.message !== undefined && messages.has(row.message));
  const results = steps.flatMap((row) => (below.get(row.uuid) ?? []).filter((child) => answersOf(child).length > 0));
  for (const row of [...steps, ...results]) found.add(row);
  const tails = [...steps, ...results, leaf].flatMap((row) => tailsBelow(row, below, row === leaf));
  for (const tail of tails) found.add(tail);
  return rows.filter((row) => found.has(row));
}

/** Where the row above was lost the CLI goes on behind the one before it. */
function rowAbove(row: PlacedRow, rows: PlacedRow[], byId: ReadonlyMap<string, PlacedRow>): PlacedRow | undefined {
  if (row.parent === null) return undefined;
  return byId.get(row.parent) ?? rows[rows.indexOf(row) - 1];
}

/**
 * Rows that hang on a row and are no step of their own; below the last row of a history only those that are no
 * messages.
 */
function tailsBelow(row: PlacedRow, below: ReadonlyMap<string | null, PlacedRow[]>, isLeaf: boolean): PlacedRow[] {
  const found: PlacedRow[] = [];
  const todo = [row];
  for (let above = todo.pop(); above; above = todo.pop()) {
    const isTail = (child: Row) => !isConversation(child) || (!isLeaf && isCompanion(child));
    const tails = (below.get(above.uuid) ?? []).filter(isTail);
    found.push(...tails);
    todo.push(...tails);
  }
  return found;
}

const isCompanion = (row: Row) => row.json['isMeta'] === true && answersOf(row).length === 0;

/** Ids of rows before a compaction's boundary that it puts behind the summary. */
export function preservedBy(row: Row): string[] {
  const preserved = asObject(asObject(row.json['compactMetadata'])?.['preservedMessages']);
  return asList(preserved?.['allUuids']).flatMap((id) => asText(id) ?? []);
}

function belowOrAt(from: readonly PlacedRow[], rows: readonly PlacedRow[]): Set<PlacedRow> {
  const below = Map.groupBy(rows, ({ parent }) => parent);
  const found = new Set<PlacedRow>();
  const todo = [...from];
  for (let row = todo.pop(); row; row = todo.pop()) {
    if (found.has(row)) continue;
    found.add(row);
    todo.push(...(below.get(row.uuid) ?? []));
  }
  return found;
}

/**
 * Without what the CLI leaves out when it loads a history: calls without a result, thoughts that nothing follows, rows
 * that are only shown.
 */
function itemsOf(rows: readonly PlacedRow[]): string[] {
  const answered = new Set(rows.flatMap(answersOf));
  const said = rows.filter((row) => saysSomething(row) && callsOf(row).every((call) => answered.has(call)));
  const isThought = (row: PlacedRow) => row.type === 'assistant' && row.parts.length > 0 && row.parts.every(isThinking);
  const end = said.findLastIndex((row) => isConversation(row) && !isThought(row));
  const kept = said.filter((row, index) => index <= end || !isThought(row));
  return kept.map((row) => `${row.uuid} ${row.type} ${JSON.stringify(contentOf(row))}`);
}

const contentOf = ({ type, json }: Row): unknown =>
  (type === 'attachment' ? json['attachment'] : (asObject(json['message'])?.['content'] ?? json['content']));

/** Rows of the CLI's bookkeeping have a place in the chain and say nothing. */
function saysSomething({ type, json, subtype }: Row): boolean {
  const isOnlyShown = json['isVirtual'] === true || json['isVisibleInTranscriptOnly'] === true;
  if (isOnlyShown) return json['isCompactSummary'] === true;
  return type === 'system' ? subtype === 'local_command' || subtype === 'compact_boundary' : type !== 'progress';
}
