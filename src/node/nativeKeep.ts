import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { chmod, constants, copyFile, link, lstat, mkdir, open, readFile, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, parse } from 'node:path';
import type { NativeFile } from '../core/adapter.ts';
import { goesOnFrom, keepWhole, readWhole, replaceFile, wholeEnding } from './keptWhole.ts';

/** A file or a directory (recursive) of an agent's own history, by absolute path. */
export interface NativePath {
  path: string;
  is: 'file' | 'directory';
  /** How the names of files end that hold JSON lines and are only ever appended to. */
  appended?: string;
}

/** How each file is kept: `size` at the last look. */
type Record = { [path: string]: { is: 'link' | 'copy'; size: number; mtimeMs: number } };

const recordName = 'kept.json';

/**
 * Keeps each file by hard link, else by copy, below `into`. What was kept of a file that is gone stays. A replaced file
 * is kept anew; one that got shorter is kept as a copy from then on, and what a copy held before that is put beside it.
 * Of a file that is only ever appended to every line that was ever seen is kept, whatever becomes of the file.
 */
export async function keepNative(paths: NativePath[], into: string): Promise<void> {
  await mkdir(into, { recursive: true, mode: 0o700 });
  const record = await readRecord(into);
  for (const path of await filesOf(paths)) {
    const place = keptPlace(into, path);
    if (isAppended(path, paths)) await keepWhole(place + wholeEnding, [place, path]);
    await keepFile(path, into, record);
  }
  const temporary = join(into, `${recordName}.new`);
  await writeSynced(temporary, Buffer.from(JSON.stringify(record)));
  await rename(temporary, join(into, recordName));
}

/**
 * Puts what is missing back at its original place (0600, parents 0700) and says which. Changes no file that is there,
 * but for one that is only ever appended to and has lost lines: that gets them back, before its own.
 */
export async function restoreNative(from: string, paths: NativePath[]): Promise<string[]> {
  const restored: string[] = [];
  for (const original of await keptFilesOf(from, paths)) {
    const place = keptPlace(from, original);
    if (isAppended(original, paths)) {
      if ((await placesOfWhole(from, original)).length === 1) continue;
      await replaceFile(original, await readWhole(place + wholeEnding, [place, original]));
      await keepWhole(place + wholeEnding, [original]);
      // It holds all that this does, and is what goes on from here.
      await rm(place, { force: true });
    } else if (await statsOf(original)) continue;
    else await writeNativeFiles([{ path: original, content: await readFile(place) }]);
    restored.push(original);
  }
  return restored;
}

/**
 * Where the files of a history are to be read, each from its places in this order: one place, unless the file has lost
 * what was kept of it.
 */
export async function placesOf(from: string, paths: NativePath[]): Promise<{ path: string; places: string[] }[]> {
  const all = [...new Set([...(await filesOf(paths)), ...(await keptFilesOf(from, paths))])];
  return Promise.all(all.map(async (path) => {
    if (isAppended(path, paths)) return { path, places: await placesOfWhole(from, path) };
    return { path, places: [(await statsOf(path)) ? path : keptPlace(from, path)] };
  }));
}

async function placesOfWhole(from: string, path: string): Promise<string[]> {
  const place = keptPlace(from, path);
  const whole = place + wholeEnding;
  const [stats, kept] = [await statsOf(path), await statsOf(place)];
  const isSame = stats !== null && (kept === null || kept.ino === stats.ino || (await goesOnFrom(path, place)));
  if (isSame && (await goesOnFrom(path, whole))) return [path];
  const places = await Promise.all([whole, place, path].map(async (one) => ((await statsOf(one)) ? [one] : [])));
  return places.flat();
}

const isAppended = (path: string, paths: NativePath[]): boolean => paths.some(({ path: own, is, appended }) => {
  const isOf = is === 'file' ? path === own : path.startsWith(own);
  return isOf && appended !== undefined && path.endsWith(appended);
});

/** Original places of all files that are kept of these paths. */
async function keptFilesOf(from: string, paths: NativePath[]): Promise<string[]> {
  const originals: string[] = [];
  for (const { path, is } of paths) {
    const kept = keptPlace(from, path);
    const wanted: NativePath[] = [{ path: kept, is }, ...(is === 'file' ? [{ path: kept + wholeEnding, is }] : [])];
    const found = await filesOf(wanted);
    const names = found.filter((file) => !isOlder(file)).map((file) => path + file.slice(kept.length));
    const own = (name: string) => (name.endsWith(wholeEnding) ? name.slice(0, -wholeEnding.length) : name);
    originals.push(...new Set(names.map(own)));
  }
  return originals;
}

