import { endsOf } from '../core/ends.ts';
import { blockIdOfSeam, mainLane, type BranchId, type SeamId } from '../core/ids.ts';
import { dropsAfter, seamAfter, seamsOf, type SeamOptions } from '../core/seams.ts';
import { withWords } from '../core/seamWords.ts';
import type { Branch, Seam, SeamDrops } from '../core/view.ts';
import type { MovePlan, MovePreview, RewindPreview, SwitchPreview } from '../protocol/protocol.ts';
import { alreadyThere, noSuchBranch, noSuchSeam, seamElsewhere } from '../core/errors.ts';
import { type Onward, onwardFrom } from './onward.ts';
import { fileChangesOf } from './restorePlan.ts';
import type { Session } from './session.ts';

/**
 * How exactly the agent's own history of a branch can be cut behind each of its blocks: the one answer for panel,
 * command line, dry run, rewind and fork. By the kind of the block, and by what the history itself says of the place.
 */
export async function fidelityOn(session: Session, branch: BranchId): Promise<SeamOptions['fidelityAfter']> {
  const { conversation, adapter: { history, name }, runs, doubts } = session;
  const version = runs.starter?.install.version || conversation.started?.agent_version;
  const native = conversation.branches.get(branch)?.native ?? conversation.native;
  const chain = conversation.chain(mainLane, branch).filter((block) => block.native !== undefined);
  const complete = chain.findLastIndex(({ kind }) => kind === 'text' || kind === 'prompt') + 1;
  const told = await doubts.of(native, chain.flatMap((block) => block.native?.id ?? []), complete, version ?? '');
  const placeOf = new Map(chain.map((block, at) => [block.block, at]));
  return (kind, block) => {
    if (!history) return { fidelity: 'none', reason: `${name} has no history that can be cut.` };
    const own = history.fidelityAfter(kind, version);
    const at = placeOf.get(block) ?? -1;
    const here = told.filter(({ from, until }) => from <= at && (until === undefined || at < until));
    const worst = here.find(({ fidelity }) => fidelity === 'none') ?? here[0];
    if (own.fidelity === 'none' || worst === undefined) return own;
    return { fidelity: worst.fidelity, reason: [...new Set([worst, ...here].map(({ reason }) => reason))].join(' ') };
  };
}

const optionsOf = async (session: Session, branch: BranchId): Promise<SeamOptions> =>
  ({ branch, fidelityAfter: await fidelityOn(session, branch) });

/** The seams of a branch, oldest first, with words if asked for. @throws HumanError when there is no such branch */
export async function seamsFor(session: Session, branch: BranchId = session.conversation.branch, words = false): Promise<Seam[]> {
  if (!session.conversation.branches.has(branch)) throw noSuchBranch(branch);
  const options = await optionsOf(session, branch);
  const seams = seamsOf(session.conversation, options);
  return words ? withWords(session.conversation, branch, seams) : seams;
}

/** One seam of the current branch. @throws HumanError that says why there is none by that id */
export async function findSeam(session: Session, seamId: SeamId): Promise<Seam> {
  const options = await optionsOf(session, session.conversation.branch);
  const seam = seamAfter(session.conversation, blockIdOfSeam(seamId), options);
  if (seam) return seam;
  const block = session.conversation.blocks.get(blockIdOfSeam(seamId));
  if (!block) throw noSuchSeam(seamId);
  const elsewhere = [...session.conversation.branches.keys()].find((branch) => branch !== session.conversation.branch && session.conversation.isOn(block.block, branch));
  if (elsewhere && !session.conversation.isOn(block.block, session.conversation.branch)) throw seamElsewhere(session.label, seamId, elsewhere);
  throw block.block === session.conversation.lanes.get(mainLane)?.tip ? alreadyThere(seamId) : noSuchSeam(seamId);
}

/** What ends with the agent's run, in words. */
export const endsWith = (session: Session): string[] => endsOf(session.state, session.runs.background);

/** Everything that the confirmation of a rewind shows; `withFiles` false: at once, without the files. @throws HumanError for a seam that is not here */
export async function previewOf(session: Session, seamId: SeamId, withFiles = true): Promise<RewindPreview> {
  const seam = await findSeam(session, seamId);
  const { fidelity, reason, drops } = seam;
  const move = await movePreviewOf(session, seam.checkpoint, withFiles ? 'The files were not captured at this seam.' : null);
  return { seam: seam.seam, fidelity, reason, drops, ...move };
}

/** The same for a switch. @throws HumanError for an unknown branch, and for the one that it is on */
export async function switchPreviewOf(session: Session, branchId: BranchId, withFiles = true): Promise<SwitchPreview> {
  const branch = session.conversation.branches.get(branchId);
  if (!branch) throw noSuchBranch(branchId);
  if (branchId === session.conversation.branch) throw alreadyThere(`branch “${branchId}”`);
  const { fidelity, reason } = await onwardFromBranch(session, branchId);
  const move = await movePreviewOf(session, branch.tipCheckpoint, withFiles ? 'The files of that branch were not captured.' : null);
  return { branch: branchId, fidelity, reason, ...move };
}

/** `without`: what to say of the files when there is no checkpoint to go to; null: nothing is asked of the files. */
async function movePreviewOf(session: Session, checkpoint: string | null, without: string | null): Promise<MovePreview> {
  const { conversation } = session;
  const files = without === null ? { files: null, filesReason: null } : await filesPreviewOf(session, checkpoint, without);
  return {
    ...files, checkpoint, state: session.state, ends: endsWith(session),
    expect: { branch: conversation.branch, tip: conversation.lanes.get(mainLane)?.tip ?? null },
  };
}

async function filesPreviewOf(session: Session, checkpoint: string | null, without: string): Promise<MovePlan> {
  const { files } = session;
  await files.settled();
  const tip = files.lastMark();
  const changes = files.checkpoints && checkpoint && tip ? await fileChangesOf(files.checkpoints, session, checkpoint, tip) : null;
  return { files: null, ...changes, filesReason: changes ? null : (files.unavailable ?? files.problem ?? without) };
}

/**
 * The branches with what each holds beyond the point at which it leaves its parent. Of the one that a resume would go on with, whose agent may
 * have ended in the middle of something, it is told beforehand how exactly that goes.
 */
export async function branchesFor(session: Session): Promise<(Branch & { blocks: number; own: SeamDrops })[]> {
  const { conversation } = session;
  const onward = session.isLiving ? null : await onwardFromBranch(session, conversation.branch);
  return [...conversation.branches.values()].map((branch) => {
    const tip = branch.tip ? conversation.blocks.get(branch.tip) : undefined;
    const memory = branch.branch === conversation.branch && onward?.reason ? { fidelity: onward.fidelity, reason: onward.reason } : {};
    return { ...branch, ...memory, blocks: tip ? tip.depth + 1 : 0, own: dropsAfter(conversation, branch.seam ? blockIdOfSeam(branch.seam) : null, branch.branch) };
  });
}

async function onwardFromBranch(session: Session, branch: BranchId): Promise<Onward> {
  const native = session.conversation.branches.get(branch)?.native ?? session.conversation.native;
  return onwardFrom(session, branch, native, native.path === '' ? [] : await session.history.read(native));
}
