import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

/** Where to look: a PATH, on Windows also PATHEXT, and the folder that a relative path with a slash starts from. */
export interface SearchPath {
  path: string;
  pathExt?: string | undefined;
  cwd?: string;
  /** Whether a program found is passed over. */
  isRefused?: (program: string) => boolean;
}

/** Absolute path of an executable file, or null. Relative folders of a PATH are passed over: they name another program in every folder. */
export function executableOn(name: string, at: SearchPath): string | null {
  if (name === '') return null;
  if (isAbsolute(name)) return firstExecutable(name, at);
  if (/[\\/]/.test(name) && (name.includes('/') || process.platform === 'win32')) return at.cwd === undefined ? null : firstExecutable(resolve(at.cwd, name), at);
  for (const folder of at.path.split(delimiter)) {
    const found = isAbsolute(folder) ? firstExecutable(join(folder, name), at) : null;
    if (found !== null && at.isRefused?.(found) !== true) return found;
  }
  return null;
}

/** A PATH without its relative and empty folders and without those of a workspace: a program that is started with it finds none of a workspace's either. */
export const absoluteFolders = (path: string): string =>
  path.split(delimiter).filter((folder) => isAbsolute(folder) && !isInWorkspace(folder)).join(delimiter);

/** Roots of the workspaces that this process has looked at. */
const workspaces = new Set<string>();
const known = new Set<string>();

/** From now on no program of the system is taken from this folder, or from the repository around it: a workspace names no program. */
export function takeNoProgramFrom(folder: string): void {
  if (known.has(folder)) return;
  known.add(folder);
  let root = folder;
  while (!existsSync(join(root, '.git')) && dirname(root) !== root) root = dirname(root);
  workspaces.add(existsSync(join(root, '.git')) ? root : folder);
}

/** The system's own folders are not a workspace's, not even where somebody works in the root of all. */
const ofSystem = new Set(['/usr/bin', '/bin', '/usr/sbin', '/sbin']);

function isInWorkspace(path: string): boolean {
  return [path, realPathOf(path)].some((one) => !ofSystem.has(one) && !ofSystem.has(dirname(one)) && [...workspaces].some((root) => isIn(one, root)));
}

function isIn(path: string, root: string): boolean {
  const inside = relative(root, path);
  return inside === '' || (inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside));
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/**
 * Absolute path of a program that Backstitch itself starts (`git`, `tmux`, `ps`), from the PATH of this process; null when there is none but
 * those of workspaces.
 */
export const systemProgram = (name: string, path = process.env['PATH'] ?? process.env['Path'] ?? ''): string | null =>
  executableOn(name, { path, pathExt: process.env['PATHEXT'], isRefused: isInWorkspace });

function firstExecutable(path: string, at: SearchPath): string | null {
  if (process.platform !== 'win32') return isExecutable(path) ? path : null;
  const endings = (at.pathExt ?? '.COM;.EXE;.BAT;.CMD').split(';').filter(Boolean);
  const hasEnding = endings.some((ending) => path.toLowerCase().endsWith(ending.toLowerCase()));
  return (hasEnding ? [path] : endings.map((ending) => path + ending)).find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
