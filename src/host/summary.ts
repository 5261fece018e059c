import type { Conversation } from '../core/conversation.ts';
import type { AgentState } from '../core/events.ts';
import { mainLane } from '../core/ids.ts';
import { ownWords } from '../core/describe.ts';
import { withoutAdded } from '../core/ownWords.ts';
import { firstLine } from '../core/sessionTitle.ts';
import type { Moving, MoveStep, QueueHold, SessionSummary } from '../core/view.ts';
import { isMadeUp } from './names.ts';

/** What a list needs to know of a session besides its conversation. */
export interface SummaryFacts {
  uid: string;
  label: string;
  /** For people; null for an agent that this version does not know. */
  agentName: string | null;
  state: AgentState;
  alive: boolean;
  moving?: Moving | null;
  movingStep?: MoveStep | null;
  pid: number | null;
  title: string;
  logPath: string;
  problem: string | null;
  /** Of a sign of life that is no row; null when none was seen since the last row. */
  activeTs?: string | null;
  promptHint?: string | undefined;
  queueHeld?: QueueHold | undefined;
  editing?: string[];
  background?: string[];
}

/** What a list shows of a session; null before its first row. */
export function summaryOf(conversation: Conversation, facts: SummaryFacts): SessionSummary | null {
  const { started, watching } = conversation;
  if (!started) return null;
  const { label, title, agentName, uid, state, alive, moving = null, pid, logPath, problem } = facts;
  return {
    uid, id: label, named: conversation.isNamed ?? !isMadeUp(label), agent: started.agent, agentName: agentName ?? started.agent,
    agentVersion: started.agent_version || null, ...(facts.promptHint && { promptHint: facts.promptHint }), cwd: started.cwd, repoRoot: started.repo_root ?? null, description: started.description ?? null,
    state, alive, moving, movingStep: facts.movingStep ?? null, lastMove: alive ? conversation.lastMove : null,
    ended: alive ? null : conversation.ended, end: alive ? null : endOf(conversation), title: firstLine(started.description ?? '') || title,
    branch: conversation.branch, turn: alive ? conversation.runningTurn : null, branches: conversation.branches.size, blocks: conversation.blockCount,
    pendingRequests: conversation.requests.size, queued: conversation.queue.length, queuePaused: conversation.queuePaused, ...(facts.queueHeld && { queueHeld: facts.queueHeld }),
    ...(facts.editing && facts.editing.length > 0 && { editing: facts.editing }),
    settings: watching.settings, stall: alive ? watching.stall : null, activeTs: newer(facts.activeTs ?? '', watching.activeTs ?? conversation.firstTs ?? ''),
    runningLanes: [...conversation.lanes.values()].filter((lane) => lane.lane !== mainLane && lane.status === 'running').length,
    background: facts.background ?? [], finishedTs: conversation.finishedTs,
    createdTs: conversation.firstTs ?? '', lastTs: conversation.lastTs ?? '', lastSeq: conversation.lastSeq, pid, logPath, problem,
  };
}

function endOf({ end, endedTs }: Conversation): NonNullable<SessionSummary['end']> | null {
  return end === null || endedTs === null ? null : { ...end, ts: endedTs };
}

/** The first prompt's first line; empty when there is no prompt yet. */
export function firstPromptLine(conversation: Conversation): string {
  for (const block of conversation.blocks.values())
    if (block.kind === 'prompt' && block.lane === mainLane) return firstLine(block.added === undefined ? ownWords(block.text) : withoutAdded(block) || block.text);
  return '';
}

const newer = (a: string, b: string): string => (a > b ? a : b);
