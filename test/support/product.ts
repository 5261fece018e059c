import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { connectOrStartHost, type HostConnection } from '../../src/client/connect.ts';
import * as p from '../../src/protocol/protocol.ts';
import { SessionUnderTest } from './sessionUnderTest.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
/** A file of the build under test: dist/, or what BACKSTITCH_TEST_DIST names (a build of one's own while another one is under way). */
export const dist = (name: string): string => join(process.env['BACKSTITCH_TEST_DIST'] ?? join(root, 'dist'), name);

/** A throw-away home and state directory with the real host (dist/host.mjs) on it. */
export class Product {
  readonly home = mkdtempSync(join(tmpdir(), 'bs-home-'));
  readonly env: Record<string, string>;
  #connections: HostConnection[] = [];
  #hostPids = new Set<number>();

  constructor(extra: Record<string, string> = {}) {
    mkdirSync(join(this.home, 'state'), { mode: 0o700 });
    this.env = {
      PATH: process.env['PATH'] ?? '', HOME: this.home, LANG: 'C.UTF-8', TERM: 'xterm-256color',
      BACKSTITCH_STATE_DIR: join(this.home, 'state'), BACKSTITCH_DEMO_HOME: join(this.home, 'demo'), BACKSTITCH_DEMO_SPEED: '0',
      ...extra,
    };
  }

  folder(name = 'work'): string {
    const path = join(this.home, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  /** A new connection; `hostEnv` reaches the host only when this call starts it. */
  async connect(hostEnv: Record<string, string> = {}): Promise<MessageConnection> {
    const host = await connectOrStartHost({ env: { ...this.env, ...hostEnv }, hostScript: dist('host.mjs'), execPath: process.execPath, client: 'test', build: 'test' });
    this.#connections.push(host);
    this.#hostPids.add(host.host.pid);
    return host.connection;
  }

  /** Pid of the newest host that this product talked to. */
  get hostPid(): number {
    return [...this.#hostPids].at(-1) ?? 0;
  }

  /** Pids of all host processes on this state directory, also of those that only try to become the host. */
  hostPids(): number[] {
    const own = `BACKSTITCH_STATE_DIR=${this.env['BACKSTITCH_STATE_DIR']}`;
    return globSync('/proc/[0-9]*').filter((process) => wordsOf(`${process}/cmdline`).includes(dist('host.mjs')) && wordsOf(`${process}/environ`).includes(own))
      .map((process) => Number(process.slice('/proc/'.length)));
  }

  hostLog(): string {
    const path = join(this.home, 'state', 'host.log');
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  async start(connection: MessageConnection, options: Partial<p.StartParams> = {}): Promise<SessionUnderTest> {
    const summary = await connection.sendRequest(p.sessionStart, {
      agent: 'demo', cwd: this.folder(), args: [], env: this.env, cols: 100, rows: 30, ...options,
    });
    return SessionUnderTest.open(connection, summary.uid);
  }

  /** A connection whose host has died already throws; there is nothing to end then. */
  async #shutDown(connection: MessageConnection): Promise<void> {
    try {
      await connection.sendRequest(p.hostShutdown, { force: true });
    } catch {
      return;
    }
  }

  async dispose(): Promise<void> {
    for (const { connection } of this.#connections) await this.#shutDown(connection);
    for (const pid of this.#hostPids) await gone(pid);
    for (const connection of this.#connections) connection.dispose();
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The words of a file of /proc; none when the process has gone meanwhile. */
function wordsOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** Resolves when a process is gone; kills it after 5 s. */
export async function gone(pid: number): Promise<void> {
  const until = Date.now() + 5_000;
  while (isRunning(pid)) {
    if (Date.now() > until) { try { process.kill(pid, 'SIGKILL'); } catch { return; } }
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
