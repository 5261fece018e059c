import { mostOpenFiles, mostProcesses } from '../node/openFiles.ts';

/** What this program may have at once, where that is what an error is about. */
export const limitsOf = (error: unknown): { openFiles: number | null; processes: number | null } => {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  return { openFiles: code === 'EMFILE' ? mostOpenFiles() : null, processes: code === 'EAGAIN' ? mostProcesses() : null };
};
