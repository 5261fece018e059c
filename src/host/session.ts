import { join } from 'node:path';
import type { AgentAdapter, Draft, LiveText } from '../core/adapter.ts';
import { Conversation } from '../core/conversation.ts';
import { noSuchSession, sessionMoving, sessionNotRunning } from '../core/errors.ts';
import type { AgentState, Event, SendFrom, SessionSettings, UnknownEvent } from '../core/events.ts';
import type { Shown } from '../core/shown.ts';
import type { SessionEnd, SessionSummary } from '../core/view.ts';
import { openCheckpoints } from '../node/checkpoints.ts';
import { openOutputFile, type OutputFile } from '../node/outputFile.ts';
import type { AgentPlaces } from './agentPlaces.ts';
import { Bookends, type StartFacts } from './bookends.ts';
import { Changes } from './changes.ts';
import type { HostParts } from './hostParts.ts';
import { Intake } from './intake.ts';
import { Move } from './move.ts';
import type { Neighbours } from './neighbours.ts';
import { HistoryDoubts } from './historyDoubts.ts';
import { NativeHistory } from './nativeHistory.ts';
import { Recorder } from './recorder.ts';
import type { Decision, RunSpec } from './run.ts';
import { Runs, type Starter, type Stopped } from './runs.ts';
import { SessionTerminal } from './sessionTerminal.ts';
import { checkNothingElse, checkShownTurn } from './shown.ts';
import { summaryOf, firstPromptLine } from './summary.ts';
import { Upkeep } from './upkeep.ts';
import { ViewSizes } from './viewSizes.ts';
import { waitIdle } from './waitIdle.ts';
import { WorkspaceFiles } from './workspaceFiles.ts';

export interface SessionListener {
  events(events: Event[]): void;
  live(live: LiveText[]): void;
  title(title: string): void;
  sized(): void;
  changed(): void;
}

export interface SessionOptions {
  uid: string;
  label: string;
  cwd: string;
  adapter: AgentAdapter;
  logPath: string;
  /** What its log holds, and why some of it could not be read. */
  rows: (Event | UnknownEvent)[];
  damage: string[];
  screen: { cols: number; rows: number };
  host: HostParts;
  listener: SessionListener;
  neighbours: Neighbours;
  places: AgentPlaces;
}

/** A turn that has been interrupted is not interrupted again within so long: what shows that it is over may be on its way. */
const againMs = 1_000;

/** One agent at work in one folder, with one log. Lives in the host; its agent's process may come and go. */
export class Session {
  readonly uid: string;
  readonly adapter: AgentAdapter;
  readonly cwd: string;
  readonly conversation = new Conversation();
  readonly recorder: Recorder;
  readonly terminal: SessionTerminal;
  readonly viewSizes = new ViewSizes();
  readonly files: WorkspaceFiles;
  readonly history: NativeHistory;
  readonly doubts: HistoryDoubts;
  readonly upkeep: Upkeep;
  readonly move = new Move();
  readonly runs: Runs;
  readonly changes = new Changes();
  readonly neighbours: Neighbours;
  readonly places: AgentPlaces;
  readonly #listener: SessionListener;
  readonly #bookends: Bookends;
  readonly #intake: Intake;
  readonly #output: OutputFile;
  #title = '';
  /** The last interrupt of a turn that was shown. */
  #interrupt: { turn: string; atMs: number; typed: Promise<void> } | null = null;
  #closing: Promise<void> | null = null;

  /** Its log is not opened for writing: `recorder.open` does that. */
  static async open(options: SessionOptions): Promise<Session> {
    const { path, checkpoints: store } = options.host.directory;
    const checkpoints = await openCheckpoints({ gitDir: join(store, options.uid), folder: options.cwd, own: [path], agents: () => options.places.all });
    return new Session(options, checkpoints);
  }

