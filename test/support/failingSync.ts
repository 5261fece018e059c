import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A disk that refuses to sync logs, for a process that is started with `env` (Linux, and a compiler: failingSync.c beside this file). */
export class FailingSync {
  readonly env: Record<string, string>;
  readonly #control: string;
  readonly #log: string;

  constructor(folder: string) {
    const library = join(folder, 'failingSync.so');
    execFileSync('c++', ['-x', 'c', '-shared', '-fPIC', '-O1', '-o', library, fileURLToPath(new URL('failingSync.c', import.meta.url)), '-ldl']);
    this.#control = join(folder, 'syncs-fail');
    this.#log = join(folder, 'syncs');
    this.env = { LD_PRELOAD: library, FAILING_SYNC_WHILE: this.#control, FAILING_SYNC_LOG: this.#log };
  }

  fail(): void {
    writeFileSync(this.#control, '');
  }

  mend(): void {
    rmSync(this.#control, { force: true });
  }

  /** Every sync of a log so far: `<descriptor> ok` or `<descriptor> EIO`. */
  get calls(): string[] {
    return existsSync(this.#log) ? readFileSync(this.#log, 'utf8').split('\n').slice(0, -1) : [];
  }
}
