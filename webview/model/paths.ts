/** A path as one says it: relative to the session's folder when it lies inside. */
export function shortPath(path: string, folder: string): string {
  const inside = withoutEnd(folder);
  if (inside === '') return path;
  if (path === inside) return '.';
  return path.startsWith(inside) && /^[\\/]/.test(path.slice(inside.length)) ? path.slice(inside.length + 1) : path;
}

/** A sentence with the paths in it said the same way. A folder whose name only ends or begins like the session's stays as it is. */
export function withShortPaths(text: string, folder: string): string {
  const inside = withoutEnd(folder);
  if (inside === '') return text;
  const short = (found: string, at: number): string => (/[^\s"'`([<=:,]/.test(text.charAt(at - 1)) || /^\s?$/.test(text.charAt(at + found.length)) ? found : '');
  return text.replaceAll(`${inside}/`, short).replaceAll(`${inside}\\`, short);
}

/** The root of a file system is no folder to be inside of. */
const withoutEnd = (folder: string): string => folder.replace(/[\\/]+$/, '');
