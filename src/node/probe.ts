import { execFile } from 'node:child_process';
import type { ProbeEnvironment } from '../core/adapter.ts';
import { executableOn } from './executables.ts';
import { readTextFile } from './regularFile.ts';

const runLimitMs = 10_000;
const outputLimitBytes = 4 << 20;

/** What an adapter may look at while probing: the PATH, programs and files as somebody with `env`, in `cwd`, would find them. Nothing here throws. */
export function probeEnvironment(env: Readonly<Record<string, string | undefined>>, bundled: (name: string) => string, cwd?: string): ProbeEnvironment {
  return {
    env,
    platform: process.platform,
    execPath: process.execPath,
    bundled,
    which: async (name) => executableOn(name, { path: env['PATH'] ?? env['Path'] ?? '', pathExt: env['PATHEXT'], ...(cwd === undefined ? {} : { cwd }) }),
    ...(cwd === undefined ? {} : { cwd }),
    run: (path, args) => run(path, args, env),
    readText: readTextFile,
  };
}

function run(path: string, args: string[], env: Readonly<Record<string, string | undefined>>): Promise<{ code: number | null; stdout: string; stderr: string }> {
  // Batch files have no program of their own: Node refuses to start them without a shell (CVE-2024-27980).
  const isBatch = process.platform === 'win32' && /\.(cmd|bat)$/i.test(path);
  return new Promise((done) => {
    try {
      const options = { env: { ...env }, timeout: runLimitMs, killSignal: 'SIGKILL', maxBuffer: outputLimitBytes, shell: isBatch, windowsHide: true } as const;
      const child = execFile(isBatch ? `"${path}"` : path, args, options, (error, stdout, stderr) => {
        if (error === null) return done({ code: 0, stdout, stderr });
        done({ code: typeof error.code === 'number' ? error.code : null, stdout, stderr: stderr || error.message });
      });
      // A program that asks something gets an end of input instead of our terminal.
      child.stdin?.on('error', () => {}).end();
    } catch (error) {
      done({ code: null, stdout: '', stderr: error instanceof Error ? error.message : String(error) });
    }
  });
}
