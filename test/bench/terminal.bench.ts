import type { IPty } from 'node-pty';
import * as nodePty from 'node-pty';
import type { Terminal } from '../../src/core/ports.ts';
import { spawnTerminal } from '../../src/node/pty.ts';
import { Screen } from '../../src/node/screen.ts';
import { TerminalQueries } from '../../src/node/terminalQueries.ts';
import { type Figure } from './floors.ts';

const rounds = 5;
const echoes = 300;
const throughputBytes = 20 << 20;

/** The pty against bare node-pty (T2, T3), a deaf child (T8), and what the screen and its filter cost. Rounds are interleaved, medians are told. */
export async function bench(): Promise<Figure[]> {
  return [...(await echo()), await throughput(), await deafChild(), ...(await screenCost()), ...(await hostileOutput())];
}

interface Side {
  write(data: string): void;
  onData(listener: (size: number) => void): void;
  onExit(listener: () => void): void;
  kill(): void;
}

const bare = (argv: string[]): Side => {
  const pty: IPty = nodePty.spawn(argv[0]!, argv.slice(1), { cols: 80, rows: 24, env: process.env, encoding: null });
  return { write: (data) => pty.write(data), onData: (listener) => void pty.onData((data) => listener(data.length)), onExit: (listener) => void pty.onExit(listener), kill: () => pty.kill('SIGKILL') };
};

const ours = (argv: string[]): Side => {
  const terminal = started(argv);
  return { write: (data) => terminal.write(data), onData: (listener) => void terminal.onData((data) => listener(data.length)), onExit: (listener) => void terminal.onExit(listener), kill: () => terminal.kill('SIGKILL') };
};

function started(argv: string[]): Terminal {
  const result = spawnTerminal({ argv, cwd: process.cwd(), env: process.env, cols: 80, rows: 24 });
  if (result.is === 'failed') throw new Error(result.problem);
  return result.terminal;
}

async function echo(): Promise<Figure[]> {
  const argv = ['sh', '-c', 'stty raw -echo; echo ready; exec cat'];
  const times: { ours: number[]; bare: number[] } = { ours: [], bare: [] };
  for (let round = 0; round < rounds; round++) {
    times.bare.push(...(await echoTimes(bare(argv))));
    times.ours.push(...(await echoTimes(ours(argv))));
  }
  const [p50, bareP50, p99] = [quantile(times.ours, 0.5), quantile(times.bare, 0.5), quantile(times.ours, 0.99)];
  return [
    { name: 'keystroke to echo, p50', figure: `${p50.toFixed(3)} ms (bare node-pty ${bareP50.toFixed(3)} ms)`, ratio: p50 / bareP50, goal: '<= bare + 0.25 ms', ok: p50 <= bareP50 + 0.25 },
    { name: 'keystroke to echo, p99', figure: `${p99.toFixed(2)} ms (bare node-pty ${quantile(times.bare, 0.99).toFixed(2)} ms)`, goal: '<= 5 ms', ok: p99 <= 5 },
  ];
}

async function echoTimes(side: Side): Promise<number[]> {
  const times: number[] = [];
  let arrived = () => {};
  const next = () => new Promise<void>((resolve) => (arrived = resolve));
  const ready = next();
  side.onData(() => arrived());
  await ready;
  for (let at = 0; at < echoes; at++) {
    const back = next();
    const from = performance.now();
    side.write('k');
    await back;
    times.push(performance.now() - from);
  }
  side.kill();
  return times.slice(echoes / 10);
}

async function throughput(): Promise<Figure> {
  const argv = ['sh', '-c', `stty raw; head -c ${throughputBytes} /dev/zero`];
  const ratios: number[] = [];
  let last = 0;
  for (let round = 0; round < rounds; round++) {
    const floor = await secondsOf(bare(argv));
    last = await secondsOf(ours(argv));
    ratios.push(floor / last);
  }
  const ratio = quantile(ratios, 0.5);
  return { name: 'pty throughput against bare node-pty', figure: `${(throughputBytes / 1e6 / last).toFixed(0)} MB/s, spread ${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}`, ratio, goal: '>= 0.7', ok: ratio >= 0.7 };
}

function secondsOf(side: Side): Promise<number> {
  const from = performance.now();
  let size = 0;
  return new Promise((resolve) => {
    // Bare node-pty tells the exit up to 200 ms late, so both are timed to their last byte.
    let end = from;
    side.onData((length) => {
      size += length;
      if (size >= throughputBytes) end = performance.now();
    });
    side.onExit(() => resolve(((end === from ? performance.now() : end) - from) / 1000));
  });
}

