import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { StateDirectory } from '../node/stateDirectory.ts';

/** Takes away all that there is of a session on the disk. Nothing may be writing any of it. Its log goes last, and with it what was kept of it aside. */
export async function removeTraces({ uid, logPath }: { uid: string; logPath: string }, directory: StateDirectory): Promise<void> {
  const output = directory.outputPath(uid);
  for (const path of [join(directory.checkpoints, uid), join(directory.native, uid), join(directory.runs, uid), output, `${output}.1`])
    await rm(path, { recursive: true, force: true });
  const folder = dirname(logPath);
  const stem = `${basename(logPath, '.jsonl')}.`;
  for (const name of await readdir(folder).catch(() => [])) if (name.startsWith(stem)) await rm(join(folder, name), { force: true });
}
