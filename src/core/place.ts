/** Where a window is: the folders that it shows, and its user's home. Absolute paths. */
export interface WindowPlace {
  folders: readonly string[];
  home: string;
}

const separator = /[\\/]/;
const withoutEnd = (path: string): string => path.replace(/(?<=.)[\\/]+$/, '');

/** The rest of a path below another one, without the separator; empty for the same path, null for one that is elsewhere. */
function below(path: string, outer: string): string | null {
  if (path === outer) return '';
  if (!path.startsWith(outer)) return null;
  if (separator.test(outer.slice(-1))) return path.slice(outer.length);
  return separator.test(path.charAt(outer.length)) ? path.slice(outer.length + 1) : null;
}

/**
 * A session's folder as a window says it: nothing where it is the window's only folder, the rest of the path where it lies below one of the
 * window's folders (behind that folder's name where there are several), else the whole path, the home as `~`.
 */
export function folderWord(cwd: string, { folders, home }: WindowPlace): string {
  const path = withoutEnd(cwd);
  const inside = folders
    .map(withoutEnd)
    .map((folder) => ({ folder, rest: below(path, folder) }))
    .filter((one): one is { folder: string; rest: string } => one.rest !== null)
    .toSorted((a, b) => b.folder.length - a.folder.length)[0];
  if (inside === undefined) {
    const rest = home === '' ? null : below(path, withoutEnd(home));
    return rest === null ? path : ['~', rest].filter((part) => part !== '').join(path.includes('/') ? '/' : '\\');
  }
  const name = folders.length > 1 ? (inside.folder.split(separator).at(-1) ?? '') : '';
  return [name, inside.rest].filter((part) => part !== '').join('/');
}
