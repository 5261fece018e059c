import type { Conversation } from './conversation.ts';
import { type BranchId, mainLane } from './ids.ts';
import type { Block, CheckpointMark } from './view.ts';

/** What is known of the files at a seam, and from which checkpoint, if any. */
export type FilesAt =
  | { is: 'captured'; mark: CheckpointMark }
  | { is: 'missing'; reason: string; mark?: CheckpointMark };

/** What was captured at a step: for its calls, in its place, and where the line then went on anew. */
interface Taken {
  own: CheckpointMark | undefined;
  here: CheckpointMark | undefined;
  beginning: CheckpointMark[];
}

const notCaptured: FilesAt = { is: 'missing', reason: 'Files at this step were not captured.' };
const tooLate = 'Files at this step were captured too late: the agent had gone on.';

const filesOf = (mark: CheckpointMark | undefined): FilesAt | undefined =>
  mark === undefined ? undefined : mark.late ? { is: 'missing', reason: tooLate, mark } : { is: 'captured', mark };

/**
 * Which checkpoint shows the files at each place of a branch's line, walked from the oldest block on. A checkpoint that names a call
 * belongs to the batch of that call, however late its row came; any other to the block after which it was taken, before the line went on
 * from there. What was taken there later tells how that branch began which then went on. Between two checkpoints nothing changes, except
 * by a call that writes and has none of its own.
 */
export class FileTrail {
  readonly #conversation: Conversation;
  readonly #branch: BranchId;
  #files: FilesAt;

  /** `first` is where the walk begins: the first block of the branch that is loaded. */
  constructor(conversation: Conversation, branch: BranchId, first: Block | undefined) {
    this.#conversation = conversation;
    this.#branch = branch;
    this.#files = this.#before(first);
  }

  /** The files as they are where the line goes on from the place that the walk has come to. */
  get beyond(): FilesAt {
    return this.#files;
  }

  /** Walks over one step (a block, or a batch of calls) and gives the files as they are at the seam after it. */
  pass(step: readonly Block[]): FilesAt {
    const { own, here, beginning } = this.#taken(step);
    const atSeam = filesOf(own) ?? filesOf(here) ?? (step.some(mayHaveWritten) ? notCaptured : this.#files);
    this.#files = filesOf(newest([own, here, ...beginning])) ?? atSeam;
    return atSeam;
  }

  #taken(step: readonly Block[]): Taken {
    const { marks } = this.#conversation;
    const own: CheckpointMark[] = [];
    const here: CheckpointMark[] = [];
    const beginning: CheckpointMark[] = [];
    for (const block of step) {
      if (block.kind === 'tool') own.push(...marks.ofCall(block.call));
      const inherited = block.native ? marks.inheritedAt(block.native.id) : [];
      for (const mark of inherited) (mark.inherited?.begins ? beginning : own).push(mark);
      const [home, next] = [this.#homeAt(block.depth), this.#homeAt(block.depth + 1)];
      for (const mark of marks.after(block.block)) {
        if (!this.#isPlacedByBlock(mark)) continue;
        if (!mark.begins && isOn(mark, home)) here.push(mark);
        else if (mark.begins && isOn(mark, next)) beginning.push(mark);
      }
    }
    return { own: newest(own), here: newest(here), beginning };
  }

  #homeAt(depth: number): BranchId {
    return this.#conversation.homeAt(this.#branch, depth);
  }

  /**
   * The call of a subagent has no place on the main line but the block after which it was seen. Rows land late: one that was seen before
   * the block that began its lane tells nothing of the seams above that block.
   */
  #isPlacedByBlock(mark: CheckpointMark): boolean {
    if (mark.call === null) return true;
    const call = this.#conversation.blockOfCall(null, mark.call);
    if (call === undefined || call.lane === mainLane) return false;
    const { depth: beginning = 0 } = this.#conversation.lanes.get(call.lane) ?? {};
    return mark.after !== null && mark.depth >= beginning;
  }

  #before(first: Block | undefined): FilesAt {
    const { checkpoints, marks } = this.#conversation;
    if (first === undefined || first.depth === 0) {
      const home = this.#homeAt(0);
      // A call began behind the prompt, however late the rows of both came.
      const own = marks.after(null).filter((mark) => mark.call === null && isOn(mark, home));
      return filesOf(newest([...own, ...marks.inheritedAt(null)])) ?? notCaptured;
    }
    const lineage = this.#conversation.lineage(this.#branch).map((at) => at.branch);
    const mark = checkpoints.findLast((at) => at.seq <= first.seq && lineage.some((branch) => isOn(at, branch)));
    return filesOf(mark) ?? notCaptured;
  }
}

const isOn = (mark: CheckpointMark, branch: BranchId): boolean => mark.branch === undefined || mark.branch === branch;

const newest = (marks: readonly (CheckpointMark | undefined)[]): CheckpointMark | undefined => {
  let last: CheckpointMark | undefined;
  for (const mark of marks) if (mark && (last === undefined || mark.seq > last.seq)) last = mark;
  return last;
};

/** Calls of these kinds change files; one that was refused did not run, an edit that failed wrote nothing. */
const mayHaveWritten = (block: Block): boolean => {
  if (block.kind !== 'tool' || block.result?.status === 'rejected') return false;
  return block.tool_kind === 'execute' || (block.tool_kind === 'edit' && block.result?.status !== 'failed');
};
