import type { LiveText } from '../../src/core/adapter.ts';
import type { AgentState, TokenUsage } from '../../src/core/events.ts';
import type { Conversation } from '../../src/core/conversation.ts';
import { blockIdOfSeam, mainLane } from '../../src/core/ids.ts';
import type { LaneId, SeamId } from '../../src/core/ids.ts';
import { seamsOf } from '../../src/core/seams.ts';
import { folderWord } from '../../src/core/place.ts';
import type { WindowPlace } from '../../src/core/place.ts';
import { plainText, shownPath } from '../../src/core/plainText.ts';
import { firstLine, titleOf } from '../../src/core/sessionTitle.ts';
import { usageSum } from '../../src/core/usage.ts';
import type { Block, Lane, PermissionRequest, QueuedSend, Seam, SessionSummary, Stall } from '../../src/core/view.ts';
import type { OutgoingRow } from '../outbox.ts';
import type { HeaderFacts } from '../panel-header.ts';
import { say } from '../strings.ts';
import { branchCards } from './branchCards.ts';
import { sectionsOf } from './feedItems.ts';
import type { FeedSection } from './feedItems.ts';
import { runningCount } from './laneTree.ts';
import { shortNumber, usagePhrase } from './phrases.ts';
import type { Watched } from './watchMatter.ts';

/** A request with who asks: the agent, or one of its subagents. */
export interface ShownRequest {
  request: PermissionRequest;
  who: string;
}

/** All that the panel draws, as plain data. */
export interface PanelContent {
  /** The last event that it shows. */
  seq: number;
  header: HeaderFacts;
  /** What of the agent's own prompt works in the composer as well; empty where nothing is known. */
  hint: string;
  /** The session's folder. */
  folder: string;
  lane: LaneId;
  lanes: readonly Lane[];
  sections: readonly FeedSection[];
  /** Steps before the first shown one that are not loaded. */
  older: number;
  live: readonly LiveText[];
  requests: readonly ShownRequest[];
  /** Lanes that ask for leave. */
  asking: ReadonlySet<LaneId>;
  queue: readonly QueuedSend[];
  queuePaused: boolean;
  /** Prompts of the queue that are being edited, here or elsewhere. */
  editing: readonly string[];
  /** What was sent here and is in no queue. */
  outgoing: readonly OutgoingRow[];
  /** How and when the session ended; null while it lives. */
  end: SessionSummary['end'] & object | null;
  watched: Watched;
  problems: readonly string[];
  laneOf(block: string): LaneId | null;
}

/** What the host tells of a seam better than the part of the conversation that is loaded. */
export type SeamFacts = Pick<Seam, 'fidelity' | 'reason' | 'uncovered'>;

/** What of a session stands outside its conversation. */
export interface PanelFacts {
  summary: SessionSummary;
  damage: readonly string[];
  live: readonly LiveText[];
  outgoing?: readonly OutgoingRow[];
  /** An interrupt of the turn that is shown is on its way. */
  isInterrupting?: boolean;
  /** Where the window is; null: not told, so that no folder is said to be another one. */
  window?: WindowPlace | null;
  /** What the host has told of seams. */
  seams: ReadonlyMap<SeamId, SeamFacts>;
}

/** Only the host knows how exactly its agent can be cut; until it has told, nothing is said (`isTold`). */
const notTold = () => ({ fidelity: 'exact', reason: '' }) as const;

