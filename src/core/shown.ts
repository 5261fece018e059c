import type { BranchId } from './ids.ts';
import type { SessionSummary } from './view.ts';

/**
 * What the asker saw of the work that an act is to end. If that is over, the answer is the HumanError `turn-over` (`stale`: the session is on
 * another branch), and nothing happens.
 */
export interface Shown {
  branch: BranchId;
  /** The main agent's turn that was under way; null: none was known (yet). */
  turn: string | null;
  /** The last event that the asker knew. */
  seq: number;
}

/** What one saw who looked at a list of sessions; `turn`: the one that is meant, whatever was under way. */
export const shownOf = ({ branch, turn, lastSeq }: SessionSummary, meant?: string): Shown =>
  ({ branch, turn: meant ?? turn ?? null, seq: lastSeq });
