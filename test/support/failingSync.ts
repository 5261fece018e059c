import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Event } from '../../src/core/events.ts';

/** What can fail besides syncs; failingSync.c beside this file says how. */
export type Fault = 'open' | 'truncate' | 'half' | 'full' | 'rest' | 'late' | 'slow';

let built = '';

/** The preloaded library, built once for each process that tests. */
const library = (): string => {
  if (built !== '') return built;
  built = join(mkdtempSync(join(tmpdir(), 'failing-sync-')), 'failingSync.so');
  const source = fileURLToPath(new URL('failingSync.c', import.meta.url));
  execFileSync('c++', ['-x', 'c', '-shared', '-fPIC', '-O1', '-pthread', '-o', built, source, '-ldl']);
  return built;
};

/** A disk that refuses to sync logs, for a process that is started with `env` (Linux, and a compiler: failingSync.c beside this file). */
export class FailingSync {
  readonly env: Record<string, string>;
  readonly #control: string;
  readonly #log: string;

  constructor(folder: string) {
    this.#control = join(folder, 'syncs-fail');
    this.#log = join(folder, 'syncs');
    this.env = { LD_PRELOAD: library(), FAILING_SYNC_WHILE: this.#control, FAILING_SYNC_LOG: this.#log };
  }

  fail(...besides: Fault[]): void {
    writeFileSync(this.#control, besides.join(' '));
  }

  mend(): void {
    rmSync(this.#control, { force: true });
  }

  /**
   * Every sync of a log so far, and what else has failed: `<descriptor> ok`, `<descriptor> EIO`, `<descriptor> refused`.
   * A descriptor is `<number>.<serial>`, the serial never the same twice.
   */
  get calls(): string[] {
    return existsSync(this.#log) ? readFileSync(this.#log, 'utf8').split('\n').slice(0, -1) : [];
  }

  /** The rows of a log that are on the disk at this moment. */
  static rowsOnDisk(logPath: string): Event[] {
    const { bytes } = /^(?<bytes>\d+)$/.exec(readFileSync(`${logPath}.synced`, 'utf8'))?.groups ?? {};
    return readFileSync(logPath).subarray(0, Number(bytes)).toString().split('\n').slice(0, -1).map((line) => JSON.parse(line) as Event);
  }

  get failures(): number {
    return this.calls.filter((call) => !call.endsWith(' ok')).length;
  }

  /** Syncs that were asked of a descriptor which had failed before. */
  get askedAgain(): string[] {
    const failed = new Set<string>();
    return this.calls.filter((call) => {
      const [descriptor = '', result] = call.split(' ');
      const isAgain = failed.has(descriptor);
      if (result === 'EIO') failed.add(descriptor);
      return isAgain;
    });
  }

  /** Syncs by a descriptor that was opened after the last failure, and has the number of the one that failed. */
  get numbersReused(): string[] {
    return this.calls.filter((call, at, calls) => {
      const [number, serial] = (calls[at - 1] ?? '').replace(' EIO', '').split('.');
      const [ownNumber, ownSerial] = call.replace(/ .*/, '').split('.');
      return (calls[at - 1] ?? '').endsWith('EIO') && number === ownNumber && serial !== ownSerial;
    });
  }
}
