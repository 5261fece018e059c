import { lstat, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, posix, relative, sep } from 'node:path';
import { stateDirectoryOf } from './stateDirectory.ts';

/** What every state directory holds, and nothing else is likely to hold all of. */
const parts = ['events', 'output', 'native', 'runs', 'checkpoints'];
const atOnce = 64;

const isDirectory = (path: string): Promise<boolean> => lstat(path).then((found) => found.isDirectory(), () => false);

const isStateDirectory = async (path: string): Promise<boolean> =>
  (await Promise.all(parts.map((part) => isDirectory(join(path, part))))).every(Boolean);

const identityOf = async (path: string): Promise<string | null> =>
  stat(path, { bigint: true }).then(({ dev, ino }) => `${dev}:${ino}`, () => null);

/**
 * What of a folder belongs to Backstitch: state directories, this host's and any other, wherever they lie and through whatever mount or
 * link. Invariant: nothing of a state directory is ever captured, listed or restored.
 */
export class OwnState {
  /** Device and inode of state directories and of their parts. */
  readonly identities: ReadonlySet<string>;
  readonly #folder: string;
  /** Directories in the folder, relative to it. */
  readonly #found: Set<string>;

  private constructor(folder: string, identities: Set<string>, found: Set<string>) {
    this.#folder = folder;
    this.identities = identities;
    this.#found = found;
  }

  /** `known`: state directories that need not be recognised. */
  static async around(folder: string, known: readonly string[]): Promise<OwnState> {
    const usual = [{}, process.env].map((env) => stateDirectoryOf(env, process.platform, process.env['HOME'] ?? homedir()));
    const identities = new Set<string>();
    const found = new Set<string>();
    for (const path of new Set([...known, ...usual])) {
      for (const part of [path, ...parts.map((name) => join(path, name))]) {
        const identity = await identityOf(part);
        if (identity !== null) identities.add(identity);
      }
      const inside = relative(folder, await realpath(path).catch(() => path));
      if (inside !== '' && !inside.startsWith('..') && !isAbsolute(inside)) found.add(inside.split(sep).join('/'));
    }
    return new OwnState(folder, identities, found);
  }

  /** Whether the folder itself is one, or lies in one. */
  async holdsFolder(): Promise<boolean> {
    for (let path = this.#folder; ; path = dirname(path)) {
      const identity = await identityOf(path);
      if ((identity !== null && this.identities.has(identity)) || (await isStateDirectory(path))) return true;
      if (dirname(path) === path) return false;
    }
  }

  /** Directories of the folder that are known to be state directories. */
  get directories(): string[] {
    return [...this.#found];
  }

  /** Whether a path lies in a state directory, as far as that is known. */
  has(path: string): boolean {
    for (const directory of this.#found) if (path === directory || path.startsWith(`${directory}/`)) return true;
    return false;
  }

  /** Looks at where these paths lie, so that `has` knows of them. */
  async learn(paths: Iterable<string>): Promise<void> {
    const directories = new Set<string>();
    for (const path of paths) {
      for (let at = posix.dirname(path); at !== '.' && !directories.has(at); at = posix.dirname(at)) directories.add(at);
    }
    const supposed = new Set([...directories].filter((path) => parts.includes(posix.basename(path))).map((path) => posix.dirname(path)));
    supposed.delete('.');
    await inParts([...directories], async (path) => {
      const identity = await identityOf(join(this.#folder, path));
      if (identity !== null && this.identities.has(identity)) this.#found.add(path);
    });
    await inParts([...supposed], async (path) => {
      if (await isStateDirectory(join(this.#folder, path))) this.#found.add(path);
    });
  }
}

async function inParts(paths: string[], look: (path: string) => Promise<void>): Promise<void> {
  for (let start = 0; start < paths.length; start += atOnce) await Promise.all(paths.slice(start, start + atOnce).map(look));
}
