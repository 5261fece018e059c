import { join } from 'node:path';
import type { AgentInstall, Decoded, Keystroke, UserInput } from '../core/adapter.ts';
import { sessionNotRunning } from '../core/errors.ts';
import type { AgentState, EventBody, EventFields, Fidelity } from '../core/events.ts';
import type { BranchId } from '../core/ids.ts';
import { withinBound } from '../node/boundedWork.ts';
import { probeEnvironment } from '../node/probe.ts';
import type { Bookends, End } from './bookends.ts';
import type { HostParts } from './hostParts.ts';
import type { Intake } from './intake.ts';
import { Run, type RunSpec } from './run.ts';
import { agentEnvironment, runEnvironment } from './runEnvironment.ts';
import type { Session } from './session.ts';
import type { CaptureOptions } from './workspaceFiles.ts';

/** What a run needs of whoever starts or resumes it. Kept in memory only. */
export interface Starter {
  install: Extract<AgentInstall, { is: 'ready' }>;
  env: Record<string, string>;
}

export interface RunStart {
  cause: EventFields['run_started']['cause'];
  how: RunSpec['how'];
  /** The agent's own arguments; those of the session's start when absent. */
  args?: string[];
  /** The branch that it goes on with; the current one when absent. */
  branch?: BranchId;
  /** How exactly its memory is what the conversation shows, where there is something to know about it. */
  memory?: Memory | undefined;
  /** Rows before those of the run. */
  first?(pid: number): EventBody[];
}

/** `reason`: a sentence for people. */
export interface Memory {
  fidelity: Fidelity;
  reason: string;
}

/** How the agent ended that was to stop, and what was sent to it first; null: it had ended before. */
export type Stopped = End & { sent: 'exit_sequence' | 'signal' | null };

/** So much of the time it has the agent may take to leave by itself, before a signal tells it to. */
const politeShare = 0.8;

export type RunStarted = { is: 'started'; recorded: Promise<void> } | { is: 'failed'; problem: string };

/** Where in the agent's doings a capture that its decoder asks for is: only an agent that waits stands still. */
function occasionOf({ cause, call, before }: Extract<Decoded, { is: 'checkpoint' }>, waits: boolean): CaptureOptions {
  if (before) return { call, before: waits, where: 'amidst' };
  return { call, where: waits && (cause === 'baseline' || cause === 'wait') ? 'before' : 'amidst' };
}

/** How long an agent may take to leave when the host goes down. */
const graceMs = 2_000;
/** A capture that is under way when the session ends may take so long. */
const filesMs = 10_000;
/** A long history is copied in less; an end does not wait for a disk that does not answer. */
const historyMs = 30_000;
const closing = { is: 'failed', problem: 'the session host is ending.' } as const;

/** What runs need of their session. */
type RunsSession = Pick<Session, 'uid' | 'adapter' | 'cwd' | 'conversation' | 'recorder' | 'terminal' | 'files' | 'history' | 'upkeep' | 'move' | 'places' | 'noteChange'>;

/** The lives of one session's agent, one at a time: starts and stops it, and sees to it that each end is recorded, once. */
export class Runs {
  readonly #session: RunsSession;
  readonly #host: HostParts;
  readonly #intake: Intake;
  readonly #bookends: Bookends;
  #current: Run | null = null;
  #starter: Starter | null = null;
  #memory: Memory | null = null;
  #isStopping = false;
  #isClosed = false;
  #problem: string | null = null;
  /** Settled once the last start has come to its end. */
  #launching: Promise<unknown> = Promise.resolve();
  /** Settled once the end of the last run is recorded. */
  #ending: Promise<void> = Promise.resolve();
  /** The end of the present run, seen during a rewind and not recorded yet. */
  #unrecorded: End | null = null;

  constructor(session: RunsSession, host: HostParts, intake: Intake, bookends: Bookends) {
    this.#session = session;
    this.#host = host;
    this.#intake = intake;
    this.#bookends = bookends;
  }

  /** The present run, or the last one; null before the first that this host has started. */
  get current(): Run | null {
    return this.#current;
  }

  /** The last one who started it; null after a restart of the host, until somebody resumes it. */
  get starter(): Starter | null {
    return this.#starter;
  }

