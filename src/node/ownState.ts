import { lstat, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, posix, relative, sep } from 'node:path';
import type { OwnPlace } from '../core/adapter.ts';
import { HumanError } from '../core/errors.ts';
import { type AgentPlaces, agentPlacesIn } from './agentPlaces.ts';
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
 * What of a folder belongs to Backstitch or to an agent: state directories, this host's and any other, and what agents keep for themselves,
 * wherever they lie and through whatever mount or link. Invariant: nothing of a state directory, and nothing that an agent keeps for itself,
 * is ever captured, listed or restored; the latter is told as not covered.
 */
export class OwnState {
  readonly #folder: string;
  /** Device and inode of state directories and of their parts. */
  readonly #identities: ReadonlySet<string>;
  /** Directories in the folder, relative to it. */
  readonly #found: Set<string>;
  readonly #placesNow: () => readonly OwnPlace[];
  #agents: AgentPlaces = { inside: new Map(), beginnings: new Set(), identities: new Set(), around: null };
  /** Directories in the folder that an agent's lead to by another way than their path. */
  readonly #agentsElsewhere = new Set<string>();

  private constructor(folder: string, identities: Set<string>, found: Set<string>, placesNow: () => readonly OwnPlace[]) {
    this.#folder = folder;
    this.#identities = identities;
    this.#found = found;
    this.#placesNow = placesNow;
  }

  /** `known`: state directories that need not be recognised. `agents`: what agents keep for themselves, as far as is known by then. */
  static async around(folder: string, known: readonly string[], agents: () => readonly OwnPlace[]): Promise<OwnState> {
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
    return new OwnState(folder, identities, found, agents);
  }

  /** Looks at what agents keep now. @throws HumanError where the folder is such a place or lies in one */
  async refresh(): Promise<void> {
    this.#agents = await agentPlacesIn(this.#folder, this.#placesNow());
    const { around } = this.#agents;
    if (around === null) return;
    throw new HumanError('files-not-captured', `The folder ${this.#folder} lies in what an agent keeps for itself (${around}), which is never captured.`);
  }

  /** Device and inode of all directories that are never entered. */
  get identities(): ReadonlySet<string> {
    return new Set([...this.#identities, ...this.#agents.identities]);
  }

  /** What agents keep in the folder and is there; directories end in `/`. */
  get keptByAgents(): string[] {
    return [...[...this.#agents.inside.values()].filter((path) => path !== null), ...[...this.#agentsElsewhere].map((path) => `${path}/`)];
  }

  /** Whether the folder itself is one, or lies in one. */
  async holdsFolder(): Promise<boolean> {
    for (let path = this.#folder; ; path = dirname(path)) {
      const identity = await identityOf(path);
      if ((identity !== null && this.#identities.has(identity)) || (await isStateDirectory(path))) return true;
      if (dirname(path) === path) return false;
    }
  }

  /** Paths of the folder that are known to be such; all below them is, too. */
  get paths(): string[] {
    return [...this.#found, ...this.#agents.inside.keys(), ...this.#agentsElsewhere];
  }

  /** How the paths of more of such begin, up to their last name. */
  get beginnings(): ReadonlySet<string> {
    return this.#agents.beginnings;
  }

  /** Whether a path is such or lies in one, as far as that is known. */
  has(path: string): boolean {
    const { inside } = this.#agents;
    for (let at = path; at !== '.' && at !== ''; at = posix.dirname(at)) {
      if (this.#found.has(at) || inside.has(at) || this.#agentsElsewhere.has(at)) return true;
      for (const start of this.beginnings) if (at.startsWith(start) && !at.includes('/', start.length)) return true;
    }
    return false;
  }

  /** Looks at where these paths lie, so that `has` knows of them; those of directories end in `/`. */
  async learn(paths: Iterable<string>): Promise<void> {
    const directories = new Set<string>();
    for (const path of paths) {
      const first = path.endsWith('/') ? path.slice(0, -1) : posix.dirname(path);
      for (let at = first; at !== '.' && !directories.has(at); at = posix.dirname(at)) directories.add(at);
    }
    const supposed = new Set([...directories].filter((path) => parts.includes(posix.basename(path))).map((path) => posix.dirname(path)));
    supposed.delete('.');
    await inParts([...directories], async (path) => {
      const identity = await identityOf(join(this.#folder, path));
      if (identity === null) return;
      if (this.#identities.has(identity)) this.#found.add(path);
      else if (this.#agents.identities.has(identity) && !this.has(path)) this.#agentsElsewhere.add(path);
    });
    await inParts([...supposed], async (path) => {
      if (await isStateDirectory(join(this.#folder, path))) this.#found.add(path);
    });
  }
}

async function inParts(paths: string[], look: (path: string) => Promise<void>): Promise<void> {
  for (let start = 0; start < paths.length; start += atOnce) await Promise.all(paths.slice(start, start + atOnce).map(look));
}
