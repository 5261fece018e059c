/**
 * Names of things in a session. All are plain strings on the wire; the aliases say which is meant.
 * Block ids are `b<n>`, n counting the blocks of a log from 1 in the order in which they landed (all lanes together).
 * A seam's id is `s<n>` for the seam after block `b<n>`. Branches are `main`, then `branch-2`, `branch-3`, ...
 */
export type SessionUid = string;
export type BlockId = string;
export type SeamId = string;
export type BranchId = string;
/** `main` for the main agent, else the agent's own id of the subagent. */
export type LaneId = string;
export type RequestId = string;

export const mainLane: LaneId = 'main';
export const mainBranch: BranchId = 'main';

export const seamIdOf = (block: BlockId): SeamId => `s${block.slice(1)}`;
export const blockIdOfSeam = (seam: SeamId): BlockId => `b${seam.slice(1)}`;
