import type { NativeRef } from '../core/events.ts';
import type { Moving, MoveStep } from '../core/view.ts';

/** A rewind or switch of one session while it is under way: it alone ends and starts the agent, keys are refused, sends wait. */
export class Move {
  /** How far it is; null when none is under way. */
  step: MoveStep | null = null;
  #what: Moving | null = null;
  #arriving: NativeRef | null = null;

  /** Null when none is under way. */
  get what(): Moving | null {
    return this.#what;
  }

  /** The native history that the agent is being started on, at the path that the agent itself has told, if it did; null once the record has it. */
  get arriving(): NativeRef | null {
    return this.#arriving;
  }

  begin(what: Moving): void {
    this.#what = what;
  }

  /** The agent is started on that history. */
  setOut(native: NativeRef): void {
    this.#arriving = native;
  }

  /** The agent was seen in that history. True when it is the one that it was started on, wherever it is written: then this is no news. */
  meets(native: NativeRef): boolean {
    if (this.#arriving?.session !== native.session) return false;
    this.#arriving = native;
    return true;
  }

  /** From here on the history is its branch's, which the record says. */
  arrived(): void {
    this.#arriving = null;
  }

  end(): void {
    this.#what = null;
    this.#arriving = null;
    this.step = null;
  }
}
