import { mainLane } from '../../src/core/ids.ts';
import type { LaneId } from '../../src/core/ids.ts';
import type { Lane } from '../../src/core/view.ts';

export interface LaneNode {
  lane: Lane;
  children: LaneNode[];
}

/** Subagents as a tree below the main lane, in the order in which they began; one whose parent is not known stands at the top. */
export function laneTree(lanes: readonly Lane[]): LaneNode[] {
  const subagents = lanes.filter((lane) => lane.lane !== mainLane).toSorted((a, b) => a.openedSeq - b.openedSeq);
  const nodes = new Map<LaneId, LaneNode>(subagents.map((lane) => [lane.lane, { lane, children: [] }]));
  const roots: LaneNode[] = [];
  for (const node of nodes.values()) {
    const parent = node.lane.parentLane === null ? undefined : nodes.get(node.lane.parentLane);
    if (parent === undefined || isBelow(node, parent)) roots.push(node);
    else parent.children.push(node);
  }
  return roots;
}

/** A lane named as its own ancestor by broken input must not make a circle. */
const isBelow = (root: LaneNode, node: LaneNode): boolean => root === node || root.children.some((child) => isBelow(child, node));

/** From the outermost subagent to the lane itself, for the trail; empty for the main lane. */
export function laneTrail(lanes: readonly Lane[], shown: LaneId): Lane[] {
  const known = new Map(lanes.map((lane) => [lane.lane, lane]));
  const trail: Lane[] = [];
  for (let lane = known.get(shown); lane !== undefined && lane.lane !== mainLane && !trail.includes(lane); lane = lane.parentLane === null ? undefined : known.get(lane.parentLane))
    trail.unshift(lane);
  return trail;
}

export const runningCount = (lanes: readonly Lane[]): number => lanes.filter((lane) => lane.lane !== mainLane && lane.status === 'running').length;
