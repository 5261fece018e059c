import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { hasLivingRun } from '../node/runProcess.ts';
import { listSessionLogs } from '../node/sessionIndex.ts';
import { openStateDirectoryFor } from './connect.ts';

export { openStateDirectoryFor } from './connect.ts';

/** What a session's files and folders are named by, besides its log. */
const uidAtStart = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])/;

/**
 * Files and folders in the state directory that belong to no session there is; absolute paths. A session is there as long as it has a log,
 * whether this version can read it or a host of another one keeps it, and where its agent runs.
 */
export const leftoversIn = async (env: Readonly<Record<string, string | undefined>>): Promise<string[]> => {
  const { events, output, native, runs, checkpoints } = await openStateDirectoryFor(env);
  const found: string[] = [];
  for (const folder of [output, native, runs, checkpoints]) {
    for (const name of (await readdir(folder)).sort()) if (uidAtStart.test(name)) found.push(join(folder, name));
  }
  // Looked at after the files: a session that has just begun makes its log first.
  const known = new Set((await listSessionLogs(events)).map(({ uid }) => uid));
  for (const uid of await readdir(runs)) if (await hasLivingRun(join(runs, uid))) known.add(uid);
  return found.filter((path) => !known.has(uidAtStart.exec(basename(path))?.[0] ?? ''));
};
