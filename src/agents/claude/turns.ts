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
  /** The status file has said busy or waiting since the turn began. An older “idle” that is read late must not end the turn. */
  #wasBusy = false;
  /** Time stamp of the last idle status that was read; another one means that there was work in between. */
  #idleSince: unknown;
  #idleBeforeTurn: unknown;
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
    return this.#turn === null ? [] : this.#complete(ending);
  }

  /** The status file's content. */
  status(text: string | null): Decoded[] {
    const json = text === null ? undefined : parseObject(text);
    switch (asText(json?.['status'])) {
      case 'busy': {
        this.#wasBusy = true;
        if (this.#turn === null) this.#ended = null;
        return this.#enter({ is: 'busy' });
      }
      case 'waiting': {
        this.#wasBusy = true;
        return this.#enter({ is: 'waiting', for: asText(json?.['waitingFor'])?.includes('permission') ? 'permission' : 'question' });
      }
      case 'idle': return this.#idle(json?.['statusUpdatedAt'] ?? json?.['updatedAt']);
      default: return [];
    }
  }

  exited(): Decoded[] {
    return [...(this.#turn === null ? [] : this.#complete('interrupted')), ...this.#enter({ is: 'exited' })];
  }

  #idle(since: unknown): Decoded[] {
    this.#idleSince = since;
    const isNew = since !== undefined && this.#idleBeforeTurn !== undefined && since !== this.#idleBeforeTurn;
    if (this.#turn !== null && !this.#wasBusy && !isNew) return [];
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
    this.#wasBusy = false;
    this.#idleBeforeTurn = this.#idleSince;
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
