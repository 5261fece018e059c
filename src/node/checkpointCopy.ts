import { copyFile, link, mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Past so many files no copy is made: it would hold up the session that is being copied. */
const mostFiles = 200_000;
const atOnce = 64;

/**
 * Puts checkpoints of one shadow repository into another one, for good: all objects are linked (they never change; where the file system
 * has no links they are copied), so that either repository may go away. Nothing may be captured in `from` meanwhile.
 */
export async function copyCheckpoints(from: string, to: string, checkpoints: readonly string[]): Promise<void> {
  const objects = await objectsIn(join(from, 'objects'));
  if (objects.length > mostFiles) throw new Error(`more than ${mostFiles.toLocaleString('en')} objects are not copied`);
  for (const folder of new Set(objects.map(dirname)))
    await mkdir(join(to, 'objects', folder), { recursive: true, mode: 0o700 });
  for (let start = 0; start < objects.length; start += atOnce) {
    const some = objects.slice(start, start + atOnce);
    await Promise.all(some.map((object) => linkOrCopy(join(from, 'objects', object), join(to, 'objects', object))));
  }
  // A state is there once its ref is, and that comes last.
  await mkdir(join(to, 'refs', 'checkpoints'), { recursive: true, mode: 0o700 });
  for (const checkpoint of new Set(checkpoints)) {
    const { atime, mtime } = await stat(join(from, 'refs', 'checkpoints', checkpoint));
    const ref = join(to, 'refs', 'checkpoints', checkpoint);
    await writeFile(ref, `${checkpoint}\n`, { mode: 0o600 });
    await utimes(ref, atime, mtime);
  }
}

/** Whole objects and packs, relative to the folder of objects; a pack before its index, which is what makes it known. */
async function objectsIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir(folder)) {
    if (!/^(?:[0-9a-f]{2}|pack)$/.test(name)) continue;
    const isPack = name === 'pack';
    for (const file of await readdir(join(folder, name)))
      if (isPack ? /^pack-[0-9a-f]+\.\w+$/.test(file) : /^[0-9a-f]{38,62}$/.test(file)) found.push(`${name}/${file}`);
  }
  return found.sort((a, b) => Number(a.endsWith('.idx')) - Number(b.endsWith('.idx')));
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code !== 'EEXIST') await copyFile(from, to);
  }
}