/** All regular files of these paths that exist, with their content. */
export async function readNativeFiles(paths: NativePath[]): Promise<NativeFile[]> {
  const files: NativeFile[] = [];
  for (const path of await filesOf(paths)) files.push({ path, content: await readFile(path) });
  return files;
}

/** Writes files that did not exist before, whole or not at all each (0600). A path that exists is refused, and nothing of this call stays. */
export async function writeNativeFiles(files: NativeFile[]): Promise<void> {
  const written: string[] = [];
  try {
    for (const { path, content } of files) {
      await writeNew(path, content);
      written.push(path);
    }
  } catch (problem) {
    for (const path of written) await rm(path, { force: true });
    throw problem;
  }
}

async function writeNew(path: string, content: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeSynced(temporary, content);
    // Unlike a rename, a link never replaces what is there.
    await link(temporary, path).catch((problem: NodeJS.ErrnoException) => {
      if (problem.code === 'EEXIST') throw problem;
      return copyFile(temporary, path, constants.COPYFILE_EXCL);
    });
  } finally {
    await rm(temporary, { force: true });
  }
  await syncDirectory(dirname(path));
}

async function writeSynced(path: string, content: Uint8Array): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncDirectory(path: string): Promise<void> {
  // Windows cannot open a directory; there the file system orders this by itself.
  if (process.platform === 'win32') return;
  const directory = await open(path, 'r');
  await directory.sync().finally(() => directory.close());
}

async function keepFile(path: string, into: string, record: Record): Promise<void> {
  const stats = await statsOf(path);
  if (!stats) return;
  const place = keptPlace(into, path);
  const kept = await statsOf(place);
  const before = record[path];
  const isShorter = before !== undefined && stats.size < before.size;
  const mayLink = before?.is !== 'copy' && !isShorter;
  const isSame = kept && kept.ino === stats.ino && kept.dev === stats.dev;
  const facts = { size: stats.size, mtimeMs: stats.mtimeMs };
  if (isSame && mayLink) {
    record[path] = { is: 'link', ...facts };
    return;
  }
  const isUnchanged = kept && !isSame && before?.is === 'copy' && before.size === stats.size && before.mtimeMs === stats.mtimeMs;
  if (isUnchanged) return;
  await mkdir(dirname(place), { recursive: true, mode: 0o700 });
  if (kept && !isSame && isShorter) await setAside(place);
  record[path] = { is: await placeKept(path, place, mayLink), ...facts };
}

/** A copy never stands half written where the last good one was. */
async function placeKept(path: string, place: string, mayLink: boolean): Promise<'link' | 'copy'> {
  const temporary = `${place}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const isLinked = mayLink && (await link(path, temporary).then(() => true, () => false));
    if (!isLinked) {
      await copyFile(path, temporary, constants.COPYFILE_FICLONE);
      // A copy has the mode of what it was made of.
      await chmod(temporary, 0o600);
      const copy = await open(temporary, 'r+');
      await copy.sync().finally(() => copy.close());
    }
    await rename(temporary, place);
    return isLinked ? 'link' : 'copy';
  } finally {
    // A rename onto a link of the same file leaves the source behind.
    await rm(temporary, { force: true });
  }
}

const olderPattern = /\.before-\d+$/;
const isOlder = (path: string) => olderPattern.test(path);

async function setAside(place: string): Promise<void> {
  for (let number = 1; ; number++) {
    const aside = `${place}.before-${number}`;
    if (await statsOf(aside)) continue;
    await rename(place, aside);
    return;
  }
}

/** Where a file is kept: its whole path below `into/files`; a drive becomes a directory. */
function keptPlace(into: string, path: string): string {
  const { root } = parse(path);
  return join(into, 'files', root.replace(/[:\\/]/g, ''), path.slice(root.length));
}

async function filesOf(paths: NativePath[]): Promise<string[]> {
  const files: string[] = [];
  for (const { path, is } of paths) {
    if (is === 'directory') files.push(...(await filesBelow(path)));
    else if (await statsOf(path)) files.push(path);
  }
  return files;
}

async function filesBelow(directory: string): Promise<string[]> {
  // A directory that does not exist (yet) holds nothing to keep.
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const files: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) files.push(...(await filesBelow(path)));
    else if (entry.isFile() && !entry.name.endsWith('.tmp')) files.push(path);
  }
  return files;
}

/** A regular file's stats; null for everything else: links are never followed. */
async function statsOf(path: string): Promise<Stats | null> {
  const stats = await lstat(path).catch(() => null);
  return stats?.isFile() ? stats : null;
}

async function readRecord(into: string): Promise<Record> {
  try {
    return JSON.parse(await readFile(join(into, recordName), 'utf8')) as Record;
  } catch {
    // Missing or damaged: every file is looked at as if for the first time.
    return {};
  }
}
