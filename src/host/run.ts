import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { AgentAdapter, AgentInstall, Decoded, Decoder, HookReply, Keystroke, LaunchSpec, Observation, UserInput } from '../core/adapter.ts';
import { HumanError } from '../core/errors.ts';
import type { NativeRef } from '../core/events.ts';
import type { RequestId } from '../core/ids.ts';
import type { Disposable, NodeSignal, Terminal } from '../core/ports.ts';
import type { HookServer } from '../node/hookServer.ts';
import { spawnTerminal } from '../node/pty.ts';
import { readTextFileSync } from '../node/regularFile.ts';
import { recordRunProcess } from '../node/runProcess.ts';
import { openWatches, type Watches } from '../node/watches.ts';
import { ScreenReports, type ScreenSource } from './screenReports.ts';

export interface RunSpec {
  adapter: AgentAdapter;
  install: Extract<AgentInstall, { is: 'ready' }>;
  /** Environment of whoever started (or resumed) the session, with Backstitch's own names added. */
  env: Record<string, string>;
  cwd: string;
  args: string[];
  how: { is: 'new'; session: string } | { is: 'resume'; native: NativeRef };
  runDir: string;
  cols: number;
  rows: number;
  hooks: HookServer;
  execPath: string;
  bundled(name: string): string;
}

export interface RunPort {
  decoded(items: Decoded[]): void;
  /** Captures the files; resolves when it is done. `waits`: the agent does, too. (When the agent comes to rest the session captures by itself.) */
  capture(item: Extract<Decoded, { is: 'checkpoint' }>, waits: boolean): Promise<void>;
  /** Whoever asked waits for no answer from here any more. */
  left(request: RequestId): void;
  exited(end: { code: number | null; signal: string | null }): void;
}

export type Decision = { option: 'allow' | 'allow_always' | 'deny'; message?: string };

/** Who knows the screen of a run, and how its program wants to get pasted text. */
export interface RunScreen extends ScreenSource {
  marksPastes(): Promise<boolean>;
  /** Resolves when whoever looks at it has been sent all output so far. */
  delivered(): Promise<void>;
}

/** An agent's hook waits at most this long for the capture of files; then its next step goes on, and the seam or whose the changes are says so. */
const captureWaitMs = 2_000;

/** The agent's last words are read in less; its end does not wait for a disk that does not answer. */
const settleMs = 30_000;

const pasteStart = '\u001b[200~';
const pasteEnd = '\u001b[201~';

/** One life of an agent's process: its terminal, what it reports, and what is typed to it. */
export class Run {
  readonly spec: RunSpec;
  readonly decoder: Decoder;
  readonly terminal: Terminal;
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
  #port: RunPort;
  #watches: Watches;
  #seesScreen = false;
  #source: RunScreen | null = null;
  #screen: ScreenReports | null = null;
  #hook: Disposable | null = null;
  #held = new Map<RequestId, (decision: Decision | undefined) => void>();
  #typing: Promise<void> = Promise.resolve();
  #hasEnded = false;
  #readAtEnd: NonNullable<LaunchSpec['readAtEnd']> = [];
  /** Its end was told: what still comes of it (a hook that was on its way) is of no run. */
  #isOver = false;

