import { gitOutput, runGit, type ShadowRepository } from './checkpointGit.ts';
import { firstUsual, type UsualPermissions } from './checkpointWalk.ts';

/** The entry of a checkpoint's tree that holds its notes. A file of this name in the folder is not covered. */
export const notesName = '.backstitch-notes';

/**
 * What a checkpoint knows beyond git's tree: what was there and is not covered, so that "not in the tree" can be told from "was not there",
 * and what git has no room for. The same state of the folder gives the same notes.
 */
export interface Notes {
  /** Why a path is not covered, in words; one that ends in `/` is a directory with all that is in it. */
  uncovered: Map<string, string>;
  /** Why any path that is not in the tree may have been there all the same; null: `uncovered` holds them all. */
  partial: string | null;
  /** Permission bits of what `modes` does not name; null where they are not known. */
  usual: UsualPermissions | null;
  /** Of files and (with a `/` at the end) directories. */
  modes: Map<string, number>;
  /** Directories with nothing in them. */
  empty: string[];
  /** Paths that are hard links of one file, by file; null where that is not known. */
  links: string[][] | null;
}

/** Why a path that is not in the checkpoint's tree may have been there; null: it was not. */
export function whyUncovered({ uncovered, partial }: Pick<Notes, 'uncovered' | 'partial'>, path: string): string | null {
  const itself = uncovered.get(path) ?? uncovered.get(`${path}/`);
  if (itself !== undefined) return itself;
  for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
    const above = uncovered.get(path.slice(0, end + 1));
    if (above !== undefined) return above;
  }
  return partial;
}

/** Permission bits of a file that the checkpoint holds with that mode of git's; undefined where they are not known, or are a link's. */
export function permissionsOf({ usual, modes }: Notes, path: string, mode: string): number | undefined {
  if (usual === null || mode === '120000') return undefined;
  return modes.get(path) ?? (mode === '100755' ? usual.executable : usual.file);
}

/** As permissionsOf, for a directory (the folder itself is the empty path). */
export const directoryPermissionsOf = ({ usual, modes }: Notes, path: string): number =>
  modes.get(path === '' ? '' : `${path}/`) ?? (usual ?? firstUsual).directory;

/** As text that is the same for the same notes. */
export function textOfNotes({ uncovered, partial, usual, modes, empty, links }: Notes): string {
  const sorted = <T>(entries: ReadonlyMap<string, T>): [string, T][] => [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify({ v: 1, partial, usual, uncovered: sorted(uncovered), modes: sorted(modes), empty: [...empty].sort(), links });
}

/** Puts the text of notes into the shadow repository and gives its id. */
export const keepNotes = async (at: ShadowRepository, text: string): Promise<string> =>
  (await gitOutput(at, ['hash-object', '-w', '--stdin'], { input: text })).toString().trim();

interface WrittenNotes extends Pick<Notes, 'partial' | 'usual' | 'empty'> {
  /** Absent in those of earlier versions. */
  links?: string[][] | null;
  uncovered: [string, string][];
  modes: [string, number][];
}

/** The notes of a checkpoint; null when an earlier version took it, which made none. */
export async function readNotes(at: ShadowRepository, checkpoint: string): Promise<Notes | null> {
  const { code, stdout } = await runGit(at, ['cat-file', 'blob', `${checkpoint}:${notesName}`]);
  if (code !== 0) return null;
  // Ours, from a directory that nobody else may write to.
  const { partial, usual, empty, links = null, uncovered, modes } = JSON.parse(stdout.toString()) as WrittenNotes;
  return { partial, usual, empty, links, uncovered: new Map(uncovered), modes: new Map(modes) };
}
