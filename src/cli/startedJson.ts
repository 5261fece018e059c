import { outputPathOf } from '../client/output.ts';
import type { SessionSummary } from '../core/view.ts';

/** Where a session that was just started is seen: in a tmux window of this name, or nowhere yet (null). */
type Window = string | null;

/** A session that was just started, as `run`, `resume` and `fork` tell scripts. */
export const startedJson = async (session: SessionSummary, window: Window = null) => {
  const output = await outputPathOf(process.env, session.uid);
  return {
    ok: true,
    id: session.id,
    uid: session.uid,
    agent: session.agent,
    pid: session.pid,
    mode: window === null ? 'headless' : 'tmux',
    cwd: session.cwd,
    log_path: session.logPath,
    ...(session.description !== null && { description: session.description }),
    cli: session.agent,
    ...(window === null ? { log: output } : { window }),
    output_log_path: output,
  };
};
