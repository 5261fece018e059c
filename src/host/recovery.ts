import type { Session } from './session.ts';

/**
 * Called once on each session that a host finds in the log: what a host that died left half done is undone, and said so. Afterwards the
 * session is as before a rewind that did not finish, or as after one that did, and no run counts as alive.
 */
export async function recover(session: Session): Promise<void> {
  const { conversation } = session;
  const open = conversation.openRewind;
  if (conversation.alive) await session.record({ type: 'run_ended', code: null, cause: 'lost' });
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
  if (open.how === 'rewind') await session.history.discard(open.new_native);
  await session.history.bringBack(open.old_native);
  const message = ['The session host ended in the middle of it; the branch, the history and the files of before are back', ...trouble].join('. But ');
  await session.record({ type: 'rewind_failed', rewind: open.rewind, step: 'finishing it', message: `${message}.`, branch: open.from_branch });
}

/** Whether a log holds something that a dead host left behind. */
export const needsRecovery = (session: Session): boolean => session.conversation.alive || session.conversation.openRewind !== null;
