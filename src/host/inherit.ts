import type { EventBody } from '../core/events.ts';
import { mainLane, seamIdOf, type BlockId } from '../core/ids.ts';
import { inheritanceOf } from '../core/inheritance.ts';
import type { Session } from './session.ts';

/**
 * The first rows of a session that begins as a copy of `source` up to that block, and gives its directory of checkpoints what they name.
 * What cannot be given is left out: the files of those seams count as not captured then.
 */
export async function inherit(source: Session, after: BlockId, directory: string): Promise<EventBody[]> {
  const { conversation, files } = source;
  const whole = conversation.chain(mainLane);
  const kept = whole.slice(0, whole.findIndex(({ block }) => block === after) + 1);
  const at = kept.at(-1)?.native?.id;
  const forked = {
    type: 'forked', from_uid: source.uid, from_seam: seamIdOf(after), from_branch: conversation.branch, ...(at === undefined ? {} : { at }),
  } as const;
  await files.settled();
  const { rows, needed } = inheritanceOf(conversation, kept);
  const until = conversation.marks.last?.ts;
  const isGiven = until !== undefined && (await files.checkpoints?.copyTo(directory, needed).then(() => true, () => false));
  if (!isGiven) return [forked];
  return [{ ...forked, origins: [...(conversation.forked?.origins ?? []), { uid: source.uid, until }] }, ...rows];
}
