import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { demoAdapter } from '../../../../src/agents/demo/adapter.ts';
import type { Decoded, Decoder, UserInput } from '../../../../src/core/adapter.ts';
import type { NativeRef } from '../../../../src/core/events.ts';
import type { Terminal } from '../../../../src/core/ports.ts';
import { type HookServer, startHookServer } from '../../../../src/node/hookServer.ts';
import { spawnTerminal } from '../../../../src/node/pty.ts';
import { type DemoRow, parseRow } from '../../../../src/agents/demo/rows.ts';

const program = fileURLToPath(new URL('../../../../src/agents/demo/program/main.ts', import.meta.url));

/** The demo agent's program in a real pty, reporting to a real hook server, decoded by its adapter. */
export class DemoRun {
  readonly decoder: Decoder;
  readonly decoded: Decoded[] = [];
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
  readonly terminal: Terminal;
  readonly hooks: HookServer;
  screen = '';
  native: NativeRef;
  /** Answers held questions; absent: they stay open. */
  answer: ((request: string) => 'allow' | 'deny') | null = null;
  #listeners = new Set<() => void>();

  static async start(options: { home: string; folder: string; session?: string; resume?: NativeRef; listens?: boolean; speed?: string }): Promise<DemoRun> {
    const hooks = await startHookServer();
    if (options.listens === false) await hooks.close();
    return new DemoRun(options, hooks);
  }

  private constructor(options: { home: string; folder: string; session?: string; resume?: NativeRef; speed?: string }, hooks: HookServer) {
    this.hooks = hooks;
    const env = { BACKSTITCH_DEMO_HOME: options.home };
    const session = options.session ?? 'session-1';
    this.native = options.resume ?? { session, path: '' };
    this.decoder = demoAdapter.decoder({ native: this.native, cwd: options.folder, env, resumed: options.resume !== undefined });
    const spec = demoAdapter.launch({
      install: { is: 'ready', path: process.execPath, version: '1.0.0' }, cwd: options.folder, args: [], runDir: options.home, env, platform: process.platform,
      how: options.resume ? { is: 'resume', native: options.resume } : { is: 'new', session },
      hooks: { url: hooks.url, token: 'a-token' }, execPath: process.execPath, bundled: () => program,
    });
    hooks.open('a-token', async (hook, payload) => {
      const items = this.decoder.decode({ is: 'hook', hook, payload });
      this.#take(items);
      const hold = items.find((item) => item.is === 'hold');
      if (!hold) return demoAdapter.hookReply(hook, payload);
      if (this.answer) return demoAdapter.hookReply(hook, payload, { option: this.answer(hold.request) });
      return new Promise(() => undefined);
    });
    mkdirSync(options.home, { recursive: true });
    for (const { name, content } of spec.files) writeFileSync(join(options.home, name), content);
    const added = Object.fromEntries(Object.entries(spec.env).filter((entry): entry is [string, string] => entry[1] !== null));
    const started = spawnTerminal({ argv: spec.argv, cwd: options.folder, cols: 100, rows: 30, env: { PATH: process.env['PATH'], HOME: options.home, ...env, ...added, BACKSTITCH_DEMO_SPEED: options.speed ?? '0' } });
    if (started.is === 'failed') throw new Error(started.problem);
    this.terminal = started.terminal;
    this.terminal.onData((bytes) => {
      this.screen += Buffer.from(bytes).toString();
      this.#changed();
    });
    this.ended = new Promise((resolve) => this.terminal.onExit((end) => resolve(end)));
  }

  async type(input: UserInput): Promise<void> {
    for (const key of demoAdapter.keystrokes(input, this.decoder.state)) {
      if ('write' in key) this.terminal.write(key.write);
      else if ('pauseMs' in key) await new Promise((resolve) => setTimeout(resolve, key.pauseMs));
    }
  }

  /** Types a prompt and waits until the turn has ended. */
  async prompt(text: string): Promise<void> {
    await this.until(() => this.decoder.state.is === 'idle');
    const ends = this.drafts('task_complete').length;
    await this.type({ is: 'prompt', text });
    await this.until(() => this.drafts('task_complete').length > ends && this.decoder.state.is === 'idle');
  }

  /** Waits for a condition on what was decoded or shown. */
  async until(isTrue: () => boolean): Promise<void> {
    const bound = AbortSignal.timeout(20_000);
    while (!isTrue()) {
      await new Promise<void>((resolve, reject) => {
        const told = () => {
          this.#listeners.delete(told);
          resolve();
        };
        this.#listeners.add(told);
        bound.addEventListener('abort', () => reject(new Error(`waited in vain; the screen was:\n${this.screen.slice(-2_000)}`)), { once: true });
      });
    }
  }

  drafts<T extends string>(type: T) {
    return this.decoded.flatMap((item) => (item.is === 'draft' && item.draft.type === type ? [item.draft as Extract<typeof item.draft, { type: T }>] : []));
  }

  rows(): DemoRow[] {
    return readFileSync(this.native.path, 'utf8').split('\n').flatMap((line) => parseRow(line) ?? []);
  }

  async end(): Promise<void> {
    this.terminal.kill('SIGTERM');
    await this.ended;
    await this.hooks.close();
  }

  #take(items: Decoded[]): void {
    for (const item of items) if (item.is === 'native') this.native = item.native;
    this.decoded.push(...items);
    this.#changed();
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
