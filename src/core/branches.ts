import type { NativeRef } from './events.ts';
import { type BlockId, type BranchId, mainBranch, seamIdOf } from './ids.ts';
import type { Block, Branch } from './view.ts';

/**
 * Where a row of the main lane goes: onto which branch, whether what stood there after `after` had to be set aside, and whether it is the
 * first of a branch that goes on from steps that were there.
 */
export interface Landing {
  branch: BranchId;
  setAside: BranchId | null;
  isBegun: boolean;
}

const noNative: NativeRef = { session: '', path: '' };

/** The lines of the main lane: names of tips. A stored branch is never changed, only replaced. */
export class Branches {
  readonly all = new Map<BranchId, Branch>();
  current: BranchId = mainBranch;
  readonly #atTip = new Map<BlockId | null, Set<BranchId>>();
  readonly #natives = new Map<string, NativeRef>();
  /** Branches by the one that they come from, the deepest seam last. One that has gone elsewhere since still stands there. */
  readonly #leaving = new Map<BranchId, { branch: BranchId; seamDepth: number }[]>();

  constructor() {
    this.put({
      branch: mainBranch, parent: null, seam: null, tip: null, native: noNative, fidelity: 'exact', tipCheckpoint: null, files: null,
      createdTs: '', createdSeq: 0, used: null, tipDepth: -1, seamDepth: -1, seamSeq: 0,
    });
  }

  put(branch: Branch): void {
    const old = this.all.get(branch.branch);
    if (old) this.#atTip.get(old.tip)?.delete(old.branch);
    const there = this.#atTip.get(branch.tip);
    if (there) there.add(branch.branch);
    else this.#atTip.set(branch.tip, new Set([branch.branch]));
    if (old?.tip !== branch.tip && this.#atTip.get(old?.tip ?? null)?.size === 0) this.#atTip.delete(old?.tip ?? null);
    if (branch.native.session !== '') this.#natives.set(branch.native.session, branch.native);
    this.all.set(branch.branch, branch);
    if (old?.parent !== branch.parent || old.seamDepth !== branch.seamDepth) this.#noteLeaving(branch);
  }

  /** Changes fields of a branch; a branch that does not exist stays so. */
  change(branch: BranchId, fields: Partial<Branch>): void {
    const old = this.all.get(branch);
    if (old) this.put({ ...old, ...fields });
  }

  /** The agent is on that branch from now on; on one that does not exist it cannot be. */
  select(branch: BranchId): void {
    if (this.all.has(branch)) this.current = branch;
  }

  get currentBranch(): Branch {
    return this.all.get(this.current) ?? this.#first();
  }

  /** A branch that ends with the block; undefined when none does. */
  withTip(block: BlockId): Branch | undefined {
    for (const branch of this.#atTip.get(block) ?? []) return this.all.get(branch);
    return undefined;
  }

  /** The branch that the agent writes while in this history of its own; the current one if several or none. */
  ofSession(session: string | undefined): BranchId {
    if (session === undefined || this.currentBranch.native.session === session) return this.current;
    let newest: Branch | undefined;
    for (const branch of this.all.values()) if (branch.native.session === session) newest = branch;
    return newest?.branch ?? this.current;
  }

  /** The agent goes on in another history of its own: of a branch that is there, or of a new one that begins empty and becomes current. */
  goOn(branch: BranchId, native: NativeRef, at: { ts: string; seq: number }): void {
    if (this.all.has(branch)) {
      this.change(branch, { native });
      return;
    }
    this.put({
      branch, parent: this.current, seam: null, tip: null, native, fidelity: 'exact', tipCheckpoint: null, files: null,
      createdTs: at.ts, createdSeq: at.seq, used: null, tipDepth: -1, seamDepth: -1, seamSeq: at.seq, arrivedAt: null,
    });
    this.current = branch;
  }

  /** Puts a block onto the branch that it continues. What the agent itself left behind (it went back, or began anew) becomes a branch. */
  land(block: Block, oldTip: (branch: Branch) => Block | undefined): Landing {
    const branch = this.#continuedBy(block);
    const old = this.all.get(branch) ?? this.#first();
    const leaves = old.tip !== null && old.tip !== block.after;
    const setAside = leaves ? this.#setAside(old, block, oldTip(old)) : null;
    const isBegun = old.tip === null && block.after !== null;
    this.change(branch, { tip: block.block, tipDepth: block.depth, ...(isBegun ? leavingAt(block) : {}) });
    return { branch, setAside, isBegun };
  }

  /** The branch and all that it comes from, itself first. */
  lineage(branch: BranchId): Branch[] {
    const line: Branch[] = [];
    for (let at = this.all.get(branch); at && !line.includes(at); at = at.parent === null ? undefined : this.all.get(at.parent)) line.push(at);
    return line;
  }

  /** The branch on which the block at that depth of `branch`'s line landed. */
  homeAt(branch: BranchId, depth: number): BranchId {
    let home = branch;
    for (const at of this.lineage(branch)) {
      home = at.branch;
      if (depth > (at.seamDepth ?? -1)) break;
    }
    return home;
  }

  /** Whether what landed on `home` at `depth` is on the line of `branch`. */
  holds(branch: BranchId, home: BranchId, depth: number): boolean {
    for (const at of this.lineage(branch)) {
      if (at.branch === home) return true;
      if (depth > (at.seamDepth ?? -1)) return false;
    }
    return false;
  }

  /** A name that no branch has: `branch-2`, `branch-3`, ... */
  freeName(): BranchId {
    let n = this.all.size + 1;
    while (this.all.has(`branch-${n}`)) n++;
    return `branch-${n}`;
  }

  #first(): Branch {
    const first = this.all.get(mainBranch) ?? this.all.values().next().value;
    if (!first) throw new Error('a conversation without a branch');
    return first;
  }

  #continuedBy(block: Block): BranchId {
    const session = block.native?.session;
    const candidates = this.#atTip.get(block.after);
    const ofSession = this.ofSession(session);
    // A branch that is still empty takes the first block of its history, wherever that history was copied from.
    if (!candidates || candidates.size === 0 || this.all.get(ofSession)?.tip === null) return ofSession;
    if (candidates.has(this.current) && (session === undefined || this.currentBranch.native.session === session)) return this.current;
    let chosen: BranchId | undefined;
    for (const branch of candidates) if (session !== undefined && this.all.get(branch)?.native.session === session) chosen = branch;
    if (chosen !== undefined) return chosen;
    if (candidates.has(this.current)) return this.current;
    const [only] = candidates;
    return candidates.size === 1 && only !== undefined ? only : this.current;
  }