  private constructor(options: SessionOptions, checkpoints: Awaited<ReturnType<typeof openCheckpoints>>) {
    const { uid, adapter, cwd, host, listener } = options;
    this.uid = uid;
    this.adapter = adapter;
    this.cwd = cwd;
    this.#listener = listener;
    this.neighbours = options.neighbours;
    this.places = options.places;
    this.#bookends = new Bookends(this.conversation, cwd);
    for (const row of options.rows) {
      this.conversation.apply(row);
      this.#bookends.see(row);
      this.places.seeRow(adapter, row);
    }
    this.recorder = new Recorder(this.conversation, { label: options.label, path: options.logPath, damage: options.damage }, () => this.noteChange());
    this.recorder.onEvents((events) => {
      for (const event of events) this.places.seeRow(adapter, event);
      listener.events(events);
      this.changes.tell();
    });
    this.files = new WorkspaceFiles({ checkpoints, conversation: this.conversation, record: (body) => this.recorder.record([body]), noteChange: () => this.noteChange() });
    this.history = new NativeHistory(adapter, join(host.directory.native, uid), () => this.noteChange());
    this.doubts = new HistoryDoubts(adapter, this.history);
    this.#output = openOutputFile(host.directory.outputPath(uid), { onProblem: () => this.noteChange() });
    this.terminal = new SessionTerminal({ ...options.screen, output: this.#output, onTitle: (title) => listener.title(title) });
    this.upkeep = new Upkeep({
      conversation: this.conversation, limitDialogKeys: adapter.limitDialogKeys ?? [],
      label: () => this.label, state: () => this.state, isAlive: () => this.isAlive, moving: () => this.move.what, isReady: () => this.isReady, hasBackground: () => this.runs.background.length > 0,
      record: (...bodies) => this.recorder.recordOrGoOn(bodies), isClosed: () => this.runs.isClosed,
      type: (input, check) => this.runs.type(input, check), check: (input) => void adapter.keystrokes(input, this.state),
      takeUpOf: (text) => (adapter.showsTakeUp !== true ? 'nothing' : adapter.isCommand?.(text) ? 'command' : 'turn'), settle: () => this.runs.settle(), press: (keys) => this.runs.press(keys),
      waitFor: (test, ms) => this.waitFor(test, ms), waitIdle: () => this.waitIdle(), stop: (timeoutMs) => this.stop(timeoutMs), noteChange: () => this.noteChange(),
    });
    this.upkeep.prompts.queue.onQuiet(() => this.changes.tell());
    this.#intake = new Intake(this, listener);
    this.runs = new Runs(this, host, this.#intake, this.#bookends);
  }

  get label(): string {
    return this.recorder.label;
  }

  get isAlive(): boolean {
    return this.runs.isAlive;
  }

  /** Its agent runs, or a rewind or switch is about to start it again. */
  get isLiving(): boolean {
    return this.isAlive || this.move.what !== null;
  }

  /** At its prompt, and nothing is being done to it. */
  get isReady(): boolean {
    return this.runs.isAtPrompt && this.move.what === null && !this.upkeep.draft.isThere;
  }

  get state(): AgentState {
    return this.runs.state;
  }

  /** Text on its way that is no row yet. */
  get live(): ReadonlyMap<string, LiveText> {
    return this.#intake.live;
  }

  /**
   * Starts the agent of a new session; the first rows of its log say so. Nothing may have been recorded before.
   * @throws HumanError when they cannot be written: the agent is to be ended then
   */
  async begin(starter: Starter, how: RunSpec['how'], facts: StartFacts): Promise<{ is: 'started' } | { is: 'failed'; problem: string }> {
    const { version } = starter.install;
    const first = await this.#bookends.atStart(facts, { uid: this.uid, agent: this.adapter.id, ...(version !== '' && { agent_version: version }) });
    const started = await this.runs.start(starter, { cause: 'start', how, args: facts.args, first });
    if (started.is === 'failed') return started;
    void this.files.capture('idle');
    const looked = this.lookAtNamedFiles();
    await Promise.race([started.recorded, this.recorder.refused]);
    if (this.recorder.problem) throw this.recorder.problem;
    await looked;
    return { is: 'started' };
  }

  /** What the agent's own history holds and the record does not is recorded. */
  catchUp(drafts: Draft[]): void {
    this.#intake.catchUp(drafts);
  }

  /** Resolves once the agent is idle and stays so, `send` included. @throws HumanError when it ends first */
  waitIdle(send?: string): Promise<AgentState> {
    return waitIdle(this, send);
  }

  /** Resolves once the session is over and its end is recorded. */
  async waitEnd(): Promise<SessionEnd> {
    for (;;) {
      await this.runs.ended();
      const { end } = this.conversation;
      if (!this.isLiving && end) {
        // Whoever waited shall have heard of it.
        await this.recorder.told();
        return end;
      }
      await this.changes.next();
    }
  }

  /** Resolves when `test` holds, looking again at every change; false after `ms`. */
  waitFor(test: () => boolean, ms: number): Promise<boolean> {
    return this.changes.until(test, ms);
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
    if (this.move.what !== null) return;
    this.terminal.write(data);
    if (this.state.is === 'waiting') this.upkeep.draft.clear();
    else this.upkeep.draft.typed(data);
  }

  /** Interrupts an agent that hangs and tells it to go on. @throws HumanError when the turn that was shown is over */
  async nudge(shown?: Shown): Promise<void> {
    const check = this.#checkOf(shown);
    check();
    if (!this.isAlive) throw sessionNotRunning(this.label);
    await this.upkeep.watch.nudgeNow(check);
  }

  /** Ends the turn that was shown, or whichever is under way. Asked twice for one turn, it presses the key once. @throws HumanError when the turn that was shown is over */
  async interrupt(shown?: Shown): Promise<void> {
    const check = this.#checkOf(shown);
    check();
    const turn = shown && this.conversation.runningTurn;
    const last = this.#interrupt;
    // The agent may be done with that turn already, and the key would reach what comes next.
    if (last && turn === last.turn && performance.now() - last.atMs < againMs) return last.typed;
    const typed = this.runs.type({ is: 'interrupt' }, check);
    if (typeof turn === 'string') this.#interrupt = { turn, atMs: performance.now(), typed };
    await typed;
  }

  /** The first answer wins; a rewind under way has ended the question. The agent gets it once it is on the disk. */
  async answer(request: string, decision: Decision, by: 'panel' | 'cli'): Promise<boolean> {
    if (this.move.what !== null || !this.conversation.requests.has(request)) return false;
    const outcome = decision.option === 'deny' ? 'denied' : 'allowed';
    let recorded: Promise<unknown> = Promise.resolve();
    const record = (): Promise<unknown> => {
      recorded = this.recorder.recordOrGoOn([{ type: 'permission_resolved', request, outcome, by }]);
      this.#intake.answered();
      return recorded;
    };
    if (!this.runs.current?.answer(request, decision, record)) return false;
    await recorded;
    return true;
  }

  /** As `Runs.stop`, after a rewind that is under way, which would start it again. @throws HumanError when it does other work than was shown */
  async stop(timeoutMs: number, shown?: Shown): Promise<Stopped> {
    while (this.move.what !== null) await this.changes.next();
    checkNothingElse(this, shown);
    return this.runs.stop(timeoutMs);
  }

  /** Changes how the session is kept going; only what is named changes. @throws HumanError when nothing can be recorded */
  async configure(settings: Partial<SessionSettings>, from: SendFrom): Promise<void> {
    await this.recorder.open();
    await this.recorder.recordOrGoOn([{ type: 'configured', settings, from }]);
    this.upkeep.lookAgain();
    await this.lookAtNamedFiles();
  }

  /** Looks at the files that the settings name: whoever has named one is answered after it, so that what happens to it from then on counts. */
  async lookAtNamedFiles(): Promise<void> {
    const [isOther] = await Promise.all([this.#bookends.look(), this.upkeep.fileLooked()]);
    if (isOther) this.noteChange();
  }

  /** @throws HumanError when nothing can be recorded */
  async rename(label: string): Promise<void> {
    await this.recorder.open();
    const from = this.label;
    if (label === from) return;
    this.recorder.label = label;
    await this.recorder.recordOrGoOn([{ type: 'renamed', from, to: label }]);
    this.#listener.changed();
  }

  /** The agent's own arguments, as given at the session's start. */
  agentArgs(): string[] {
    return this.conversation.started?.args ?? [];
  }

  /** Says on every view of the terminal why keys do nothing for a moment; null: what the agent itself calls its window. */
  showInTitle(words: string | null): void {
    this.#listener.title(words ?? this.terminal.title);
  }

  /** A neighbour has begun to work, or has ended. */
  noteNeighbours(): void {
    this.#intake.noteWork();
  }

  /** Something that the summary shows has changed outside the record. */
  noteChange(): void {
    this.#listener.changed();
    this.changes.tell();
  }

  summary(): SessionSummary {
    const summary = summaryOf(this.conversation, {
      uid: this.uid, label: this.label, agentName: this.adapter.name, promptHint: this.adapter.promptHint, state: this.state, alive: this.isLiving, moving: this.move.what, movingStep: this.move.step,
      pid: this.runs.pid, title: this.#title ||= firstPromptLine(this.conversation), logPath: this.recorder.logPath, activeTs: this.upkeep.watch.lastSignTs, queueHeld: this.upkeep.prompts.held.held,
      editing: this.upkeep.prompts.editing, background: this.runs.background,
      problem: this.#problem,
    });
    if (!summary) throw noSuchSession(this.label);
    return summary;
  }

  /** What is told first is what costs most. */
  get #problem(): string | null {
    const { recorder, files, runs, history, upkeep } = this;
    return recorder.problem?.message ?? recorder.damage[0] ?? files.unavailable ?? files.problem ?? runs.problem
      ?? history.problem ?? this.#bookends.problem ?? upkeep.fileProblem ?? this.#output.problem;
  }

  /** Ends what runs and lets go of the log; the record stays. Whoever asks again waits for the same. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.runs.close();
    this.upkeep.close();
    this.history.close();
    await this.terminal.dispose();
    await this.recorder.close();
  }

  /** What to call in the same step as the key is pressed. It throws a HumanError while a rewind or switch is under way, and when the turn is over. */
  #checkOf(shown: Shown | undefined): () => void {
    return () => {
      if (this.move.what !== null) throw sessionMoving(this.move.what);
      checkShownTurn(this, shown);
    };
  }
}
