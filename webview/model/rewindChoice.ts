import type { AgentState } from '../../src/core/events.ts';
import type { RewindParams, RewindPreview } from '../../src/protocol/protocol.ts';

/** Whether the agent is at something that a rewind or switch would have to interrupt. */
export const isAtWork = (state: AgentState): boolean => state.is === 'busy' || state.is === 'waiting' || state.is === 'starting';

/** The request for what a person chose in the confirm. Only conflicting files that are still in the preview are overwritten. */
export function rewindParams(preview: RewindPreview, choice: { files: boolean; overwrite: readonly string[] }): RewindParams {
  const conflicts = new Set(preview.files?.filter((file) => file.conflict).map((file) => file.path));
  const overwrite = choice.files ? choice.overwrite.filter((path) => conflicts.has(path)) : [];
  return {
    seam: preview.seam,
    files: choice.files,
    ...(overwrite.length > 0 && { overwrite }),
    ...((isAtWork(preview.state) || preview.ends.length > 0) && { interrupt: true }),
    expect: preview.expect,
  };
}
