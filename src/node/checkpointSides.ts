import { lstat } from 'node:fs/promises';
import type { FileSide } from '../core/ports.ts';
import { directoryMode, type Noted } from './checkpointChanges.ts';
import { contentOf } from './checkpointDisk.ts';
import { gitOutput, type ShadowRepository } from './checkpointGit.ts';
import { directoryPermissionsOf, permissionsOf } from './checkpointNotes.ts';
import { type FolderHandle, nameOf } from './folderHandle.ts';

/** What is larger is told by its size: an editor, and the way to it, take this much without being felt. */
const mostShownBytes = 5 * 1024 * 1024;
const absent: FileSide = { is: 'absent' };

/** The content as text; null where it is none. */
export function textOf(content: Buffer): string | null {
  const text = content.toString();
  return text.includes('\0') || !Buffer.from(text).equals(content) ? null : text;
}

/** What stands at a path of a checkpoint. A directory may end in `/`. */
export async function sideIn(at: ShadowRepository, { tree, notes }: Noted, path: string): Promise<FileSide> {
  const name = nameWithoutEnd(path);
  const directory = (): FileSide =>
    ({ is: 'directory', ...(notes?.usual && { permissions: directoryPermissionsOf(notes, name) }) });
  if (name === '') return directory();
  const listed = (await gitOutput(at, ['ls-tree', '--full-tree', '-z', '-l', tree, '--', name])).toString();
  const [, mode = '', id = '', size = ''] = /^(\d+) \w+ ([0-9a-f]+) +(\d+|-)\t/.exec(listed) ?? [];
  if (mode === '') return notes?.empty.includes(name) ? directory() : absent;
  if (mode === directoryMode) return directory();
  const permissions = notes === null ? undefined : permissionsOf(notes, name, mode);
  const read = (): Promise<Buffer> => gitOutput(at, ['cat-file', 'blob', id]);
  return sideOf({ bytes: Number(size) || 0, isLink: mode === '120000', permissions }, read);
}

/** What stands at a path of the folder now; null for the folder: it is gone. Never follows a link. */
export async function sideNow(folder: FolderHandle | null, path: string): Promise<FileSide> {
  if (folder === null) return absent;
  const name = nameWithoutEnd(path);
  const parent = await folder.parentOf(name === '' ? 'x' : name);
  if (parent.is === 'broken') return absent;
  const place = parent.directory.at(name === '' ? '.' : nameOf(name));
  const stats = await lstat(place, { bigint: true }).catch((problem: NodeJS.ErrnoException) => problem);
  if (stats instanceof Error) return ['ENOENT', 'ENOTDIR'].includes(stats.code ?? '') ? absent : unreadable;
  const permissions = Number(stats.mode & 0o777n);
  if (stats.isDirectory()) return { is: 'directory', permissions };
  if (!stats.isFile() && !stats.isSymbolicLink()) return { is: 'unreadable', why: 'It is neither a file nor a link.' };
  return sideOf({ bytes: Number(stats.size), isLink: stats.isSymbolicLink(), permissions }, () => contentOf(place, stats));
}

const unreadable: FileSide = { is: 'unreadable', why: 'It may not be read.' };

interface Found {
  bytes: number;
  isLink: boolean;
  permissions: number | undefined;
}

async function sideOf({ bytes, isLink, permissions }: Found, read: () => Promise<Buffer | null>): Promise<FileSide> {
  const bits = permissions === undefined || isLink ? {} : { permissions };
  if (bytes > mostShownBytes) return { is: 'large', bytes, ...bits };
  const content = await read();
  if (content === null) return unreadable;
  const text = textOf(content);
  if (text === null) return { is: 'binary', bytes, ...bits };
  return isLink ? { is: 'link', target: text } : { is: 'text', text, ...bits };
}

const nameWithoutEnd = (path: string): string => (path === './' ? '' : path.replace(/\/$/, ''));
