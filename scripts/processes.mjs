// Processes that a test file leaves behind: found by a mark in their environment, which every child inherits.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import process from 'node:process';

/** A session host keeps only few variables of whoever starts it; those that begin like this one are among them. */
export const markVariable = 'BACKSTITCH_HOST_TEST_RUN';

/** Processes (other than this one) whose environment carries the mark. Linux only; elsewhere none are found. */
export function markedProcesses(mark) {
  if (process.platform !== 'linux') return [];
  const found = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    try {
      if (!readFileSync(`/proc/${name}/environ`, 'latin1').includes(`${markVariable}=${mark}\0`)) continue;
      if (/^State:\s+Z/m.test(readFileSync(`/proc/${name}/status`, 'latin1'))) continue;
      found.push({ pid: Number(name), command: readFileSync(`/proc/${name}/cmdline`, 'latin1').replaceAll('\0', ' ').trim() });
    } catch { /* gone meanwhile, or somebody else's */ }
  }
  return found;
}

/** Waits for marked processes to end by themselves, then ends what is left, and says what that was. */
export async function endMarked(mark, graceMs) {
  const until = Date.now() + graceMs;
  let left = markedProcesses(mark);
  while (left.length > 0 && Date.now() < until) {
    await pause(100);
    left = markedProcesses(mark);
  }
  for (const { pid } of left) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch { /* it has ended by itself */ }
  }
  return left;
}
