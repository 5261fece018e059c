import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openStateDirectoryFor } from './connect.ts';

export { openStateDirectoryFor } from './connect.ts';

/** What a session's files and folders are named by, besides its log. */
const uidAtStart = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])/;

/** Files and folders in the state directory that belong to no session there is; absolute paths. */
export const leftoversIn = async (env: Readonly<Record<string, string | undefined>>, known: ReadonlySet<string>): Promise<string[]> => {
  const { output, native, runs, checkpoints } = await openStateDirectoryFor(env);
  const found: string[] = [];
  for (const folder of [output, native, runs, checkpoints]) {
    for (const name of (await readdir(folder)).sort()) {
      const uid = uidAtStart.exec(name)?.[0];
      if (uid !== undefined && !known.has(uid)) found.push(join(folder, name));
    }
  }
  return found;
};
