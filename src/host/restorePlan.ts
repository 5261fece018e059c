import { ownersSince, timeOf } from '../core/fileOwners.ts';
import type { Checkpoints, RestorePlan, RestoreRequest } from '../core/ports.ts';
import type { FileChange } from '../protocol/protocol.ts';
import type { Session } from './session.ts';

type Restoring = Pick<Session, 'conversation' | 'neighbours'>;

/** A restore that touches nothing but what the session changed itself, and what the user says may be overwritten. */
export interface OwnRestore {
  request: RestoreRequest;
  /** What `request` would do; its conflicts are all there are, those that it does not even ask for included. */
  plan: RestorePlan;
}

/**
 * What going back to the checkpoint `to` may touch, when `tip` is the state that was captured last. Paths that others changed are left out;
 * where it is unclear who did, or a neighbour has changed them too, they are conflicts, unless named in `overwrite`.
 */
export async function restoreOf(checkpoints: Checkpoints, { conversation, neighbours }: Restoring, to: string, tip: string, overwrite: string[] = []): Promise<OwnRestore> {
  const owners = ownersSince(conversation, to);
  const theirs = neighbours.pathsAfter(timeOf(conversation, to) ?? '');
  const isLeft = (path: string): boolean => (owners.get(path) === 'unclear' || theirs.has(path)) && !overwrite.includes(path);
  const touched = [...owners].flatMap(([path, owner]) => (owner === 'others' ? [] : [path]));
  const { write, remove, conflicts } = await checkpoints.preview({ to, tip, overwrite, only: touched });
  const left = [...write, ...remove].filter(isLeft);
  return {
    request: { to, tip, overwrite, only: touched.filter((path) => !isLeft(path)) },
    plan: { write: write.filter((path) => !isLeft(path)), remove: remove.filter((path) => !isLeft(path)), conflicts: [...new Set([...conflicts, ...left])].sort() },
  };
}

/** What a restore would do, path by path, with the conflicts named. */
export async function fileChangesOf(checkpoints: Checkpoints, session: Restoring, to: string, tip: string): Promise<FileChange[]> {
  const { plan: { write, remove, conflicts } } = await restoreOf(checkpoints, session, to, tip);
  // Going back turns an added file into a removed one.
  const kinds = new Map((await checkpoints.changes(tip, to)).map((change) => [change.path, change.is]));
  return [...write, ...remove, ...conflicts].sort()
    .map((path) => ({ path, is: kinds.get(path) ?? 'modified', conflict: conflicts.includes(path) }));
}
