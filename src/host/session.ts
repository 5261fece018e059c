import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentAdapter, AgentInstall, Decoded, LiveText } from '../core/adapter.ts';
import { Conversation } from '../core/conversation.ts';
import { noSuchSession, sessionBusy, sessionNotRunning } from '../core/errors.ts';
import type { AgentState, Event, EventBody, NativeRef, SendFrom, SessionSettings, UnknownEvent } from '../core/events.ts';
import { mainLane } from '../core/ids.ts';
import { Ingest } from '../core/ingest.ts';
import type { SessionSummary } from '../core/view.ts';
import type { HookServer } from '../node/hookServer.ts';
import { openEventLog } from '../node/eventLog.ts';
import { openOutputFile } from '../node/outputFile.ts';
import { openCheckpoints } from '../node/checkpoints.ts';
import { probeEnvironment } from '../node/probe.ts';
import type { StateDirectory } from '../node/stateDirectory.ts';
import { Bookends, type End } from './bookends.ts';
import { Changes } from './changes.ts';
import { completedItem } from './completedItem.ts';
import { Draft } from './draft.ts';
import { NativeHistory } from './nativeHistory.ts';
import { Recorder } from './recorder.ts';
import { Run, type Decision } from './run.ts';
import { SessionTerminal } from './sessionTerminal.ts';
import { summaryOf, titleOf } from './summary.ts';
import { Upkeep } from './upkeep.ts';
import { ViewSizes } from './viewSizes.ts';
import { WorkspaceFiles } from './workspaceFiles.ts';

/** Longest moment of idleness seen between two turns of which the second was already waiting (Claude Code 2.1.329: 10 ms). */
const betweenTurnsMs = 120;

/** What all sessions of a host share. */
export interface HostParts {
  directory: StateDirectory;
  hooks: HookServer;
  execPath: string;
  /** Absolute path of a program that ships with us. */
  bundled(name: string): string;
}

export interface SessionListener {
  events(events: Event[]): void;
  live(live: LiveText[]): void;
  title(title: string): void;
  sized(): void;
  changed(): void;
}

/** What a run needs of whoever starts or resumes it. Kept in memory only. */
export interface Starter {
  install: Extract<AgentInstall, { is: 'ready' }>;
  env: Record<string, string>;
}

/** What a session begins with besides its agent. */
export interface StartFacts {
  args: string[];
  repoRoot: string;
  description?: string;
  meta?: Record<string, unknown>;
  settings?: Partial<SessionSettings>;
  /** Who starts it. */
  from: SendFrom;
  /** Recorded before the agent's run. */
  before: EventBody[];
}

/** One agent at work in one folder, with one log. Lives in the host; its agent's process may come and go. */
export class Session {
  readonly uid: string;
  readonly adapter: AgentAdapter;
  readonly cwd: string;
  readonly logPath: string;
  readonly conversation: Conversation;
  readonly recorder: Recorder;
  readonly terminal: SessionTerminal;
  readonly viewSizes = new ViewSizes();
  readonly files: WorkspaceFiles;
  readonly history: NativeHistory;
  readonly upkeep: Upkeep;
  readonly damage: string[];
  readonly live = new Map<string, LiveText>();
  run: Run | null = null;
  /** The last one who started it; null after a restart of the host, until somebody resumes it. */
  starter: Starter | null = null;
  /** A rewind or switch is under way: input is refused, sends wait. */
  moving: string | null = null;
  /** The native history that a rewind or switch under way starts the agent on: its appearance is no news. */
  arriving: NativeRef | null = null;
  /** Settled once the end of the last run is recorded. */
  ending: Promise<void> = Promise.resolve();
  #parts: HostParts;
  #ingest: Ingest;
  #label: string;
  #listener: SessionListener;
  #bookends: Bookends;
  #title = '';
  #stopping = false;
  readonly #draft = new Draft();
  /** What is being taken shows that the agent took up what was typed. */
  #isTakenUp = false;
  #closed = false;
  /** The end of the present run, seen during a rewind and not recorded yet. */
  #unrecorded: End | null = null;
  #opening: Promise<void> | null = null;
  #changes = new Changes();

  /** `rows`: what its log holds, read and not opened for writing (see `openLog`). */
  static async open(options: { uid: string; label: string; cwd: string; adapter: AgentAdapter; logPath: string; rows: (Event | UnknownEvent)[]; damage: string[]; screen: { cols: number; rows: number }; parts: HostParts; listener: SessionListener }): Promise<Session> {
    const checkpoints = await openCheckpoints({ gitDir: join(options.parts.directory.checkpoints, options.uid), folder: options.cwd });
    return new Session(options, checkpoints);
  }

