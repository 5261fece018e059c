import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import xterm from '@xterm/headless';
import { installAgents } from '../../scripts/agents.mjs';
import { claude } from '../../src/agents/claude/adapter.ts';
import type { BlockDraft, Decoded, Draft, Observation } from '../../src/core/adapter.ts';
import type { NativeRef } from '../../src/core/events.ts';
import { Run } from '../../src/host/run.ts';
import { startHookServer } from '../../src/node/hookServer.ts';
import type { ModelServer } from '../modelServer/modelServer.ts';
import type { ClaudeSandbox } from './claudeHome.ts';

/** The relay as it is in the sources: Node runs it without a bundle. */
const relay = new URL('../../src/agents/claude/hookRelay/main.ts', import.meta.url).pathname;
/** The CLI of this machine's cores is slow at times; past this a test says what it waited for. */
const patienceMs = 30_000;

export interface ClaudeRun {
  run: Run;
  /** All that was decoded, in order. */
  decoded: Decoded[];
  /** All that was observed, in order. */
  observed: Observation[];
  /** Requests whose connection went before they were answered. */
  left: string[];
  /** What a person sees in the terminal now, row by row. */
  screen(): string;
  native(): NativeRef;
  drafts<T extends Draft['type']>(type: T): Extract<Draft, { type: T }>[];
  blocks(): BlockDraft[];
  /** Resolves when `holds` does; looked at after each decoded observation and after all that is painted. */
  until(what: string, holds: () => boolean): Promise<void>;
  idle(): Promise<void>;
  /** Types a prompt and waits until its turn is over and all its rows have landed. */
  ask(text: string): Promise<void>;
  end(): Promise<void>;
}

export interface ClaudeStart {
  sandbox: ClaudeSandbox;
  server: ModelServer;
  args?: string[];
  resume?: NativeRef;
  env?: Record<string, string>;
}

/** Starts the real CLI in a real pty by the adapter, followed by the host's own run. */
export async function startClaude({ sandbox, server, args = [], resume, env: more = {} }: ClaudeStart): Promise<ClaudeRun> {
  const env = { ...sandbox.env(server.port), ...more };
  const hooks = await startHookServer();
  const decoded: Decoded[] = [];
  const observed: Observation[] = [];
  const left: string[] = [];
  const waiting = new Set<() => void>();
  const size = { cols: 110, rows: 40 };
  // The CLI paints only the cells that change: what is on the screen stands nowhere in its output as one piece.
  const emulator = new xterm.Terminal({ ...size, allowProposedApi: true, logLevel: 'off' });
  const screen = () => Array.from({ length: size.rows }, (_, row) => emulator.buffer.active.getLine(emulator.buffer.active.baseY + row)?.translateToString(true) ?? '').join('\n');
  const lookAgain = () => { for (const look of waiting) look(); };
  const runDir = join(sandbox.home, `run-${randomUUID()}`);
  mkdirSync(runDir, { mode: 0o700 });
  const program = (await installAgents()).claude;
  const install = await claude.probe({ env, platform: process.platform, which: async () => program, run: async () => ({ code: 0, stdout: '2.1.329 (Claude Code)', stderr: '' }), readText: async () => null, execPath: process.execPath, bundled: () => relay });
  if (install.is !== 'ready') throw new Error(install.problem);
  let native: NativeRef = resume ?? { session: randomUUID(), path: '' };
  const recording = { ...claude, decoder: (given: Parameters<typeof claude.decoder>[0]) => {
    const decoder = claude.decoder(given);
    return { get state() { return decoder.state; }, get background() { return decoder.background; }, decode: (observation: Observation) => { observed.push(observation); return decoder.decode(observation); } };
  } };
  const started = await Run.start({
    adapter: recording, install, env, cwd: sandbox.cwd, args, how: resume ? { is: 'resume', native: resume } : { is: 'new', session: native.session },
    runDir, ...size, hooks, execPath: process.execPath, bundled: () => relay,
  }, {
    decoded: (items) => {
      decoded.push(...items);
      for (const item of items) if (item.is === 'native') native = item.native;
      queueMicrotask(lookAgain);
    },
    capture: async () => {},
    left: (request) => { left.push(request); },
    exited: lookAgain,
  });
  if (started.is === 'failed') throw new Error(started.problem);
  const { run } = started;
  run.terminal.onData((data) => emulator.write(data, lookAgain));

  const until = (what: string, holds: () => boolean) => new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => { waiting.delete(look); reject(new Error(`waited in vain: ${what}\nstate ${JSON.stringify(run.decoder.state)}\nscreen:\n${screen()}`)); }, patienceMs);
    const look = () => {
      if (!holds()) return;
      clearTimeout(timer);
      waiting.delete(look);
      resolve();
    };
    waiting.add(look);
    look();
  });
  const drafts = <T extends Draft['type']>(type: T) => decoded.flatMap((item) => (item.is === 'draft' && item.draft.type === type ? [item.draft as Extract<Draft, { type: T }>] : []));
  const idle = () => until('idle', () => run.decoder.state.is === 'idle');
  // The CLI writes the last rows of a turn after it has said that it is idle; this row is the last one.
  const finishedTurns = () => observed.filter((seen) => seen.is === 'line' && seen.watch === 'transcript' && seen.line.includes('"subtype":"turn_duration"')).length;
  return {
    run, decoded, observed, left, screen, native: () => native, drafts, blocks: () => drafts('block'), until, idle,
    ask: async (text) => {
      await idle();
      const before = finishedTurns();
      await run.type({ is: 'prompt', text });
      await until(`the end of the turn of “${text}”`, () => finishedTurns() > before && run.decoder.state.is === 'idle');
      await run.settle();
    },
    end: async () => {
      await run.end('SIGTERM', 5_000);
      await hooks.close();
    },
  };
}
