import type { Decoded } from '../../core/adapter.ts';
import type { AgentState } from '../../core/events.ts';
import { mainLane } from '../../core/ids.ts';
import type { Hook } from './hook.ts';
import { asText, parseObject } from './json.ts';

type Ending = 'completed' | 'failed' | 'interrupted';

/**
 * State and turns of the main agent. The CLI's own status file is the truth: nothing else tells an interrupt by Escape. Hooks come before
 * it and are hints. A turn that ends without Stop or StopFailure was interrupted.
 */
export class Turns {
  #state: AgentState = { is: 'starting' };
  #turn: string | null = null;
  /** Told as ended by Stop or StopFailure; the agent may still be at work until its status says idle. */
  #ended: Ending | null = null;
  /** What the status file said last, and when it says that this began. */
  #said: { status: string; since: unknown } = { status: '', since: undefined };
  /** `since` of the status in which the last Stop came: an idle that belongs to it may still be on its way when the next turn begins. */
  #stoppedIn: unknown = null;
  /** The status file has spoken of this turn. An older “idle” that is read late must not end it. */
  #isSeen = false;
  #lastTurn: string | null = null;
  #count = 0;

  get state(): AgentState {
    return this.#state;
  }

  get isOver(): boolean {
    return this.#turn === null;
  }

  prompted(hook: Hook): Decoded[] {
    return [...this.#begin(hook.prompt), ...this.#enter({ is: 'busy' })];
  }

  /** Any sign of work: a turn that no prompt announced (a background task's end wakes the agent) begins here. */
  worked(hook: Hook): Decoded[] {
    if (hook.lane !== mainLane || this.#turn !== null || hook.prompt === undefined || hook.prompt === this.#lastTurn) return [];
    return this.prompted(hook);
  }

  asked(kind: 'permission' | 'question'): Decoded[] {
    return this.#enter({ is: 'waiting', for: kind });
  }

  answered(): Decoded[] {
    return this.#state.is === 'waiting' ? this.#enter({ is: 'busy' }) : [];
  }

  /** Stop or StopFailure. A Stop that another hook refuses is followed by more work and another Stop. */
  stopped(ending: 'completed' | 'failed'): Decoded[] {
    this.#stoppedIn = this.#said.since;
    return this.#turn === null ? [] : this.#complete(ending);
  }

  /** The status file's content. */
  status(text: string | null): Decoded[] {
    const json = text === null ? undefined : parseObject(text);
    const status = asText(json?.['status']);
    if (status === undefined) return [];
    this.#said = { status, since: json?.['statusUpdatedAt'] ?? json?.['updatedAt'] };
    if (status === 'idle') return this.#idle();
    this.#isSeen = true;
    if (this.#turn === null) this.#ended = null;
    if (status === 'busy') return this.#enter({ is: 'busy' });
    return status === 'waiting' ? this.#enter({ is: 'waiting', for: asText(json?.['waitingFor'])?.includes('permission') ? 'permission' : 'question' }) : [];
  }

  /** The transcript says that the user has interrupted: whatever the status file says is of after that. */
  interrupted(turn: string | undefined): Decoded[] {
    if (this.#turn === null || turn !== this.#turn) return [];
    this.#isSeen = true;
    return this.#said.status === 'idle' ? this.#idle() : [];
  }

  exited(): Decoded[] {
    return [...(this.#turn === null ? [] : this.#complete('interrupted')), ...this.#enter({ is: 'exited' })];
  }

  #idle(): Decoded[] {
    if (this.#turn !== null && !this.#isSeen) return [];
    const completed = this.#turn === null ? [] : this.#complete('interrupted');
    const interrupted = this.#ended === 'interrupted';
    return [...completed, ...this.#enter({ is: 'idle', ...(interrupted ? { interrupted: true } : {}) })];
  }

  #begin(prompt: string | undefined): Decoded[] {
    if (this.#turn !== null && (prompt === undefined || prompt === this.#turn)) return [];
    const before = this.#turn === null ? [] : this.#complete('interrupted');
    this.#turn = prompt ?? `turn-${++this.#count}`;
    this.#lastTurn = this.#turn;
    this.#ended = null;
    this.#isSeen = this.#said.status === 'busy' && this.#said.since !== this.#stoppedIn;
    return [...before, { is: 'draft', draft: { type: 'turn_started', turnId: this.#turn, lane: mainLane } }];
  }

  #complete(status: Ending): Decoded[] {
    const turnId = this.#turn ?? '';
    this.#turn = null;
    this.#ended = status;
    return [{ is: 'draft', draft: { type: 'task_complete', turnId, status, lane: mainLane } }];
  }

  #enter(state: AgentState): Decoded[] {
    if (this.#state.is === 'exited' || JSON.stringify(state) === JSON.stringify(this.#state)) return [];
    this.#state = state;
    return [{ is: 'draft', draft: { type: 'state', state } }];
  }
}
