import { createHash } from 'node:crypto';
import { lstat, mkdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What became of one file. `left`: it is not ours, or was changed since we wrote it, and was not touched. */
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

const entryAt = (path: string) => lstat(path).catch((error: NodeJS.ErrnoException) => {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
  throw error;
});

/** What stands at the place of a skill: nothing, a file of ours, or what is none of our business (also where the folder is a link). */
const look = async (path: string): Promise<{ is: 'absent' | 'foreign' } | { is: 'ours'; content: string }> => {
  const folder = await entryAt(dirname(path));
  if (folder === null) return { is: 'absent' };
  if (!folder.isDirectory()) return { is: 'foreign' };
  const entry = await entryAt(path);
  if (entry === null) return { is: 'absent' };
  if (!entry.isFile()) return { is: 'foreign' };
  const content = await readFile(path, 'utf8');
  return isOurs(content) ? { is: 'ours', content } : { is: 'foreign' };
};

const pathOf = (folder: string, skill: string): string => join(folder, skill, 'SKILL.md');

/** Writes one skill, or brings it up to date. A file that is not ours is left as it is. */
export const installSkill = async (folder: string, skill: string, text: string): Promise<SkillFile> => {
  const path = pathOf(folder, skill);
  const there = await look(path);
  const content = marked(text);
  if (there.is === 'foreign') return { path, is: 'left' };
  if (there.is === 'ours' && there.content === content) return { path, is: 'same' };
  await mkdir(dirname(path), { recursive: true });
  if (there.is === 'absent') await writeFile(path, content, { flag: 'wx' });
  else {
    const beside = `${path}.${process.pid}`;
    await writeFile(beside, content, { flag: 'wx' });
    await rename(beside, path);
  }
  return { path, is: 'written' };
};

/** Removes one skill, and its folder when that is empty then. A file that is not ours is left as it is. */
export const uninstallSkill = async (folder: string, skill: string): Promise<SkillFile> => {
  const path = pathOf(folder, skill);
  const there = await look(path);
  if (there.is === 'absent') return { path, is: 'absent' };
  if (there.is === 'foreign') return { path, is: 'left' };
  await rm(path);
  // somebody else's files may lie beside it
  await rmdir(dirname(path)).catch(() => undefined);
  return { path, is: 'removed' };
};
