import { spawn } from 'node:child_process';
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

/** Processes that wait for a disk or a network that does not answer, by what they look at: not even SIGKILL ends them. */
const stuck = new Map<string, number>();
const countStuck = (about: string, change: number): void => void stuck.set(about, (stuck.get(about) ?? 0) + change);

/**
 * Runs a program of the system to its end, and for `limitMs` at most, whatever it waits for. Its working directory is the root: a process
 * cannot be started in a folder that does not answer. What it creates is for this user alone. Rejects only when it cannot be started.
 */
export function runBounded({ program, args, env, input, limitMs, about = '' }: ProgramSpec): Promise<ProgramEnd> {
  if (about !== '' && (stuck.get(about) ?? 0) > 0) return Promise.resolve({ code: null, isLate: true, stdout: Buffer.alloc(0), stderr: '' });
  return new Promise((resolve, reject) => {
    const child = withMask(0o077, () => spawn(program, args, { cwd: '/', env, stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true }));
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
      countStuck(about, 1);
      child.once('exit', () => countStuck(about, -1));
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
