import { ForeignChange } from './eventLogFile.ts';

const reasons: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'your disk quota is used up',
  EROFS: 'the file system is read-only',
  EIO: 'the disk reports an error',
  EACCES: 'you may no longer write there',
  EPERM: 'the file may not be changed',
  ENOENT: 'its directory is gone',
  EFBIG: 'the file may not grow any further',
};

/** What kept the log from being written, in words. */
export const reasonOf = (error: unknown): string => {
  if (error instanceof ForeignChange) return error.message;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return reasons[code] ?? (error instanceof Error ? error.message : String(error));
};
