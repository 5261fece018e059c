import type { BlockDraft, ResultDraft } from '../../core/adapter.ts';
import type { BlockBody, TokenUsage } from '../../core/events.ts';
import { asNumber, asObject, asText } from './json.ts';
import { Beginnings } from './beginnings.ts';
import { compactionBody, type Meaning, meaningsOf, type TaskEnd, unread } from './meaning.ts';
import { blockIdOf, type Row } from './row.ts';

/** What came out of a row, in order. */
export type Told = BlockDraft | ResultDraft | { type: 'taskEnded'; task: TaskEnd };

/** Where the conversation stands behind a row: at a block, or behind the tool batch of a message. */
interface Standing {
  block: string | null;
  batch?: string;
  turn?: string;
}

/** Rows that may wait for their parent; past that the oldest are told with the best guess. */
const mostWaiting = 2_000;

/**
 * One transcript file's rows, followed by `parentUuid` and not by their order in the file (2.1.197 wrote rows out of order).
 * Rows that hang below a tool's result follow the last tool of that message's batch, so that parallel calls form one line of blocks.
 */
export class LaneTranscript {
  readonly #lane: string;
  readonly #session: string;
  readonly #standings = new Map<string, Standing>();
  readonly #waiting = new Map<string, Row[]>();
  #waitingCount = 0;
  readonly #waitingIds = new Set<string>();
  readonly #messageOfCall = new Map<string, string>();
  readonly #lastToolOf = new Map<string, string>();
  readonly #usageTold = new Set<string>();
  readonly #untoldBoundaries = new Map<string, { row: Row; after: string | null; turn?: string }>();
  readonly #insertedAfter = new Map<string | null, string>();
  readonly #beginnings = new Beginnings();
  #lastBlock: string | null = null;

  constructor(lane: string, session: string) {
    this.#lane = lane;
    this.#session = session;
  }

