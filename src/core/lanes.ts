import type { EventOf } from './events.ts';
import { type BranchId, type LaneId, mainLane } from './ids.ts';
import type { Block, Branch, Lane } from './view.ts';

const newLane = (lane: LaneId, seq: number): Lane => ({
  lane, parentLane: lane === mainLane ? null : mainLane, parentBlock: null, agentType: '', description: '', background: false, status: 'running',
  steps: 0, lastTool: null, tokens: null, tip: null, openedSeq: seq, closedSeq: null, summary: null, tipDepth: -1,
});

/** The speakers' threads. The main lane is always there. A stored lane is never changed, only replaced. */
export class Lanes {
  readonly all = new Map<LaneId, Lane>([[mainLane, newLane(mainLane, 0)]]);

  put(lane: Lane): void {
    this.all.set(lane.lane, lane);
  }

  /** A lane that nobody opened is made: its opening may be told later. */
  at(lane: LaneId, seq: number): Lane {
    return this.all.get(lane) ?? newLane(lane, seq);
  }

  opened(event: EventOf<'lane_opened'>, origin: Origin): void {
    const old = this.at(event.lane, event.seq);
    this.put({
      ...old, ...origin, parentLane: event.parent_lane, parentBlock: event.parent_block ?? old.parentBlock, agentType: event.agent_type,
      description: event.description, background: event.background,
    });
  }

  updated(event: EventOf<'lane_updated'>, origin: Origin): void {
    const old = this.at(event.lane, event.seq);
    this.put({
      ...old, ...origin,
      ...(event.steps === undefined ? {} : { steps: event.steps, stepsReported: true }),
      ...(event.last_tool === undefined ? {} : { lastTool: event.last_tool }),
      ...(event.tokens === undefined ? {} : { tokens: event.tokens }),
      ...(event.parent_block === undefined ? {} : { parentBlock: event.parent_block }),
      ...(event.parent_lane === undefined ? {} : { parentLane: event.parent_lane }),
      ...(event.agent_type === undefined ? {} : { agentType: event.agent_type }),
      ...(event.description === undefined ? {} : { description: event.description }),
    });
  }

  closed(event: EventOf<'lane_closed'>): void {
    const old = this.at(event.lane, event.seq);
    this.put({ ...old, status: event.status, closedSeq: event.seq, summary: event.summary ?? old.summary });
  }

  /** The main lane ends where the branch does that the agent is on. */
  follow({ tip, tipDepth = -1 }: Branch): void {
    this.put({ ...this.at(mainLane, 0), tip, tipDepth });
  }

  /** Counts a block that landed. The tip of the main lane follows the branch and is set apart. */
  stepped(block: Block): void {
    const old = this.at(block.lane, block.seq);
    const lane: Lane = { ...old };
    if (block.lane !== mainLane) {
      lane.tip = block.block;
      lane.tipDepth = block.depth;
    }
    if (block.kind === 'tool') {
      lane.lastTool = block.tool;
      if (!old.stepsReported) lane.steps = old.steps + 1;
    }
    this.put(lane);
  }

  /** The process is gone, and with it whatever still ran in it. Gives the lanes that ended. */
  runEnded(seq: number): LaneId[] {
    const ended: LaneId[] = [];
    for (const lane of this.all.values()) {
      if (lane.lane === mainLane || lane.status !== 'running') continue;
      ended.push(lane.lane);
      this.put({ ...lane, status: 'cut_off', closedSeq: seq });
    }
    return ended;
  }

  /** Lanes that came from the main lane's blocks beyond that depth go with them to their new branch. */
  moved(from: BranchId, to: BranchId, beyondDepth: number): void {
    for (const lane of this.all.values())
      if (lane.branch === from && (lane.depth ?? -1) > beyondDepth) this.put({ ...lane, branch: to });
  }
}

/** Where on the main lane a lane comes from, as far as that is known. */
export type Origin = Pick<Lane, 'branch' | 'depth'>;
