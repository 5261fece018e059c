import { discardLoose } from './cutHistory.ts';
import { reachFault } from './faults.ts';
import type { Session } from './session.ts';

/**
 * Called on a session whose log is open, and says that it lives or is being rewound, when a host starts: what a host that died left half done is undone, and said so. Afterwards the
 * session is as before a rewind that did not finish, or as after one that did, and no run counts as alive.
 */
export async function recover(session: Session): Promise<void> {
  const { conversation } = session;
  const open = conversation.openRewind;
  reachFault('recovering');
  if (conversation.alive) await session.recorder.recordOrGoOn([{ type: 'run_ended', code: null, cause: 'lost' }]);
  if (!open) return;
  const trouble: string[] = [];
  const { checkpoints } = session.files;
  if (open.files && open.checkpoint && open.to_checkpoint) {
    if (!checkpoints) trouble.push(`the files could not be looked at (${session.files.unavailable ?? 'no checkpoints'})`);
    else {
      await checkpoints.restore({ to: open.checkpoint, tip: open.to_checkpoint })
        .then((plan) => { if (plan.conflicts.length) trouble.push(`these files changed meanwhile and were left alone: ${plan.conflicts.join(', ')}`); })
        .catch((error: unknown) => { trouble.push(`the files could not be put back: ${String(error)}`); });
    }
  }
  try {
    await discardLoose(session, open.new_native);
    await session.history.bringBack(open.old_native);
  } catch (error) {
    trouble.push(`the agent's history could not be put back: ${error instanceof Error ? error.message : String(error)}`);
  }
  const message = ['The session host ended in the middle of it; the branch, the history and the files of before are back', ...trouble].join('. But ');
  await session.recorder.recordOrGoOn([{ type: 'rewind_failed', rewind: open.rewind, step: 'finishing it', message: `${message}.`, branch: open.from_branch }]);
}
