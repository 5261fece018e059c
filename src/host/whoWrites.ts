import type { AgentState, FileWriter } from '../core/events.ts';

/** What there is to know of a session at one moment to say who may write in its folder. */
export interface Moment {
  state: AgentState;
  /** A request was answered since the agent has been waiting: what it asked for may run. */
  isAnswered: boolean;
  openRequests: number;
  /** Calls that run beside the ones that are asked about, or work that goes on behind the agent's back. */
  isMoreAtWork: boolean;
  /** Another session of this host is at work in the same folder. */
  isFolderShared: boolean;
}

/** Who may write in the session's folder at that moment. Whatever the session does not do there, others may do at any time. */
export function writerAt({ state, isAnswered, openRequests, isMoreAtWork, isFolderShared }: Moment): FileWriter {
  if (state.is === 'busy') return isFolderShared ? 'either' : 'session';
  if (state.is !== 'waiting') return isMoreAtWork ? 'either' : 'others';
  if (isAnswered) return openRequests === 0 && !isFolderShared ? 'session' : 'either';
  // What it is that a permission is asked for is not known (yet): it may have been given.
  return isMoreAtWork || (state.for === 'permission' && openRequests === 0) ? 'either' : 'others';
}

/**
 * Where in the agent's doings the files are captured. `before`: it stands still until that is done, and what it has just been set to has not
 * begun; `after`: what it did has ended in this moment, and what it does now is told next; `amidst`: neither.
 */
export type Occasion = 'before' | 'amidst' | 'after';

/** Who may have written in a session's folder since its files were last captured. */
export class WhoWrites {
  #now: FileWriter = 'others';
  #since: FileWriter[];
  /** The agent has just been set to work. */
  #isFresh = false;
  #hasEnded = false;

  /** `before`: who it was between the last capture of the record and now. */
  constructor(before: FileWriter) {
    this.#since = [before];
  }

  /** Something else than the session's own work was possible since then. */
  get hasRested(): boolean {
    return this.#since.some((one) => one !== 'session');
  }

  get hasWorked(): boolean {
    return this.#since.some((one) => one !== 'others');
  }

  become(now: FileWriter): void {
    const hasEnded = this.#hasEnded;
    this.#hasEnded = false;
    if (now === this.#now) return;
    this.#isFresh = this.#now === 'others';
    this.#now = now;
    if (hasEnded) this.#since.splice(0, this.#since.length, now);
    else this.#since.push(now);
  }

  /** The files are about to be captured. Gives who it was since the last time, once that is done; `isLate`: so long after, that what came meanwhile counts too. */
  capture(where: Occasion): (isLate: boolean) => FileWriter {
    const seen = where === 'before' && this.#isFresh ? this.#since.slice(0, -1) : this.#since;
    const following = [this.#now];
    this.#since = following;
    this.#isFresh = false;
    this.#hasEnded = where === 'after';
    return (isLate) => writerOf(isLate ? [...seen, ...following] : seen);
  }
}

function writerOf(seen: readonly FileWriter[]): FileWriter {
  const [first = 'either'] = seen;
  return seen.every((one) => one === first) ? first : 'either';
}