  /** What lay beyond its own seam moves to the new name; a line that goes back to before its own seam leaves its parent there. */
  #setAside(old: Branch, block: Block, tip: Block | undefined): BranchId {
    const name = this.freeName();
    const session = tip?.native?.session;
    const native = (session === undefined ? undefined : this.#natives.get(session)) ?? old.native;
    const leavesAt = leavingAt(block);
    if (block.depth - 1 < (old.seamDepth ?? -1)) {
      this.put({ ...old, branch: name, native });
      this.change(old.branch, leavesAt);
    } else {
      this.put({ ...old, branch: name, native, parent: old.branch, ...leavesAt, files: null, createdTs: block.ts, createdSeq: block.seq });
    }
    // Branches that left the old line beyond this point still come from it.
    for (const child of this.#takeLeaving(old.branch, block.depth)) {
      if (child.branch === name) this.#noteLeaving(child);
      else this.change(child.branch, { parent: name });
    }
    return name;
  }

  #noteLeaving({ branch, parent, seamDepth = -1 }: Branch): void {
    if (parent === null) return;
    const there = this.#leaving.get(parent);
    if (!there) {
      this.#leaving.set(parent, [{ branch, seamDepth }]);
      return;
    }
    // As a rule the newest one leaves deepest.
    let at = there.length;
    while (at > 0 && (there[at - 1]?.seamDepth ?? -1) > seamDepth) at--;
    there.splice(at, 0, { branch, seamDepth });
  }

  /** The branches that come from `parent` and leave it at that depth or deeper; whoever takes them gives them another parent. */
  #takeLeaving(parent: BranchId, depth: number): Branch[] {
    const there = this.#leaving.get(parent) ?? [];
    const taken = new Map<BranchId, Branch>();
    for (let last = there.at(-1); last && last.seamDepth >= depth; last = there.at(-1)) {
      there.pop();
      const branch = this.all.get(last.branch);
      if (branch?.parent === parent && (branch.seamDepth ?? -1) === last.seamDepth) taken.set(branch.branch, branch);
    }
    return [...taken.values()];
  }
}

/** A line that leaves another with this block. */
const leavingAt = (block: Block): Pick<Branch, 'seam' | 'seamDepth' | 'seamSeq'> =>
  ({ seam: block.after === null ? null : seamIdOf(block.after), seamDepth: block.depth - 1, seamSeq: block.seq });
