import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Terminal } from '../../../src/core/ports.ts';
import { spawnTerminal } from '../../../src/node/pty.ts';

/** How the output is read: as it comes; with a pause after each piece; with one long pause while the child has ended and its last output is unread. */
export type Reader = 'plain' | 'slow' | 'paused';

const sizeBytes = 1 << 20;
const byteAt = (at: number): number => (at * 7 + (at >> 8)) & 0xff;
/** Longer than any grace after the child's end. */
const longPauseMs = 300;

/**
 * So many children write 1 MB each and end right after their last byte: all of it must arrive, and before the end. Needs nothing of a test
 * runner, so that any Node can run it; `folder` is for the child.
 */
export async function readToTheEnd(folder: string, reader: Reader, rounds: number): Promise<void> {
  const child = join(folder, 'megabyte.mjs');
  writeFileSync(child, `
    import { writeSync } from 'node:fs';
    const data = Buffer.alloc(${sizeBytes}, 0);
    for (let at = 0; at < data.length; at++) data[at] = (at * 7 + (at >> 8)) & 0xff;
    for (let at = 0; at < data.length; ) { try { at += writeSync(1, data, at); } catch (error) { if (error.code !== 'EAGAIN') throw error; } }
    process.exit(7);
  `);
  const sha = createHash('sha256').update(Uint8Array.from({ length: sizeBytes }, (_, at) => byteAt(at))).digest('hex');
  for (let round = 0; round < rounds; round++) {
    // In raw mode, so that the kernel changes no byte.
    const started = spawnTerminal({ argv: ['sh', '-c', 'stty raw; exec "$0" "$1"', process.execPath, child], cwd: folder, env: process.env, cols: 80, rows: 24 });
    if (started.is === 'failed') throw new Error(started.problem);
    assert.deepEqual(await readWhole(started.terminal, reader), { received: sizeBytes, sha, end: { code: 7, signal: null } }, `round ${round}`);
  }
}

function readWhole(terminal: Terminal, reader: Reader): Promise<{ received: number; sha: string; end: { code: number | null; signal: string | null } }> {
  const hash = createHash('sha256');
  let received = 0;
  let isNearEnd = false;
  terminal.onData((data) => {
    hash.update(data);
    received += data.length;
    if (reader === 'plain') return;
    terminal.pause();
    const isLongPause = reader === 'paused' && !isNearEnd && received > sizeBytes - 50_000;
    if (isLongPause) isNearEnd = true;
    setTimeout(() => terminal.resume(), isLongPause ? longPauseMs : reader === 'slow' ? 1 : 0);
  });
  return new Promise((resolve) => terminal.onExit((end) => resolve({ received, sha: hash.digest('hex'), end })));
}
