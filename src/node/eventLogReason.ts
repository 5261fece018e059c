import { ForeignChange } from './eventLogFile.ts';
import { mostOpenFiles } from './openFiles.ts';

/** What kept the log from being written, in words, and when what was not written will be. */
export interface Reason {
  why: string;
  goesOn: string;
}

const reasons: Readonly<Record<string, Reason>> = {
  ENOSPC: { why: 'the disk is full', goesOn: 'when there is room' },
  EDQUOT: { why: 'your disk quota is used up', goesOn: 'when there is room' },
  EROFS: { why: 'the file system is read-only', goesOn: 'when it can be written again' },
  EIO: { why: 'the disk reports an error', goesOn: 'when the disk takes it again' },
  EACCES: { why: 'you may no longer write there', goesOn: 'when you may again' },
  EPERM: { why: 'the file may not be changed', goesOn: 'when it may be again' },
  ENOENT: { why: 'its directory is gone', goesOn: 'when that is back' },
  ENFILE: { why: 'no more files can be opened on this machine', goesOn: 'when they can' },
  EFBIG: { why: 'the file may not grow any further', goesOn: 'when it may' },
};

const tooMany = (): Reason =>
  ({ why: `the session host may have no more than ${mostOpenFiles()} files open at once`, goesOn: 'when it may' });

/** Why a write, or what was to make the file fit for one, has failed. */
export const reasonOf = (error: unknown): Reason => {
  if (error instanceof ForeignChange) return { why: error.message, goesOn: 'when the file is left alone' };
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'EMFILE') return tooMany();
  return reasons[code] ?? { why: error instanceof Error ? error.message : String(error), goesOn: 'when that has changed' };
};
