import path from 'node:path';

/** Whether an absolute path is another one or lies below it, by their names alone. */
export const isWithin = (inner: string, outer: string): boolean => {
  const relative = path.relative(outer, inner);
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
};

/**
 * Whether a session belongs to a workspace: it runs in one of its folders or below, or a folder lies within the repository the session
 * runs at the top of. Absolute paths; says nothing about links.
 */
export const isOfWorkspace = (session: { cwd: string }, folders: readonly string[]): boolean =>
  folders.some((folder) => isWithin(session.cwd, folder) || isWithin(folder, session.cwd));
