import type { Conversation } from './conversation.ts';
import { type BranchId, mainLane } from './ids.ts';
import type { Block, CheckpointMark } from './view.ts';

/** What is known of the files at a seam. */
export type FilesAt = { is: 'captured'; checkpoint: string } | { is: 'missing'; reason: string };

const notCaptured: FilesAt = { is: 'missing', reason: 'Files at this step were not captured.' };
const capturedLate: FilesAt = { is: 'missing', reason: 'Files at this step were captured too late: the agent had gone on.' };

const filesOf = (mark: CheckpointMark | undefined): FilesAt | undefined =>
  mark === undefined ? undefined : mark.late ? capturedLate : { is: 'captured', checkpoint: mark.checkpoint };

/**
 * Which checkpoint shows the files at each place of a branch's line, walked from the oldest block on. A checkpoint that names a call
 * belongs to the batch of that call, however late its row came; any other to the block after which it was taken, on the branch
 * that was current then. Between two checkpoints nothing changes, except by a call that writes and has none of its own.
 */
export class FileTrail {
  readonly #conversation: Conversation;
  readonly #branch: BranchId;
  readonly #lineage: ReadonlySet<BranchId>;
  #files: FilesAt;

  /** `first` is where the walk begins: the first block of the branch that is loaded. */
  constructor(conversation: Conversation, branch: BranchId, first: Block | undefined) {
    this.#conversation = conversation;
    this.#branch = branch;
    this.#lineage = new Set(conversation.lineage(branch).map((at) => at.branch));
    this.#files = this.#before(first);
  }

  /** Walks over one step (a block, or a batch of calls) and gives the files as they are at the seam after it. */
  pass(step: readonly Block[]): FilesAt {
    const { marks } = this.#conversation;
    let own: CheckpointMark | undefined;
    const after: CheckpointMark[] = [];
    for (const block of step) {
      if (block.kind === 'tool') for (const mark of marks.ofCall(block.call)) own = own === undefined || mark.seq > own.seq ? mark : own;
      for (const mark of marks.after(block.block)) if (this.#isPlacedByBlock(mark)) after.push(mark);
    }
    const here = after.length === 0 ? undefined : this.#takenHere(after, step.at(-1)?.depth ?? 0);
    const atSeam = filesOf(own) ?? filesOf(here) ?? (step.some(mayHaveWritten) ? notCaptured : this.#files);
    const beyond = after.length === 0 ? own : newest([...(own ? [own] : []), ...after]);
    this.#files = filesOf(beyond) ?? atSeam;
    return atSeam;
  }

  /** What was taken here on a branch that leaves from here tells of that branch's beginning, not of this seam. */
  #takenHere(after: readonly CheckpointMark[], depth: number): CheckpointMark | undefined {
    const home = this.#conversation.homeAt(this.#branch, depth);
    return newest(after.filter((mark) => !this.#leavesFrom(mark, home)));
  }

  /** The call of a subagent has no place on the main line but the block after which it was seen. */
  #isPlacedByBlock(mark: CheckpointMark): boolean {
    if (mark.branch !== undefined && !this.#lineage.has(mark.branch)) return false;
    if (mark.call === null) return true;
    const call = this.#conversation.blockOfCall(null, mark.call);
    return call !== undefined && call.lane !== mainLane;
  }

  #leavesFrom(mark: CheckpointMark, home: BranchId): boolean {
    return mark.branch !== undefined && mark.branch !== home && this.#conversation.lineage(mark.branch).some((at) => at.branch === home);
  }

  #before(first: Block | undefined): FilesAt {
    const { checkpoints, marks } = this.#conversation;
    if (first === undefined || first.depth === 0) return filesOf(newest(marks.after(null))) ?? notCaptured;
    const mark = checkpoints.findLast((at) => at.seq < first.seq && (at.branch === undefined || this.#lineage.has(at.branch)));
    return filesOf(mark) ?? notCaptured;
  }
}

const newest = (marks: readonly CheckpointMark[]): CheckpointMark | undefined => {
  let last: CheckpointMark | undefined;
  for (const mark of marks) if (last === undefined || mark.seq > last.seq) last = mark;
  return last;
};

/** Calls of these kinds change files; one that was refused did not run, an edit that failed wrote nothing. */
const mayHaveWritten = (block: Block): boolean => {
  if (block.kind !== 'tool' || block.result?.status === 'rejected') return false;
  return block.tool_kind === 'execute' || (block.tool_kind === 'edit' && block.result?.status !== 'failed');
};
