import type { AgentState } from '../../src/core/events.ts';
import type { MovePreview, RewindParams } from '../../src/protocol/protocol.ts';

/** What a rewind and a switch are asked with alike. */
export type MoveParams = Omit<RewindParams, 'seam'>;

/** Whether the agent is at something that a rewind or switch would have to interrupt. */
export const isAtWork = (state: AgentState): boolean => state.is === 'busy' || state.is === 'waiting' || state.is === 'starting';

export const mustInterrupt = ({ state, ends }: Pick<MovePreview, 'state' | 'ends'>): boolean => isAtWork(state) || ends.length > 0;

/**
 * The request for what a person chose in the confirm. Only conflicting files that are still in the preview are overwritten. An agent that is
 * to be interrupted may yet change files of which the preview knows nothing.
 */
export function moveParams(preview: MovePreview, choice: { files: boolean; overwrite: readonly string[] }): MoveParams {
  const interrupt = mustInterrupt(preview);
  const files = choice.files && preview.files !== null && (preview.files.length > 0 || interrupt);
  const conflicts = new Set(preview.files?.filter((file) => file.conflict).map((file) => file.path));
  const overwrite = files ? choice.overwrite.filter((path) => conflicts.has(path)) : [];
  return { files, ...(overwrite.length > 0 && { overwrite }), ...(interrupt && { interrupt }), expect: preview.expect };
}
