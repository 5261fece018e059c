import { spawnTerminal } from '../node/pty.ts';

/** Far more than a small program takes. */
const patienceMs = 10_000;
const word = 'a stitch';

/** Starts a small program in a terminal of its own and reads what it writes; null when all of that works, else why not, in words. */
export async function terminalProblem(cwd: string): Promise<string | null> {
  const spawned = spawnTerminal({ argv: [process.execPath, '-e', `process.stdout.write('${word}')`], cwd, env: { ELECTRON_RUN_AS_NODE: '1' }, cols: 80, rows: 24 });
  if (spawned.is === 'failed') return spawned.problem;
  const { terminal } = spawned;
  let output = '';
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => {
      terminal.kill('SIGKILL');
      resolve(`A program in a terminal did not end within ${patienceMs / 1000} s.`);
    }, patienceMs);
  });
  terminal.onData((bytes) => { output += Buffer.from(bytes).toString('utf8'); });
  const ended = new Promise<string | null>((resolve) => {
    terminal.onExit(({ code, signal }) => {
      if (code !== 0) resolve(`A program in a terminal ended with ${signal ?? `code ${code}`}.`);
      else resolve(output.includes(word) ? null : 'What a program wrote to its terminal did not arrive.');
    });
  });
  return Promise.race([ended, late]).finally(() => clearTimeout(timer));
}
