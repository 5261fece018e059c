import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SessionUid } from '../core/ids.ts';

export interface SessionLog {
  uid: SessionUid;
  repoKey: string;
  path: string;
  /** All files of the log together. */
  sizeBytes: number;
  /** When it was last written to. */
  mtimeMs: number;
}

/** `<repo_key>--<uid>.jsonl`, and `<repo_key>--<uid>.<n>.jsonl` for continuations. */
const logName = /^(?<repoKey>[0-9a-f]{16})--(?<uid>[^.]+)(?:\.(?<n>\d+))?\.jsonl$/;

/** The logs in a directory of events, newest first, without opening any. A directory that does not exist has none. */
export const listSessionLogs = async (directory: string): Promise<SessionLog[]> => {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const logs = new Map<string, SessionLog>();
  const add = async (name: string) => {
    const { repoKey, uid } = logName.exec(name)?.groups ?? {};
    if (!repoKey || !uid) return;
    const file = await stat(join(directory, name)).catch(() => null);
    if (!file) return;
    const path = join(directory, `${repoKey}--${uid}.jsonl`);
    const log = logs.get(path) ?? { uid, repoKey, path, sizeBytes: 0, mtimeMs: 0 };
    log.sizeBytes += file.size;
    log.mtimeMs = Math.max(log.mtimeMs, file.mtimeMs);
    logs.set(path, log);
  };
  await Promise.all(names.map(add));
  return [...logs.values()].sort((a, b) => b.mtimeMs - a.mtimeMs || (a.uid < b.uid ? -1 : 1));
};
