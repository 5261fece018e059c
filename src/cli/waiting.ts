import type { MessageConnection } from 'vscode-jsonrpc/node';
import { isPersonNeeded } from '../core/attention.ts';
import { Conversation } from '../core/conversation.ts';
import { mainLane } from '../core/ids.ts';
import type { SessionSummary } from '../core/view.ts';
import { sessionEvents, sessionOpen, sessionWaitIdle, type SessionEvents } from '../protocol/protocol.ts';

/** What `backstitch wait --until` can wait for. */
export const goals = ['prompt', 'idle', 'busy', 'waiting', 'needs_you', 'stalled', 'limited', 'task_complete', 'exited'] as const;
export type Goal = (typeof goals)[number];

/** How a wait ended: reached, or the session ended first. `code` is the agent's own exit code once it has one. */
export interface WaitEnd {
  reached: boolean;
  state: string;
  code: number | null;
}

/** What `status` says of a session that lives, from what its events add up to. */
const needingOf = ({ state, requests, watching: { stall, settings } }: Conversation) => ({ alive: true, state, pendingRequests: requests.size, stall, settings });

const isReached = (conversation: Conversation, goal: Goal): boolean => {
  const { is } = conversation.state;
  switch (goal) {
    case 'prompt':
    case 'idle': return is === 'idle' && conversation.queue.length === 0;
    case 'busy': return is === 'busy';
    case 'waiting': return is === 'waiting';
    case 'needs_you': return isPersonNeeded(needingOf(conversation));
    case 'stalled': return conversation.watching.stall?.during === 'turn';
    case 'limited': return is === 'limited';
    // Said by its own row, which comes last and has the exit code: the end of the run is not yet the end of the session.
    case 'exited': return false;
    case 'task_complete': return isTurnOver(conversation);
  }
};

/** The last turn of the main agent is over, and no prompt waits for the next. */
const isTurnOver = (conversation: Conversation): boolean => {
  const last = [...conversation.turns.values()].filter(({ lane }) => lane === mainLane).at(-1);
  return conversation.queue.length === 0 && last !== undefined && last.status !== 'running';
};

/** What is over when the agent is at its prompt. */
const settling: ReadonlySet<string> = new Set<Goal>(['prompt', 'idle', 'task_complete']);

/** A prompt that is just being typed waits no more and has begun no turn: only what ends a turn, or empties the queue, may end the wait. */
const mayEnd = (goal: Goal, type: string): boolean =>
  !settling.has(goal) || type === 'queue_changed' || type === 'expired' || type === (goal === 'task_complete' ? 'task_complete' : 'state');

/** Follows the session's events until the goal is reached or the session has ended. Nothing is polled, so no short turn is missed. */
export async function waitUntil(connection: MessageConnection, session: SessionSummary, goal: Goal): Promise<WaitEnd> {
  const batches: SessionEvents[] = [];
  let wake = (): void => undefined;
  connection.onNotification(sessionEvents, (batch) => {
    if (batch.session !== session.uid) return;
    batches.push(batch);
    wake();
  });
  const snapshot = await connection.sendRequest(sessionOpen, { session: session.uid, blocks: 1 });
  const conversation = Conversation.fromSnapshot(snapshot);
  // A snapshot says it in its summary: whether the agent is alive at all.
  let alive = snapshot.summary.alive;
  let code: number | null = null;
  /** Folds what has come; true when some of it reached the goal. */
  const catchUp = (): boolean => {
    for (const { events } of batches.splice(0)) {
      for (const event of events) {
        conversation.apply(event);
        if (event.type === 'run_started') alive = true;
        if (event.type === 'exited') [alive, code] = [false, 'code' in event && typeof event.code === 'number' ? event.code : null];
        if (alive && mayEnd(goal, event.type) && isReached(conversation, goal)) return true;
      }
    }
    return false;
  };
  const reached = (): WaitEnd => ({ reached: true, state: conversation.state.is, code });
  if (alive && isReached(conversation, goal)) {
    if (!settling.has(goal)) return reached();
    // Only the host knows of a prompt that was typed and not taken up yet. An agent that ends meanwhile says so by its events.
    await connection.sendRequest(sessionWaitIdle, { session: session.uid }).catch(() => undefined);
    if (catchUp() || (alive && isReached(conversation, goal))) return reached();
  }
  for (;;) {
    if (catchUp()) return reached();
    if (!alive) return { reached: goal === 'exited', state: 'exited', code };
    await new Promise<void>((resolve) => {
      wake = resolve;
      if (batches.length > 0) resolve();
    });
  }
}
