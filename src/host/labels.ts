import { HumanError, idTaken } from '../core/errors.ts';
import { forkLabel, labelKey, makeLabel } from './names.ts';

/** Whose labels there are. */
export interface LabelsPort {
  /** Those of sessions whose agent runs, or is about to: no other may have them. */
  living(): string[];
  /** Those of all sessions: none of them is made up for a new one. */
  all(): string[];
}

/** Which ids are free. One that is held for a session that is about to run is not, so that of two who ask at once one is refused. */
export class Labels {
  readonly #port: LabelsPort;
  readonly #held = new Set<string>();

  constructor(port: LabelsPort) {
    this.#port = port;
  }

  /** The wished one, if any, else one that no session has. @throws HumanError when it cannot be an id */
  choose(wished: string | undefined): string {
    return wished === undefined ? makeLabel(this.#known()) : mustBeId(wished);
  }

  /** As `choose`; what is made up says of which session it is a fork. @throws HumanError when it cannot be an id */
  chooseForFork(wished: string | undefined, of: string): string {
    return wished === undefined ? forkLabel(of, this.#known()) : mustBeId(wished);
  }

  /** Holds a label until the work is done: then the session lives, or it is free again. @throws HumanError when it is taken */
  async hold<T>(label: string, work: () => Promise<T>): Promise<T> {
    this.#mustBeFree(label);
    const key = labelKey(label);
    this.#held.add(key);
    try {
      return await work();
    } finally {
      this.#held.delete(key);
    }
  }

  /** As `hold`, while a session gives up its label for that one. @throws HumanError when it may not */
  async holdChange(from: string, to: string, work: () => Promise<void>): Promise<void> {
    mustBeId(to);
    await (labelKey(from) === labelKey(to) ? work() : this.hold(to, work));
  }

  #mustBeFree(label: string): void {
    const key = labelKey(label);
    if (this.#held.has(key) || this.#port.living().some((living) => labelKey(living) === key)) throw idTaken(label);
  }

  #known(): (key: string) => boolean {
    const known = new Set([...this.#held, ...this.#port.all().map(labelKey)]);
    return (key) => known.has(key);
  }
}

/** What breaks a line, speaks to a terminal, or turns the text around it the other way. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** Any other character may be in one: a label is shown and compared, and never part of a path. @throws HumanError when it is none */
function mustBeId(label: string): string {
  if (unprintable.test(label)) throw new HumanError('bad-id', 'That cannot be an id: it holds a control character. Use letters, digits and what stands between them.', 2);
  if (!labelKey(label)) throw new HumanError('bad-id', `“${label}” cannot be an id: it needs a letter or a digit.`, 2);
  return label;
}
