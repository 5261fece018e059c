import type { AgentState, Event, EventOf, UnknownEvent } from './events.ts';
import { mainLane } from './ids.ts';
import type { LastMove, SessionEnd, SessionSnapshot } from './view.ts';

/** How a session has gone, as its events tell it: from when to when, in which run and which state its agent is, what it cost, how it ended. */
export class Course {
  lastSeq = 0;
  firstTs: string | null = null;
  lastTs: string | null = null;
  /** The session's label as of the last event. */
  id = '';
  started: EventOf<'started'> | null = null;
  /** Whether a person or a script gave the label; null where the log does not tell. */
  isNamed: boolean | null = null;
  /** When the main agent last completed or failed a turn, or ended by itself; null: not yet. */
  finishedTs: string | null = null;
  /** Of which session it began as a copy; null: of none, or a snapshot does not tell. */
  forked: EventOf<'forked'> | null = null;
  /** Number of the present or last run, 0 before the first. */
  run = 0;
  alive = false;
  pid: number | null = null;
  state: AgentState = { is: 'starting' };
  /** The agent has been at its prompt; of a snapshot that is not known. */
  wasAtPrompt = false;
  /** The event with which the work began that the main agent does now; null: it rests, or a snapshot does not tell. */
  workSeq: number | null = null;
  /** The last event with which its work came to an end; 0 before the first, and where a snapshot does not tell. */
  restedSeq = 0;
  ended: SessionEnd['ended'] | null = null;
  /** How the process of the last run ended; null while one runs, and where it is not known (hosts of an earlier version do not tell). */
  exit: Pick<SessionEnd, 'code' | 'signal'> | null = null;
  /** When it ended; null while its agent runs, and before its first run. */
  endedTs: string | null = null;
  /** A rewind or switch that has begun and neither finished nor failed. */
  openRewind: EventOf<'rewind_started'> | null = null;
  /** The last rewind or switch, while no prompt went out since; a snapshot does not tell. */
  lastMove: LastMove | null = null;
  readonly #costs = new Map<string, number>();

  /** What the agent says that all of its own sessions have cost together, in US dollars; null when it never said. */
  get costUsd(): number | null {
    return this.#costs.size === 0 ? null : [...this.#costs.values()].reduce((sum, cost) => sum + cost, 0);
  }

  /** As a snapshot says it. */
  fill({ seq, summary, page }: SessionSnapshot): void {
    this.lastSeq = seq;
    this.firstTs = summary.createdTs;
    this.lastTs = summary.lastTs;
    this.id = summary.id;
    this.run = page.blocks.at(-1)?.run ?? 0;
    this.alive = summary.alive;
    this.pid = summary.pid;
    this.state = summary.state;
    this.ended = summary.ended;
    this.isNamed = summary.named ?? null;
    this.finishedTs = summary.finishedTs ?? null;
    this.exit = summary.end ?? null;
    this.endedTs = summary.end?.ts ?? null;
  }

  /** Of every event, known or not. */
  see(event: Event | UnknownEvent): void {
    this.lastSeq = event.seq;
    this.firstTs ??= event.ts;
    this.lastTs = event.ts;
    this.id = event.id;
  }

  begun(event: EventOf<'started'>): void {
    this.started = event;
    this.isNamed = event.named ?? null;
    this.pid = event.pid;
  }

  renamed({ to }: EventOf<'renamed'>): void {
    this.id = to;
    this.isNamed = true;
  }

  /** A turn that a person interrupted has not finished anything. */
  turnOver({ lane, status, ts }: EventOf<'task_complete'>): void {
    if (lane === mainLane && status !== 'interrupted') this.finishedTs = ts;
  }

  runStarted(event: EventOf<'run_started'>): void {
    this.run = event.run ?? this.run + 1;
    this.pid = event.pid;
    this.alive = true;
    this.ended = null;
    this.exit = null;
    this.endedTs = null;
  }

  runEnded({ cause, code, signal, ts }: EventOf<'run_ended'>): void {
    this.#end(ts);
    this.exit = { code, signal: signal ?? null };
    if (cause === 'lost') this.ended = 'interrupted';
    if (cause === 'stopped') this.ended = 'stopped';
  }

  exited({ reason, code, signal, ts }: EventOf<'exited'>): void {
    this.#end(ts);
    this.exit = { code, signal: signal ?? null };
    // A stop that went well exits as a success; that somebody asked for it was told by the run's end.
    this.ended = reason === 'stopped' || this.ended === 'stopped' ? 'stopped' : reason === 'interrupted' || reason === 'disconnected' ? 'interrupted' : 'exited';
    if (this.ended === 'exited') this.finishedTs = ts;
  }

  stateTold(state: AgentState): void {
    this.state = state;
    this.wasAtPrompt ||= state.is === 'idle';
    if (state.is === 'idle' || state.is === 'exited') this.rested();
    if (state.is === 'busy' || state.is === 'waiting') this.worked();
  }

  costTold(event: EventOf<'cost'>): void {
    this.#costs.set(event.agent_session_id, event.cost_usd);
  }

  /** That rewind or switch has finished or failed. */
  rewindOver(rewind: string): void {
    if (this.openRewind?.rewind === rewind) this.openRewind = null;
  }

  /** The event that is folded now shows the main agent at work. */
  worked(): void {
    this.workSeq ??= this.lastSeq;
  }

  /** The event that is folded now has ended what the main agent did. */
  rested(): void {
    if (this.workSeq !== null) this.restedSeq = this.lastSeq;
    this.workSeq = null;
  }

  /** A rewind or switch is done. */
  moved(event: EventOf<'rewound' | 'branch_selected'>): void {
    this.rewindOver(event.rewind);
    const [how, from] = event.type === 'rewound' ? ['rewind', event.parent_branch] as const : ['switch', event.from_branch] as const;
    this.lastMove = { how, from, branch: event.branch, seq: event.seq };
  }

  /** A prompt went out, or the agent is on another line: the last move is not the last thing that was done. */
  wentOn(): void {
    this.lastMove = null;
  }

  /** The row that closes a session says again what its run's end has told: it ended then. */
  #end(ts: string): void {
    if (this.alive) this.endedTs = ts;
    this.alive = false;
    this.pid = null;
  }
}
