import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import type { Terminal } from '../../../src/core/ports.ts';
import { spawnTerminal, type TerminalSpec } from '../../../src/node/pty.ts';

const started: Terminal[] = [];
// A test that failed leaves its child, and that would keep the run from ending.
after(() => started.forEach((terminal) => {
  terminal.onData(() => {});
  terminal.resume();
  terminal.kill('SIGKILL');
}));

/** Starts a program in a real pty, or fails the test. It is ended with the tests. */
export function start(argv: string[], spec: Partial<TerminalSpec> = {}, starter?: string | null): Terminal {
  const result = spawnTerminal({ argv, cwd: process.cwd(), env: process.env, cols: 80, rows: 24, ...spec }, starter);
  assert.ok(result.is === 'started', result.is === 'failed' ? result.problem : '');
  started.push(result.terminal);
  return result.terminal;
}

export const ended = (terminal: Terminal): Promise<{ code: number | null; signal: string | null }> => new Promise((resolve) => terminal.onExit(resolve));

/** All output up to the end. */
export async function textOf(terminal: Terminal): Promise<string> {
  const chunks: Uint8Array[] = [];
  terminal.onData((data) => chunks.push(data));
  await ended(terminal);
  return Buffer.concat(chunks).toString('utf8');
}

/** A small Node program on disk. */
export function program(folder: string, name: string, source: string): string {
  writeFileSync(join(folder, name), source);
  return join(folder, name);
}

/** Waits until it is so; the bound is there to end a broken test, not to measure. */
export async function eventually(isSo: () => boolean): Promise<void> {
  for (let round = 0; round < 2000; round++) {
    if (isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.fail(`never became true: ${isSo}`);
}