  /** Takes one row; gives what it and the rows that waited for it say. A row that is known already says nothing. */
  take(given: Row): Told[] {
    const row = this.#beginnings.take(given);
    if (row.line !== undefined) return [this.#unread(row.line)];
    if (row.uuid === undefined) return this.#tellLoose(row);
    if (this.#standings.has(row.uuid) || this.#waitingIds.has(row.uuid)) return [];
    if (row.parent !== null && !this.#standings.has(row.parent)) {
      this.#wait(row, row.parent);
      return this.#waitingCount > mostWaiting ? this.settle() : [];
    }
    return this.#tellWithWaiting(row);
  }

  /** No more rows are on their way: what still waits for a parent is told behind the last block. */
  settle(): Told[] {
    const told: Told[] = [];
    while (this.#waitingCount > 0) {
      const roots = [...this.#waiting.keys()].filter((parent) => !this.#waitingIds.has(parent));
      const parent = roots[0] ?? [...this.#waiting.keys()][0];
      if (parent === undefined) break;
      this.#standings.set(parent, { block: this.#lastBlock });
      told.push(...this.#release(parent));
    }
    return told;
  }

  /** Native id of the block at which the conversation stands behind this row; undefined for a row that is not known. */
  blockAt(uuid: string): string | null | undefined {
    const standing = this.#standings.get(uuid);
    return standing && this.#blockOf(standing);
  }

  #wait(row: Row, parent: string): void {
    this.#waiting.set(parent, [...(this.#waiting.get(parent) ?? []), row]);
    if (row.uuid) this.#waitingIds.add(row.uuid);
    this.#waitingCount++;
  }

  #tellWithWaiting(first: Row): Told[] {
    const told = this.#tell(first);
    return first.uuid ? [...told, ...this.#release(first.uuid)] : told;
  }

  #release(parent: string): Told[] {
    const told: Told[] = [];
    const parents = [parent];
    for (let next = parents.shift(); next !== undefined; next = parents.shift()) {
      const rows = this.#waiting.get(next) ?? [];
      this.#waiting.delete(next);
      for (const row of rows) {
        this.#waitingCount--;
        if (row.uuid) this.#waitingIds.delete(row.uuid);
        told.push(...this.#tell(row));
        if (row.uuid) parents.push(row.uuid);
      }
    }
    return told;
  }

  #tell(row: Row): Told[] {
    const before = this.#standingBefore(row);
    const turn = row.prompt ?? before.turn;
    const standing: Standing = { ...before, ...(turn === undefined ? {} : { turn }) };
    const told: Told[] = [];
    meaningsOf(row).forEach((meaning, index) => told.push(...this.#tellMeaning(meaning, index, row, standing)));
    if (row.uuid) this.#standings.set(row.uuid, standing);
    return told;
  }

  /** A line that is no row at all. */
  #unread(line: string): BlockDraft {
    return this.#insert(unread(line), `unread-${hashOf(line)}`);
  }

  /** Rows without a uuid stand outside the chain; only an unread one says something. */
  #tellLoose(row: Row): Told[] {
    const id = `loose-${hashOf(JSON.stringify({ ...row.json, sessionId: undefined, session_id: undefined }))}`;
    return meaningsOf(row).flatMap((meaning) => (meaning.is === 'block' ? [this.#insert(meaning.body, id)] : []));
  }

  /** A block outside the chain of rows: it stands behind the last block, and what would follow that one follows it. */
  #insert(body: BlockBody, id: string): BlockDraft {
    const after = this.#lastBlock;
    this.#lastBlock = id;
    this.#insertedAfter.set(after, id);
    return { type: 'block', lane: this.#lane, native: { session: this.#session, id }, after, body };
  }

  #standingBefore(row: Row): Standing {
    if (row.parent !== null) return this.#standings.get(row.parent) ?? { block: this.#lastBlock };
    if (row.subtype !== 'compact_boundary') return { block: null };
    const before = row.logicalParent === null ? undefined : this.#standings.get(row.logicalParent);
    // The boundary may name a row that was never written (seen in automatic compactions).
    return before ? { ...before } : { block: this.#lastBlock };
  }

  /** Changes `standing` to what it is behind the meaning. */
  #tellMeaning(meaning: Meaning, index: number, row: Row, standing: Standing): Told[] {
    const uuid = row.uuid ?? '';
    switch (meaning.is) {
      case 'taskEnded': return [{ type: 'taskEnded', task: meaning.task }];
      case 'result': {
        const batch = this.#messageOfCall.get(meaning.call);
        if (batch !== undefined) standing.batch = batch;
        return [{ type: 'block_updated', lane: this.#lane, call: meaning.call, result: meaning.result }];
      }
      case 'boundary': {
        this.#untoldBoundaries.set(uuid, { row, after: this.#blockOf(standing), ...(standing.turn === undefined ? {} : { turn: standing.turn }) });
        moveTo(standing, uuid);
        return [];
      }
      case 'summary': return standing.block === null ? [] : this.#tellBoundary(standing.block, meaning.text);
      case 'block': {
        const boundary = standing.block === null ? [] : this.#tellBoundary(standing.block, '');
        const draft = this.#block(meaning.body, blockIdOf(uuid, index), standing, row);
        moveTo(standing, draft.native.id);
        return [...boundary, draft];
      }
    }
  }

  #tellBoundary(uuid: string, summary: string): BlockDraft[] {
    const boundary = this.#untoldBoundaries.get(uuid);
    if (!boundary) return [];
    this.#untoldBoundaries.delete(uuid);
    const standing = { block: boundary.after, ...(boundary.turn === undefined ? {} : { turn: boundary.turn }) };
    return [this.#block(compactionBody(boundary.row, summary), uuid, standing, boundary.row)];
  }

  #block(body: BlockBody, id: string, standing: Standing, row: Row): BlockDraft {
    const after = this.#blockOf(standing);
    if (body.kind === 'tool' && row.message !== undefined) {
      this.#messageOfCall.set(body.call, row.message);
      this.#lastToolOf.set(row.message, id);
    }
    this.#lastBlock = id;
    return {
      type: 'block',
      lane: this.#lane,
      native: { session: this.#session, id, ...(row.message === undefined ? {} : { message: row.message }) },
      after,
      ...(standing.turn === undefined ? {} : { turn: standing.turn }),
      ...this.#costOf(row),
      body,
    };
  }

  #blockOf(standing: Standing): string | null {
    let block = (standing.batch === undefined ? undefined : this.#lastToolOf.get(standing.batch)) ?? standing.block;
    for (let next = this.#insertedAfter.get(block); next !== undefined; next = this.#insertedAfter.get(block)) block = next;
    return block;
  }

  /** Model and usage of an API message, with the first of its blocks: all its rows carry the same numbers. */
  #costOf(row: Row): { model?: string; usage?: TokenUsage } {
    const message = asObject(row.json['message']);
    const model = asText(message?.['model']);
    if (row.message === undefined || model === undefined || model === '<synthetic>' || this.#usageTold.has(row.message)) return {};
    this.#usageTold.add(row.message);
    const usage = usageOf(message?.['usage']);
    return { model, ...(usage ? { usage } : {}) };
  }
}

function moveTo(standing: Standing, block: string): void {
  standing.block = block;
  delete standing.batch;
}

/** Tokens of an API message: what was read from the prompt cache is `cached_tokens`, what was written to it counts as input. */
export function usageOf(value: unknown): TokenUsage | undefined {
  const usage = asObject(value);
  if (!usage) return undefined;
  const input = asNumber(usage['input_tokens']) ?? 0;
  const written = asNumber(usage['cache_creation_input_tokens']) ?? 0;
  const cached = asNumber(usage['cache_read_input_tokens']) ?? null;
  const output = asNumber(usage['output_tokens']) ?? null;
  const reasoning = asNumber(asObject(usage['output_tokens_details'])?.['thinking_tokens']) ?? null;
  return { input_tokens: input + written, output_tokens: output, reasoning_tokens: reasoning, cached_tokens: cached, total_tokens: input + written + (cached ?? 0) + (output ?? 0) };
}

/** A name for a row that has none: the same row gets the same name in every reading. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}
