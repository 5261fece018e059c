// Processes that a test file leaves behind: all that it starts live in a temporary folder of its own, and so carry its path.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import process from 'node:process';

/** Processes (other than this one) that have the path in their environment or arguments. Linux only; elsewhere none are found. */
export function processesOf(place) {
  if (process.platform !== 'linux') return [];
  const found = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    try {
      const read = (file) => readFileSync(`/proc/${name}/${file}`, 'latin1');
      const command = read('cmdline');
      if (!command.includes(place) && !read('environ').includes(place)) continue;
      if (/^State:\s+Z/m.test(read('status'))) continue;
      found.push({ pid: Number(name), command: command.replaceAll('\0', ' ').trim() });
    } catch { /* gone meanwhile, or somebody else's */ }
  }
  return found;
}

/** Waits for them to end by themselves, then ends what is left, and says what that was. */
export async function endProcessesOf(place, graceMs) {
  const until = Date.now() + graceMs;
  let left = processesOf(place);
  while (left.length > 0 && Date.now() < until) {
    await pause(100);
    left = processesOf(place);
  }
  for (const { pid } of left) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch { /* it has ended by itself */ }
  }
  return left;
}
