import { basename } from 'node:path';
import { lineChunks, logFilesOf } from './eventLogLines.ts';
import { decodeRow, type Row } from './eventLogRow.ts';

/** What reading one file of a log found. */
export interface FileScan {
  path: string;
  sizeBytes: number;
  /** Where the last whole row ends; what follows is the tail. */
  wholeBytes: number;
  rows: number;
  /** Whether something before `wholeBytes` could not be read. */
  isDamaged: boolean;
}

export interface LogScan {
  rows: Row[];
  lastSeq: number;
  lastTs: string;
  /** What could not be read, naming file and byte. Tails are not damage: see `files`. */
  damage: string[];
  files: FileScan[];
}

const rowsFromTo = (from: number, to: number): string => (from === to ? `row ${from}` : `rows ${from} to ${to}`);

const describeGap = (file: string, badFrom: number, at: number, lastSeq: number, seq: number): string | null => {
  const lost = seq > lastSeq + 1 ? rowsFromTo(lastSeq + 1, seq - 1) : null;
  if (badFrom < at) return `${file}: bytes ${badFrom} to ${at} cannot be read${lost ? ` (${lost})` : ''}`;
  return lost && `${file}: ${lost} missing before byte ${at}`;
};

/** Reads one file into `scan`. Rows that are known already (a continuation may begin with a copy of what went before) are passed over. */
const scanFile = async (path: string, scan: LogScan): Promise<FileScan> => {
  const file: FileScan = { path, sizeBytes: 0, wholeBytes: 0, rows: 0, isDamaged: false };
  const isFirst = scan.files.length === 0;
  const take = (row: Row, at: number, end: number) => {
    const isKnown = row.seq <= scan.lastSeq;
    const problem = isKnown
      ? describeGap(basename(path), file.wholeBytes, at, row.seq, row.seq) ?? (isFirst ? `${basename(path)}: row ${row.seq} at byte ${at} is there twice` : null)
      : describeGap(basename(path), file.wholeBytes, at, scan.lastSeq, row.seq);
    if (problem) {
      scan.damage.push(problem);
      file.isDamaged = true;
    }
    file.wholeBytes = end;
    file.rows++;
    if (isKnown) return;
    scan.rows.push(row);
    scan.lastSeq = row.seq;
    scan.lastTs = row.ts;
  };
  const chunks = lineChunks(path);
  for (;;) {
    const next = await chunks.next();
    if (next.done) {
      file.sizeBytes = next.value;
      return file;
    }
    const { bytes, end, offset } = next.value;
    for (let start = 0; start < end; ) {
      const newline = bytes.indexOf(0x0a, start);
      const row = decodeRow(bytes, start, newline);
      if (row) take(row, offset + start, offset + newline + 1);
      start = newline + 1;
    }
  }
};

/** Reads all files of a log, whoever is writing to it. A log that does not exist has no rows. Changes nothing. */
export const scanLog = async (path: string): Promise<LogScan> => {
  const scan: LogScan = { rows: [], lastSeq: 0, lastTs: '', damage: [], files: [] };
  const paths = logFilesOf(path);
  for (const [index, file] of paths.entries()) {
    const found = await scanFile(file, scan);
    if (index < paths.length - 1 && found.sizeBytes > found.wholeBytes) {
      scan.damage.push(`${basename(file)}: bytes ${found.wholeBytes} to ${found.sizeBytes} cannot be read`);
    }
    scan.files.push(found);
  }
  return scan;
};
