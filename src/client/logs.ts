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
 * Every row that the log holds, then each that comes, until its last row is the session's end, wanted or not. Of a session that is over
 * anyway, give the `seq` of its last row: an interrupted one has no row that says so. @throws HumanError as `copyLog`, and when the log is cut
 */
export const followLog = async (path: string, take: TakeLines, overAt: number | null, filter?: RowFilter): Promise<void> => {
  const tail = tailOf(path, filter);
  const stem = basename(path, '.jsonl');
  let wake = (): void => undefined;
  const watcher = watch(dirname(path), (_, name) => {
    if (name === null || name.startsWith(stem)) wake();
  });
  const timer = setInterval(() => wake(), lookAgainMs);
  try {
    for (;;) {
      const changed = new Promise<void>((resolve) => { wake = resolve; });
      await tail.advance(take);
      if (tail.ended || (overAt !== null && tail.seq >= overAt)) return;
      await changed;
    }
  } finally {
    clearInterval(timer);
    watcher.close();
    tail.close();
  }
};
