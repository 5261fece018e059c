import type { EventOf } from './events.ts';
import type { BlockId, BranchId } from './ids.ts';
import type { CheckpointMark } from './view.ts';

/** The checkpoints of a session in the order in which they were taken, and where to find those that show a block's or a call's files. */
export class Marks {
  readonly all: CheckpointMark[] = [];
  readonly #after = new Map<BlockId | null, CheckpointMark[]>();
  readonly #ofCall = new Map<string, CheckpointMark[]>();

  add(mark: CheckpointMark): void {
    this.all.push(mark);
    // In the middle of a step: of no place on the line.
    if (mark.cause === 'wait') return;
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
  checkpoint: event.checkpoint, seq: event.seq, ts: event.ts, after: event.after, call: event.call ?? null, cause: event.cause, changed: event.changed,
  by: event.by ?? (event.cause === 'baseline' ? 'others' : event.cause === 'tool' || event.cause === 'subagent' ? 'session' : 'either'), restored: event.restored ?? [],
  skipped: event.skipped ?? [], late: event.late ?? false, branch,
});