  private constructor(options: Parameters<typeof Session.open>[0], checkpoints: Awaited<ReturnType<typeof openCheckpoints>>) {
    const { uid, adapter, cwd, logPath, parts, listener } = options;
    this.uid = uid;
    this.adapter = adapter;
    this.cwd = cwd;
    this.logPath = logPath;
    this.#parts = parts;
    this.#listener = listener;
    this.#label = options.label;
    this.damage = options.damage;
    this.conversation = new Conversation();
    this.#bookends = new Bookends(this.conversation, cwd);
    for (const row of options.rows) {
      this.conversation.apply(row);
      this.#bookends.see(row);
    }
    this.#ingest = new Ingest(this.conversation);
    this.recorder = new Recorder(this.conversation, () => this.#label, () => this.noteChange());
    this.recorder.onEvents((events) => {
      listener.events(events);
      this.#changes.tell();
    });
    this.files = new WorkspaceFiles({ checkpoints, conversation: this.conversation, record: (body) => this.record(body) });
    this.history = new NativeHistory(adapter, join(parts.directory.native, uid));
    this.terminal = new SessionTerminal({ ...options.screen, output: openOutputFile(parts.directory.outputPath(uid)), onTitle: (title) => listener.title(title) });
    this.upkeep = new Upkeep({
      conversation: this.conversation, limitDialogKeys: adapter.limitDialogKeys ?? [],
      label: () => this.#label, state: () => this.state, isAlive: () => this.isAlive, moving: () => this.moving, isReady: () => this.isReady,
      record: (...bodies) => this.recordOrGoOn(...bodies),
      isClosed: () => this.#closed, hasDraft: () => this.#draft.isThere,
      type: async (input) => {
        if (!this.run || !this.isAlive) throw sessionNotRunning(this.#label);
        await this.run.type(input);
      }, check: (input) => void adapter.keystrokes(input, this.state), settle: async () => this.run?.settle(), press: async (keys) => this.run?.press(keys),
      waitFor: (test, ms) => this.waitFor(test, ms), waitIdle: () => this.waitIdle(), stop: (timeoutMs) => this.stop(timeoutMs),
    });
    this.upkeep.prompts.queue.onQuiet(() => this.#changes.tell());
  }

  /** Becomes the one writer of its log; nothing is recorded before. @throws HumanError when another process is */
  async openLog(): Promise<void> {
    if (this.recorder.isOpen) return;
    this.#opening ??= this.#openLog().finally(() => { this.#opening = null; });
    await this.#opening;
  }

  get label(): string {
    return this.#label;
  }

  get isAlive(): boolean {
    return this.run !== null && !this.run.hasEnded;
  }

  /** At its prompt, and nothing is being done to it. */
  get isReady(): boolean {
    return this.isAlive && this.moving === null && this.state.is === 'idle' && !this.#stopping && !this.#closed && !this.#draft.isThere;
  }

  get state(): AgentState {
    return this.isAlive ? this.conversation.state : { is: 'exited' };
  }

  /** Records facts of the present run. Resolves when they are as safe as their class promises. */
  record(...bodies: EventBody[]): Promise<void> {
    return this.recorder.record(bodies, this.conversation.run || undefined);
  }

  /** As `record`, for whoever goes on either way: false at once when the disk refuses. */
  recordOrGoOn(...bodies: EventBody[]): Promise<boolean> {
    return this.recorder.recordOrGoOn(bodies, this.conversation.run || undefined);
  }

  /**
   * Starts the agent of a new session; the first rows of its log say so. Nothing may have been recorded before.
   * @throws HumanError when they cannot be written: the agent is to be ended then
   */
  async begin(starter: Starter, how: Run['spec']['how'], facts: StartFacts): Promise<{ is: 'started' } | { is: 'failed'; problem: string }> {
    const git = await this.#bookends.atStart();
    const first = (pid: number): EventBody[] => [
      {
        type: 'started', pid, uid: this.uid, agent: this.adapter.id, agent_version: starter.install.version, cwd: this.cwd, repo_root: facts.repoRoot, args: facts.args,
        ...(facts.description ? { description: facts.description } : {}), ...(facts.meta ? { meta: facts.meta } : {}),
      },
      ...git,
      ...(facts.settings && Object.keys(facts.settings).length > 0 ? [{ type: 'configured', settings: facts.settings, from: facts.from } as const] : []),
      ...facts.before,
    ];
    const started = await this.startRun(starter, 'start', how, facts.args, this.conversation.branch, first);
    if (started.is === 'failed') return started;
    void this.files.capture('idle');
    await Promise.race([started.recorded, this.recorder.refused]);
    if (this.recorder.problem) throw this.recorder.problem;
    return { is: 'started' };
  }

  /** Starts the agent on the session's log; `first`: rows before those of the run. An agent that cannot be started is a value, and nothing is recorded. */
  async startRun(starter: Starter, cause: 'start' | 'rewind' | 'switch' | 'resume', how: Run['spec']['how'], args: string[], branch = this.conversation.branch, first: (pid: number) => EventBody[] = () => []): Promise<{ is: 'started'; recorded: Promise<void> } | { is: 'failed'; problem: string }> {
    if (this.#closed) return { is: 'failed', problem: 'the session host is ending.' };
    const number = this.conversation.run + 1;
    const early: (() => void)[] = [];
    let isRecorded = false;
    const whenRecorded = (work: () => void): void => { if (isRecorded) work(); else early.push(work); };
    let run: Run | null = null;
    const outcome = await Run.start({
      adapter: this.adapter, install: starter.install, cwd: this.cwd, args, how, hooks: this.#parts.hooks,
      env: { ...starter.env, BACKSTITCH_SESSION: this.uid, BACKSTITCH_ID: this.#label, BACKSTITCH_AGENT: this.adapter.id },
      runDir: join(this.#parts.directory.runs, this.uid, String(number)),
      cols: this.terminal.cols, rows: this.terminal.rows,
      execPath: this.#parts.execPath, bundled: this.#parts.bundled,
    }, {
      decoded: (items) => whenRecorded(() => this.#take(items, number)),
      capture: async (item) => { if (item.cause !== 'idle') await this.files.capture(item.cause, item.call); },
      exited: (end) => whenRecorded(() => this.#onExit(run, end)),
    });
    if (outcome.is === 'failed') return outcome;
    run = outcome.run;
    this.run = run;
    this.starter = starter;
    this.#stopping = false;
    this.#unrecorded = null;
    this.terminal.connect(run.terminal);
    run.watchScreen(this.terminal);
    const native = how.is === 'resume' ? how.native : { session: how.session, path: '' };
    this.#draft.clear();
    this.upkeep.prompts.agentStarted(cause === 'resume' && this.adapter.history !== undefined);
    const recorded = this.recorder.record(first(run.terminal.pid));
    void this.recorder.record([
      { type: 'run_started', pid: run.terminal.pid, cause, native, branch, agent_version: starter.install.version },
      { type: 'state', state: { is: 'starting' } },
    ], number);
    isRecorded = true;
    for (const work of early) work();
    this.upkeep.begin();
    this.#listener.changed();
    return { is: 'started', recorded };
  }

  /**
   * Resolves once the agent is idle, has taken up all that was sent (`send` too, if the queue is held back), and stays idle: between two turns that follow each other (a queued
   * prompt, a subagent's report) agents are idle for a moment. @throws HumanError when it ends first.
   */
  async waitIdle(send?: string): Promise<AgentState> {
    if (send !== undefined && this.conversation.queue.some((queued) => queued.send === send)) await this.upkeep.prompts.fate(send);
    for (;;) {
      if (!this.isAlive && this.moving === null) throw sessionNotRunning(this.#label);
      // At its limit an agent takes nothing up, for hours perhaps: whoever waits is told so.
      const isDone = (): boolean => (this.isReady && this.upkeep.prompts.isSettled) || (this.isAlive && this.moving === null && this.state.is === 'limited');
      if (!isDone()) await this.#changes.next();
      else if (!(await this.waitFor(() => !isDone(), betweenTurnsMs))) {
        // Whoever waited shall not see an older state than the one that was waited for.
        await this.recorder.told();
        if (isDone()) return this.state;
      }
    }
  }

  /** Resolves when `test` holds, looking again at every change; false after `ms`. */
  waitFor(test: () => boolean, ms: number): Promise<boolean> {
    return this.#changes.until(test, ms);
  }

  /** The terminal takes the size of the view that was used last. */
  settleSize(): void {
    const size = this.viewSizes.current;
    if (!size || (size.cols === this.terminal.cols && size.rows === this.terminal.rows)) return;
    this.terminal.resize(size.cols, size.rows);
    this.#listener.sized();
  }

  /** Keys from a terminal view. Refused while a rewind runs. */
  input(data: string): void {
    if (this.moving !== null) return;
    if (this.state.is === 'waiting') this.#draft.clear();
    else this.#draft.typed(data);
    this.terminal.write(data);
    if (!this.#draft.isThere) this.upkeep.prompts.nudge();
  }

  /** Interrupts an agent that hangs and tells it to go on. */
  async nudge(): Promise<void> {
    if (this.moving !== null) throw sessionBusy(`a ${this.moving} is under way`);
    if (!this.isAlive) throw sessionNotRunning(this.#label);
    await this.upkeep.watch.nudgeNow();
  }

  async interrupt(): Promise<void> {
    if (this.moving !== null) throw sessionBusy(`a ${this.moving} is under way`);
    if (!this.run || !this.isAlive) throw sessionNotRunning(this.#label);
    await this.run.type({ is: 'interrupt' });
  }

  /** The first answer wins; a rewind under way has ended the question. */
  answer(request: string, decision: Decision, by: 'panel' | 'cli'): boolean {
    if (this.moving !== null || !this.conversation.requests.has(request) || !this.run?.answer(request, decision)) return false;
    void this.record({ type: 'permission_resolved', request, outcome: decision.option === 'deny' ? 'denied' : 'allowed', by });
    return true;
  }

  /** Ends the agent as a person would, then by signal; after a rewind that is under way, which would start it again. */
  async stop(timeoutMs: number): Promise<End> {
    while (this.moving !== null) await this.#changes.next();
    const run = this.run;
    if (!run || run.hasEnded) return { code: null, signal: null };
    this.#stopping = true;
    if (this.state.is === 'idle') await run.type({ is: 'exit' });
    else run.terminal.kill('SIGTERM');
    const timer = setTimeout(() => void run.end('SIGTERM', 3_000), timeoutMs);
    const end = await run.ended.finally(() => clearTimeout(timer));
    await this.ending;
    return end;
  }

  /** Changes how the session is kept going; only what is named changes. @throws HumanError when nothing can be recorded */
  async configure(settings: Partial<SessionSettings>, from: SendFrom): Promise<void> {
    await this.openLog();
    await this.recordOrGoOn({ type: 'configured', settings, from });
    this.upkeep.lookAgain();
  }

  /** Its log must be open. */
  async rename(label: string): Promise<void> {
    if (label === this.#label) return;
    const from = this.#label;
    this.#label = label;
    await this.recordOrGoOn({ type: 'renamed', from, to: label });
    this.#listener.changed();
  }

  /** The agent's own arguments, as given at the session's start. */
  agentArgs(): string[] {
    return this.conversation.started?.args ?? [];
  }

  /** Whether the agent could be started now, with the environment of whoever started it: it may have been updated or removed since. */
  async probeAgain(): Promise<AgentInstall> {
    const { starter } = this;
    if (!starter) return { is: 'unusable', problem: 'nobody has started it since the host did.', todo: 'Resume the session.' };
    const install = await this.adapter.probe(probeEnvironment(starter.env, this.#parts.bundled, this.cwd));
    if (install.is === 'ready' && this.starter === starter) this.starter = { ...starter, install };
    return install;
  }

  /** Says on every view of the terminal why keys do nothing for a moment; null: what the agent itself calls its window. */
  showInTitle(words: string | null): void {
    this.#listener.title(words ?? this.terminal.title);
  }

  /** Something that the summary shows has changed outside the record. */
  noteChange(): void {
    this.#listener.changed();
    this.#changes.tell();
  }

  /** After a rewind: an agent that ended meanwhile has an end of its own, unless another run took its place. */
  settleExit(): void {
    const { run } = this;
    const end = this.#unrecorded;
    this.#unrecorded = null;
    if (run && end && run.hasEnded) this.#onExit(run, end);
  }

  summary(): SessionSummary {
    const alive = this.isAlive || this.moving !== null;
    const summary = summaryOf(this.conversation, {
      uid: this.uid, label: this.#label, agentName: this.adapter.name, state: this.state, alive,
      pid: this.isAlive ? (this.run?.terminal.pid ?? null) : null, title: this.#title ||= titleOf(this.conversation), logPath: this.logPath,
      activeTs: this.upkeep.watch.lastSignTs,
      problem: this.recorder.problem?.message ?? this.damage[0] ?? this.files.unavailable ?? this.files.problem,
    });
    if (!summary) throw noSuchSession(this.#label);
    return summary;
  }

  /** Ends what runs and lets go of the log; the record stays. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.run && !this.run.hasEnded) await this.run.end('SIGTERM', 2_000);
    await this.ending;
    this.upkeep.close();
    await this.terminal.dispose();
    await this.recorder.close();
  }

  /** Takes away what only this session needs: its checkpoints, kept histories and output. The log is the caller's. */
  async removeTraces(): Promise<void> {
    const { directory } = this.#parts;
    const output = directory.outputPath(this.uid);
    for (const path of [join(directory.checkpoints, this.uid), join(directory.native, this.uid), join(directory.runs, this.uid), output, `${output}.1`])
      await rm(path, { recursive: true, force: true });
  }

  async #openLog(): Promise<void> {
    const { log, rows, damage } = await openEventLog(this.logPath);
    // Also what somebody else has written since it was read.
    for (const row of rows) this.conversation.apply(row);
    this.damage.splice(0, this.damage.length, ...damage);
    this.recorder.open(log);
  }

  #take(items: Decoded[], number: number): void {
    if (items.some((item) => item.is === 'draft' || item.is === 'live' || item.is === 'active')) this.upkeep.watch.sign();
    const live: LiveText[] = [];
    for (const item of items) {
      if (item.is === 'draft') this.#takeDraft(item.draft, number);
      else if (item.is === 'live') live.push(item.live);
      else if (item.is === 'native') this.#takeNative(item.native, item.cause);
    }
    if (live.length) this.#takeLive(live);
    // The prompt may land before the agent says that it is busy: at its prompt it is again only once that turn is over.
    if (this.#isTakenUp && !(this.state.is === 'idle' && this.conversation.isTurnRunning)) this.upkeep.prompts.queue.takenUp();
    this.#isTakenUp = false;
  }

  #takeDraft(draft: Extract<Decoded, { is: 'draft' }>['draft'], number: number): void {
    const body = this.#ingest.take(draft);
    if (!body) return;
    const completed = completedItem(body, this.conversation);
    void this.recorder.record([body, ...completed], number);
    if (body.type === 'state') this.#onState(body.state);
    else if (body.type === 'task_complete' && body.lane === mainLane) {
      this.#isTakenUp = true;
      this.upkeep.turnEnded(body.status);
    }
    else if (body.type === 'turn_started' || (body.type === 'block' && body.kind === 'prompt')) this.#isTakenUp = true;
    if (body.type !== 'block') this.#listener.changed();
  }

  #onState(state: AgentState): void {
    this.upkeep.stateChanged(state);
    if (state.is !== 'idle') return;
    void this.history.keep(this.conversation.native);
    if (this.moving === null && this.conversation.checkpoints.length) void this.files.capture('idle');
  }

  #takeNative(native: NativeRef, cause: string): void {
    const known = this.conversation.native;
    if (known.session === native.session && known.path === native.path) return;
    if (this.arriving?.session === native.session) {
      this.arriving = native;
      return;
    }
    const isOther = known.session !== native.session && this.conversation.lanes.get(mainLane)?.tip != null;
    const branch = isOther ? this.conversation.freeBranchName() : this.conversation.branch;
    if (isOther) void this.history.keep(known);
    void this.record({ type: 'native_session', native, branch, cause });
    void this.history.keep(native);
  }

  #takeLive(live: LiveText[]): void {
    for (const item of live) {
      if (item.text === null) this.live.delete(item.live);
      else this.live.set(item.live, item);
    }
    this.#listener.live(live);
  }

  #onExit(run: Run | null, end: End): void {
    if (run !== this.run) return;
    this.#takeLive([...this.live.values()].map((item) => ({ ...item, text: null })));
    if (this.moving === null) this.ending = this.#recordExit(end).catch(() => undefined);
    else this.#unrecorded = end;
    this.noteChange();
  }

  async #recordExit(end: End): Promise<void> {
    const wasStopped = this.#stopping;
    this.#stopping = false;
    // A rewind that failed has recorded the run's end already.
    if (this.conversation.alive) void this.record({ type: 'run_ended', code: end.code, ...(end.signal ? { signal: end.signal } : {}), cause: wasStopped ? 'stopped' : 'exited' });
    await this.history.keep(this.conversation.native);
    // Nothing may come after the row that says that it is over.
    await this.files.settled();
    await this.recordOrGoOn(...(await this.#bookends.atEnd(end, { wasStopped, closing: this.#closed, label: this.#label })));
    this.upkeep.rest();
    this.noteChange();
  }
}
