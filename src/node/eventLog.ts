import type { FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { HumanError, recordingStopped } from '../core/errors.ts';
import type { EventBody } from '../core/events.ts';
import type { OpenedLog } from '../core/ports.ts';
import { LogFile } from './eventLogFile.ts';
import { lockLog } from './eventLogLock.ts';
import { reasonOf } from './eventLogReason.ts';
import { createContinuation, createLogFile, cutTail, openForAppend } from './eventLogRepair.ts';
import { scanLog, type FileScan, type LogScan } from './eventLogScan.ts';
import { LogWriter, maxBatchBytes } from './eventLogWriter.ts';

export interface LogOptions {
  clock?: () => Date;
  /** How much may wait in memory while the disk refuses. */
  maxPendingBytes?: number;
}

const defaultPendingBytes = 64 << 20;

type Recovered = Extract<EventBody, { type: 'recovered' }>;

const recovered = (lostBytes: number, keptAs: string | null, reason: string): Recovered => ({ type: 'recovered', lost_bytes: lostBytes, kept_as: keptAs, reason });

interface OpenedFile {
  file: LogFile;
  /** What the log has to say about how it was opened. */
  recovered: Recovered | null;
}

/** Goes on in a new file, and leaves the damaged one as it is. */
const continueAfter = async (path: string, reason: string, lostBytes: number): Promise<OpenedFile> => {
  const next = await createContinuation(path);
  return { file: new LogFile(path, next.path, next.handle, 0), recovered: recovered(lostBytes, null, reason) };
};

/** What the writer before has left in the kernel's hands is on the disk before anything is promised behind it. */
const openWhole = async (path: string, last: FileScan, handle: FileHandle): Promise<LogFile> => {
  try {
    await handle.datasync();
    return new LogFile(path, last.path, handle, last.sizeBytes);
  } catch (error) {
    await handle.close();
    throw error;
  }
};

/** A torn tail is cut once it has been copied aside; where it cannot be copied, or is more than one write can leave, it stays. */
const openLast = async (path: string, last: FileScan, scan: LogScan): Promise<OpenedFile> => {
  const tailBytes = last.sizeBytes - last.wholeBytes;
  const name = basename(last.path);
  if (last.isDamaged) return continueAfter(path, scan.damage.filter((text) => text.startsWith(`${name}:`)).join('; '), tailBytes);
  if (tailBytes > maxBatchBytes) {
    const reason = `${name}: bytes ${last.wholeBytes} to ${last.sizeBytes} cannot be read`;
    scan.damage.push(reason);
    return continueAfter(path, reason, tailBytes);
  }
  const handle = await openForAppend(last.path);
  if (tailBytes === 0) return { file: await openWhole(path, last, handle), recovered: null };
  try {
    const { keptAs } = await cutTail(last.path, handle, last.wholeBytes, last.sizeBytes);
    return { file: new LogFile(path, last.path, handle, last.wholeBytes), recovered: recovered(tailBytes, keptAs, `${name} ended in a row that was only half written`) };
  } catch (error) {
    await handle.close();
    const reason = `${name}: bytes ${last.wholeBytes} to ${last.sizeBytes} cannot be read, and could not be copied aside (${reasonOf(error).why})`;
    scan.damage.push(reason);
    return continueAfter(path, reason, tailBytes);
  }
};

const openFile = async (path: string, scan: LogScan): Promise<OpenedFile> => {
  const last = scan.files.at(-1);
  if (!last) return { file: new LogFile(path, path, await createLogFile(path), 0), recovered: null };
  const opened = await openLast(path, last, scan);
  // A continuation whose first row never landed still has to say why it is there.
  if (!opened.recovered && scan.files.length > 1 && last.sizeBytes === 0) opened.recovered = recovered(0, null, scan.damage.join('; ') || 'the file before could not be written');
  return opened;
};

/**
 * Creates the log at `path`, or opens and recovers it, as its one writer (`logInUse` when there is another). Rows that read are returned
 * whatever else is broken; nothing that cannot be read is ever thrown away. Throws `recordingStopped` when it cannot be opened for writing.
 */
export const openEventLog = async (path: string, options: LogOptions = {}): Promise<OpenedLog> => {
  let lock = await lockLog(path).catch((error: unknown) => {
    throw error instanceof HumanError ? error : recordingStopped(path, reasonOf(error));
  });
  try {
    const scan = await scanLog(path);
    const opened = await openFile(path, scan);
    const { lastSeq, lastTs, rows, damage } = scan;
    const log = new LogWriter(opened.file, {
      lastSeq,
      lastTs,
      clock: options.clock ?? (() => new Date()),
      maxPendingBytes: options.maxPendingBytes ?? defaultPendingBytes,
      relock: async () => {
        const before = lock;
        lock = await lockLog(path);
        await before.dispose();
      },
      release: () => lock.dispose(),
    });
    if (opened.recovered) rows.push(...log.append([opened.recovered], { id: rows.at(-1)?.id ?? basename(path, '.jsonl') }).events);
    return { log, rows, damage };
  } catch (error) {
    await lock.dispose();
    throw error instanceof HumanError ? error : recordingStopped(path, reasonOf(error));
  }
};

/** All rows of a log without becoming its writer: for lists, and for sessions that are over. Changes nothing. */
export const readLogRows = async (path: string): Promise<Omit<OpenedLog, 'log'>> => {
  const { rows, damage } = await scanLog(path);
  return { rows, damage };
};
