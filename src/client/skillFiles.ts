import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { HumanError } from '../core/errors.ts';
import { rootOf } from '../node/namedFile.ts';
import { inFolder, type ReachedFolder } from '../node/reachedFolder.ts';
import { readTextFile } from '../node/regularFile.ts';

/** What became of one file. `left`: it is not ours, was changed since we wrote it, or is reached through a link, and was not touched. */
export interface SkillFile {
  path: string;
  is: 'written' | 'same' | 'removed' | 'absent' | 'left';
}

const mark = '\n<!-- written by `backstitch skills install`, which also updates and removes it as long as it is unchanged: ';
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const marked = (text: string): string => `${text.trimEnd()}\n${mark}${hashOf(`${text.trimEnd()}\n`)} -->\n`;

/** Whether the content is one that we wrote, whichever version, and that nobody has changed since. */
const isOurs = (content: string): boolean => {
  const at = content.lastIndexOf(mark);
  return at >= 0 && content === marked(content.slice(0, at));
};

/** Where the skills go: below `root` no link is followed. */
export interface SkillPlace {
  root: string;
  folder: string;
}

/** A folder of the user's own, in the home or named by a variable: links on the way there are the user's. */
export const ownPlace = (folder: string): SkillPlace => {
  let root = folder;
  while (!existsSync(root) && dirname(root) !== root) root = dirname(root);
  return { root, folder };
};

/** A folder that was named. */
export const namedPlace = (folder: string): SkillPlace => ({ root: rootOf(join(folder, fileName), process.cwd()), folder });

const fileName = 'SKILL.md';
const pathOf = ({ folder }: SkillPlace, skill: string): string => join(folder, skill, fileName);

/** Works in the skill's folder. Null when it is not there, `foreign` when the way to it leads through a link or a file. */
const inSkill = async <T>({ root, folder }: SkillPlace, skill: string, make: boolean, work: (reached: ReachedFolder) => Promise<T>): Promise<T | 'foreign' | null> => {
  try {
    return await inFolder(root, relative(root, join(folder, skill)).split(sep).filter(Boolean), make, work);
  } catch (error) {
    if (error instanceof HumanError) return 'foreign';
    throw error;
  }
};

type There = { is: 'absent' | 'foreign' } | { is: 'ours'; content: string };

/** What stands at the place of a skill: nothing, a file of ours, or what is none of our business. */
const look = async (reached: ReachedFolder): Promise<There> => {
  const entry = await reached.entry(fileName);
  if (entry === null) return { is: 'absent' };
  if (!entry.isFile()) return { is: 'foreign' };
  const content = await readTextFile(reached.at(fileName));
  return content !== null && isOurs(content) ? { is: 'ours', content } : { is: 'foreign' };
};

const write = async (reached: ReachedFolder, there: There, content: string): Promise<void> => {
  if (there.is === 'absent') return writeFile(reached.at(fileName), content, { flag: 'wx' });
  const beside = reached.at(`${fileName}.${process.pid}`);
  await writeFile(beside, content, { flag: 'wx' });
  await rename(beside, reached.at(fileName));
};

/** Writes one skill, or brings it up to date. A file that is not ours is left as it is. */
export const installSkill = async (place: SkillPlace, skill: string, text: string): Promise<SkillFile> => {
  const content = marked(text);
  const is = await inSkill(place, skill, true, async (reached) => {
    const there = await look(reached);
    if (there.is === 'foreign') return 'left';
    if (there.is === 'ours' && there.content === content) return 'same';
    await write(reached, there, content);
    return 'written';
  });
  return { path: pathOf(place, skill), is: is === 'foreign' || is === null ? 'left' : is };
};

/** Removes one skill, and its folder when that is empty then. A file that is not ours is left as it is. */
export const uninstallSkill = async (place: SkillPlace, skill: string): Promise<SkillFile> => {
  const is = await inSkill(place, skill, false, async (reached) => {
    const there = await look(reached);
    if (there.is !== 'ours') return there.is === 'foreign' ? 'left' : 'absent';
    await rm(reached.at(fileName));
    return 'removed';
  });
  // somebody else's files may lie beside it
  if (is === 'removed') await inSkill(place, '.', false, (reached) => rmdir(reached.at(skill)).catch(() => undefined));
  return { path: pathOf(place, skill), is: is === 'foreign' ? 'left' : is ?? 'absent' };
};
