import type { MessageConnection } from 'vscode-jsonrpc/node';
import { Conversation } from '../core/conversation.ts';
import { lineOf } from '../core/describe.ts';
import type { Event, EventType, UnknownEvent } from '../core/events.ts';
import type { SessionEnd, SessionSummary } from '../core/view.ts';
import { shellWord } from '../core/shellWord.ts';
import { sessionOpen, sessionWaitEnd } from '../protocol/protocol.ts';
import { EventFeed } from './eventFeed.ts';
import { endJson, stateJson } from './json.ts';
import { printJson, printLine } from './print.ts';
import { exitCodeOf } from './sessionEnd.ts';

/** How watching ended. `left`: the person stopped looking (Ctrl-C). In all cases but `exited` the session goes on. */
type Outcome = 'exited' | 'escalated' | 'left' | 'lost';

interface Watched {
  outcome: Outcome;
  /** Of a session that is over. */
  end: SessionEnd | null;
  state: string;
  resumes: number;
  /** How many the session's settings allow. */
  nudges: number;
}

/** Events that are steps of a watch. */
const stepTypes: ReadonlySet<string> = new Set<EventType>([
  'state', 'log_idle', 'log_active', 'resume', 'escalated', 'permission_requested', 'permission_left', 'permission_resolved', 'expired', 'disconnected', 'configured', 'exited',
]);

/** 130: as of a program that Ctrl-C ended. */
const shellCodeOf = ({ outcome, end }: Watched): number => (outcome === 'exited' && end ? exitCodeOf(end) : { exited: 1, escalated: 2, left: 130, lost: 1 }[outcome]);

const lastWords = (outcome: Outcome, id: string): string | null => {
  switch (outcome) {
    case 'exited': return null;
    case 'escalated': return `${id} needs you. It is left running: backstitch attach --id ${shellWord(id)}`;
    case 'left': return `${id} is left running: backstitch watch --id ${shellWord(id)} --follow`;
    case 'lost': return `The session host has gone away. backstitch resume --id ${shellWord(id)} starts the agent again.`;
  }
};

/** Says a step, and what it changes in how things stand; the outcome when it is the last one. */
function take(event: Event | UnknownEvent, watched: Watched, json: boolean): Outcome | null {
  if (!stepTypes.has(event.type)) return null;
  // the table of types says that rows of these types have these fields
  const known = event as Event;
  const line = lineOf(event);
  if (json) printJson({ step: event.type, ts: event.ts, id: event.id, line, ...(known.type === 'state' && stateJson(known.state)) });
  else printLine(`${event.ts} ${event.id} ${line}`);
  if (known.type === 'state') watched.state = known.state.is;
  if (known.type === 'resume') watched.resumes++;
  if (known.type === 'exited') watched.state = 'exited';
  if (known.type === 'configured' && known.settings.max_resumes !== undefined) watched.nudges = known.settings.max_resumes;
  // Where nothing may be typed, a stall is for a person at once.
  if (known.type === 'log_idle' && known.during === 'turn' && watched.nudges === 0) return 'escalated';
  return known.type === 'exited' || known.type === 'escalated' ? known.type : null;
}

/** Prints a line for each step of the session's watch until it ends or needs a person. */
async function followSteps(connection: MessageConnection, session: SessionSummary, watched: Watched, json: boolean): Promise<Outcome> {
  const feed = new EventFeed(connection, session.uid);
  const snapshot = await connection.sendRequest(sessionOpen, { session: session.uid, blocks: 1 });
  const conversation = Conversation.fromSnapshot(snapshot);
  const { alive, state, stall } = snapshot.summary;
  watched.state = state.is;
  if (!alive) {
    watched.end = await connection.sendRequest(sessionWaitEnd, { session: session.uid });
    return 'exited';
  }
  if (stall?.escalated || (stall?.during === 'turn' && watched.nudges === 0)) return 'escalated';
  do {
    for (const event of feed.take()) {
      conversation.apply(event);
      watched.end = conversation.end;
      const outcome = take(event, watched, json);
      if (outcome !== null) return outcome;
    }
  } while (await feed.next());
  return 'lost';
}

/** As `followSteps`, until the person stops looking. */
async function watchSteps(connection: MessageConnection, session: SessionSummary, json: boolean): Promise<Watched> {
  const watched: Watched = { outcome: 'left', end: null, state: session.state.is, resumes: 0, nudges: session.settings.max_resumes };
  const left = Promise.withResolvers<Outcome>();
  const leave = (): void => left.resolve('left');
  process.once('SIGINT', leave).once('SIGTERM', leave);
  try {
    const outcome = await Promise.race([followSteps(connection, session, watched, json), left.promise]);
    return { ...watched, outcome };
  } finally {
    process.off('SIGINT', leave).off('SIGTERM', leave);
  }
}

/** Follows a session's watch on this shell, and says at the end how it went. Resolves to the exit code. */
export const followWatch = async (connection: MessageConnection, session: SessionSummary, json: boolean): Promise<number> => {
  const startedMs = performance.now();
  if (!json) printLine(`${new Date().toISOString()} ${session.id} state: ${session.state.is}`);
  const watched = await watchSteps(connection, session, json);
  const words = lastWords(watched.outcome, session.id);
  const facts = {
    id: session.id, resumes: watched.resumes, final_state: watched.state, outcome: watched.outcome, elapsed_s: Math.round((performance.now() - startedMs) / 1000),
  };
  if (json) printJson({ summary: { ...facts, uid: session.uid, ...endJson(watched.end) } });
  else {
    if (words) printLine(words);
    printLine(`backstitch watch: summary ${Object.entries(facts).map(([name, value]) => `${name}=${value}`).join(' ')}`);
  }
  return shellCodeOf(watched);
};
