let users: number | null = null;

/** From here on whatever this process makes is closed to others, if nothing else is said; the user's own mask is for what is theirs. */
export function closeToOthers(): void {
  users ??= process.umask(0o077);
}

/** Permission bits that a file or directory of the user's gets when it is made with these. */
export const usersPermissions = (mode: number): number => mode & ~(users ?? process.umask());

/** Starts something (in this very moment) that makes files of the user's: an agent has the mask that it would have in a shell of theirs. */
export const withUsersMask = <T>(start: () => T): T => withMask(users ?? process.umask(), start);

/** The mask belongs to the process, so it is put back before anything else can run. */
export function withMask<T>(mask: number, start: () => T): T {
  const before = process.umask(mask);
  try {
    return start();
  } finally {
    process.umask(before);
  }
}
