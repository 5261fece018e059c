import type { Decoded } from '../../core/adapter.ts';
import type { AgentState } from '../../core/events.ts';
import { mainLane } from '../../core/ids.ts';
import type { Dialog } from './dialogs.ts';
import type { Hook } from './hook.ts';
import { asText, parseObject } from './json.ts';
import type { Limit } from './limits.ts';

/** Status words of the CLI (2.1.329) whose turn is over; `shell`: a background command lives. Of a word that is not known the hooks decide. */
const restWords = new Set(['idle', 'shell']);
const knownWords = new Set([...restWords, 'busy', 'waiting', '']);

type Ending = 'completed' | 'failed' | 'interrupted';

/**
 * State and turns of the main agent. The CLI's own status file is the truth: nothing else tells an interrupt by Escape. Hooks come before
 * it and are hints. A turn that ends without Stop or StopFailure was interrupted.
 */
export class Turns {
  #state: AgentState = { is: 'starting' };
  /** The state but for a dialog or a limit, which hide it. */
  #own: AgentState = { is: 'starting' };
  #dialog: Dialog | null = null;
  #limit: Limit | null = null;
  /** The CLI has come to rest at the limit: being busy is news then, and not a late word about the turn that ran into it. */
  #isLimitReached = false;
  /** A hook has told what it waits for. */
  #isAsked = false;
  #turn: string | null = null;
  /** Told as ended by Stop or StopFailure; the agent may still be at work until its status says idle. */
  #ended: Ending | null = null;
  /** What the status file said last, and when it says that this began. */
  #said: { status: string; since: unknown } = { status: '', since: undefined };
  /** `since` of the status in which the last Stop came: an idle that belongs to it may still be on its way when the next turn begins. */
  #stoppedIn: unknown = null;
  /** The status file has spoken of this turn. An older “idle” that is read late must not end it. */
  #isSeen = false;
  /** The turn is over while background work goes on, for which the status file says busy. */
  #isResting = false;
  /** No hook tells: turns are read of the transcript. */
  isBlind = false;
  #lastTurn: string | null = null;
  #count = 0;

  get state(): AgentState {
    return this.#state;
  }

  get isOver(): boolean {
    return this.#turn === null;
  }

