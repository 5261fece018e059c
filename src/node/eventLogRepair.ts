import { constants } from 'node:fs';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { logFilePath } from './eventLogLines.ts';

/** Rows are readable and writable by the user alone. */
const fileMode = 0o600;
const copyBytes = 1 << 20;

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

/** Makes a new name in a directory survive a power cut. */
export const syncDirectory = async (path: string): Promise<void> => {
  // Windows cannot open directories; its file systems journal names.
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
};

/** Opens an existing file of a log for appending. */
export const openForAppend = (path: string): Promise<FileHandle> => open(path, constants.O_RDWR | constants.O_APPEND);

/**
 * As `openForAppend`, but each write returns only when it is on the disk: one call in place of two. Null where that promises less than a sync does
 * (macOS), or is not known (Windows).
 */
export const openForSafeAppend = async (path: string): Promise<FileHandle | null> =>
  process.platform === 'linux' ? open(path, constants.O_WRONLY | constants.O_APPEND | constants.O_DSYNC) : null;

/** Creates a file that must not exist yet. */
export const createLogFile = async (path: string): Promise<FileHandle> => {
  const handle = await open(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL, fileMode);
  await syncDirectory(dirname(path));
  return handle;
};

/** Copies `[from, to)` of a file to the end of another and syncs it. */
export const copyRange = async (source: FileHandle, from: number, to: number, target: FileHandle): Promise<void> => {
  const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(copyBytes, to - from)));
  for (let at = from; at < to; ) {
    const { bytesRead } = await source.read(buffer, 0, Math.min(buffer.length, to - at), at);
    if (bytesRead === 0) throw new Error(`the file ends at byte ${at}`);
    for (let done = 0; done < bytesRead; ) done += (await target.write(buffer, done, bytesRead - done)).bytesWritten;
    at += bytesRead;
  }
  await target.sync();
};

/** Creates the first file of a numbered series that does not exist yet. */
const createNumbered = async (pathOf: (n: number) => string, first: number): Promise<{ path: string; handle: FileHandle }> => {
  for (let n = first; ; n++) {
    try {
      return { path: pathOf(n), handle: await createLogFile(pathOf(n)) };
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
  }
};

/** Creates the next continuation file of a log. */
export const createContinuation = (path: string): Promise<{ path: string; handle: FileHandle }> => createNumbered((n) => logFilePath(path, n), 2);

/**
 * Cuts a file at `wholeBytes` after what follows has been copied to `<path>.broken-<n>`. Throws, with nothing cut, when it cannot be copied.
 */
export const cutTail = async (path: string, handle: FileHandle, wholeBytes: number, sizeBytes: number): Promise<{ keptAs: string }> => {
  const broken = await createNumbered((n) => `${path}.broken-${n}`, 1);
  try {
    await copyRange(handle, wholeBytes, sizeBytes, broken.handle);
  } catch (error) {
    await unlink(broken.path);
    throw error;
  } finally {
    await broken.handle.close();
  }
  await handle.truncate(wholeBytes);
  await handle.sync();
  return { keptAs: broken.path };
};
