import type { EventBody, EventFields } from '../core/events.ts';
import { mainLane, seamIdOf, type BlockId } from '../core/ids.ts';
import { inheritanceOf } from '../core/inheritance.ts';
import type { Block } from '../core/view.ts';
import { withinBound } from '../node/boundedWork.ts';
import type { Session } from './session.ts';

/** Whose words the copied prompts hold is not told by the agent's history. */
function addedIn(kept: readonly Block[]): Pick<EventFields['forked'], 'added'> {
  const added = kept.flatMap((block) => (block.kind === 'prompt' && block.added && block.native ? [{ at: block.native.id, ...block.added }] : []));
  return added.length === 0 ? {} : { added };
}

/** A fork waits so long at most for the captures of its origin that are under way, and then for a copy of its checkpoints. */
const patienceMs = 10_000;

/**
 * The first rows of a session that begins as a copy of `source` up to that block; its directory of checkpoints is given what they name.
 * What cannot be given, or not in time, is left out: the files of those seams count as not captured then.
 */
export async function inherit(source: Session, after: BlockId, directory: string): Promise<EventBody[]> {
  const { conversation, files } = source;
  const whole = conversation.chain(mainLane);
  const kept = whole.slice(0, whole.findIndex(({ block }) => block === after) + 1);
  const at = kept.at(-1)?.native?.id;
  const from = { from_uid: source.uid, from_seam: seamIdOf(after), from_branch: conversation.branch };
  const forked = { type: 'forked', ...from, ...(at === undefined ? {} : { at }), ...addedIn(kept) } as const;
  const isSettled = await files.settled(patienceMs);
  const { rows, needed } = inheritanceOf(conversation, kept);
  const until = conversation.marks.last?.ts;
  const copy = async (): Promise<boolean> => (await files.checkpoints?.copyTo(directory, needed).then(() => true, () => false)) ?? false;
  if (!isSettled || until === undefined || !(await withinBound(directory, copy, () => false, patienceMs))) return [forked];
  return [{ ...forked, origins: [...(conversation.forked?.origins ?? []), { uid: source.uid, until }] }, ...rows];
}
