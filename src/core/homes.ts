import type { Blocks } from './blocks.ts';
import type { Branches, Landing } from './branches.ts';
import { type BlockId, type BranchId, type LaneId, mainLane } from './ids.ts';
import type { Lanes, Origin } from './lanes.ts';
import type { Marks } from './marks.ts';
import type { Block } from './view.ts';

/** On which branch each block of the main lane landed, its home: from there on it is on every branch that comes from that place. */
export class Homes {
  readonly #of = new Map<BlockId, BranchId>();
  readonly #blocks: Blocks;
  readonly #branches: Branches;
  readonly #lanes: Lanes;
  readonly #marks: Marks;

  constructor(blocks: Blocks, branches: Branches, lanes: Lanes, marks: Marks) {
    this.#blocks = blocks;
    this.#branches = branches;
    this.#lanes = lanes;
    this.#marks = marks;
  }

  /** Puts a new block onto the branch that it continues. What stood there behind that place may have become a branch of its own. */
  land(block: Block): Landing {
    const landing = this.#branches.land(block, (old) => this.#block(old.tip));
    const { branch, setAside, isBegun } = landing;
    this.#of.set(block.block, branch);
    if (setAside !== null) this.#move(branch, setAside, block.depth - 1);
    // Whatever branch the agent was on before, it goes on with the history of this one.
    const parent = isBegun && block.after !== null ? this.#of.get(block.after) : undefined;
    if (parent !== undefined && parent !== branch) this.#branches.change(branch, { parent });
    return landing;
  }

  /** A block that landed before, on a branch that holds it. */
  load(block: Block, branch: BranchId): void {
    this.#of.set(block.block, this.#branches.homeAt(branch, block.depth));
  }

  /** Whether a block of the main lane is on the branch; a block that is not loaded is on none. */
  isOn(block: BlockId, branch: BranchId): boolean {
    const at = this.#block(block);
    const home = this.#of.get(block);
    return at !== undefined && home !== undefined && this.#branches.holds(branch, home, at.depth);
  }

  /** Where on the main lane a lane comes from that was opened by that block; nothing while that is not known, or it is another lane's. */
  originOf(parentLane: LaneId, parentBlock: BlockId | null): Origin {
    const block = parentLane === mainLane ? this.#block(parentBlock) : undefined;
    const branch = block && this.#of.get(block.block);
    return block && branch !== undefined ? { branch, depth: block.depth } : {};
  }

  /** Blocks, lanes and checkpoints of a line that was set aside now belong to its new name. */
  #move(from: BranchId, to: BranchId, beyondDepth: number): void {
    const aside = this.#branches.all.get(to);
    const depth = Math.max(beyondDepth, aside?.seamDepth ?? -1);
    for (let at = this.#block(aside?.tip ?? null); at && at.depth > depth; at = this.#block(at.after))
      if (this.#of.get(at.block) === from) this.#of.set(at.block, to);
    this.#lanes.moved(from, to, depth);
    this.#marks.setAside(from, to, depth);
  }

  #block(id: BlockId | null): Block | undefined {
    return id === null ? undefined : this.#blocks.all.get(id);
  }
}
