import type { Conversation } from '../core/conversation.ts';
import { noConflicts } from '../core/errors.ts';
import { ownersSince, timeOf } from '../core/fileOwners.ts';
import type { CheckpointChange, Checkpoints, RestorePlan, RestoreRequest, Untouched } from '../core/ports.ts';
import { type ToldUntouched, toldOf } from '../core/untouched.ts';
import type { CheckpointMark } from '../core/view.ts';
import type { FileChange } from '../protocol/protocol.ts';
import type { Session } from './session.ts';

type Restoring = Pick<Session, 'conversation' | 'neighbours'>;

/** A restore that touches nothing but what the session changed itself, and what the user says may be overwritten. */
export interface OwnRestore {
  request: RestoreRequest;
  /** What it does not even ask for, although it differs: nobody can tell whose changes these are, or neighbours have made some too. */
  left: string[];
  /** What it has no say in: only others changed it, or it was not covered then or is not now. */
  aside: Untouched[];
}

/** What going back to the checkpoint `to` may touch, when `tip` is the state that was captured last. */
export async function restoreOf(
  checkpoints: Checkpoints, { conversation, neighbours }: Restoring, to: string, tip: string, overwrite: string[] = [],
): Promise<OwnRestore> {
  const theirs = neighbours.pathsAfter(timeOf(conversation, to) ?? '', conversation.forked?.origins);
  const only: string[] = [];
  const asked: string[] = [];
  const others = new Set<string>();
  for (const [path, owner] of ownersSince(conversation, to)) {
    if (owner === 'others') others.add(path);
    else if ((owner === 'unclear' || theirs.has(path)) && !overwrite.includes(path)) asked.push(path);
    else only.push(path);
  }
  const differing = asked.length ? await checkpoints.preview({ to, tip, only: asked }) : null;
  const changes = others.size === 0 ? [] : await checkpoints.changes(tip, to);
  return {
    request: { to, tip, overwrite, only }, left: differing ? pathsOf(differing) : [],
    aside: [...uncovered(conversation, to, tip), ...changedByOthers(changes, others)],
  };
}

/** What a restore would do, path by path, with the conflicts named, and what it would leave alone. */
export async function fileChangesOf(
  checkpoints: Checkpoints, session: Restoring, to: string, tip: string,
): Promise<Partial<ToldUntouched> & { files: FileChange[] }> {
  const { request, left, aside } = await restoreOf(checkpoints, session, to, tip);
  const plan = await checkpoints.preview(request);
  const conflicts = new Set([...plan.conflicts, ...left]);
  // Going back turns an added file into a removed one.
  const kinds = new Map((await checkpoints.changes(tip, to)).map((change) => [change.path, change.is]));
  const paths = [...pathsOf(plan), ...left].sort();
  const files = paths.map((path) => ({ path, is: kinds.get(path) ?? 'modified', conflict: conflicts.has(path) }));
  return { files, ...untouchedBy(plan, aside, paths) };
}

/**
 * Holds what the user says may be overwritten to the list of conflicts that a preview shows. `to` null: no files are to be restored.
 * @throws HumanError that names the paths which are not in it
 */
export async function checkOverwrite(session: Pick<Session, 'files'> & Restoring, to: string | null, overwrite: readonly string[] = []): Promise<void> {
  if (overwrite.length === 0) return;
  const { files } = session;
  await files.settled();
  const tip = files.lastMark();
  const told = files.checkpoints && to && tip ? await fileChangesOf(files.checkpoints, session, to, tip) : { files: [] };
  const conflicts = new Set(told.files.filter(({ conflict }) => conflict).map(({ path }) => path));
  const others = overwrite.filter((path) => !conflicts.has(path));
  if (others.length > 0) throw noConflicts(others);
}

/** What a restore leaves alone, as it is told; what it names is no part of it. Nothing, where there is nothing to tell. */
export function untouchedBy(
  plan: RestorePlan, aside: readonly Untouched[], named: readonly string[],
): Partial<ToldUntouched> {
  const bare = (path: string): string => path.replace(/\/$/, '');
  const touched = new Set(named.map(bare));
  const told = toldOf([...plan.untouched, ...aside].filter(({ path }) => !touched.has(bare(path))));
  return told.untouched.length > 0 ? told : {};
}

const changedByOthers = (changes: readonly CheckpointChange[], others: ReadonlySet<string>): Untouched[] =>
  changes.filter(({ path }) => others.has(path))
    .map(({ path }) => ({ path, because: 'changed-by-others', why: 'changed by others since' }));

/** What neither state, or one of them, tells nothing of: nobody knows whether it differs. */
function uncovered(conversation: Conversation, to: string, tip: string): Untouched[] {
  const skippedAt = (checkpoint: string): CheckpointMark['skipped'] =>
    conversation.checkpoints.findLast((mark) => mark.checkpoint === checkpoint)?.skipped ?? [];
  const now = skippedAt(tip);
  const still = new Set(now.map(({ path }) => path));
  const becauseOf = (path: string): Untouched['because'] => (still.has(path) ? 'not-covered' : 'not-captured-then');
  return [...skippedAt(to), ...now].map(({ path, why }) => ({ path, because: becauseOf(path), why }));
}

const pathsOf = ({ write, remove, conflicts }: RestorePlan): string[] => [...write, ...remove, ...conflicts];
