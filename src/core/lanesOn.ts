import type { ConversationParts } from './conversationParts.ts';
import { type BranchId, type LaneId, mainLane } from './ids.ts';
import type { Branch, Lane, LaneStatus } from './view.ts';

type Parts = Pick<ConversationParts, 'blocks' | 'branches' | 'lanes'>;

/** The lanes that were opened on the branch, the main lane first, each with its status there. */
export function lanesOn(parts: Parts, branch: BranchId): Lane[] {
  const lanes: Lane[] = [];
  for (const lane of parts.lanes.all.values()) {
    if (!isLaneOn(parts, lane, branch)) continue;
    const status = laneStatusOn(parts, lane.lane, branch);
    lanes.push(status === lane.status ? lane : { ...lane, status });
  }
  return lanes;
}

/** A cut keeps what came before it: a lane that had not finished at a seam of the branch's line is cut off there. */
export function laneStatusOn(parts: Parts, lane: LaneId, branch: BranchId): LaneStatus {
  const at = parts.lanes.all.get(lane);
  if (!at || lane === mainLane) return 'running';
  for (const cut of parts.branches.lineage(branch)) {
    if (cut.createdSeq <= at.openedSeq) break;
    // Lines that the agent itself left (it never stopped) cut no lane.
    if (cut.files !== null && wasRunningAt(parts, at, cut)) return 'cut_off';
  }
  return at.status;
}

function isLaneOn({ lanes, branches }: Parts, lane: Lane, branch: BranchId): boolean {
  let root: Lane | undefined = lane;
  for (let hops = 0; root && root.parentLane !== null && root.parentLane !== mainLane && hops < 100; hops++) root = lanes.all.get(root.parentLane);
  if (!root || root.branch === undefined || root.depth === undefined) return true;
  return branches.holds(branch, root.branch, root.depth);
}

function wasRunningAt({ blocks }: Parts, lane: Lane, cut: Branch): boolean {
  const cutSeq = cut.seamSeq ?? 0;
  if (lane.closedSeq !== null && lane.closedSeq <= cutSeq) return false;
  const opener = lane.parentBlock === null ? undefined : blocks.all.get(lane.parentBlock);
  // A lane in the foreground had finished when the call that opened it had, whichever of the two was told first.
  return lane.background || lane.closedSeq === null || opener?.resultSeq === undefined || opener.resultSeq > cutSeq;
}
