import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';

/** Does the work while a process keeps each core busy. Those are ended by their ids, also when the work fails, and by themselves after five minutes. */
export async function whileCoresAreBusy<T>(work: () => Promise<T>): Promise<T> {
  const loops = cpus().map(() => spawn(process.execPath, ['-e', 'const end = Date.now() + 300_000; while (Date.now() < end);'], { stdio: 'ignore' }));
  try {
    await Promise.all(loops.map((loop) => once(loop, 'spawn')));
    return await work();
  } finally {
    await Promise.all(loops.map(ended));
  }
}

async function ended(loop: ChildProcess): Promise<void> {
  if (loop.exitCode !== null || loop.signalCode !== null) return;
  const gone = once(loop, 'exit');
  loop.kill('SIGKILL');
  await gone;
}
