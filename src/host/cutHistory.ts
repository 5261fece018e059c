import type { CutResult } from '../core/adapter.ts';
import { seamCannotBeCut } from '../core/errors.ts';
import type { NativeRef } from '../core/events.ts';
import { mainLane, type BlockId, type SeamId } from '../core/ids.ts';
import { reachFault } from './faults.ts';
import type { Session } from './session.ts';

/**
 * A native history that ends behind a block of the session's current branch: made beside the old one, which is not touched, then read back
 * from the disk. Nothing is left of one that does not read back as it should. @throws HumanError
 */
export async function cutHistory(session: Session, seam: SeamId, after: BlockId): Promise<NativeRef> {
  const { history: surgery } = session.adapter;
  const { conversation, history } = session;
  if (!surgery) throw seamCannotBeCut(seam, `${session.adapter.name} has no history that can be cut.`);
  await history.bringBack(conversation.native);
  const whole = conversation.chain(mainLane);
  const kept = whole.slice(0, whole.findIndex((block) => block.block === after) + 1);
  const keep = kept.flatMap((block) => block.native ? [block.native.id] : []);
  const result: CutResult = surgery.cut({
    native: conversation.native, files: await history.read(conversation.native), keep,
    newSession: crypto.randomUUID(), now: new Date().toISOString(), newUuid: () => crypto.randomUUID(),
  });
  if (result.is === 'refused') throw seamCannotBeCut(seam, result.reason);
  try {
    await history.write(result.files);
    reachFault('cut', session.runs.pid);
    const wrong = firstDifference(keep, surgery.readBack(result.native, await history.read(result.native)));
    if (wrong) throw seamCannotBeCut(seam, `the new history does not read back as it should (${wrong}).`);
    reachFault('verified', session.runs.pid);
  } catch (error) {
    await history.discard(result.native);
    throw error;
  }
  return result.native;
}

function firstDifference(expected: string[], got: string[]): string | null {
  const at = expected.findIndex((id, index) => got[index] !== id);
  if (at >= 0) return `step ${at + 1} is ${got[at] ? 'another one' : 'missing'}`;
  return got.length > expected.length ? `${got.length - expected.length} steps too many` : null;
}
