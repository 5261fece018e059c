import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { OwnPlace } from '../core/adapter.ts';

/** Where agents' own files and directories are, as seen from a session's folder. */
export interface AgentPlaces {
  /** Paths in the folder, none in another; with what is told of it (`/` at the end of a directory), null where nothing is. */
  inside: Map<string, string | null>;
  /** How the paths of more of them in the folder begin, up to their last name. */
  beginnings: Set<string>;
  /** Device and inode of their directories, wherever they lie. */
  identities: Set<string>;
  /** The folder is this place, or lies in it. */
  around: string | null;
}

interface Reached {
  path: string;
  /** By its own name, and where that leads. */
  names: { path: string; isDirectory: boolean }[];
  isBeginning: boolean;
  isThere: boolean;
  identity: string | null;
}

/** Looks at the places by name and through links; `folder` is a real path. */
export async function agentPlacesIn(folder: string, places: readonly OwnPlace[]): Promise<AgentPlaces> {
  const above = new Set<string | null>();
  for (let at = folder; ; at = dirname(at)) {
    above.add(await stat(at, { bigint: true }).then(({ dev, ino }) => `${dev}:${ino}`, () => null));
    if (dirname(at) === at) break;
  }
  above.delete(null);
  const found: AgentPlaces = { inside: new Map(), beginnings: new Set(), identities: new Set(), around: null };
  const reached = await Promise.all(places.map(async ({ path, inside }) => {
    const at = resolve(folder, path);
    const [itself, ...within] = await Promise.all([at, ...(inside ?? []).map((name) => join(at, name))].map(reach));
    return { itself, within, isShared: inside !== undefined };
  }));
  for (const { itself, within, isShared } of reached) {
    const holds = itself !== undefined && above.has(itself.identity);
    const own = itself === undefined || (holds && isShared) ? within : [itself, ...within];
    for (const place of own) {
      if (above.has(place.identity)) found.around ??= place.path;
      else note(found, folder, place);
    }
  }
  for (const path of [...found.inside.keys()]) if (isWithin(path, found.inside)) found.inside.delete(path);
  return found;
}

function note({ inside, beginnings, identities }: AgentPlaces, folder: string, place: Reached): void {
  const { names, isBeginning, isThere, identity } = place;
  if (identity !== null) identities.add(identity);
  for (const { path, isDirectory } of names) {
    const within = relative(folder, path).split(sep).join('/');
    if (within === '' || within === '..' || within.startsWith('../') || isAbsolute(within)) continue;
    if (isBeginning) beginnings.add(within);
    inside.set(within, isThere ? `${within}${isDirectory ? '/' : ''}` : null);
  }
}

function isWithin(path: string, others: ReadonlyMap<string, unknown>): boolean {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    if (others.has(path.slice(0, end))) return true;
  }
  return false;
}

/** What an agent's place is now; one that ends in `*` stands for more beside it. */
async function reach(place: string): Promise<Reached> {
  const isBeginning = place.endsWith('*');
  const path = isBeginning ? place.slice(0, -1) : place;
  const named = join(await realWay(dirname(path)), basename(path));
  const found = await stat(named, { bigint: true }).catch(() => null);
  const real = found === null ? named : await realpath(named).catch(() => named);
  const isDirectory = found?.isDirectory() === true;
  const names = [{ path: real, isDirectory }, ...(real === named ? [] : [{ path: named, isDirectory: false }])];
  const identity = found !== null && isDirectory ? `${found.dev}:${found.ino}` : null;
  return { path, names, isBeginning, isThere: found !== null, identity };
}

/** The real path of a directory, as far as there is one. */
async function realWay(path: string): Promise<string> {
  const real = await realpath(path).catch(() => null);
  if (real !== null || dirname(path) === path) return real ?? path;
  return join(await realWay(dirname(path)), basename(path));
}
