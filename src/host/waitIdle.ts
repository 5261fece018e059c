import { notTakenUp, sessionNotRunning } from '../core/errors.ts';
import type { AgentState } from '../core/events.ts';
import type { Session } from './session.ts';

/** Longest moment of idleness seen between two turns of which the second was already waiting (Claude Code 2.1.329: 10 ms). */
const betweenTurnsMs = 120;

/** An agent may write down what it has said last after it has come to rest. */
const rowsMs = 2_000;

/** In a large folder captures may be behind. What they then say was changed meanwhile is nobody's in particular. */
const filesMs = 2_000;

/**
 * Resolves once the agent is idle, has taken up all that was sent (`send` too, if the queue is held back), and stays idle: between two turns
 * that follow each other (a queued prompt, a subagent's report) agents are idle for a moment. @throws HumanError when it ends first, or does not take `send` up.
 */
export async function waitIdle(session: Session, send?: string): Promise<AgentState> {
  const { prompts } = session.upkeep;
  const fate = send !== undefined && prompts.isOpen(send) ? await prompts.fate(send) : null;
  if (fate?.status === 'failed') throw notTakenUp(session.label, fate.reason ?? '');
  // At its limit an agent takes nothing up, for hours perhaps: whoever waits is told so.
  const isDone = (): boolean => (session.isReady && prompts.isSettled) || (session.isAlive && session.move.what === null && session.state.is === 'limited');
  for (;;) {
    if (!session.isLiving) throw sessionNotRunning(session.label);
    if (!isDone()) await session.changes.next();
    else if (!(await session.changes.until(() => !isDone(), betweenTurnsMs))) {
      // Whoever waited shall not see an older state than the one that was waited for, and what they change from here on is not the agent's doing.
      await session.changes.until(() => !session.runs.isBehind, rowsMs);
      await session.files.settled(filesMs);
      await session.recorder.told();
      if (isDone()) return session.state;
    }
  }
}
