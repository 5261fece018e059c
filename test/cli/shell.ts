import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dist, Product } from '../support/product.ts';

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The real `backstitch` command in a throw-away home, as a shell runs it. */
export class Shell {
  readonly product = new Product();

  /** Starts a verb; `input` is its standard input, which is empty otherwise; `env` goes on top of the shell's environment. */
  start(args: string[], input?: string, env: Record<string, string> = {}): { child: ChildProcess; ran: Promise<Ran> } {
    const child = spawn(process.execPath, [dist('cli.mjs'), ...args], { env: { ...this.product.env, ...env }, cwd: this.product.folder(), stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => { stdout += chunk; });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => { stderr += chunk; });
    // a verb that ends without reading its input is no error of the test
    child.stdin.on('error', () => undefined).end(input ?? '');
    const ran = new Promise<Ran>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, stdout, stderr }));
    });
    return { child, ran };
  }

  /** The environment of a shell on whose PATH the command is, by its name. */
  inShell(): Record<string, string> {
    const bin = join(this.product.home, 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'backstitch'), `#!/bin/sh\nexec '${process.execPath}' '${dist('cli.mjs')}' "$@"\n`, { mode: 0o755 });
    return { ...this.product.env, PATH: `${bin}:${this.product.env['PATH'] ?? ''}` };
  }

  run(...args: string[]): Promise<Ran> {
    return this.start(args).ran;
  }

  /** A verb that must succeed; gives what it printed as JSON. */
  async json<T = Record<string, unknown>>(...args: string[]): Promise<T> {
    // What stands behind -- is the agent's own.
    const own = args.includes('--') ? args.indexOf('--') : args.length;
    const { code, stdout, stderr } = await this.run(...args.slice(0, own), '--json', ...args.slice(own));
    if (code !== 0) throw new Error(`backstitch ${args.join(' ')} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout) as T;
  }

  async dispose(): Promise<void> {
    await this.run('host', 'stop', '--force');
    await this.product.dispose();
  }
}
