import type { Decoded, Draft, LiveText } from '../core/adapter.ts';
import type { AgentState, NativeRef } from '../core/events.ts';
import { mainLane, type RequestId } from '../core/ids.ts';
import { Ingest } from '../core/ingest.ts';
import { completedItem } from './completedItem.ts';
import { isMoreRunning } from './openCalls.ts';
import type { Session, SessionListener } from './session.ts';
import { writerAt } from './whoWrites.ts';

/** What taking in needs of its session. */
type IntakeSession = Pick<Session, 'conversation' | 'recorder' | 'files' | 'history' | 'upkeep' | 'move' | 'state' | 'runs' | 'isAlive' | 'neighbours'>;

/** Takes in what a run's decoder makes of the agent: drafts become rows, live text is passed on, and whoever goes by the agent's state is told. */
export class Intake {
  /** Text on its way that is no row yet. */
  readonly live = new Map<string, LiveText>();
  readonly #session: IntakeSession;
  readonly #listener: Pick<SessionListener, 'live' | 'changed'>;
  readonly #ingest: Ingest;
  /** A request was answered since the agent has been waiting. */
  #isAnswered = false;
  /** The call that was asked about last. */
  #asked: string | undefined;

  constructor(session: IntakeSession, listener: Pick<SessionListener, 'live' | 'changed'>) {
    this.#session = session;
    this.#listener = listener;
    this.#ingest = new Ingest(session.conversation);
  }

  /** `run`: number of the run that they are of; its start has been recorded. */
  take(items: Decoded[], run: number): void {
    const { upkeep, conversation } = this.#session;
    if (items.some((item) => item.is === 'draft' || item.is === 'live' || item.is === 'active')) upkeep.watch.sign();
    const live: LiveText[] = [];
    let isTakenUp = false;
    for (const item of items) {
      if (item.is === 'draft') isTakenUp = this.#takeDraft(item.draft, run) || isTakenUp;
      else if (item.is === 'live') live.push(item.live);
      else if (item.is === 'native') this.#takeNative(item.native, item.cause);
      else if (item.is === 'refused') upkeep.prompts.refused(item.problem);
    }
    if (live.length) this.#takeLive(live);
    this.noteWork();
    // The prompt may land before the agent says that it is busy: at its prompt it is again only once that turn is over.
    if (isTakenUp && !(this.#session.state.is === 'idle' && conversation.isTurnRunning)) upkeep.prompts.queue.takenUp();
  }

  /** What the last run has written after its host had died: it was read of the agent's own history. */
  catchUp(drafts: Draft[]): void {
    for (const draft of drafts) this.#takeDraft(draft, this.#session.conversation.run);
  }

  /** A request was answered, so that what it asked for may run. */
  answered(): void {
    this.#isAnswered = true;
    this.noteWork();
  }

  /** Who may write files has changed, perhaps. */
  noteWork(): void {
    const { files, conversation, runs, isAlive, neighbours } = this.#session;
    // As the record has it: of a process that has just ended the last doings are yet to come.
    const state: AgentState = conversation.alive ? conversation.state : { is: 'exited' };
    if (state.is !== 'waiting') this.#isAnswered = false;
    const isBackground = isAlive && runs.background.length > 0;
    files.who.become(writerAt({
      state, isAnswered: this.#isAnswered, openRequests: conversation.requests.size,
      isMoreAtWork: isBackground || (state.is === 'waiting' && isMoreRunning(conversation)), isFolderShared: neighbours.isAtWork,
    }));
  }

  /** A request of that run can be answered in its terminal only. */
  left(request: RequestId, run: number): void {
    const { recorder, conversation } = this.#session;
    if (conversation.requests.has(request)) void recorder.record([{ type: 'permission_left', request }], run);
  }

  /** Nothing more comes of the text that was on its way. */
  runEnded(): void {
    this.#takeLive([...this.live.values()].map((item) => ({ ...item, text: null })));
  }

  /** True when it shows that the agent took up what was typed. */
  #takeDraft(draft: Draft, run: number): boolean {
    const { recorder, conversation, upkeep, history } = this.#session;
    const body = this.#ingest.take(draft);
    if (!body) return false;
    const completed = completedItem(body, conversation);
    const before = conversation.state;
    void recorder.record([body, ...completed], run);
    if (body.type === 'permission_requested') this.#asked = body.call;
    if (body.type === 'permission_resolved' && body.outcome !== 'gone') this.answered();
    const hasEndedTurn = body.type === 'task_complete' && body.lane === mainLane;
    if (body.type === 'state') this.#onState(body.state, before);
    else if (hasEndedTurn) upkeep.turnEnded(body.status);
    // The last rows of a turn land when the agent is idle already.
    if (body.type === 'block' && before.is === 'idle') void history.keep(conversation.native);
    if (body.type !== 'block') this.#listener.changed();
    return hasEndedTurn || body.type === 'turn_started' || (body.type === 'block' && (body.kind === 'prompt' || (body.kind === 'notice' && body.notice === 'command')));
  }

  #onState(state: AgentState, before: AgentState): void {
    const { upkeep, history, conversation } = this.#session;
    upkeep.stateChanged(state);
    this.#captureBetween(before, state);
    if (state.is === 'idle') void history.keep(conversation.native);
  }

  /** Where work ends and rest begins, or the other way round, the files are captured: so it stays known who changed them. */
  #captureBetween(before: AgentState, now: AgentState): void {
    const { conversation, move, files } = this.#session;
    // The agent that is being started on another history has done nothing yet; of one that is ended there, all is captured.
    if (conversation.checkpoints.length === 0 || move.arriving !== null || (now.is === 'exited' && move.what !== null)) return;
    if (now.is === 'idle' || now.is === 'limited') void files.capture('idle', { where: 'after' });
    else if (now.is === 'exited' && files.who.hasWorked) void files.capture('idle', { where: 'after' });
    else if (now.is === 'waiting') void files.capture('wait', { call: now.for === 'permission' ? this.#asked : undefined, where: 'after' });
    else if (before.is === 'waiting' && files.who.hasRested) void files.capture('wait', { call: this.#asked, where: 'after' });
  }

  /** The agent goes on in another history of its own: once something was said, that begins a branch. */
  #takeNative(native: NativeRef, cause: string): void {
    const { conversation, recorder, history, move } = this.#session;
    const known = conversation.native;
    if (known.session === native.session && known.path === native.path) return;
    if (move.meets(native)) return;
    const isOther = known.session !== native.session && conversation.lanes.get(mainLane)?.tip != null;
    const branch = isOther ? conversation.freeBranchName() : conversation.branch;
    if (isOther) void history.keep(known);
    void recorder.record([{ type: 'native_session', native, branch, cause }]);
    void history.keep(native);
  }

  #takeLive(live: LiveText[]): void {
    for (const item of live) {
      if (item.text === null) this.live.delete(item.live);
      else this.live.set(item.live, item);
    }
    this.#listener.live(live);
  }
}
