import { noSuchSeam, seamCannotBeCut } from '../core/errors.ts';
import { blockIdOfSeam, mainLane, type BlockId, type SeamId } from '../core/ids.ts';
import { fidelityOn, findSeam } from './seamsOfSession.ts';
import type { Session } from './session.ts';

/**
 * The block behind which a fork begins: at any seam of the current branch, or at its tip (by its id or as `tip`).
 * @throws HumanError that says why it cannot
 */
export async function forkPoint(session: Session, seamId: SeamId): Promise<BlockId> {
  const tip = session.conversation.lanes.get(mainLane)?.tip ?? null;
  if (tip === null) throw noSuchSeam(seamId);
  const isTip = seamId === 'tip' || blockIdOfSeam(seamId) === tip;
  if (!isTip) return cuttable(session, seamId, (await findSeam(session, seamId)).after);
  const block = session.conversation.blocks.get(tip);
  if (!block || (block.kind === 'tool' && !block.result)) throw seamCannotBeCut(seamId, 'its last step has not finished.');
  return cuttable(session, seamId, tip);
}

async function cuttable(session: Session, seamId: SeamId, after: BlockId): Promise<BlockId> {
  const fidelityAfter = await fidelityOn(session, session.conversation.branch);
  const block = session.conversation.blocks.get(after);
  if (!block) throw noSuchSeam(seamId);
  const { fidelity, reason } = fidelityAfter(block.kind, after);
  if (fidelity === 'none') throw seamCannotBeCut(seamId, reason);
  return after;
}
