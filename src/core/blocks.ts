import type { EventFields, EventOf } from './events.ts';
import type { BlockId, LaneId } from './ids.ts';
import type { Block } from './view.ts';

const key = (lane: LaneId, id: string): string => `${lane}\n${id}`;

export const ordinalOf = (block: BlockId): number => Number(block.slice(1));

/**
 * The block or its row as it is, unless it claims to follow itself or a later block: then it follows none. Numbers count up in the order in
 * which blocks land, so no line leads back into itself, whatever a log holds.
 */
export const inOrder = <T extends { block: BlockId; after: BlockId | null }>(block: T): T =>
  block.after === null || ordinalOf(block.after) < ordinalOf(block.block) ? block : { ...block, after: null };

/** The blocks that are loaded, and where to find one by the agent's own ids. A stored block is never changed, only replaced. */
export class Blocks {
  readonly all = new Map<BlockId, Block>();
  /** Highest block number of the log, loaded or not. */
  highest = 0;
  readonly #ofNative = new Map<string, BlockId>();
  readonly #ofResult = new Map<string, BlockId>();
  readonly #ofCall = new Map<string, BlockId>();
  readonly #ofCallAnywhere = new Map<string, BlockId>();
  readonly #lastToolOfMessage = new Map<string, BlockId>();

  /** A block that is `inOrder`. */
  add(block: Block): void {
    this.all.set(block.block, block);
    this.highest = Math.max(this.highest, ordinalOf(block.block));
    if (block.native) this.#ofNative.set(key(block.lane, block.native.id), block.block);
    if (block.kind !== 'tool') return;
    this.#keepNewest(this.#ofCall, key(block.lane, block.call), block.block);
    this.#keepNewest(this.#ofCallAnywhere, block.call, block.block);
    if (block.native?.message !== undefined) this.#keepNewest(this.#lastToolOfMessage, key(block.lane, block.native.message), block.block);
    this.#indexResult(block);
  }

  /** Gives the changed block, or undefined when it is not loaded. */
  update(event: EventOf<'block_updated'>): Block | undefined {
    const old = this.all.get(event.block);
    if (!old) return undefined;
    const block: Block = { ...old };
    if (event.usage) block.usage = event.usage;
    if (event.interrupted !== undefined && (block.kind === 'text' || block.kind === 'thinking')) block.interrupted = event.interrupted;
    if (event.result && block.kind === 'tool') {
      block.result = event.result;
      block.resultSeq = event.seq;
    }
    this.all.set(block.block, block);
    this.#indexResult(block);
    return block;
  }

  /** A block by the agent's id of its row. */
  ofNative(lane: LaneId, id: string): Block | undefined {
    return this.#get(this.#ofNative, key(lane, id));
  }

  /** A tool block by the agent's id of the row that holds its result. */
  ofResult(lane: LaneId, id: string): Block | undefined {
    return this.#get(this.#ofResult, key(lane, id));
  }

  /** The newest tool block of that call; in any lane when `lane` is null. */
  ofCall(lane: LaneId | null, call: string): Block | undefined {
    return lane === null ? this.#get(this.#ofCallAnywhere, call) : this.#get(this.#ofCall, key(lane, call));
  }

  /** The last tool block of the same model message: what follows any of its results follows all of them. */
  lastOfBatch(block: Block): Block {
    const message = block.native?.message;
    return (message === undefined ? undefined : this.#get(this.#lastToolOfMessage, key(block.lane, message))) ?? block;
  }

  /** The seq at which a block and, for a tool, all of its batch had landed with their results. */
  wholeAt(block: Block): number {
    let seq = block.resultSeq ?? block.seq;
    const message = block.native?.message;
    for (let at: Block | undefined = block; message !== undefined && at?.kind === 'tool' && at.native?.message === message; at = at.after === null ? undefined : this.all.get(at.after))
      seq = Math.max(seq, at.resultSeq ?? at.seq);
    return seq;
  }

  #get(index: Map<string, BlockId>, at: string): Block | undefined {
    const id = index.get(at);
    return id === undefined ? undefined : this.all.get(id);
  }

  /** Older pages are added after newer blocks, so the order of adding says nothing. */
  #keepNewest(index: Map<string, BlockId>, at: string, block: BlockId): void {
    const there = index.get(at);
    if (there === undefined || ordinalOf(there) < ordinalOf(block)) index.set(at, block);
  }

  #indexResult(block: Block): void {
    if (block.kind === 'tool' && block.result?.native_id !== undefined) this.#ofResult.set(key(block.lane, block.result.native_id), block.block);
  }
}

/** The block of a row, at its place. */
export const blockOfRow = (event: EventOf<'block'>, depth: number): Block => {
  const { schema_version: _version, type: _type, id: _label, seq, ts, run, ...fields } = event;
  const block: Block = { ...(fields as EventFields['block']), seq, ts, run, depth };
  if (block.kind === 'tool' && block.result) block.resultSeq = seq;
  return block;
};