  prompted(hook: Hook): Decoded[] {
    this.#isResting = false;
    const begun = this.#begin(hook.prompt);
    // Busy comes first: whoever waits for a turn to begin must not find the agent idle then.
    return [...this.#enter({ is: 'busy' }), ...begun];
  }

  /** Any sign of work: a turn that no prompt announced (a background task's end wakes the agent) begins here. */
  worked(hook: Hook): Decoded[] {
    if (hook.lane !== mainLane || this.#turn !== null || hook.prompt === undefined) return [];
    if (hook.prompt !== this.#lastTurn) return this.prompted(hook);
    // Another hook has refused the end of the turn. The display of a text may be told late, a call is not.
    if (!this.#isResting || hook.event !== 'PreToolUse') return [];
    this.#isResting = false;
    return this.#enter({ is: 'busy' });
  }

  /** A prompt in the transcript: where no hook tells, a turn begins with it. The agent may be idle again when it is read. */
  read(turn: string | undefined): Decoded[] {
    if (!this.isBlind || turn === undefined || turn === this.#lastTurn) return [];
    const begun = this.#begin(turn);
    this.#isSeen = true;
    return begun;
  }

  /** The transcript's row at the end of a turn; the status file may say busy for as long as background work goes on. */
  readEnd(isMoreAlive: boolean): Decoded[] {
    return this.isBlind ? this.stopped('completed', isMoreAlive) : [];
  }

  asked(kind: 'permission' | 'question'): Decoded[] {
    this.#isAsked = true;
    return this.#enter({ is: 'waiting', for: kind });
  }

  answered(): Decoded[] {
    return this.#own.is === 'waiting' ? this.#enter(this.#atWork()) : [];
  }

  /** What the screen shows in place of the input box; null: nothing does. */
  dialog(dialog: Dialog | null): Decoded[] {
    this.#dialog = dialog;
    return this.#show();
  }

  /** The turn (the present one, when none is given) has come to a usage limit, which holds until there is work again. */
  limited(limit: Limit, turn: string | null = this.#turn ?? this.#lastTurn): Decoded[] {
    if (turn === null || (turn !== this.#turn && turn !== this.#lastTurn) || (this.#limit?.until !== undefined && limit.until === undefined)) return [];
    this.#limit = limit;
    this.#isLimitReached ||= this.#own.is === 'idle';
    return this.#show();
  }

  /** Whether a limit that the screen shows is news: not while it is known, nor after a turn that went well in spite of it. */
  get mayBeLimited(): boolean {
    return this.#limit === null && this.#turn === null && this.#ended !== 'completed';
  }

  /**
   * Stop or StopFailure. A Stop that another hook refuses is followed by more work and another Stop. `isMoreAlive`: background work goes on, and
   * the status file may say busy for as long as it does.
   */
  stopped(ending: 'completed' | 'failed', isMoreAlive: boolean): Decoded[] {
    this.#stoppedIn = this.#said.since;
    const completed = this.#turn === null ? [] : this.#complete(ending);
    return isMoreAlive || !knownWords.has(this.#said.status) ? [...completed, ...this.#rest()] : completed;
  }

  /** The status file's content. */
  status(text: string | null): Decoded[] {
    const json = text === null ? undefined : parseObject(text);
    const status = asText(json?.['status']);
    if (status === undefined) return [];
    this.#said = { status, since: json?.['statusUpdatedAt'] ?? json?.['updatedAt'] };
    if (restWords.has(status)) return this.#idle();
    this.#isSeen = true;
    if (this.#turn === null && !this.#isResting) this.#ended = null;
    if (status === 'busy') return this.#enter(this.#atWork());
    if (!knownWords.has(status)) return this.#turn === null ? this.#rest() : [];
    return status === 'waiting' ? this.#enter({ is: 'waiting', for: asText(json?.['waitingFor'])?.includes('permission') ? 'permission' : 'question' }) : [];
  }

  /** The transcript says that the user has interrupted: whatever the status file says is of after that. */
  interrupted(turn: string | undefined, isMoreAlive: boolean): Decoded[] {
    if (this.#turn === null || turn !== this.#turn) return [];
    this.#isSeen = true;
    if (restWords.has(this.#said.status)) return this.#idle();
    return isMoreAlive || !knownWords.has(this.#said.status) ? [...this.#complete('interrupted'), ...this.#rest()] : [];
  }

  exited(): Decoded[] {
    return [...(this.#turn === null ? [] : this.#complete('interrupted')), ...this.#enter({ is: 'exited' })];
  }

  /** What a status of work means: the turn's, or only that of what goes on in the background. */
  #atWork(): AgentState {
    return this.#isResting ? this.#atPrompt() : { is: 'busy' };
  }

  #atPrompt(): AgentState {
    return { is: 'idle', ...(this.#ended === 'interrupted' ? { interrupted: true } : {}) };
  }

  /** The turn is over, whatever the status file says of the work that goes on in the background. */
  #rest(): Decoded[] {
    this.#isResting = true;
    return this.#enter(this.#atPrompt());
  }

  #idle(): Decoded[] {
    if (this.#turn !== null && !this.#isSeen) return [];
    this.#isResting = false;
    // Without hooks a turn may be over before its last row is read.
    const completed = this.#turn === null ? [] : this.#complete(this.isBlind ? 'completed' : 'interrupted');
    return [...completed, ...this.#enter(this.#atPrompt())];
  }

  #begin(prompt: string | undefined): Decoded[] {
    if (this.#turn !== null && (prompt === undefined || prompt === this.#turn)) return [];
    const before = this.#turn === null ? [] : this.#complete('interrupted');
    this.#turn = prompt ?? `turn-${++this.#count}`;
    this.#lastTurn = this.#turn;
    this.#ended = null;
    this.#noLimit();
    this.#isSeen = this.#said.status === 'busy' && this.#said.since !== this.#stoppedIn;
    return [...before, { is: 'draft', draft: { type: 'turn_started', turnId: this.#turn, lane: mainLane } }];
  }

  #noLimit(): void {
    this.#limit = null;
    this.#isLimitReached = false;
  }

  #complete(status: Ending): Decoded[] {
    const turnId = this.#turn ?? '';
    this.#turn = null;
    this.#ended = status;
    return [{ is: 'draft', draft: { type: 'task_complete', turnId, status, lane: mainLane } }];
  }

  #enter(state: AgentState): Decoded[] {
    this.#own = state;
    if (state.is !== 'waiting') this.#isAsked = false;
    if (state.is === 'idle' && this.#limit) this.#isLimitReached = true;
    if (state.is === 'busy' && this.#isLimitReached) this.#noLimit();
    return this.#show();
  }

  #show(): Decoded[] {
    const state = this.#shown();
    if (this.#state.is === 'exited' || JSON.stringify(state) === JSON.stringify(this.#state)) return [];
    this.#state = state;
    return [{ is: 'draft', draft: { type: 'state', state } }];
  }

  #shown(): AgentState {
    if (this.#own.is === 'exited' || this.#isAsked) return this.#own;
    if (this.#dialog && !this.#limit) return { is: 'waiting', for: 'dialog', ...this.#dialog };
    return this.#limit && this.#own.is !== 'busy' ? { is: 'limited', ...this.#limit } : this.#own;
  }
}
