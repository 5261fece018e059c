import type { EventOf } from './events.ts';
import type { BlockId, BranchId } from './ids.ts';
import type { CheckpointMark } from './view.ts';

/** The checkpoints of a session in the order in which they were taken, and where to find those of a block or a call. */
export class Marks {
  readonly all: CheckpointMark[] = [];
  readonly #after = new Map<BlockId | null, CheckpointMark[]>();
  readonly #ofCall = new Map<string, CheckpointMark[]>();

  add(mark: CheckpointMark): void {
    this.all.push(mark);
    put(this.#after, mark.after, mark);
    if (mark.call !== null) put(this.#ofCall, mark.call, mark);
  }

  /** Those that were taken when that block was the last of the main lane, as far as had landed then. */
  after(block: BlockId | null): readonly CheckpointMark[] {
    return this.#after.get(block) ?? none;
  }

  ofCall(call: string): readonly CheckpointMark[] {
    return this.#ofCall.get(call) ?? none;
  }
}

const none: readonly CheckpointMark[] = [];

const put = <K>(index: Map<K, CheckpointMark[]>, key: K, mark: CheckpointMark): void => {
  const there = index.get(key);
  if (there) there.push(mark);
  else index.set(key, [mark]);
};

export const markOfEvent = (event: EventOf<'checkpoint'>, branch: BranchId): CheckpointMark => ({
  checkpoint: event.checkpoint, seq: event.seq, after: event.after, call: event.call ?? null, cause: event.cause, changed: event.changed,
  skipped: event.skipped ?? [], late: event.late ?? false, branch,
});
