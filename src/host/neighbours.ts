import { isAbsolute, relative, sep } from 'node:path';
import { ownersAfter } from '../core/fileOwners.ts';
import type { Session } from './session.ts';

/** What a neighbour is asked for. */
type Neighbour = Pick<Session, 'uid' | 'cwd' | 'conversation' | 'state'>;

/** Sessions of this host that work in the same folder as one of them, or in one around or below it. */
export class Neighbours {
  readonly #of: { uid: string; cwd: string };
  readonly #all: () => Iterable<Neighbour>;

  constructor(of: { uid: string; cwd: string }, all: () => Iterable<Neighbour>) {
    this.#of = of;
    this.#all = all;
  }

  /** Whether one of them is at work, and may write in this folder. */
  get isAtWork(): boolean {
    return this.#near().some(({ state }) => state.is === 'busy');
  }

  /** Paths, relative to this session's folder, whose changes after that time are surely theirs. */
  pathsAfter(ts: string): ReadonlySet<string> {
    const paths = new Set<string>();
    for (const { conversation, cwd } of this.#near()) {
      for (const [path, owner] of ownersAfter(conversation, ts)) if (owner === 'session') paths.add(pathFrom(this.#of.cwd, cwd, path));
    }
    return paths;
  }

  #near(): Neighbour[] {
    return [...this.#all()].filter(({ uid, cwd }) => uid !== this.#of.uid && (isInside(this.#of.cwd, cwd) || isInside(cwd, this.#of.cwd)));
  }
}

/** Whether the folder is the root, or below it. */
export function isInside(root: string, folder: string): boolean {
  const path = relative(root, folder);
  return path === '' || (!path.startsWith('..') && !isAbsolute(path));
}

/** As checkpoints of `folder` name what checkpoints of `other` name `path`. */
const pathFrom = (folder: string, other: string, path: string): string => relative(folder, `${other}/${path}`).split(sep).join('/');
