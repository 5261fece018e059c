import { mostOpenFiles } from '../node/openFiles.ts';

/** How many files this program may have open at once, where that is what an error is about. */
export const openFilesOf = (error: unknown): number | null =>
  (error as NodeJS.ErrnoException | null)?.code === 'EMFILE' ? mostOpenFiles() : null;
