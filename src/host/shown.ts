import { sessionMoving, stale, turnOver } from '../core/errors.ts';
import type { BranchId } from '../core/ids.ts';
import type { Shown } from '../core/shown.ts';
import type { Session } from './session.ts';

type ShownSession = Pick<Session, 'conversation' | 'label' | 'move' | 'upkeep'>;

/**
 * Called right before what is to happen, with nothing awaited in between. Without `shown` the asker means whatever is under way; an asker
 * that saw the agent at rest means nothing that has begun since.
 * @throws HumanError `turn-over` when the work that the asker saw is over, `stale` when the session is on another branch, `busy` while it moves
 */
export function checkShownTurn(session: ShownSession, shown: Shown | undefined): void {
  checkBranch(session, shown?.branch);
  if (shown && !isUnderWay(session, shown)) throw turnOver(session.label, isAtWork(session));
}

/**
 * As `checkShownTurn`, for what ends all that the session does: of other work than was shown nothing may have begun.
 * @throws HumanError `stale` when it has
 */
export function checkNothingElse(session: ShownSession, shown: Shown | undefined): void {
  if (shown && isAtWork(session) && !isUnderWay(session, shown)) throw stale('it has begun other work since');
}

/** @throws HumanError `stale` when the session is on another branch than its asker saw, `busy` while it moves to one */
export function checkBranch({ conversation, move }: ShownSession, branch: BranchId | undefined): void {
  if (branch === undefined) return;
  if (move.what !== null) throw sessionMoving(move.what);
  if (branch !== conversation.branch) throw stale(`it is on branch “${conversation.branch}” now`);
}

function isUnderWay({ conversation, upkeep }: ShownSession, { turn, seq }: Shown): boolean {
  const { runningTurn, workSeq, restedSeq } = conversation;
  if (turn !== null) return runningTurn === turn;
  // Work whose turn the asker did not know yet: the event with which it began was seen.
  if (workSeq !== null) return workSeq <= seq;
  // Rest, as it was seen: a key then ends nothing, unless a prompt is on its way to the agent.
  return restedSeq <= seq && upkeep.prompts.queue.isQuiet;
}

const isAtWork = ({ conversation }: ShownSession): boolean => conversation.workSeq !== null;