  /** Starts the agent. A launch that fails is a value; nothing of it is left behind. */
  static async start(spec: RunSpec, port: RunPort): Promise<{ is: 'started'; run: Run } | { is: 'failed'; problem: string }> {
    const token = randomBytes(24).toString('base64url');
    const { adapter, install, cwd, args, how, env, execPath, bundled, runDir } = spec;
    let launch: LaunchSpec;
    try {
      await mkdir(runDir, { recursive: true, mode: 0o700 });
      launch = adapter.launch({ install, cwd, args, how, env, execPath, bundled, runDir, readText: (path) => readTextFileSync(resolve(cwd, path)), hooks: { url: spec.hooks.url, token }, platform: process.platform });
      for (const file of launch.files) await writeFile(join(runDir, file.name), file.content, { mode: 0o600 });
    } catch (error) {
      await rm(runDir, { recursive: true, force: true }).catch(() => undefined);
      return { is: 'failed', problem: `what it needs could not be written (${error instanceof Error ? error.message : String(error)}).` };
    }
    const childEnv: Record<string, string> = { ...env };
    for (const [name, value] of Object.entries(launch.env)) if (value === null) delete childEnv[name]; else childEnv[name] = value;
    const started = spawnTerminal({ argv: launch.argv, cwd, env: childEnv, cols: spec.cols, rows: spec.rows });
    if (started.is === 'failed') {
      await rm(runDir, { recursive: true, force: true }).catch(() => undefined);
      return started;
    }
    recordRunProcess(runDir, started.terminal.pid);
    const run = new Run(spec, port, started.terminal);
    run.#seesScreen = launch.screen === true;
    run.#readAtEnd = launch.readAtEnd ?? [];
    run.#hook = spec.hooks.open(token, (hook, payload, left) => run.#onHook(hook, payload, left));
    for (const watch of launch.watches) run.#watches.add(watch);
    run.observe({ is: 'spawned', pid: started.terminal.pid });
    return { is: 'started', run };
  }

