import { runBounded } from './boundedProgram.ts';
import { namesOf } from './checkpointListing.ts';
import { systemProgram, takeNoProgramFrom } from './executables.ts';

/** Permissions that most files of a folder have, so that only the others need be told. */
export interface UsualPermissions {
  file: number;
  executable: number;
  directory: number;
}

export const firstUsual: UsualPermissions = { file: 0o644, executable: 0o755, directory: 0o755 };

/** What git does not tell of a folder. Paths are relative to it; the folder itself is the empty path. */
export interface Walk {
  /** What `modes` does not name. */
  usual: UsualPermissions;
  /** Permission bits of files and (with a `/` at the end) directories that have others than the usual ones. */
  modes: Map<string, number>;
  /** Directories with nothing in them. */
  empty: string[];
  /** Everything named `.git`. */
  gits: string[];
  /** Larger than the limit. */
  large: Set<string>;
  /** Files and (with a `/` at the end) directories that may not be read. */
  unreadable: Set<string>;
  /** Neither file, link nor directory. */
  special: Set<string>;
  /** Names of files that have more than one, by device and inode. */
  linked: Map<string, string[]>;
  /** Empty directories whose names are not UTF-8, with what is wrong in them written out. */
  odd: string[];
}

/** A folder that does not answer for so long is taken for one that does not answer at all. */
const limitMs = 60_000;
const fallbackFolders = '/usr/bin:/bin';

const known = new Map<string, Promise<boolean>>();

/** A `find` that prints what it is told (GNU's), and is none of a workspace's; null where there is none. */
export async function printingFind(): Promise<string | null> {
  const program = systemProgram('find') ?? systemProgram('find', fallbackFolders);
  if (program === null) return null;
  const prints = known.get(program) ?? canPrint(program);
  known.set(program, prints);
  return (await prints) ? program : null;
}

async function canPrint(program: string): Promise<boolean> {
  const args = ['/', '-maxdepth', '0', '-readable', '-printf', '%m %P'];
  const end = await runBounded({ program, args, env: { LC_ALL: 'C' }, limitMs }).catch(() => null);
  return end?.code === 0 && /^\d+ $/.test(end.stdout.toString());
}

/**
 * Walks a folder in a process of its own, which can be ended when the folder does not answer. `prune`: directories that are not entered.
 * Null where the system has no program for it. @throws Error in words when it takes too long
 */
export async function walkFolder(folder: string, options: { fileBytes: number; usual: UsualPermissions; prune: string[] }): Promise<Walk | null> {
  takeNoProgramFrom(folder);
  const program = await printingFind();
  if (program === null) return null;
  const end = await runBounded({ program, args: ['-P', folder, ...expressionOf(folder, options)], env: { LC_ALL: 'C' }, limitMs, about: folder });
  if (end.isLate) throw new Error(`the folder ${folder} did not answer within ${limitMs / 1000} s`);
  const walk: Walk = { usual: options.usual, modes: new Map(), empty: [], gits: [], large: new Set(), unreadable: new Set(), special: new Set(), linked: new Map(), odd: [] };
  for (const { text, isWhole } of namesOf(end.stdout)) {
    if (isWhole) take(walk, text);
    else if (text.startsWith('e')) walk.odd.push(`${text.slice(text.indexOf(' ') + 1)}/`);
  }
  return walk;
}

/** Each line is a letter, the permission bits and the path; of a file that has more than one name, one before it is of `k`, its identity and the path. */
function expressionOf(folder: string, { fileBytes, usual, prune }: Parameters<typeof walkFolder>[1]): string[] {
  const pruned = prune.slice(0, mostPruned).flatMap((path) => ['-path', `${plain(folder)}/${plain(path)}`, '-prune', '-o']);
  const print = (letter: string): string[] => ['-printf', `${letter}%m %P\\0`];
  const unusual = (...modes: number[]): string[] => modes.flatMap((mode) => ['!', '-perm', mode.toString(8)]);
  return [
    ...pruned, '-name', '.git', ...print('g'), '-prune',
    '-o', '-type', 'd', '(',
    '(', '!', '-readable', '-o', '!', '-executable', ')', ...print('n'), '-prune',
    '-o', '-empty', ...print('e'), '-o', ...unusual(usual.directory), ...print('d'), ')',
    '-o', '-type', 'f', '(',
    '(', '-links', '+1', '-printf', 'k%D:%i %P\\0', '-false', ')', '-o',
    '-size', `+${fileBytes}c`, ...print('l'), '-o', '!', '-readable', ...print('u'),
    '-o', ...unusual(usual.file, usual.executable), ...print('f'), ')',
    '-o', '!', '-type', 'd', '!', '-type', 'f', '!', '-type', 'l', ...print('s'),
  ];
}

/** A command line has its bounds. */
const mostPruned = 500;
/** A path as a pattern that matches it alone. */
const plain = (path: string): string => path.replace(/[\\*?[\]]/g, '\\$&');

function take(walk: Walk, field: string): void {
  const space = field.indexOf(' ');
  if (field.startsWith('k')) {
    const file = field.slice(1, space);
    const names = walk.linked.get(file);
    if (names) names.push(field.slice(space + 1));
    else walk.linked.set(file, [field.slice(space + 1)]);
    return;
  }
  const mode = Number.parseInt(field.slice(1, space), 8) & 0o777;
  const path = field.slice(space + 1);
  const directory = path === '' ? '' : `${path}/`;
  switch (field[0]) {
    case 'g': walk.gits.push(path); break;
    case 'n':
      walk.unreadable.add(directory);
      walk.modes.set(directory, mode);
      break;
    case 'e':
      walk.empty.push(path);
      if (mode !== walk.usual.directory) walk.modes.set(directory, mode);
      break;
    case 'd': walk.modes.set(directory, mode); break;
    case 'l': walk.large.add(path); break;
    case 'u': walk.unreadable.add(path); break;
    case 'f': walk.modes.set(path, mode); break;
    default: walk.special.add(path);
  }
}
