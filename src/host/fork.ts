import { noSuchSeam, seamCannotBeCut } from '../core/errors.ts';
import { blockIdOfSeam, mainLane, type BlockId, type SeamId } from '../core/ids.ts';
import { findSeam } from './seamsOfSession.ts';
import type { Session } from './session.ts';

/** The block behind which a fork begins: at any seam of the current branch, or at its tip (by its id or as `tip`). @throws HumanError that says why it cannot */
export function forkPoint(session: Session, seamId: SeamId): BlockId {
  const tip = session.conversation.lanes.get(mainLane)?.tip ?? null;
  if (tip === null) throw noSuchSeam(seamId);
  if (seamId !== 'tip' && blockIdOfSeam(seamId) !== tip) return cuttable(session, seamId, findSeam(session, seamId).after);
  const block = session.conversation.blocks.get(tip);
  if (!block || (block.kind === 'tool' && !block.result)) throw seamCannotBeCut(seamId, 'its last step has not finished.');
  return cuttable(session, seamId, tip);
}

function cuttable(session: Session, seamId: SeamId, after: BlockId): BlockId {
  const block = session.conversation.blocks.get(after);
  const told = block && session.adapter.history?.fidelityAfter(block.kind, session.conversation.started?.agent_version);
  if (!told || told.fidelity === 'none') throw seamCannotBeCut(seamId, told?.reason ?? `${session.adapter.name} has no history that can be cut.`);
  return after;
}
