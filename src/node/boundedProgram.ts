import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { withMask } from './umask.ts';

export interface ProgramSpec {
  /** An absolute path: nothing is looked up here. */
  program: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  input?: Buffer | string | undefined;
  limitMs: number;
  /** A folder that it looks at: while another process cannot be ended because of it, this one is not started and counts as late. */
  about?: string | undefined;
}

/** How it ended. `code` null: a signal killed it, or it did not end in time (`isLate`) and has been killed. */
export interface ProgramEnd {
  code: number | null;
  isLate: boolean;
  stdout: Buffer;
  stderr: string;
}

/** More than this is not an answer to anything that is asked here. */
const mostBytes = 512 * 1024 * 1024;

/** Processes that were given up and have not ended yet, by what they look at: one that waits for a disk not even SIGKILL ends. */
const stuck = new Map<string, Set<ChildProcess>>();
/** Others are ended by then. */
const killedMs = 1_000;

/** Whether a process is still there that was given up because of this folder. Others may be given up while one is waited for. */
async function isStuck(about: string): Promise<boolean> {
  const timeout = AbortSignal.timeout(killedMs);
  for (let waiting = stuckBy(about); waiting.length > 0; waiting = stuckBy(about)) {
    if (timeout.aborted) return true;
    await Promise.all(waiting.map((child) => once(child, 'exit', { signal: timeout }))).catch(() => undefined);
  }
  return false;
}

const stuckBy = (about: string): ChildProcess[] => [...(stuck.get(about) ?? [])];

function giveUpOn(child: ChildProcess, about: string): void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const others = stuck.get(about) ?? new Set();
  stuck.set(about, others.add(child));
  child.once('exit', () => {
    others.delete(child);
    if (others.size === 0) stuck.delete(about);
  });
}

/**
 * Runs a program of the system to its end, and for `limitMs` at most, whatever it waits for. Its working directory is the root: a process
 * cannot be started in a folder that does not answer. What it creates is for this user alone. Rejects only when it cannot be started.
 */
export async function runBounded(spec: ProgramSpec): Promise<ProgramEnd> {
  if (await isStuck(spec.about ?? '')) return { code: null, isLate: true, stdout: Buffer.alloc(0), stderr: '' };
  return run(spec);
}

function run({ program, args, env, input, limitMs, about = '' }: ProgramSpec): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    const child = withMask(0o077, () => spawn(program, args, { cwd: '/', env, stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true }));
    if (child.pid === undefined) {
      // It has no pipes either where too many files are open.
      child.once('error', reject);
      return;
    }
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let bytes = 0;
    const end = (code: number | null, isLate: boolean): void => {
      clearTimeout(timer);
      resolve({ code, isLate, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString() });
    };
    // One that waits for a disk cannot be killed: nothing waits for its end then.
    const giveUp = (): void => {
      child.kill('SIGKILL');
      child.stdin.destroy();
      child.stdout.destroy();
      child.stderr.destroy();
      child.unref();
      if (about !== '') giveUpOn(child, about);
      end(null, true);
    };
    const timer = setTimeout(giveUp, limitMs);
    const take = (into: Buffer[]) => (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > mostBytes) giveUp();
      else into.push(chunk);
    };
    child.stdout.on('data', take(out));
    child.stderr.on('data', take(err));
    child.on('error', (problem) => {
      clearTimeout(timer);
      reject(problem);
    });
    // It may end before it has read all of its input; how it ended is then the answer.
    child.stdin.on('error', () => undefined);
    child.on('close', (code) => end(code, false));
    child.stdin.end(input ?? '');
  });
}
