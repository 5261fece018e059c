import type { LiveText } from '../../src/core/adapter.ts';
import type { Conversation } from '../../src/core/conversation.ts';
import { blockIdOfSeam, mainLane } from '../../src/core/ids.ts';
import type { LaneId } from '../../src/core/ids.ts';
import { seamsOf } from '../../src/core/seams.ts';
import type { Block, Lane, PermissionRequest, QueuedSend, SessionSummary, Turn } from '../../src/core/view.ts';
import type { HeaderFacts } from '../panel-header.ts';
import { say } from '../strings.ts';
import { branchCards } from './branchCards.ts';
import { sectionsOf } from './feedItems.ts';
import type { FeedSection } from './feedItems.ts';
import { runningCount } from './laneTree.ts';
import { shortNumber } from './phrases.ts';

/** All that the panel draws, as plain data. */
export interface PanelContent {
  header: HeaderFacts;
  lane: LaneId;
  lanes: readonly Lane[];
  sections: readonly FeedSection[];
  /** Steps before the first shown one that are not loaded. */
  older: number;
  live: readonly LiveText[];
  requests: readonly PermissionRequest[];
  queue: readonly QueuedSend[];
  problems: readonly string[];
  /** A rewind or switch is under way: the agent is between two runs. */
  isRewinding: boolean;
  laneOf(block: string): LaneId | null;
}

/** What of a session stands outside its conversation. */
export interface PanelFacts {
  summary: SessionSummary;
  damage: readonly string[];
  live: readonly LiveText[];
}

/** Only the host knows how exactly its agent can be cut; the confirm asks it, and nothing here is drawn from this. */
const toldByPreview = () => ({ fidelity: 'exact', reason: '' }) as const;

/** The content for one lane of the conversation's current branch. */
export function panelContent(conversation: Conversation, lane: LaneId, facts: PanelFacts): PanelContent {
  const { summary, damage, live } = facts;
  const isMain = lane === mainLane;
  const isRewinding = conversation.openRewind !== null;
  const blocks = conversation.chain(lane);
  const lanes = conversation.lanesOn(conversation.branch);
  const opened = new Map(lanes.filter((one) => one.parentBlock !== null).map((one) => [one.parentBlock, one.lane]));
  return {
    header: { agent: summary.agentName, label: conversation.id || summary.id, state: isRewinding && conversation.state.is === 'exited' ? { is: 'starting' } : conversation.state, branch: conversation.branch, ...latestTurn(conversation.turns.values(), blocks), running: runningCount(lanes), lanes: lanes.length - 1 },
    lane, lanes, live,
    sections: sectionsOf({
      blocks,
      seams: isMain ? seamsOf(conversation, { fidelityAfter: toldByPreview }) : [],
      turns: [...conversation.turns.values()].filter((turn) => turn.lane === lane),
      cards: isMain ? branchCards([...conversation.branches.values()], conversation.branch, blocks) : [],
      cuts: new Set(conversation.lineage(conversation.branch).map((branch) => (branch.seam === null ? '' : blockIdOfSeam(branch.seam)))),
    }),
    older: blocks[0]?.depth ?? (isMain ? 0 : (conversation.lanes.get(lane)?.tipDepth ?? -1) + 1),
    requests: [...conversation.requests.values()],
    queue: conversation.queue,
    isRewinding,
    problems: [...(summary.problem === null ? [] : [summary.problem]), ...damage.map((one) => say('panel.damage', one))],
    laneOf: (block) => opened.get(block) ?? null,
  };
}

function latestTurn(turns: Iterable<Turn>, blocks: readonly Block[]): { model: string; tokens: string } {
  let latest: Turn | undefined;
  for (const turn of turns) if (turn.lane === mainLane && turn.usage !== null) latest = turn;
  const total = latest?.usage?.total_tokens ?? null;
  const model = blocks.findLast((block) => block.model !== undefined)?.model ?? latest?.model ?? '';
  return { model, tokens: total === null ? '' : say('header.tokens', shortNumber(total)) };
}
