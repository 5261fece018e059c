import { gitOutput, nulFields, type ShadowRepository } from './checkpointGit.ts';

/** The mode that git gives to other repositories; here it marks a path that exists and is not covered. */
export const uncoveredMode = '160000';
/** An entry of this name in a tree says that not all files were covered (the limit on their number bit). */
export const moreFilesMark = '.backstitch-more-files';

export interface TreeEntry {
  mode: string;
  id: string;
}

/** A path that differs between two checkpoints; null: it is not there. */
export interface TreeChange {
  path: string;
  from: TreeEntry | null;
  to: TreeEntry | null;
}

const rawDifferences = ['-z', '--raw', '--no-renames', '--no-abbrev', '--no-ext-diff', '--ignore-submodules=none'];

/** All paths that differ between two trees, in git's order. */
export async function changesBetween(at: ShadowRepository, from: string, to: string): Promise<TreeChange[]> {
  return from === to ? [] : changesOf(await gitOutput(at, ['diff-tree', '-r', ...rawDifferences, from, to]));
}

/** All paths in which the private index differs from a tree, in git's order. */
export async function changesOfIndex(at: ShadowRepository, from: string): Promise<TreeChange[]> {
  return changesOf(await gitOutput(at, ['diff-index', '--cached', ...rawDifferences, from]));
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
