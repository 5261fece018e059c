import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';

/** The n-th file of a log: the log's own path, then its continuations. Pure. */
export const logFilePath = (path: string, n: number): string => (n === 1 ? path : `${path.replace(/\.jsonl$/, '')}.${n}.jsonl`);

/** The files of a log that exist, in order; empty when there is no log. */
export const logFilesOf = (path: string): string[] => {
  const files: string[] = [];
  while (existsSync(logFilePath(path, files.length + 1))) files.push(logFilePath(path, files.length + 1));
  return files;
};

const chunkBytes = 1 << 20;

/** One read's worth of whole lines: `bytes[0..end)` ends in a newline and begins at `offset` of the file. Valid until the next one. */
export interface LineChunk {
  bytes: Buffer;
  end: number;
  offset: number;
}

/**
 * The lines of a file from a byte offset, in chunks of about a megabyte, so that memory stays flat however long the file is. What follows
 * the last newline is not handed out. Returns the size that was seen.
 */
export async function* lineChunks(path: string, from = 0): AsyncGenerator<LineChunk, number> {
  const file = await open(path, 'r');
  try {
    let buffer = Buffer.allocUnsafe(chunkBytes);
    let held = 0;
    let offset = from;
    for (;;) {
      if (held === buffer.length) buffer = Buffer.concat([buffer], buffer.length * 2);
      const { bytesRead } = await file.read(buffer, held, buffer.length - held, offset + held);
      if (bytesRead === 0) return offset + held;
      const newline = buffer.lastIndexOf(0x0a, held + bytesRead - 1);
      held += bytesRead;
      if (newline < 0 || newline < held - bytesRead) continue;
      const end = newline + 1;
      yield { bytes: buffer, end, offset };
      buffer.copyWithin(0, end, held);
      held -= end;
      offset += end;
    }
  } finally {
    await file.close();
  }
}