  /** What there is to know about the memory that the present run began with; null: it is what the conversation shows. */
  get memory(): Memory | null {
    return this.#memory;
  }

  get isAlive(): boolean {
    return this.#current !== null && !this.#current.hasEnded;
  }

  /** What is missing of the record of the last run; null: nothing. */
  get problem(): string | null {
    return this.#problem ?? (this.isAlive ? (this.#current?.decoder.problem ?? null) : null);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get state(): AgentState {
    return this.isAlive ? this.#session.conversation.state : { is: 'exited' };
  }

  /** What the agent has said before it came to rest has not all been read yet. */
  get isBehind(): boolean {
    return this.isAlive && (this.#current?.decoder.isBehind ?? false);
  }

  /** Work that goes on in the background and ends with the run, in words. */
  get background(): string[] {
    return this.isAlive ? (this.#current?.decoder.background ?? []) : [];
  }

  get pid(): number | null {
    return this.isAlive ? (this.#current?.terminal.pid ?? null) : null;
  }

  /** The agent is idle, and will not be ended at any moment. */
  get isAtPrompt(): boolean {
    return this.isAlive && this.state.is === 'idle' && !this.#isStopping && !this.#isClosed;
  }

  /** Starts the agent on the session's log. One that cannot be started is a value, and nothing is recorded. */
  async start(starter: Starter, start: RunStart): Promise<RunStarted> {
    if (this.#isClosed) return closing;
    const started = this.#start(starter, start);
    this.#launching = started.catch(() => undefined);
    return started;
  }

  async #start(starter: Starter, start: RunStart): Promise<RunStarted> {
    const { adapter, conversation, recorder, terminal, files, upkeep } = this.#session;
    const { cause, how, branch = conversation.branch, memory, first } = start;
    const number = conversation.run + 1;
    this.#session.places.seeEnvironment(agentEnvironment(starter.env), this.#session.cwd);
    // What the agent shows at once comes after the rows that say that it was started.
    const early: (() => void)[] = [];
    let isRecorded = false;
    const whenRecorded = (work: () => void): void => { if (isRecorded) work(); else early.push(work); };
    let run: Run | null = null;
    const outcome = await Run.start(this.#specOf(starter, start, number), {
      decoded: (items) => whenRecorded(() => this.#intake.take(items, number)),
      capture: async (item, waits) => { if (item.cause !== 'idle') await files.capture(item.cause, { ...occasionOf(item, waits), waits }); },
      left: (request) => whenRecorded(() => this.#intake.left(request, number)),
      exited: (end) => whenRecorded(() => this.#onExit(run, end)),
    });
    if (outcome.is === 'failed') return outcome;
    if (this.#isClosed) {
      // Its end is told only once what it has written was read.
      outcome.run.terminal.onData(() => undefined);
      await outcome.run.end('SIGTERM', graceMs);
      return closing;
    }
    run = outcome.run;
    this.#current = run;
    this.#starter = starter;
    this.#memory = memory ?? null;
    this.#isStopping = false;
    this.#unrecorded = null;
    terminal.connect(run.terminal);
    run.watchScreen(terminal);
    upkeep.agentStarted(cause === 'resume' && adapter.history !== undefined);
    const { pid } = run.terminal;
    const { version } = starter.install;
    const native = how.is === 'resume' ? how.native : { session: how.session, path: '' };
    const recorded = recorder.record(first?.(pid) ?? []);
    void recorder.record([
      { type: 'run_started', pid, cause, native, branch, ...(version !== '' && { agent_version: version }), ...memory },
      { type: 'state', state: { is: 'starting' } },
    ], number);
    isRecorded = true;
    for (const work of early) work();
    upkeep.begin();
    this.#session.noteChange();
    return { is: 'started', recorded };
  }

  /** As `Run.type`. @throws HumanError when there is no agent, or it ends before it was all typed */
  async type(input: UserInput, check?: () => void): Promise<void> {
    if (!this.#current || !this.isAlive) throw sessionNotRunning(this.#session.recorder.label);
    await this.#current.type(input, check);
  }

  /** As `Run.press`; without an agent nothing is pressed. */
  async press(keys: Keystroke[]): Promise<void> {
    await this.#current?.press(keys);
  }

  /** Reads everything that the agent has written until now. */
  async settle(): Promise<void> {
    await this.#current?.settle();
  }

  /**
   * Ends the agent as a person would where it is at its prompt, else by a signal; at the time-out, by force. Resolves when its end is recorded,
   * with what was sent to it first: nothing when there was none.
   */
  async stop(timeoutMs: number): Promise<Stopped> {
    const run = this.#current;
    if (!run || run.hasEnded) return { code: null, signal: null, sent: null };
    this.#isStopping = true;
    // With work in the background agents do not leave at once when they are asked: they ask what is to be done about it.
    const sent = this.state.is === 'idle' && this.background.length === 0 ? 'exit_sequence' : 'signal';
    const politeMs = sent === 'signal' ? 0 : timeoutMs * politeShare;
    const timer = setTimeout(() => void run.end('SIGTERM', timeoutMs - politeMs), politeMs);
    // What cannot be typed is said by the signal.
    if (sent === 'exit_sequence') run.type({ is: 'exit' }).catch(() => undefined);
    const end = await run.ended.finally(() => clearTimeout(timer));
    await this.#ending;
    return { ...end, sent };
  }

  /** Whether the agent could be started now, with the environment of whoever started it: it may have been updated or removed since. */
  async probeAgain(): Promise<AgentInstall> {
    const starter = this.#starter;
    if (!starter) return { is: 'unusable', problem: 'nobody has started it since the host did.', todo: 'Resume the session.' };
    const { adapter, cwd } = this.#session;
    const install = await adapter.probe(probeEnvironment(agentEnvironment(starter.env), this.#host.bundled, cwd));
    if (install.is === 'ready' && this.#starter === starter) this.#starter = { ...starter, install };
    return install;
  }

  /** After a rewind: an agent that ended meanwhile has an end of its own, unless another run took its place. */
  settleExit(): void {
    const run = this.#current;
    const end = this.#unrecorded;
    this.#unrecorded = null;
    if (run && end && run.hasEnded) this.#onExit(run, end);
  }

  /** Resolves once the end of the last run is recorded. */
  ended(): Promise<void> {
    return this.#ending;
  }

  /** The host is going down: ends what runs, and starts nothing any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#launching;
    if (this.#current && !this.#current.hasEnded) await this.#current.end('SIGTERM', graceMs);
    await this.#ending;
  }

  #specOf(starter: Starter, { how, args }: RunStart, number: number): RunSpec {
    const { uid, adapter, cwd, conversation, recorder, terminal: { cols, rows } } = this.#session;
    const { directory, hooks, execPath, bundled } = this.#host;
    return {
      adapter, install: starter.install, cwd, args: args ?? conversation.started?.args ?? [], how, cols, rows, hooks, execPath, bundled,
      env: runEnvironment(starter.env, { BACKSTITCH_SESSION: uid, BACKSTITCH_ID: recorder.label, BACKSTITCH_AGENT: adapter.id }),
      runDir: join(directory.runs, uid, String(number)),
    };
  }

  #onExit(run: Run | null, end: End): void {
    if (run !== this.#current) return;
    this.#intake.runEnded();
    if (this.#session.move.what === null) this.#ending = this.#recordExit(end).catch(() => undefined);
    else this.#unrecorded = end;
    this.#session.noteChange();
  }

  async #recordExit(end: End): Promise<void> {
    const { conversation, recorder, history, files, upkeep } = this.#session;
    const wasStopped = this.#isStopping;
    this.#isStopping = false;
    // A rewind that failed has recorded the run's end already.
    if (conversation.alive) void recorder.record([{ type: 'run_ended', code: end.code, ...(end.signal ? { signal: end.signal } : {}), cause: wasStopped ? 'stopped' : 'exited' }]);
    const isKept = await withinBound(conversation.native.path, () => history.keep(conversation.native).then(() => true), () => false, historyMs);
    this.#problem = isKept ? null : `The agent’s history was not kept beside the log: the disk that it is on (${conversation.native.path}) does not answer.`;
    // Nothing may come after the row that says that it is over.
    await files.closed(filesMs);
    await recorder.recordOrGoOn(await this.#bookends.atEnd(end, { wasStopped, closing: this.#isClosed, label: recorder.label }));
    upkeep.rest();
    this.#session.noteChange();
  }
}
