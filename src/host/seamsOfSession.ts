import { mainLane, type BranchId, type SeamId } from '../core/ids.ts';
import { blockIdOfSeam } from '../core/ids.ts';
import { dropsAfter, seamAfter, seamsOf, type SeamOptions } from '../core/seams.ts';
import type { Branch, Seam, SeamDrops } from '../core/view.ts';
import type { RewindPreview } from '../protocol/protocol.ts';
import { noSuchSeam } from '../core/errors.ts';
import { fileChangesOf } from './restorePlan.ts';
import type { Session } from './session.ts';

function optionsOf(session: Session, branch: BranchId): SeamOptions {
  const { history } = session.adapter;
  const version = session.conversation.started?.agent_version;
  return {
    branch,
    fidelityAfter: (kind) => history?.fidelityAfter(kind, version) ?? { fidelity: 'none', reason: `${session.adapter.name} has no history that can be cut.` },
  };
}

/** The seams of a branch, oldest first. */
export const seamsFor = (session: Session, branch: BranchId = session.conversation.branch): Seam[] => seamsOf(session.conversation, optionsOf(session, branch));

/** One seam of the current branch; undefined when there is none by that id. */
export const seamFor = (session: Session, seam: SeamId): Seam | undefined =>
  seamAfter(session.conversation, blockIdOfSeam(seam), optionsOf(session, session.conversation.branch));

/** What an interrupt would end, in words. */
export function endsOf(session: Session): string[] {
  const ends: string[] = [];
  const { is } = session.state;
  if (is === 'busy') ends.push('the turn that is running');
  if (is === 'waiting') ends.push('the open request');
  ends.push(...(session.runs.current?.decoder.background ?? []));
  return ends;
}

/** Everything that the confirmation of a rewind shows. @throws HumanError for an unknown seam. */
export async function previewOf(session: Session, seamId: SeamId): Promise<RewindPreview> {
  const seam = seamFor(session, seamId);
  if (!seam) throw noSuchSeam(seamId);
  const { conversation, files } = session;
  await files.settled();
  const tip = files.lastMark();
  const changes = files.checkpoints && seam.checkpoint && tip ? await fileChangesOf(files.checkpoints, conversation, seam.checkpoint, tip) : null;
  return {
    seam: seam.seam, fidelity: seam.fidelity, reason: seam.reason, drops: seam.drops,
    files: changes, filesReason: changes ? null : (files.unavailable ?? files.problem ?? 'The files were not captured at this seam.'),
    state: session.state, ends: endsOf(session),
    expect: { branch: conversation.branch, tip: conversation.lanes.get(mainLane)?.tip ?? null },
  };
}

/** The branches with what each holds beyond the point at which it leaves its parent. */
export function branchesFor(session: Session): (Branch & { blocks: number; own: SeamDrops })[] {
  const { conversation } = session;
  return [...conversation.branches.values()].map((branch) => {
    const tip = branch.tip ? conversation.blocks.get(branch.tip) : undefined;
    return { ...branch, blocks: tip ? tip.depth + 1 : 0, own: dropsAfter(conversation, branch.seam ? blockIdOfSeam(branch.seam) : null, branch.branch) };
  });
}
