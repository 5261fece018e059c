import { constants } from 'node:fs';
import { chmod, type FileHandle, lstat, mkdir, open, readlink, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Where the name of a directory that is held open leads to that very directory. Elsewhere there is no such way to it for Node. */
const canHold = process.platform === 'linux';
const asDirectory = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0);
/** Opens what may not be read too. */
const asPath = canHold ? 0o10000000 : 0;

/** A parent on the way to a path that is no directory of the folder: `missing`, or `blocked` by a link, a file or what may not be touched. */
export interface Broken {
  path: string;
  is: 'missing' | 'blocked';
}

/** A directory of the folder, held open. `at(name)` names an entry of it, wherever the directory may have been moved to meanwhile. */
export interface HeldDirectory {
  at(name: string): string;
  readonly identity: string;
}

/** Says in words that the folder is not there, or what has taken its place. */
export class FolderGone extends Error {
  readonly isMissing: boolean;

  constructor(message: string, isMissing = false) {
    super(message);
    this.isMissing = isMissing;
  }
}

const codeOf = (problem: unknown): string => (problem as NodeJS.ErrnoException).code ?? '';

/**
 * A folder and what is in it, reached without following a link: directory by directory, each held open while the next is opened in it, so
 * that nobody can put a link in between. On systems other than Linux a directory cannot be held by Node: there each step is looked at and
 * then named again, which leaves a moment in which it can be exchanged.
 */
export class FolderHandle {
  readonly path: string;
  readonly #root: FileHandle | null;
  readonly #identity: string;
  readonly #closed: ReadonlySet<string>;
  /** The directory that was used last stays open for its neighbours. */
  #last: { path: string; handle: FileHandle; held: HeldDirectory } | null = null;

  private constructor(path: string, root: FileHandle | null, identity: string, closed: ReadonlySet<string>) {
    this.path = path;
    this.#root = root;
    this.#identity = identity;
    this.#closed = closed;
  }

  /**
   * Opens a folder that is a real path. `closed`: identities (device:inode) of directories that are never entered.
   * @throws FolderGone in words when it is not there, or something else has taken its place
   */
  static async open(path: string, closed: ReadonlySet<string> = new Set()): Promise<FolderHandle> {
    await assertFolder(path);
    const root = canHold ? await open(path, asDirectory) : null;
    const stats = root ? await root.stat({ bigint: true }) : await lstat(path, { bigint: true });
    return new FolderHandle(path, root, `${stats.dev}:${stats.ino}`, closed);
  }

  /** Tells the folder from any other that comes to stand at its path, also after the machine was started anew: devices get other numbers then. */
  async lasting(): Promise<string> {
    const { ino, birthtimeNs } = this.#root ? await this.#root.stat({ bigint: true }) : await lstat(this.path, { bigint: true });
    return `${ino}:${birthtimeNs}`;
  }

