import type { AgentState } from '../../src/core/events.ts';
import type { MovePlan, MovePreview, RewindParams } from '../../src/protocol/protocol.ts';

/** What a rewind and a switch are asked with alike. */
export type MoveParams = Omit<RewindParams, 'seam'>;

/** Whether the agent is at something that a rewind or switch would have to interrupt. */
export const isAtWork = (state: AgentState): boolean => state.is === 'busy' || state.is === 'waiting' || state.is === 'starting';

export const mustInterrupt = ({ state, ends }: Pick<MovePreview, 'state' | 'ends'>): boolean => isAtWork(state) || ends.length > 0;

/** What a preview says of the files. */
export const planOf = ({ files, filesReason, untouched, unnamed, checkpoint }: MovePreview): MovePlan => ({
  files, filesReason, ...(untouched && { untouched }), ...(unnamed !== undefined && { unnamed }), ...(checkpoint !== undefined && { checkpoint }),
});

/**
 * The request for what a person chose in the confirm. Only conflicting files that are still in the plan are overwritten, and none while
 * there is no plan yet (null): nothing is overwritten that was not seen. An agent that is to be interrupted may yet change files of which
 * the plan knows nothing.
 */
export function moveParams(words: MovePreview, plan: MovePlan | null, choice: { files: boolean; overwrite: readonly string[] }): MoveParams {
  const interrupt = mustInterrupt(words);
  const planned = plan?.files ?? null;
  const files = choice.files && (plan === null || (planned !== null && (planned.length > 0 || interrupt)));
  const conflicts = new Set(planned?.filter((file) => file.conflict).map((file) => file.path));
  const overwrite = files ? choice.overwrite.filter((path) => conflicts.has(path)) : [];
  return { files, ...(overwrite.length > 0 && { overwrite }), ...(interrupt && { interrupt }), expect: words.expect };
}