  private constructor(spec: RunSpec, port: RunPort, terminal: Terminal) {
    this.spec = spec;
    this.#port = port;
    this.terminal = terminal;
    const native = spec.how.is === 'resume' ? spec.how.native : { session: spec.how.session, path: '' };
    this.decoder = spec.adapter.decoder({ native, cwd: spec.cwd, env: spec.env, resumed: spec.how.is === 'resume' });
    this.#watches = openWatches((observation) => this.observe(observation));
    this.ended = new Promise((resolve) => {
      terminal.onExit((end) => void this.#finish(end).then(() => resolve(end)));
    });
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** From here on a decoder that wants to see the screen does. `source` has listened to this run's terminal before. */
  watchScreen(source: RunScreen): void {
    this.#source = source;
    if (this.#seesScreen) this.#screen ??= new ScreenReports(this.terminal, source, (observation) => this.observe(observation));
  }

  /** Reads everything that the agent has written until now. */
  async settle(): Promise<void> {
    await this.#watches.flush();
    this.observe({ is: 'quiet', ms: 0 });
  }

  observe(observation: Observation): Decoded[] {
    if (this.#isOver) return [];
    const items = this.decoder.decode(observation);
    for (const item of items) {
      if (item.is === 'watch') this.#watches.add(item.watch);
      if (item.is === 'draft' && item.draft.type === 'permission_resolved') this.#release(item.draft.request);
      if (item.is === 'checkpoint' && observation.is !== 'hook') void this.#port.capture(item, false);
    }
    this.#port.decoded(items);
    return items;
  }

  /**
   * Types to the agent, one input after the other, with the pauses that it needs. `check` is called when its turn has come, and the first
   * key is pressed in the same step; what it throws is thrown, and nothing is typed.
   * @throws HumanError when the agent ends before it was all typed
   */
  type(input: UserInput, check?: () => void): Promise<void> {
    const typed = this.#typing.then(async () => {
      check?.();
      if (input.is === 'prompt') this.observe({ is: 'typed', text: input.text });
      const isWhole = await this.#press(this.spec.adapter.keystrokes(input, this.decoder.state));
      // An end that was asked for, or came of an interrupt, is no failure to type.
      if (!isWhole && input.is !== 'exit' && input.is !== 'interrupt') throw new HumanError('ended-first', 'The agent ended while it was being typed to.');
    });
    this.#typing = typed.catch(() => undefined);
    return typed;
  }

  /** Presses keys that are no input of a person's, in turn with what else is typed. */
  press(keys: Keystroke[]): Promise<void> {
    const pressed = this.#typing.then(() => this.#press(keys)).then(() => undefined);
    this.#typing = pressed.catch(() => undefined);
    return pressed;
  }

  /**
   * True when the agent was waiting for this answer, and nobody has taken it yet; false also when it waits for one from its
   * terminal only. It is given what was decided once `recorded`, begun now, has settled.
   */
  answer(request: RequestId, decision: Decision, recorded: () => Promise<unknown> = () => Promise.resolve()): boolean {
    const give = this.#held.get(request);
    this.#held.delete(request);
    if (!give) return false;
    void recorded().finally(() => give(decision));
    return true;
  }

  /** Ends the process: `signal` first, SIGKILL after `graceMs`. Resolves when it is gone and all that it wrote was read. */
  async end(signal: NodeSignal, graceMs: number): Promise<{ code: number | null; signal: string | null }> {
    if (!this.#hasEnded) this.terminal.kill(signal);
    // A paused terminal would never tell its end.
    this.terminal.resume();
    const timer = setTimeout(() => this.terminal.kill('SIGKILL'), graceMs);
    return this.ended.finally(() => clearTimeout(timer));
  }

  /** False when the agent ended before all of them were pressed. */
  async #press(keys: Keystroke[]): Promise<boolean> {
    this.#screen?.hold();
    try {
      for (const key of keys) {
        if (this.#hasEnded) return false;
        if ('write' in key) this.terminal.write(key.write);
        else if ('paste' in key) this.terminal.write(await this.#source?.marksPastes() ? `${pasteStart}${key.paste}${pasteEnd}` : key.paste);
        else await new Promise((done) => { setTimeout(done, key.pauseMs); });
      }
      return true;
    } finally {
      this.#screen?.release();
    }
  }

  async #onHook(hook: string, payload: unknown, left: AbortSignal): Promise<HookReply> {
    const items = this.observe({ is: 'hook', hook, payload });
    const hold = items.find((item) => item.is === 'hold');
    if (hold && !this.#hasEnded) {
      const decision = await this.#decisionOn(hold.request, left);
      if (decision) await withinMs(this.#port.capture({ is: 'checkpoint', cause: 'wait' }, true), captureWaitMs);
      return this.spec.adapter.hookReply(hook, payload, decision);
    }
    const captures = items.filter((item) => item.is === 'checkpoint').map((item) => this.#port.capture(item, true));
    if (captures.length) await withinMs(Promise.all(captures), captureWaitMs);
    return this.spec.adapter.hookReply(hook, payload);
  }

  /** Undefined: it was answered elsewhere, or whoever asked has left. */
  #decisionOn(request: RequestId, left: AbortSignal): Promise<Decision | undefined> {
    return new Promise((resolve) => {
      this.#held.set(request, resolve);
      const leave = (): void => { if (this.#held.get(request) === resolve && this.#release(request)) this.#port.left(request); };
      if (left.aborted) leave();
      else left.addEventListener('abort', leave, { once: true });
    });
  }

  /** Nothing is to be answered from here any more. */
  #release(request: RequestId): boolean {
    const held = this.#held.get(request);
    this.#held.delete(request);
    held?.(undefined);
    return held !== undefined;
  }

  async #finish(end: { code: number | null; signal: string | null }): Promise<void> {
    this.#hasEnded = true;
    const shown = this.#source?.delivered();
    // What cannot be read any more, or taken away, must not hide that it has ended.
    await withinMs(this.settle(), settleMs);
    await this.#screen?.finish();
    for (const { watch, path } of this.#readAtEnd) this.observe({ is: 'text', watch, path, text: readTextFileSync(path) });
    this.observe({ is: 'exited', ...end });
    this.#isOver = true;
    for (const request of [...this.#held.keys()]) this.#release(request);
    this.#hook?.dispose();
    this.#watches.dispose();
    await rm(this.spec.runDir, { recursive: true, force: true }).catch(() => undefined);
    await shown;
    this.#port.exited(end);
  }
}

function withinMs(work: Promise<unknown>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    void work.finally(() => { clearTimeout(timer); resolve(); }).catch(() => undefined);
  });
}