  /** @throws FolderGone when another folder stands at its path now */
  async assertSame(): Promise<void> {
    await assertFolder(this.path);
    const { dev, ino } = await lstat(this.path, { bigint: true });
    if (`${dev}:${ino}` !== this.#identity) throw new FolderGone(`The folder ${this.path} was replaced by another one meanwhile.`);
  }

  /** The directory that holds a path, or what is in the way. Valid until the next call. */
  async parentOf(path: string): Promise<{ is: 'there'; directory: HeldDirectory } | { is: 'broken'; broken: Broken }> {
    const parent = dirname(path);
    const last = this.#last;
    if (last?.path === parent && (await this.#isInPlace(last.handle, parent))) return { is: 'there', directory: last.held };
    const opened = await this.#open(parent);
    if ('is' in opened) return { is: 'broken', broken: opened };
    if (opened.handle) {
      await this.#forget();
      this.#last = { path: parent, handle: opened.handle, held: opened.held };
    }
    return { is: 'there', directory: opened.held };
  }

  /** Works with two paths at once, by names that are valid until it is done; false when the way to one of them is broken. */
  async across(from: string, to: string, work: (from: string, to: string) => Promise<void>): Promise<boolean> {
    const [source, target] = [await this.#open(dirname(from)), await this.#open(dirname(to))];
    try {
      if ('is' in source || 'is' in target) return false;
      await work(source.held.at(nameOf(from)), target.held.at(nameOf(to)));
      return true;
    } finally {
      for (const opened of [source, target]) if (!('is' in opened)) await opened.handle?.close();
    }
  }

  /** Makes a directory whose parent is there, with exactly these permissions. */
  async makeDirectory(path: string, permissions: number): Promise<void> {
    const parent = await this.parentOf(path);
    if (parent.is === 'broken') throw new Error(`${join(this.path, parent.broken.path)} is in the way`);
    const place = parent.directory.at(nameOf(path));
    await mkdir(place, 0o700);
    await setPermissions(place, permissions);
  }

  async close(): Promise<void> {
    await this.#forget();
    await this.#root?.close();
  }

  #rootDirectory(): HeldDirectory {
    const base = this.#root ? `/proc/self/fd/${this.#root.fd}` : this.path;
    return { at: (name) => `${base}/${name}`, identity: this.#identity };
  }

  async #open(parent: string): Promise<{ handle: FileHandle | null; held: HeldDirectory } | Broken> {
    let handle: FileHandle | null = null;
    let held = this.#rootDirectory();
    const steps = parent === '.' ? [] : parent.split('/');
    for (const [index, step] of steps.entries()) {
      const next: { handle: FileHandle | null; held: HeldDirectory } | Broken = await this.#step(held, step, steps.slice(0, index + 1).join('/'));
      await handle?.close();
      if ('is' in next) return next;
      ({ handle, held } = next);
    }
    if (await this.#isInPlace(handle ?? this.#root, parent)) return { handle, held };
    await handle?.close();
    return { path: parent, is: 'blocked' };
  }

  async #step(above: HeldDirectory, name: string, path: string): Promise<{ handle: FileHandle | null; held: HeldDirectory } | Broken> {
    const place = above.at(name);
    try {
      const found = await lstat(place);
      if (!found.isDirectory()) return { path, is: 'blocked' };
      const handle = canHold ? await open(place, asDirectory | asPath) : null;
      const stats = handle ? await handle.stat({ bigint: true }) : await lstat(place, { bigint: true });
      const identity = `${stats.dev}:${stats.ino}`;
      if (this.#closed.has(identity)) {
        await handle?.close();
        return { path, is: 'blocked' };
      }
      const base = handle ? `/proc/self/fd/${handle.fd}` : join(this.path, path);
      return { handle, held: { at: (entry) => `${base}/${entry}`, identity } };
    } catch (problem) {
      if (codeOf(problem) === 'ENOENT') return { path, is: 'missing' };
      if (['ENOTDIR', 'ELOOP', 'EACCES'].includes(codeOf(problem))) return { path, is: 'blocked' };
      throw problem;
    }
  }

  /** What is held may have been moved away, out of the folder even. */
  async #isInPlace(handle: FileHandle | null, path: string): Promise<boolean> {
    return handle === null || (await readlink(`/proc/self/fd/${handle.fd}`)) === join(this.path, path);
  }

  async #forget(): Promise<void> {
    const last = this.#last;
    this.#last = null;
    await last?.handle.close();
  }
}

export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Sets permission bits, never those of what a link points to; the bits beside them (set-group-ID, sticky) stay. */
export async function setPermissions(place: string, permissions: number): Promise<void> {
  // A path handle is of the entry itself, and its name leads to nothing else.
  const handle = await open(place, (constants.O_NOFOLLOW ?? 0) | asPath);
  try {
    const stats = await handle.stat();
    if (stats.isSymbolicLink()) return;
    const bits = (stats.mode & 0o7000) | permissions;
    await (canHold ? chmod(`/proc/self/fd/${handle.fd}`, bits) : handle.chmod(bits));
  } finally {
    await handle.close();
  }
}

/** @throws FolderGone in words */
async function assertFolder(path: string): Promise<void> {
  const stats = await lstat(path).catch((problem: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(problem))) return null;
    throw problem;
  });
  if (stats === null) throw new FolderGone(`The folder ${path} does not exist.`, true);
  const real = await realpath(path);
  if (real !== path) throw new FolderGone(`A link has taken the place of the folder ${path}: it leads to ${real}. Put the folder back.`);
  if (!stats.isDirectory()) throw new FolderGone(`${path} is not a folder any more. Put the folder back.`);
}