/** The content for one lane of the conversation's current branch. */
export function panelContent(conversation: Conversation, lane: LaneId, facts: PanelFacts): PanelContent {
  const { summary, damage, live } = facts;
  const isMain = lane === mainLane;
  const moving = summary.moving ?? conversation.openRewind?.how ?? null;
  const blocks = conversation.chain(lane);
  const lanes = conversation.lanesOn(conversation.branch);
  const requests = [...conversation.requests.values()];
  const { stall, settings } = conversation.watching;
  const state: AgentState = moving !== null && conversation.state.is === 'exited' ? { is: 'starting' } : conversation.state;
  const opened = new Map(lanes.filter((one) => one.parentBlock !== null).map((one) => [one.parentBlock, one.lane]));
  return {
    seq: conversation.lastSeq,
    header: { agent: summary.agentName, title: titleOf({ ...summary, id: conversation.id || summary.id }), id: conversation.id || summary.id, place: facts.window && summary.cwd ? shownPath(folderWord(summary.cwd, facts.window)) : '', asks: requests.length, state, turn: conversation.runningTurn, moving, step: summary.movingStep ?? null, isInterrupting: facts.isInterrupting ?? false, isSilent: isSilent(stall), branch: conversation.branch, ...costs(conversation, blocks), running: runningCount(lanes), lanes: lanes.length - 1 },
    hint: plainText(summary.promptHint ?? ''),
    folder: summary.cwd ?? '',
    lane, lanes, live,
    sections: sectionsOf({
      blocks,
      seams: isMain ? seamsOf(conversation, { fidelityAfter: notTold }).map((seam) => ({ ...seam, isTold: facts.seams.has(seam.seam), ...facts.seams.get(seam.seam) })) : [],
      turns: [...conversation.turns.values()].filter((turn) => turn.lane === lane),
      cards: isMain ? branchCards([...conversation.branches.values()], conversation.branch, blocks) : [],
      cuts: new Set(conversation.lineage(conversation.branch).map((branch) => (branch.seam === null ? '' : blockIdOfSeam(branch.seam)))),
      asked: new Set(requests.map(({ call }) => call).filter((call) => call !== null)),
    }),
    older: blocks[0]?.depth ?? (isMain ? 0 : (conversation.lanes.get(lane)?.tipDepth ?? -1) + 1),
    requests: requests.map((request) => ({ request, who: askerOf(request, conversation, summary.agentName) })),
    asking: new Set(requests.map((request) => request.lane)),
    queue: conversation.queue,
    queuePaused: conversation.queuePaused,
    editing: summary.editing ?? [],
    outgoing: facts.outgoing ?? [],
    end: conversation.end && conversation.endedTs ? { ...conversation.end, ts: conversation.endedTs } : null,
    watched: { agent: summary.agentName, state, stall, settings },
    problems: [...(summary.problem === null ? [] : [summary.problem]), ...damage.map((one) => say('panel.damage', one))],
    laneOf: (block) => opened.get(block) ?? null,
  };
}

/** A subagent is named by what it is and what it is for. */
function askerOf({ lane }: PermissionRequest, { lanes }: Conversation, agent: string): string {
  const asking = lane === mainLane ? undefined : lanes.get(lane);
  if (asking === undefined) return lane === mainLane ? plainText(agent) : say('request.subagentUnknown');
  const words = firstLine(asking.description);
  return words === '' ? say('request.subagent', plainText(asking.agentType)) : say('request.subagentFor', plainText(asking.agentType), words);
}

/** A tool that takes long is no silence. */
const isSilent = (stall: Stall | null): boolean => stall !== null && (stall.during === 'turn' || stall.escalated !== null);

/** The latest model, and the tokens of the branch; of a host that does not tell them, of all turns of the main agent. */
function costs({ turns, currentBranch }: Conversation, blocks: readonly Block[]): Pick<HeaderFacts, 'model' | 'tokens' | 'tokensDetail'> {
  const own = [...turns.values()].filter((turn) => turn.lane === mainLane);
  const inTurns = (): TokenUsage | null => own.reduce((sum: TokenUsage | null, { usage }) => (usage === null ? sum : usageSum(sum, usage)), null);
  const usage = currentBranch.used === undefined ? inTurns() : currentBranch.used;
  const total = usage?.total_tokens ?? null;
  return {
    model: blocks.findLast((block) => block.model !== undefined)?.model ?? own.findLast(({ model }) => model !== null)?.model ?? '',
    tokens: total === null ? '' : say('header.tokens', shortNumber(total)),
    tokensDetail: usage === null ? '' : say('header.tokensAll', usagePhrase(usage)),
  };
}
