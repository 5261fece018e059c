import { randomBytes } from 'node:crypto';
import { lstat, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * The kept copy of a file that its owner only ever appends to. It stands beside the kept link, which a file that is
 * emptied in place empties as well, and holds every line that was ever seen in it.
 */
export const wholeEnding = '.whole';

const newline = 0x0a;
/** What is compared of a large file before it is taken for the one it was. */
const comparedBytes = 4096;
const pieceBytes = 1024 * 1024;

/**
 * What both say of JSON lines: `later` itself where it goes on from `earlier`, else `earlier` and the lines of `later`
 * that it does not hold. A line that stands at one place in both, as long and beside the same line, is one line that
 * was damaged in one of them: in `later`, unless only that can be read.
 */
export function wholeOf(earlier: Buffer, later: Buffer): Buffer {
  if (later.length >= earlier.length && later.subarray(0, earlier.length).equals(earlier)) return later;
  if (earlier.subarray(0, later.length).equals(later)) return earlier;
  const lines = linesOf(later);
  const known = new Set(linesOf(earlier).map((line) => line.toString('latin1')));
  const held = new Map(linesOf(earlier).map((line) => [placeOf(line, earlier), line]));
  const isUnmoved = (line: Buffer | undefined) => line !== undefined && held.get(placeOf(line, later))?.equals(line) === true;
  const isSameLine = (line: Buffer, at: number) => held.has(placeOf(line, later)) && (isUnmoved(lines[at - 1]) || isUnmoved(lines[at + 1]));
  const isNew = (line: Buffer) => !known.has(line.toString('latin1')) && isJson(line);
  const more = lines.filter((line, at) => isNew(line) && !isSameLine(line, at));
  const mended = lines.filter((line, at) => isNew(line) && isSameLine(line, at) && !isJson(held.get(placeOf(line, later)) ?? line));
  if (more.length + mended.length === 0) return earlier;
  const parts = more.flatMap((line) => [line, Buffer.from([newline])]);
  const isEnded = earlier.length === 0 || earlier.at(-1) === newline;
  const whole = Buffer.concat([earlier, ...(isEnded ? [] : [Buffer.from([newline])]), ...parts]);
  for (const line of mended) line.copy(whole, line.byteOffset - later.byteOffset);
  return whole;
}

/** Where a line begins in the content that it is a part of, and how long it is. */
const placeOf = (line: Buffer, content: Buffer): string => `${line.byteOffset - content.byteOffset} ${line.length}`;

/** A line that a failing disk or an editor has damaged says nothing that the whole one does not. */
function isJson(line: Buffer): boolean {
  try {
    JSON.parse(line.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

function linesOf(content: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let at = 0; at < content.length; ) {
    const end = content.indexOf(newline, at);
    lines.push(content.subarray(at, end < 0 ? content.length : end));
    at = end < 0 ? content.length : end + 1;
  }
  return lines;
}

/**
 * Brings the copy at `whole` up to what these files hold; what it held stays. Costs what was appended since, as long
 * as nothing was replaced.
 */
export async function keepWhole(whole: string, files: readonly string[]): Promise<void> {
  for (const file of files) {
    if (await appendGrowth(whole, file)) continue;
    const [before, now] = [await contentOf(whole), await contentOf(file)];
    const content = wholeOf(before, now);
    if (content !== before) await replaceFile(whole, content);
  }
}

/** All that the copy and these files hold, in that order. */
export async function readWhole(whole: string, files: readonly string[]): Promise<Buffer> {
  let content = await contentOf(whole);
  for (const file of files) content = wholeOf(content, await contentOf(file));
  return content;
}

/** Whether a file goes on from what another one holds, byte by byte. */
export async function goesOnFrom(file: string, earlier: string): Promise<boolean> {
  const before = (await sizeOf(earlier)) ?? 0;
  const pieces = Array.from({ length: Math.ceil(before / pieceBytes) }, (_, at) => at * pieceBytes);
  return isAlike(file, earlier, pieces.map((from) => [from, Math.min(before, from + pieceBytes)]));
}

/** The same, told by the ends of the other one: for what is asked all the time, and loses nothing when it is wrong. */
async function seemsToGoOnFrom(file: string, earlier: string): Promise<boolean> {
  const before = (await sizeOf(earlier)) ?? 0;
  return isAlike(file, earlier, [[0, Math.min(before, comparedBytes)], [Math.max(0, before - comparedBytes), before]]);
}

async function isAlike(file: string, earlier: string, ranges: readonly (readonly [from: number, to: number])[]): Promise<boolean> {
  const [now, before] = [await sizeOf(file), await sizeOf(earlier)];
  if (before === null) return true;
  if (now === null || now < before) return false;
  for (const [from, to] of ranges) {
    if (!(await rangeOf(file, from, to)).equals(await rangeOf(earlier, from, to))) return false;
  }
  return true;
}

async function appendGrowth(whole: string, file: string): Promise<boolean> {
  const before = await sizeOf(whole);
  if (before === null || !(await seemsToGoOnFrom(file, whole))) return false;
  const growth = await rangeOf(file, before, (await sizeOf(file)) ?? before);
  if (growth.length === 0) return true;
  const copy = await open(whole, 'a', 0o600);
  try {
    await copy.writeFile(growth);
    await copy.sync();
  } finally {
    await copy.close();
  }
  return true;
}

/** Writes a file whole or not at all (0600, parents 0700), in place of one that is there. */
export async function replaceFile(path: string, content: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function rangeOf(path: string, from: number, to: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const content = Buffer.alloc(Math.max(0, to - from));
    const { bytesRead } = await file.read(content, 0, content.length, from);
    return content.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Null when it is no regular file. */
async function sizeOf(path: string): Promise<number | null> {
  const stats = await lstat(path).catch(() => null);
  return stats?.isFile() ? stats.size : null;
}

const contentOf = async (path: string): Promise<Buffer> =>
  ((await sizeOf(path)) === null ? Buffer.alloc(0) : readFile(path));
