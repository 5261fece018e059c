import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { systemProgram } from './executables.ts';

/** A process beyond its number, which another one may have by now. */
interface ProcessMark {
  pid: number;
  /** When it began, as the system tells it. */
  started: string;
}

interface RunProcess {
  /** A home may lie on a disk that several machines share. */
  machine: string;
  agent: ProcessMark;
  host: ProcessMark;
}

const fileName = 'process.json';
/** An agent whose host died has been hung up on and may be saving; then it is asked to end, then it is ended. */
const steps: { signal: 'SIGTERM' | 'SIGKILL' | null; waitMs: number }[] = [{ signal: null, waitMs: 500 }, { signal: 'SIGTERM', waitMs: 1_500 }, { signal: 'SIGKILL', waitMs: 1_500 }];
const lookAgainMs = 20;

const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** What `/proc/PID/stat` says of a process's start, in ticks since boot; null once it has ended. Pure. */
export const startInStat = (stat: string): string | null => {
  // The name of the program, in brackets, may hold anything; fields 3 (state) and 22 (start) are counted from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? null : (fields[19] ?? null);
};

/** What `ps -o stat=,lstart=` says of a process's start; null when it names none, or one that has ended. Pure. */
export const startInPs = (line: string): string | null => {
  const [, state = 'Z', started = ''] = /^\s*(\S+)\s+(.*\S)\s*$/.exec(line) ?? [];
  return state.startsWith('Z') ? null : started.replace(/\s+/g, ' ');
};

/** One process is asked in the same words, whatever the language and the time zone of whoever asks. */
const psStart = (pid: number): string | null =>
  startInPs(execFileSync(systemProgram('ps', '/bin:/usr/bin') ?? systemProgram('ps') ?? '/bin/ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, LC_ALL: 'C', TZ: 'UTC0' } }));

/** When a process began; null when there is none, when it has ended and nobody has asked how, or where the system does not tell. */
export const startOf = (pid: number, platform: string = process.platform): string | null => {
  try {
    if (platform === 'win32') return null;
    if (platform !== 'linux') return psStart(pid);
    const ticks = startInStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return ticks === null ? null : `${bootId()} ${ticks}`;
  } catch {
    return null;
  }
};

const isAlive = ({ pid, started }: ProcessMark): boolean => startOf(pid) === started;

let ownStart: string | null | undefined;

/** Notes in a run's directory which process runs there and whose it is, for `endLeftOverRuns`. The run takes its directory away when it ends. */
export const recordRunProcess = (runDir: string, pid: number): void => {
  ownStart ??= startOf(process.pid);
  const started = startOf(pid);
  if (started === null || !ownStart) return;
  const record: RunProcess = { machine: hostname(), agent: { pid, started }, host: { pid: process.pid, started: ownStart } };
  try {
    writeFileSync(join(runDir, fileName), JSON.stringify(record), { mode: 0o600 });
  } catch {
    // A full disk: the agent runs all the same, and as a rule ends by itself when its host does.
  }
};

const isMark = (value: unknown): value is ProcessMark =>
  typeof value === 'object' && value !== null && 'pid' in value && 'started' in value && Number.isSafeInteger(value.pid) && Number(value.pid) > 1 && typeof value.started === 'string';

const recordIn = (runDir: string): RunProcess | null => {
  try {
    const { machine, agent, host } = JSON.parse(readFileSync(join(runDir, fileName), 'utf8')) as Record<string, unknown>;
    return typeof machine === 'string' && isMark(agent) && isMark(host) ? { machine, agent, host } : null;
  } catch {
    // None, or half written by a host that died over it.
    return null;
  }
};

/** An agent leads a process group of its own. */
const signalGroup = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has just ended.
  }
};

const end = async (agent: ProcessMark): Promise<void> => {
  for (const { signal, waitMs } of steps) {
    if (signal && isAlive(agent)) signalGroup(agent.pid, signal);
    for (let leftMs = waitMs; isAlive(agent) && leftMs > 0; leftMs -= lookAgainMs) await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
  }
};

const foldersIn = async (folder: string): Promise<string[]> => (await readdir(folder).catch(() => [])).map((name) => join(folder, name));

/** Whether an agent runs, or may run on another machine, with one of the run directories in `sessionRuns`. */
export const hasLivingRun = async (sessionRuns: string): Promise<boolean> =>
  (await foldersIn(sessionRuns)).map(recordIn).some((record) => record !== null && (record.machine !== hostname() || isAlive(record.agent)));

/**
 * Ends the agents of hosts that have died, where they outlived them (an agent may ignore that its terminal is gone), and takes away what was left of their
 * runs. `runs`: the directory with a directory per session in it, with one per run in each. Agents of living hosts or other
 * machines, and processes that only have the number of one, are left alone. Returns the numbers of the processes that still ran.
 */
export const endLeftOverRuns = async (runs: string): Promise<number[]> => {
  const runDirs = (await Promise.all((await foldersIn(runs)).map(foldersIn))).flat();
  const ended = await Promise.all(runDirs.map(async (runDir) => {
    const record = recordIn(runDir);
    if (!record || record.machine !== hostname() || isAlive(record.host)) return [];
    const wasAlive = isAlive(record.agent);
    if (wasAlive) await end(record.agent);
    await rm(runDir, { recursive: true, force: true }).catch(() => undefined);
    return wasAlive ? [record.agent.pid] : [];
  }));
  return ended.flat();
};
