import { isAbsolute, relative, sep } from 'node:path';
import { ownersAfter } from '../core/fileOwners.ts';
import type { Origin } from '../core/events.ts';
import type { Session } from './session.ts';

/** What a neighbour is asked for. */
type Neighbour = Pick<Session, 'uid' | 'cwd' | 'conversation' | 'state'>;

/** Sessions of this host that work in the same folder as one of them, or in one around or below it. */
export class Neighbours {
  readonly #of: { uid: string; cwd: string };
  readonly #all: () => Iterable<Neighbour>;
  /** Folders stay what they are, and each thing that an agent does asks. */
  readonly #isNear = new WeakMap<Neighbour, boolean>();

  constructor(of: { uid: string; cwd: string }, all: () => Iterable<Neighbour>) {
    this.#of = of;
    this.#all = all;
  }

  /** Whether one of them is at work, and may write in this folder. */
  get isAtWork(): boolean {
    for (const session of this.#all()) if (session.state.is === 'busy' && this.#isNeighbour(session)) return true;
    return false;
  }

  /**
   * Paths, relative to this session's folder, whose changes after that time are surely theirs. What one of `origins` did before this
   * session began as its copy is this session's own past.
   */
  pathsAfter(ts: string, origins: readonly Origin[] = []): ReadonlySet<string> {
    const paths = new Set<string>();
    for (const session of this.#all()) {
      if (!this.#isNeighbour(session)) continue;
      const { conversation, cwd, uid } = session;
      const until = origins.find((origin) => origin.uid === uid)?.until ?? ts;
      const owners = ownersAfter(conversation, until > ts ? until : ts);
      for (const [path, owner] of owners) if (owner === 'session') paths.add(pathFrom(this.#of.cwd, cwd, path));
    }
    return paths;
  }

  #isNeighbour(session: Neighbour): boolean {
    const known = this.#isNear.get(session);
    if (known !== undefined) return known;
    const { uid, cwd } = this.#of;
    const isNear = session.uid !== uid && (isInside(cwd, session.cwd) || isInside(session.cwd, cwd));
    this.#isNear.set(session, isNear);
    return isNear;
  }
}

/** Whether the folder is the root, or below it. */
export function isInside(root: string, folder: string): boolean {
  const path = relative(root, folder);
  return path === '' || (!path.startsWith('..') && !isAbsolute(path));
}

/** As checkpoints of `folder` name what checkpoints of `other` name `path`. */
const pathFrom = (folder: string, other: string, path: string): string => relative(folder, `${other}/${path}`).split(sep).join('/');
