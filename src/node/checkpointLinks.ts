import type { Untouched } from '../core/ports.ts';
import type { Noted } from './checkpointChanges.ts';
import { diskState } from './checkpointDisk.ts';
import { differsInPermissions, type PlannedRestore, type PlannedWrite } from './checkpointPlan.ts';
import type { FolderHandle } from './folderHandle.ts';

/** What a path that is written was at the target: a name of a file that has others. */
export interface PlannedLink {
  /** The same for all names of the file. */
  file: string;
  /** A name that is as it was, and gets this one beside it; null: all are written, or only some can be. */
  kept: string | null;
}

export interface PlannedLinks {
  /** Null: of the target no hard links are known. */
  links: ReadonlyMap<string, PlannedLink> | null;
  untouched: Untouched[];
}

/**
 * Paths that are written and were hard links of one file at the target are links of one file again. Where names stay
 * that are not as they were, the others are not made links of them, which is told of those that stay.
 */
export async function planLinks(
  folder: FolderHandle | null, plan: PlannedRestore, to: Noted, tip: Noted,
): Promise<PlannedLinks> {
  const groups = to.notes?.links ?? null;
  if (groups === null) return { links: null, untouched: [] };
  const contents = plan.write.filter((write) => !differsInPermissions(write));
  const writes = new Map(contents.map((write) => [write.path, write]));
  const named = new Set([...plan.conflicts, ...plan.write.map(({ path }) => path)]);
  const now = tip.notes?.links ? new Set(tip.notes.links.map(textOf)) : null;
  const links = new Map<string, PlannedLink>();
  const untouched: Untouched[] = [];
  const tell = (path: string, group: readonly string[]): void => {
    const why = `a hard link of ${group.find((other) => other !== path) ?? ''} then, and a file of its own now`;
    if (!named.has(path)) untouched.push({ path, because: 'not-covered', why });
  };
  for (const group of groups) {
    const [first, ...more] = group.flatMap((path) => writes.get(path) ?? []);
    if (first === undefined) {
      if (now?.has(textOf(group)) === false) for (const path of group) tell(path, group);
      continue;
    }
    const staying = group.filter((path) => !writes.has(path));
    const isWhole = await isOneFile(folder, staying, first, named);
    if (!isWhole) for (const path of staying) tell(path, group);
    const file = group[0] ?? '';
    for (const { path } of [first, ...more]) links.set(path, { file, kept: isWhole ? (staying[0] ?? null) : null });
  }
  return { links, untouched };
}

const textOf = (group: readonly string[]): string => group.join('\0');

/** Whether these names are still names of one file, with what is to be written. */
async function isOneFile(
  folder: FolderHandle | null, paths: string[], { entry }: PlannedWrite, named: ReadonlySet<string>,
): Promise<boolean> {
  const files = new Set<string>();
  for (const path of paths) {
    const found = folder === null ? null : await diskState(folder, path, entry.id.length === 64 ? 'sha256' : 'sha1');
    if (found?.is !== 'entry' || found.id !== entry.id) return false;
    // Of those that are named the permission bits are set too, or left alone because of somebody else.
    if (!named.has(path) && entry.permissions !== undefined && found.permissions !== entry.permissions) return false;
    files.add(found.identity);
  }
  return files.size <= 1;
}
