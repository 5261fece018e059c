import { execFile } from 'node:child_process';
import { executableOn } from '../node/executables.ts';

export interface ProgramSaid {
  ok: boolean;
  stdout: string;
  stderr: string;
}

/** Runs a program of the user's by its name, with these words and no shell. It is looked for in the absolute folders of the PATH alone. */
export function runProgram(name: string, args: readonly string[], timeoutMs: number): Promise<ProgramSaid> {
  const program = executableOn(name, { path: process.env['PATH'] ?? process.env['Path'] ?? '', pathExt: process.env['PATHEXT'] });
  if (program === null) return Promise.resolve({ ok: false, stdout: '', stderr: `${name} is not on the PATH` });
  return new Promise((resolve) => {
    execFile(program, [...args], { timeout: timeoutMs }, (error, stdout, stderr) => resolve({ ok: !error, stdout, stderr: stderr || (error?.message ?? '') }));
  });
}
