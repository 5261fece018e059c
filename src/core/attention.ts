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

/** Where a session stands in a list: the lower, the sooner a person should look at it. */
export const standings = ['needed', 'finished', 'working', 'idle', 'interrupted', 'over'] as const;
export type Standing = (typeof standings)[number];

type Standable = Needing & Pick<SessionSummary, 'ended' | 'finishedTs' | 'queued' | 'queuePaused' | 'queueHeld'>;

/**
 * Whether it has finished something since a moment (UTC, ISO 8601) and rests. It does not rest while prompts wait that
 * the host sends by itself.
 */
export function isUnseen(session: Standable, lookedTs: string): boolean {
  if (!session.finishedTs || session.finishedTs <= lookedTs) return false;
  if (needOf(session) !== null || isWorking(session)) return false;
  return !session.alive || session.queued === 0 || session.queuePaused || session.queueHeld !== undefined;
}

/** `lookedTs`: when a person last looked at it; null where that is not kept, so that nothing counts as unseen. */
export function standingOf(session: Standable, lookedTs: string | null): Standing {
  if (needOf(session) !== null) return 'needed';
  if (lookedTs !== null && isUnseen(session, lookedTs)) return 'finished';
  if (!session.alive) return session.ended === 'interrupted' ? 'interrupted' : 'over';
  return isWorking(session) ? 'working' : 'idle';
}

/** What an order was, so that the next one moves no more than it must. */
export interface SessionOrder {
  uids: readonly string[];
  standings: ReadonlyMap<string, Standing>;
}

type Ordered = Pick<SessionSummary, 'uid' | 'lastTs' | 'activeTs'>;
const lastActive = ({ lastTs, activeTs }: Ordered): string => (activeTs > lastTs ? activeTs : lastTs);
const rankOf = (standing: Standing): number => standings.indexOf(standing);

/**
 * The sessions in the order in which a person should look at them; of one standing the last active first. With `before`,
 * those of one standing keep their places, and a session that is `held` (a person has selected it) does not go down.
 */
export function orderOf<T extends Ordered>(
  sessions: readonly T[],
  standingOf: (session: T) => Standing,
  before?: SessionOrder,
  held: ReadonlySet<string> = new Set(),
): SessionOrder {
  const places = new Map((before?.uids ?? []).map((uid, at) => [uid, at]));
  const now = new Map(sessions.map((session) => [session.uid, standingOf(session)]));
  const shown = new Map([...now].map(([uid, standing]) => {
    const was = held.has(uid) ? before?.standings.get(uid) : undefined;
    return [uid, was !== undefined && rankOf(was) < rankOf(standing) ? was : standing];
  }));
  const rank = (from: Map<string, Standing>, { uid }: T): number => rankOf(from.get(uid) ?? 'over');
  const uids = sessions.toSorted((a, b) => rank(shown, a) - rank(shown, b) || rank(now, a) - rank(now, b)
    || (places.get(a.uid) ?? -1) - (places.get(b.uid) ?? -1) || lastActive(b).localeCompare(lastActive(a)));
  return { uids: uids.map(({ uid }) => uid), standings: shown };
}