async function deafChild(): Promise<Figure> {
  const terminal = started(['sh', '-c', 'stty raw -echo; echo ready; exec sleep 60']);
  await new Promise<void>((resolve) => void terminal.onData(() => resolve()));
  terminal.write(Buffer.alloc(1 << 20, 'x'));
  const cpu = process.cpuUsage();
  const from = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const { user, system } = process.cpuUsage(cpu);
  const share = (user + system) / 1000 / (performance.now() - from);
  terminal.kill('SIGKILL');
  return { name: '1 MB waiting for a deaf child', figure: `${(share * 100).toFixed(1)} % of a core`, goal: '<= 5 %', ok: share <= 0.05 };
}

async function screenCost(): Promise<Figure[]> {
  const frame = Array.from({ length: 24 }, (_, row) => `\x1b[${row + 1};1H\x1b[38;5;${row}m${'drawn text '.repeat(6)}\x1b[0m\x1b[K`).join('');
  const chunk = frame.repeat(20);
  const filterTimes: number[] = [];
  const screenTimes: number[] = [];
  for (let round = 0; round < rounds; round++) {
    filterTimes.push(filterSeconds(chunk));
    screenTimes.push(await screenSeconds(chunk));
  }
  const million = (seconds: number) => `${((chunk.length * 50) / 1e6 / seconds).toFixed(0)} million characters a second`;
  return [
    { name: 'query filter', figure: million(quantile(filterTimes, 0.5)) },
    { name: 'screen, filter and emulator', figure: million(quantile(screenTimes, 0.5)), ratio: quantile(filterTimes, 0.5) / quantile(screenTimes, 0.5) },
  ];
}

function filterSeconds(chunk: string): number {
  const queries = new TerminalQueries(() => 80);
  const from = performance.now();
  let size = 0;
  for (let at = 0; at < 50; at++) size += queries.push(chunk).views.length;
  if (size !== chunk.length * 50) throw new Error('the filter changed what it must not');
  return (performance.now() - from) / 1000;
}

async function screenSeconds(chunk: string): Promise<number> {
  const screen = new Screen({ cols: 80, rows: 24, answer: () => {} });
  const from = performance.now();
  for (let at = 0; at < 50; at++) screen.write(chunk);
  await screen.text();
  const seconds = (performance.now() - from) / 1000;
  screen.dispose();
  return seconds;
}

/** What holds up every session of the host: the most that one turn of its loop takes, and the memory. */
async function hostileOutput(): Promise<Figure[]> {
  const kinds: Record<string, string> = {
    'a title of 10 MB': `\x1b]0;${'a'.repeat(10 << 20)}\x07`, 'a title without an end': `\x1b]0;${'a'.repeat(10 << 20)}`, 'a link of 10 MB': `\x1b]8;;${'a'.repeat(10 << 20)}\x07`,
    '1 MB of titles put on the stack': '\x1b[22;0t\x1b]0;abc\x07'.repeat(65_000), '1 MB of screen switches': '\x1b[?1049hx\x1b[?1049l'.repeat(60_000), '1 MB of colours that are asked for': `\x1b]4;${'1;?;'.repeat(250_000)}\x07`,
  };
  const figures: Figure[] = [];
  for (const [name, output] of Object.entries(kinds)) {
    const { turnMs, allMs, memory } = await costOf(Buffer.from(output));
    figures.push({ name, figure: `${turnMs.toFixed(0)} ms of processor in one turn, ${allMs.toFixed(0)} ms in all, +${memory.toFixed(0)} MB`, goal: '<= 50 ms, <= 50 MB', ok: turnMs <= 50 && memory <= 50 });
  }
  return figures;
}

async function costOf(output: Buffer): Promise<{ turnMs: number; allMs: number; memory: number }> {
  let goOn = (): void => undefined;
  let isBehind = false;
  const screen = new Screen({ cols: 80, rows: 24, answer: () => undefined, onBacklog: (isHigh) => { isBehind = isHigh; if (!isHigh) goOn(); } });
  globalThis.gc?.();
  const [first, memory] = [process.cpuUsage(), process.memoryUsage().rss];
  let [turnMs, before, most, isOver] = [0, process.cpuUsage(), memory, false];
  const eachTurn = (): void => {
    const spent = process.cpuUsage(before);
    turnMs = Math.max(turnMs, (spent.user + spent.system) / 1000);
    most = Math.max(most, process.memoryUsage().rss);
    before = process.cpuUsage();
    if (!isOver) setImmediate(eachTurn);
  };
  setImmediate(eachTurn);
  for (let at = 0; at < output.length; at += 65_536) {
    if (isBehind) await new Promise<void>((resolve) => { goOn = resolve; });
    screen.write(output.subarray(at, at + 65_536));
    await new Promise((resolve) => { setImmediate(resolve); });
  }
  await screen.text();
  isOver = true;
  const all = process.cpuUsage(first);
  screen.dispose();
  return { turnMs, allMs: (all.user + all.system) / 1000, memory: (most - memory) / (1 << 20) };
}

const quantile = (values: number[], q: number): number => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? 0;
