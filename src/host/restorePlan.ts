import { ownersSince, timeOf } from '../core/fileOwners.ts';
import type { Checkpoints, RestorePlan, RestoreRequest } from '../core/ports.ts';
import type { FileChange } from '../protocol/protocol.ts';
import type { Session } from './session.ts';

type Restoring = Pick<Session, 'conversation' | 'neighbours'>;

/** A restore that touches nothing but what the session changed itself, and what the user says may be overwritten. */
export interface OwnRestore {
  request: RestoreRequest;
  /** What it does not even ask for, although it differs: nobody can tell whose changes these are, or neighbours have made some too. */
  left: string[];
}

/** What going back to the checkpoint `to` may touch, when `tip` is the state that was captured last. Paths that only others changed are neither in it nor left. */
export async function restoreOf(checkpoints: Checkpoints, { conversation, neighbours }: Restoring, to: string, tip: string, overwrite: string[] = []): Promise<OwnRestore> {
  const theirs = neighbours.pathsAfter(timeOf(conversation, to) ?? '', conversation.forked?.origins);
  const only: string[] = [];
  const asked: string[] = [];
  for (const [path, owner] of ownersSince(conversation, to)) {
    if (owner === 'others') continue;
    if ((owner === 'unclear' || theirs.has(path)) && !overwrite.includes(path)) asked.push(path);
    else only.push(path);
  }
  const differing = asked.length ? await checkpoints.preview({ to, tip, only: asked }) : null;
  return { request: { to, tip, overwrite, only }, left: differing ? pathsOf(differing) : [] };
}

/** What a restore would do, path by path, with the conflicts named. */
export async function fileChangesOf(checkpoints: Checkpoints, session: Restoring, to: string, tip: string): Promise<FileChange[]> {
  const { request, left } = await restoreOf(checkpoints, session, to, tip);
  const plan = await checkpoints.preview(request);
  const conflicts = new Set([...plan.conflicts, ...left]);
  // Going back turns an added file into a removed one.
  const kinds = new Map((await checkpoints.changes(tip, to)).map((change) => [change.path, change.is]));
  return [...pathsOf(plan), ...left].sort().map((path) => ({ path, is: kinds.get(path) ?? 'modified', conflict: conflicts.has(path) }));
}

const pathsOf = ({ write, remove, conflicts }: RestorePlan): string[] => [...write, ...remove, ...conflicts];
