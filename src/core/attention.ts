import type { DialogKind } from './events.ts';
import type { SessionSummary } from './view.ts';

/** Why a person should look at a session. */
export type Need =
  | { is: 'permission' }
  | { is: 'question' }
  /** `message`: the agent's own words. */
  | { is: 'dialog'; dialog: DialogKind; message: string }
  /** `until`: when it resets, UTC ISO 8601; null when the agent does not say. */
  | { is: 'limit'; until: string | null }
  /** Silent since then; `escalated`: the watch can do no more, and says why. */
  | { is: 'stall'; sinceTs: string; escalated: string | null };

/** What there is to know of a session to say what it needs. */
type Needing = Pick<SessionSummary, 'alive' | 'moving' | 'state' | 'pendingRequests' | 'stall' | 'settings'>;

/**
 * What a session wants of a person now; null: nothing. A tool that takes long wants nothing, nor a limit after which it goes on by itself, nor
 * an agent that is being taken to another history: what it asked is over, and keys are refused.
 */
export function needOf({ alive, moving, state, pendingRequests, stall, settings }: Needing): Need | null {
  if (!alive || moving) return null;
  if (pendingRequests > 0) return { is: 'permission' };
  if (state.is === 'waiting') return state.for === 'dialog' ? { is: 'dialog', dialog: state.dialog, message: state.message } : { is: state.for };
  if (state.is === 'limited') return settings.limit_window_s !== null && !stall?.escalated ? null : { is: 'limit', until: state.until ?? null };
  return stall && (stall.during === 'turn' || stall.escalated !== null) ? { is: 'stall', sinceTs: stall.sinceTs, escalated: stall.escalated } : null;
}

/** Whether it gets on by itself just now; a rewind or switch of it counts. */
export const isWorking = (session: Needing): boolean =>
  session.alive && needOf(session) === null && (Boolean(session.moving) || session.state.is === 'busy' || session.state.is === 'starting');

/** Whether nothing but a person gets the session on: a stall that the watch will yet nudge is no such thing. */
export function isPersonNeeded(session: Needing): boolean {
  const need = needOf(session);
  return need !== null && (need.is !== 'stall' || need.escalated !== null || session.settings.max_resumes === 0);
}
