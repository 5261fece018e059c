import { gitOutput, nulFields, type ShadowRepository } from './checkpointGit.ts';
import { directoryPermissionsOf, type Notes, notesName, permissionsOf, whyUncovered } from './checkpointNotes.ts';

/** The mode that git gives to other repositories; in checkpoints of earlier versions it marks a path that exists and is not covered. */
export const uncoveredMode = '160000';
/** In checkpoints of earlier versions: not all files were covered. */
export const moreFilesMark = '.backstitch-more-files';
/** The mode of a directory: of one with nothing in it, or whose permission bits differ. */
export const directoryMode = '040000';
/** The folder itself, as a path. */
export const rootPath = './';

export interface TreeEntry {
  mode: string;
  /** Empty for a directory. */
  id: string;
  /** Undefined where the checkpoint does not tell. */
  permissions?: number | undefined;
}

/** A path that differs between two checkpoints; null: it is not there. Directories end in `/`. */
export interface TreeChange {
  path: string;
  from: TreeEntry | null;
  to: TreeEntry | null;
}

/** A checkpoint with what it knows beyond its tree. */
export interface Noted {
  tree: string;
  /** Null when an earlier version took it. */
  notes: Notes | null;
}

const rawDifferences = ['-z', '--raw', '--no-renames', '--no-abbrev', '--no-ext-diff', '--ignore-submodules=none'];

