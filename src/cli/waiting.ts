import type { MessageConnection } from 'vscode-jsonrpc/node';
import { isPersonNeeded } from '../core/attention.ts';
import { Conversation } from '../core/conversation.ts';
import type { AgentState } from '../core/events.ts';
import { mainLane } from '../core/ids.ts';
import type { SessionEnd, SessionSummary, Turn } from '../core/view.ts';
import { sessionOpen, sessionWaitEnd, sessionWaitIdle } from '../protocol/protocol.ts';
import { withHost } from './connection.ts';
import { EventFeed } from './eventFeed.ts';

/** What `backstitch wait --until` can wait for. `blocked` is what harnex calls `waiting`. */
export const goals = ['prompt', 'idle', 'busy', 'waiting', 'blocked', 'needs_you', 'stalled', 'limited', 'task_complete', 'exited'] as const;
export type Goal = (typeof goals)[number];

/** How a wait ended: where it was to, or not, since the session is over. `end` says how, and is null of one that lives. */
export interface WaitEnd {
  reached: boolean;
  state: string;
  end: SessionEnd | null;
  /** How the main agent's last turn went; null when it had none. */
  turn: Turn['status'] | null;
}

/** What `status` says of a session that lives, from what its events add up to. */
const needingOf = ({ state, requests, watching: { stall, settings } }: Conversation) => ({ alive: true, state, pendingRequests: requests.size, stall, settings });

/** Of an agent that lives. */
const isReached = (conversation: Conversation, goal: Goal): boolean => {
  const { is } = conversation.state;
  switch (goal) {
    case 'prompt':
    case 'idle': return is === 'idle' && conversation.queue.length === 0;
    case 'busy': return is === 'busy';
    case 'waiting':
    case 'blocked': return is === 'waiting';
    case 'needs_you': return isPersonNeeded(needingOf(conversation));
    case 'stalled': return conversation.watching.stall?.during === 'turn';
    case 'limited': return is === 'limited';
    // Said by its own row, which comes last: the end of the run is not yet the end of the session.
    case 'exited': return false;
    // An agent that ends in the middle of its turn ends the turn first.
    case 'task_complete': return isTurnOver(conversation) && (is === 'idle' || is === 'waiting' || is === 'limited');
  }
};

/** Of a session that is over: a turn that was cut off may have been so by its end, and has completed nothing. */
const isReachedAtEnd = (conversation: Conversation, goal: Goal): boolean =>
  goal === 'exited' || (goal === 'task_complete' && isTurnOver(conversation) && lastTurn(conversation)?.status !== 'interrupted');

const lastTurn = (conversation: Conversation): Turn | undefined => [...conversation.turns.values()].filter(({ lane }) => lane === mainLane).at(-1);

/** The last turn of the main agent is over, and no prompt waits for the next. */
const isTurnOver = (conversation: Conversation): boolean => {
  const last = lastTurn(conversation);
  return conversation.queue.length === 0 && last !== undefined && last.status !== 'running';
};

/** What is over when the agent is at its prompt. */
const settling: ReadonlySet<string> = new Set<Goal>(['prompt', 'idle', 'task_complete']);

/** A prompt that is just being typed waits no more and has begun no turn: only what ends a turn, or empties the queue, may end the wait. */
const mayEnd = (goal: Goal, type: string, state: AgentState['is']): boolean => {
  if (!settling.has(goal) || type === 'queue_changed' || type === 'expired') return true;
  return goal === 'task_complete' ? type === 'task_complete' || (type === 'state' && state === 'idle') : type === 'state';
};

/** Follows the session's events with one host; null when that host is lost. @throws when it is lost before it has told how the session stands */
export async function waitOn(connection: MessageConnection, session: Pick<SessionSummary, 'uid'>, goal: Goal): Promise<WaitEnd | null> {
  const feed = new EventFeed(connection, session.uid);
  const snapshot = await connection.sendRequest(sessionOpen, { session: session.uid, blocks: 1 });
  const conversation = Conversation.fromSnapshot(snapshot);
  const turn = (): WaitEnd['turn'] => lastTurn(conversation)?.status ?? null;
  const reached = (): WaitEnd => ({ reached: true, state: conversation.state.is, end: null, turn: turn() });
  const over = (end: SessionEnd): WaitEnd => ({ reached: isReachedAtEnd(conversation, goal), state: 'exited', end, turn: turn() });
  /** Folds what has come, until some of it ends the wait. */
  const catchUp = (): WaitEnd | null => {
    for (const event of feed.take()) {
      // The snapshot has told it.
      if (event.seq <= conversation.lastSeq) continue;
      conversation.apply(event);
      const { end } = conversation;
      if (event.type === 'exited' && end) return over(end);
      if (conversation.alive && mayEnd(goal, event.type, conversation.state.is) && isReached(conversation, goal)) return reached();
    }
    return null;
  };
  if (!snapshot.summary.alive) {
    const end = await connection.sendRequest(sessionWaitEnd, { session: session.uid }).catch(() => null);
    return end && (catchUp() ?? over(end));
  }
  if (isReached(conversation, goal)) {
    if (!settling.has(goal)) return reached();
    // Only the host knows of a prompt that was typed and not taken up yet. An agent that ends meanwhile says so by its events.
    await connection.sendRequest(sessionWaitIdle, { session: session.uid }).catch(() => undefined);
    const ended = catchUp();
    if (ended) return ended;
    if (conversation.alive && isReached(conversation, goal)) return reached();
  }
  do {
    const ended = catchUp();
    if (ended) return ended;
  } while (await feed.next());
  return null;
}

/** Rejects when whoever waits has given up. */
const givenUp = (signal: AbortSignal): Promise<never> => new Promise((_, reject) => {
  signal.addEventListener('abort', () => reject(signal.reason as Error));
});

/**
 * Follows the session's events until the goal is reached or the session has ended. Nothing is polled, so no short turn is missed. When the host
 * is lost the next one is asked, which may have to be started: it says what has become of the session. `signal`: nobody waits any more, which is
 * to be said before the connection is let go of. @throws HumanError when there is no host
 */
export async function waitUntil(connection: MessageConnection, session: SessionSummary, goal: Goal, signal: AbortSignal): Promise<WaitEnd> {
  let end = await waitOn(connection, session, goal);
  while (end === null) {
    signal.throwIfAborted();
    end = await withHost((next) => Promise.race([waitOn(next, session, goal), givenUp(signal)]));
  }
  return end;
}
