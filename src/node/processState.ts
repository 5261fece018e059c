import { readFileSync } from 'node:fs';

/** `stopped`: by SIGSTOP or the like, until SIGCONT. `running` also where no more than that it is there can be told. */
export type ProcessState = 'running' | 'stopped' | 'gone';

/** The letter of /proc, on Linux; empty elsewhere. */
const letterOf = (pid: number): string => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.charAt(text.lastIndexOf(')') + 2);
  } catch {
    return '';
  }
};

export const processState = (pid: number): ProcessState => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'gone';
  }
  const letter = letterOf(pid);
  if (letter === 'Z' || letter === 'X') return 'gone';
  return letter === 'T' || letter === 't' ? 'stopped' : 'running';
};

/** Whether a process runs that script; null where that cannot be told. */
export const runsScript = (pid: number, script: string): boolean | null => {
  if (process.platform !== 'linux') return null;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').some((word) => word.endsWith(script));
  } catch {
    return false;
  }
};

/** Resolves with whether it is gone, after `ms` at the latest. */
export const goneWithin = async (pid: number, ms: number): Promise<boolean> => {
  for (const untilMs = performance.now() + ms; processState(pid) !== 'gone';) {
    if (performance.now() >= untilMs) return false;
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
  return true;
};
