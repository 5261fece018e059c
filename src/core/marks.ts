import type { EventOf } from './events.ts';
import type { BlockId, BranchId } from './ids.ts';
import type { CheckpointMark } from './view.ts';

/** Where on the lines of a conversation a checkpoint belongs. */
export type Place = Pick<CheckpointMark, 'after' | 'depth' | 'branch' | 'begins'>;

/** The checkpoints of a session in the order in which they were taken, and where to find those that show a block's or a call's files. */
export class Marks {
  readonly all: CheckpointMark[] = [];
  readonly #after = new Map<BlockId | null, number[]>();
  readonly #ofCall = new Map<string, number[]>();
  readonly #inherited = new Map<string | null, number[]>();

  get last(): CheckpointMark | undefined {
    return this.all.at(-1);
  }

  add(mark: CheckpointMark): void {
    const index = this.all.push(mark) - 1;
    // In the middle of a step: of no place on the line.
    if (mark.cause === 'wait') return;
    if (mark.inherited) {
      if (mark.inherited.at !== undefined) put(this.#inherited, mark.inherited.at, index);
      return;
    }
    put(this.#after, mark.after, index);
    if (mark.call !== null) put(this.#ofCall, mark.call, index);
  }

  /** Those that were taken when that block was the last of the main lane, as far as had landed then. */
  after(block: BlockId | null): CheckpointMark[] {
    return this.#at(this.#after.get(block));
  }

  ofCall(call: string): CheckpointMark[] {
    return this.#at(this.#ofCall.get(call));
  }

  /** Those of the session that this one began as a copy of, by the agent's own id of the step; null: before the first. */
  inheritedAt(native: string | null): CheckpointMark[] {
    return this.#at(this.#inherited.get(native));
  }

  /** What a line held beyond a depth, and what began there, has become a branch of its own. */
  setAside(from: BranchId, to: BranchId, beyondDepth: number): void {
    this.#replace((mark) => {
      const isBeginning = mark.begins === true || mark.after === null;
      const isMoved = mark.branch === from && (mark.depth > beyondDepth || (isBeginning && mark.depth === beyondDepth));
      return isMoved ? { ...mark, branch: to } : mark;
    });
  }

  /** Where a branch begins is known only now: what was taken on it before tells of that place. */
  settle(branch: BranchId, place: { after: BlockId; depth: number }): void {
    this.#replace((mark) => {
      const isBefore = mark.branch === branch && !mark.inherited && mark.depth < place.depth;
      return isBefore ? { ...mark, ...place, begins: true } : mark;
    });
  }

  #replace(changed: (mark: CheckpointMark) => CheckpointMark): void {
    for (const [index, mark] of this.all.entries()) {
      const now = changed(mark);
      if (now === mark) continue;
      this.all[index] = now;
      if (now.after === mark.after || now.cause === 'wait') continue;
      this.#after.set(mark.after, (this.#after.get(mark.after) ?? []).filter((at) => at !== index));
      put(this.#after, now.after, index);
    }
  }

  #at(indices: readonly number[] | undefined): CheckpointMark[] {
    return (indices ?? []).flatMap((index) => this.all[index] ?? []);
  }
}

const put = <K>(index: Map<K, number[]>, key: K, at: number): void => {
  const there = index.get(key);
  if (there) there.push(at);
  else index.set(key, [at]);
};

export const markOfEvent = (event: EventOf<'checkpoint'>, place: Place): CheckpointMark => {
  const { checkpoint, seq, ts, call = null, cause, changed, restored = [], skipped = [], late = false } = event;
  const { before, inherited } = event;
  const byCause = cause === 'baseline' ? 'others' : cause === 'tool' || cause === 'subagent' ? 'session' : 'either';
  const by = event.by ?? byCause;
  return {
    checkpoint, seq, ts: inherited?.ts ?? ts, call, cause, changed, by, restored, skipped, late, ...place,
    ...(before ? { before } : {}), ...(inherited ? { inherited } : {}),
  };
};

/** What is on the disk when a line begins anew at a place: what was captured last. Nobody has changed anything there. */
export const beginningMark = (checkpoint: string, at: { seq: number; ts: string }, place: Place): CheckpointMark => ({
  checkpoint, seq: at.seq, ts: at.ts, call: null, cause: 'rewind', changed: [], by: 'others', restored: [], skipped: [],
  late: false, ...place, begins: true,
});