/** All paths that differ between two checkpoints, what is not covered in one of them included. */
export async function changesBetween(at: ShadowRepository, from: Noted, to: Noted): Promise<TreeChange[]> {
  if (from.tree === to.tree) return [];
  const raw = changesOf(await gitOutput(at, ['diff-tree', '-r', ...rawDifferences, from.tree, to.tree]));
  const changes = raw.filter(({ path }) => path !== notesName).map(({ path, from: before, to: after }) => ({
    path, from: withPermissions(before, path, from.notes), to: withPermissions(after, path, to.notes),
  }));
  if (from.notes === null || to.notes === null) return changes;
  changes.push(...(await permissionChanges(at, from, to, new Set(changes.map(({ path }) => path)))));
  changes.push(...directoryChanges(from.notes, to.notes, changes));
  changes.push(...(await directoryPermissionChanges(at, from, to)));
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Whether both checkpoints know the path's state: only then is it a change that can be told. */
export const isKnown = ({ path, from, to }: TreeChange, before: Notes | null, after: Notes | null): boolean =>
  path !== moreFilesMark && from?.mode !== uncoveredMode && to?.mode !== uncoveredMode
  && (from !== null || before === null || whyUncovered(before, path) === null)
  && (to !== null || after === null || whyUncovered(after, path) === null);

function withPermissions(entry: TreeEntry | null, path: string, notes: Notes | null): TreeEntry | null {
  const permissions = entry === null || notes === null ? undefined : permissionsOf(notes, path, entry.mode);
  return entry === null || permissions === undefined ? entry : { ...entry, permissions };
}

/** Files that differ in nothing but their permission bits. */
async function permissionChanges(at: ShadowRepository, from: Noted, to: Noted, known: ReadonlySet<string>): Promise<TreeChange[]> {
  const [before, after] = [from.notes as Notes, to.notes as Notes];
  if (before.usual === null || after.usual === null) return [];
  const isUsualSame = before.usual.file === after.usual.file && before.usual.executable === after.usual.executable;
  const named = new Set([...before.modes.keys(), ...after.modes.keys()]);
  const differing = [...named].filter((path) => !path.endsWith('/') && path !== '' && before.modes.get(path) !== after.modes.get(path));
  if (isUsualSame && differing.length === 0) return [];
  const wanted = isUsualSame ? new Set(differing) : null;
  const entries = nulFields(await gitOutput(at, ['ls-tree', '-r', '-z', to.tree]));
  return entries.flatMap((field) => {
    const [, mode = '', id = '', path = ''] = /^(\d+) \w+ ([0-9a-f]+)\t(.*)$/s.exec(field ?? '') ?? [];
    if (path === '' || path === notesName || known.has(path) || (wanted && !wanted.has(path))) return [];
    const [was, is] = [permissionsOf(before, path, mode), permissionsOf(after, path, mode)];
    return was === is ? [] : [{ path, from: { mode, id, permissions: was }, to: { mode, id, permissions: is } }];
  });
}

/** Empty directories that came or went. One that lost or got its first file is neither. */
function directoryChanges(before: Notes, after: Notes, changes: readonly TreeChange[]): TreeChange[] {
  const [was, is] = [new Set(before.empty), new Set(after.empty)];
  const gone = before.empty.filter((path) => !is.has(path) && !isIn(path, after, changes.filter(({ to }) => to !== null)));
  const come = after.empty.filter((path) => !was.has(path) && !isIn(path, before, changes.filter(({ from }) => from !== null)));
  const entryOf = (path: string, { modes, usual }: Notes): TreeEntry => ({ mode: directoryMode, id: '', permissions: modes.get(`${path}/`) ?? usual?.directory });
  return [
    ...gone.map((path) => ({ path: `${path}/`, from: entryOf(path, before), to: null })),
    ...come.map((path) => ({ path: `${path}/`, from: null, to: entryOf(path, after) })),
  ];
}

/** Directories that are there in both and differ in their permission bits. */
async function directoryPermissionChanges(at: ShadowRepository, from: Noted, to: Noted): Promise<TreeChange[]> {
  const [before, after] = [from.notes as Notes, to.notes as Notes];
  if (before.usual === null || after.usual === null) return [];
  const isTold = (notes: Notes, path: string): boolean =>
    notes.modes.has(path === '' ? '' : `${path}/`) || whyUncovered({ uncovered: notes.uncovered, partial: null }, path) === null;
  const differs = (path: string): boolean =>
    directoryPermissionsOf(before, path) !== directoryPermissionsOf(after, path) && isTold(before, path) && isTold(after, path);
  const named = [...before.modes.keys(), ...after.modes.keys()];
  const differing = new Set(named.filter((path) => path === '' || path.endsWith('/')).map((path) => path.replace(/\/$/, '')).filter(differs));
  const isUsualSame = before.usual.directory === after.usual.directory;
  if (isUsualSame && differing.size === 0) return [];
  const [was, is] = [await directoriesIn(at, from), await directoriesIn(at, to)];
  const entryOf = (notes: Notes, path: string): TreeEntry =>
    ({ mode: directoryMode, id: '', permissions: directoryPermissionsOf(notes, path) });
  return [...was].filter((path) => is.has(path) && (isUsualSame ? differing.has(path) : differs(path)))
    .map((path) => ({ path: path === '' ? rootPath : `${path}/`, from: entryOf(before, path), to: entryOf(after, path) }));
}

/** All directories of a checkpoint, as far as it covers them; the folder itself is the empty path. */
export async function directoriesIn(at: ShadowRepository, { tree, notes }: Noted): Promise<Set<string>> {
  const directories = new Set(['']);
  for (const path of nulFields(await gitOutput(at, ['ls-tree', '-d', '-r', '-z', '--name-only', tree]))) if (path !== null) directories.add(path);
  const noted = [...(notes?.empty ?? []).map((path) => `${path}/`), ...(notes?.uncovered.keys() ?? [])];
  for (const path of noted) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) directories.add(path.slice(0, end));
  }
  return directories;
}

function isIn(directory: string, notes: Notes, there: readonly TreeChange[]): boolean {
  const inside = `${directory}/`;
  if (directory === '' || whyUncovered(notes, directory) !== null) return true;
  if (there.some(({ path }) => path.startsWith(inside))) return true;
  return [...notes.empty, ...notes.uncovered.keys()].some((path) => path.startsWith(inside));
}

function changesOf(output: Buffer): TreeChange[] {
  const fields = nulFields(output);
  const changes: TreeChange[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [fromMode = '', toMode = '', fromId = '', toId = ''] = (fields[index] ?? '').slice(1).split(' ');
    const path = fields[index + 1];
    if (path === null || path === undefined) continue;
    changes.push({ path, from: entryOf(fromMode, fromId), to: entryOf(toMode, toId) });
  }
  return changes;
}

const entryOf = (mode: string, id: string): TreeEntry | null => (mode === '000000' ? null : { mode, id });
