import type { Conversation } from '../core/conversation.ts';
import type { Checkpoints, RestoreRequest } from '../core/ports.ts';
import type { FileChange } from '../protocol/protocol.ts';

/**
 * What going back to a checkpoint may touch: paths that this session changed since then. What changed between the agent's being idle
 * and the next prompt was somebody else's doing: alone it is left alone, on top of the session's own changes it is a conflict.
 */
function ownershipSince(conversation: Conversation, checkpoint: string): { own: Set<string>; foreign: Set<string> } {
  const own = new Set<string>();
  const foreign = new Set<string>();
  const marks = conversation.checkpoints;
  const start = marks.findLastIndex((mark) => mark.checkpoint === checkpoint);
  for (const mark of marks.slice(start + 1)) {
    const into = mark.cause === 'baseline' ? foreign : own;
    for (const path of mark.changed) into.add(path);
  }
  return { own, foreign };
}

/** The request for a restore to `to`, when `tip` is the state that the session itself left behind. */
export function restoreRequestOf(conversation: Conversation, to: string, tip: string, overwrite: string[] = []): RestoreRequest {
  const { own, foreign } = ownershipSince(conversation, to);
  return { to, tip, overwrite, only: [...own].filter((path) => !foreign.has(path) || overwrite.includes(path)) };
}

/** What a restore would do, path by path, with the conflicts named. */
export async function fileChangesOf(checkpoints: Checkpoints, conversation: Conversation, to: string, tip: string): Promise<FileChange[]> {
  const { own, foreign } = ownershipSince(conversation, to);
  const plan = await checkpoints.preview({ to, tip, only: [...own] });
  const conflicts = new Set([...plan.conflicts, ...[...foreign].filter((path) => own.has(path) && (plan.write.includes(path) || plan.remove.includes(path)))]);
  // Going back turns an added file into a removed one.
  const kinds = new Map((await checkpoints.changes(tip, to)).map((change) => [change.path, change.is]));
  return [...new Set([...plan.write, ...plan.remove, ...conflicts])].sort()
    .map((path) => ({ path, is: kinds.get(path) ?? 'modified', conflict: conflicts.has(path) }));
}
