/** Files of a folder by their paths in it. */
export type Files = ReadonlyMap<string, string>;

/** `unclear`: the user, while the agent was at work and no call of it ran. */
export type Writer = 'session' | 'others' | 'unclear';

/** What a restore should have done, path by path. */
export interface Restored {
  restored: string[];
  conflicts: string[];
}

/**
 * What a folder has to hold: every write of the agent and of the user is told to it, and it says what a rewind may do. The rule is README's:
 * what only the session has changed since then goes back; what others have changed stays, and where it was both or nobody can tell, it is named.
 */
export class FolderModel {
  #now: Map<string, string>;
  /** Who has touched a path since the last moment. */
  #touched = new Map<string, Set<Writer>>();
  /** What the folder was like at moments that the product has to know, and who changed what before each. */
  readonly #moments: { files: Files; changed: Map<string, Set<Writer>> }[] = [];

  constructor(files: Files) {
    this.#now = new Map(files);
    this.moment();
  }

  get now(): Files {
    return this.#now;
  }

  /** `content` null: the file is removed. */
  write(path: string, content: string | null, by: Writer): void {
    if (content === null) this.#now.delete(path);
    else this.#now.set(path, content);
    const touched = this.#touched.get(path) ?? new Set();
    this.#touched.set(path, touched.add(by));
  }

  /** The state of now, to which a rewind may go back. What was changed and changed back before it leaves no trace. */
  moment(): Files {
    const files = new Map(this.#now);
    const before = this.#moments.at(-1)?.files ?? files;
    const changed = new Map([...this.#touched].filter(([path]) => before.get(path) !== files.get(path)));
    this.#moments.push({ files, changed });
    this.#touched = new Map();
    return files;
  }

  /** Goes back to the files of a moment, as far as a rewind may. */
  restore(to: Files): Restored {
    this.moment();
    const since = this.#moments.findLastIndex(({ files }) => isEqual(files, to));
    const outcome: Restored = { restored: [], conflicts: [] };
    for (const path of new Set([...this.#now.keys(), ...to.keys()])) {
      if (this.#now.get(path) === to.get(path)) continue;
      const writers = new Set(this.#moments.slice(since + 1).flatMap(({ changed }) => [...(changed.get(path) ?? [])]));
      if (writers.size > 1 || writers.has('unclear')) outcome.conflicts.push(path);
      if (writers.size !== 1 || !writers.has('session')) continue;
      outcome.restored.push(path);
      this.write(path, to.get(path) ?? null, 'session');
    }
    this.moment();
    return { restored: outcome.restored.sort(), conflicts: outcome.conflicts.sort() };
  }
}

const isEqual = (one: Files, other: Files): boolean =>
  one.size === other.size && [...one].every(([path, content]) => other.get(path) === content);

/** What two folders differ in, in words; `was`: as it has to be. */
export function folderProblems(was: Files, is: Files): string[] {
  const told = (content: string | undefined): string => (content === undefined ? 'nothing' : JSON.stringify(content));
  return [...new Set([...was.keys(), ...is.keys()])]
    .sort()
    .filter((path) => was.get(path) !== is.get(path))
    .map((path) => `the file ${path} has to hold ${told(was.get(path))} and holds ${told(is.get(path))}`);
}
