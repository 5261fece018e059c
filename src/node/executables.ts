import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';

/** Where to look: a PATH, on Windows also PATHEXT, and the folder that a relative path with a slash starts from. */
export interface SearchPath {
  path: string;
  pathExt?: string | undefined;
  cwd?: string;
}

/** Absolute path of an executable file, or null. Relative folders of a PATH are passed over: they name another program in every folder. */
export function executableOn(name: string, at: SearchPath): string | null {
  if (name === '') return null;
  if (isAbsolute(name)) return firstExecutable(name, at);
  if (/[\\/]/.test(name) && (name.includes('/') || process.platform === 'win32')) return at.cwd === undefined ? null : firstExecutable(resolve(at.cwd, name), at);
  for (const folder of at.path.split(delimiter)) {
    const found = isAbsolute(folder) ? firstExecutable(join(folder, name), at) : null;
    if (found !== null) return found;
  }
  return null;
}

/** A PATH without its relative and empty folders: a program that is started with it finds none of a workspace's either. */
export const absoluteFolders = (path: string): string => path.split(delimiter).filter((folder) => isAbsolute(folder)).join(delimiter);

/** Absolute path of a program that Backstitch itself starts (`git`, `tmux`, `ps`), from the PATH of this process; null when there is none. */
export const systemProgram = (name: string, path = process.env['PATH'] ?? process.env['Path'] ?? ''): string | null =>
  executableOn(name, { path, pathExt: process.env['PATHEXT'] });

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
