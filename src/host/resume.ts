import { agentUnusable, folderMissing } from '../core/errors.ts';
import type { EventBody, NativeRef } from '../core/events.ts';
import { type BlockId, mainLane, seamIdOf } from '../core/ids.ts';
import { folderAt } from '../node/gitFacts.ts';
import { discardLoose, historyOf } from './cutHistory.ts';
import { isBlank, type Onward, onwardFrom } from './onward.ts';
import type { RunStart, Starter } from './runs.ts';
import type { Session } from './session.ts';

/** On what the agent goes on, and how exactly; `behind`: not behind the branch's last step, but behind this one. */
type GoingOn = Pick<RunStart, 'how' | 'memory'> & { behind?: BlockId };

/** Starts the agent of a session that is over again, on its current branch's native history. @throws HumanError; then the session is as it was */
export async function resume(session: Session, starter: Starter, size: { cols: number; rows: number }): Promise<void> {
  if (!(await folderAt(session.cwd))) throw folderMissing(session.cwd);
  await session.recorder.open();
  const { behind, ...on } = await historyToGoOn(session);
  // Whoever changed the files since the agent has ended, it was not the agent.
  const checkpoint = await session.files.capture('baseline');
  if (!session.viewSizes.current) session.terminal.resize(size.cols, size.rows);
  const aside = behind !== undefined && on.how.is === 'resume' ? setAside(session, behind, on.how.native, checkpoint) : {};
  const started = await session.runs.start(starter, { cause: 'resume', ...on, ...aside });
  if (started.is === 'failed') {
    if (on.how.is === 'resume') await discardLoose(session, on.how.native);
    throw agentUnusable(session.adapter.name, started.problem, 'The session is as it was.');
  }
  await session.lookAtNamedFiles();
}

async function historyToGoOn(session: Session): Promise<GoingOn> {
  const { adapter, conversation: { branch, native }, history } = session;
  await history.bringBack(native);
  const files = native.path === '' ? [] : await history.read(native);
  if (files.length > 0 && !isBlank(session, branch, native, files)) {
    // What was written after the host had died is in the history alone; the conversation shows it, too.
    session.catchUp(adapter.history?.drafts?.(native, files) ?? []);
    return exactHistory(session, native, onwardFrom(session, branch, native, files));
  }
  // An agent without a history starts anew, and is to say so.
  const id = crypto.randomUUID();
  return { how: adapter.history ? { is: 'new', session: id } : { is: 'resume', native: { session: id, path: '' } } };
}

/** The history itself, or a copy of it where the agent would make something up behind it. Where none can be written it goes on in its own way, and the record says so. */
async function exactHistory(session: Session, native: NativeRef, { keep, isShorter, fidelity, reason }: Onward): Promise<GoingOn> {
  const memory = reason === null ? {} : { memory: { fidelity, reason } };
  if (keep === null) return { how: { is: 'resume', native }, ...memory };
  const copy = await historyOf(session, native, keep).catch((error: unknown) => ({ is: 'refused' as const, reason: error instanceof Error ? error.message : String(error) }));
  if (copy.is === 'refused') {
    const why = `The copy of its history without its last step, which is not complete, could not be made (${copy.reason}). ${session.adapter.name} completes it in its own way.`;
    return { how: { is: 'resume', native }, memory: { fidelity: 'approximate', reason: why } };
  }
  const last = session.conversation.blockOfNative(mainLane, keep.at(-1) ?? '');
  return { how: { is: 'resume', native: copy.native }, ...memory, ...(isShorter && last ? { behind: last.block } : {}) };
}

/** What the copy leaves out stays where it is, and the agent goes on on a branch of its own. The files are as they are. */
function setAside({ conversation }: Session, behind: BlockId, native: NativeRef, checkpoint: string | null): Pick<RunStart, 'branch' | 'first'> {
  const branch = conversation.freeBranchName();
  const row: EventBody = {
    type: 'rewound', rewind: crypto.randomUUID().slice(0, 8), branch, parent_branch: conversation.branch, seam: seamIdOf(behind), native,
    fidelity: 'exact', files: { is: 'kept' }, tip_checkpoint: checkpoint,
  };
  return { branch, first: () => [row] };
}
