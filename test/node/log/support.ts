import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { EventBody } from '../../../src/core/events.ts';
import type { EventLog } from '../../../src/core/ports.ts';

/** A directory that goes with the test. `inMemory` where thousands of files are written and no disk is meant. */
export const temporaryDirectory = (t: TestContext, inMemory = false): string => {
  const base = inMemory && existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const path = mkdtempSync(join(base, 'backstitch-log-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
};

export const note = (text: string): EventBody => ({ type: 'block', block: 'b1', lane: 'main', after: null, kind: 'text', text });
export const delivered = (send: string): EventBody => ({ type: 'delivered', send });
export const stamp = { id: 'S' };

export const appendAll = async (log: EventLog, bodies: EventBody[]): Promise<void> => {
  for (const body of bodies) await log.append([body], stamp).done;
};

/** The rows of a file as they stand in it. */
export const linesIn = (path: string): string[] => readFileSync(path, 'utf8').split('\n').slice(0, -1);

/** Waits until `isSo` holds, looking every few milliseconds; fails after ten seconds. */
export const until = async (what: string, isSo: () => boolean): Promise<void> => {
  const end = Date.now() + 10_000;
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`still not so after 10 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

/** Starts one of the programs beside this file; it is killed when the test ends. */
export const startProgram = (t: TestContext, name: string, args: string[], env: Record<string, string> = {}): ChildProcess => {
  const program = fileURLToPath(new URL(name, import.meta.url));
  const child = spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  t.after(() => child.kill('SIGKILL'));
  return child;
};

/** Resolves with what the child has said once it has said a line that matches. */
export const hears = (child: ChildProcess, wanted: RegExp): Promise<string> =>
  new Promise((resolve, reject) => {
    let said = '';
    child.stdout?.on('data', (data: Buffer) => {
      said += data.toString();
      if (wanted.test(said)) resolve(said);
    });
    child.once('exit', () => reject(new Error(`ended, having said: ${said}`)));
  });

/** owner.program.ts at work. */
export interface Owner {
  child: ChildProcess;
  say(line: string): void;
  heard(): string[];
}

export const startOwner = async (t: TestContext, path: string, env?: Record<string, string>): Promise<Owner> => {
  const child = startProgram(t, 'owner.program.ts', [path], env);
  let said = '';
  child.stdout?.on('data', (data: Buffer) => {
    said += data.toString();
  });
  const heard = () => said.split('\n').slice(0, -1);
  await until('the log is open', () => heard().includes('open'));
  return { child, say: (line) => void child.stdin?.write(`${line}\n`), heard };
};

/** The rows of which the owner said that word. */
export const seqsAfter = (heard: string[], word: string): number[] => heard.filter((line) => line.startsWith(`${word} `)).map((line) => Number(line.split(' ')[1]));
