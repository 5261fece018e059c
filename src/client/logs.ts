import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { lineSelector, type RowFilter } from '../node/eventLogFilter.ts';
import { LogTail, type TakeLines } from '../node/eventLogTail.ts';

export type { RowFilter } from '../node/eventLogFilter.ts';
export type { TakeLines } from '../node/eventLogTail.ts';

/** A file system that drops a notification (some network ones do) costs a follower this long, not the row. */
const lookAgainMs = 500;

const tailOf = (path: string, filter: RowFilter | undefined): LogTail =>
  new LogTail(path, filter?.types === undefined && filter?.fromTs === undefined ? null : lineSelector(filter));

/**
 * Every whole row that the log holds now, as it was written; with a filter only those that are wanted, and none that cannot be read.
 * Memory stays flat. @throws HumanError when there is no log, or the filter's time is none
 */
export const copyLog = async (path: string, take: TakeLines, filter?: RowFilter): Promise<void> => {
  const tail = tailOf(path, filter);
  try {
    await tail.advance(take);
  } finally {
    tail.close();
  }
};

/**
 * Every row that the log holds, then each that comes, until its last row is the session's end, wanted or not: true then. Of a session that is
 * over anyway give the `seq` of its last row, which may turn out later: an interrupted one has no row that says so. What rejects that ends the
 * following too. @throws HumanError as `copyLog`, and when the log is cut
 */
export const followLog = async (path: string, take: TakeLines, overAt: number | Promise<number> | null, filter?: RowFilter): Promise<boolean> => {
  const tail = tailOf(path, filter);
  const stem = basename(path, '.jsonl');
  let wake = (): void => undefined;
  const watcher = watch(dirname(path), (_, name) => {
    if (name === null || name.startsWith(stem)) wake();
  });
  const timer = setInterval(() => wake(), lookAgainMs);
  let lastSeq = typeof overAt === 'number' ? overAt : null;
  const failed = new Promise<never>((_, reject) => {
    if (overAt instanceof Promise) overAt.then((seq) => { lastSeq = seq; wake(); }, reject);
  });
  // It is waited for below, a moment later perhaps.
  failed.catch(() => undefined);
  try {
    for (;;) {
      const changed = new Promise<void>((resolve) => { wake = resolve; });
      await tail.advance(take);
      if (tail.ended) return true;
      if (lastSeq !== null && tail.seq >= lastSeq) return false;
      await Promise.race([changed, failed]);
    }
  } finally {
    clearInterval(timer);
    watcher.close();
    tail.close();
  }
};
