import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as p from '../../src/protocol/protocol.ts';
import { type Figure } from './floors.ts';
import { attached, echoing, type Side, withShells } from './shells.ts';

const rounds = 3;
const megabyte = 1 << 20;

/** What a program may print to hold up its host, by name. Plain text of the same size is the floor. */
const kinds: Record<string, (bytes: number) => string> = {
  'plain text': (bytes) => `${'a line of output that a build prints\r\n'.repeat(bytes / 38)}`,
  'an OSC title': (bytes) => `\x1b]0;${'a'.repeat(bytes)}\x07`,
  'a DCS': (bytes) => `\x1bP1$q${'a'.repeat(bytes)}\x1b\\`,
  'an APC': (bytes) => `\x1b_G${'a'.repeat(bytes)}\x1b\\`,
  'titles on the stack': (bytes) => '\x1b[22;0t\x1b]0;abc\x07'.repeat(bytes / 16),
  'screen switches': (bytes) => '\x1b[?1049hx\x1b[?1049l'.repeat(bytes / 17),
  'screen switches without text': (bytes) => '\x1b[?47h\x1b[?47l'.repeat(bytes / 12),
};

/** What one session's output costs the host and the keys of another session (S10): a bench of all that stands between, not of the emulator alone. */
export function bench(): Promise<Figure[]> {
  return withShells(async (product, connection, start) => {
    const figures: Figure[] = [];
    const typed = await attached(connection, await start(echoing));
    for (const size of [1, 10]) for (const [kind, make] of Object.entries(kinds)) {
      const costs: Cost[] = [];
      for (let round = 0; round < rounds; round++) {
        const path = join(product.folder(), 'output');
        writeFileSync(path, `${make(size * megabyte)}\x1b[0m=over=`);
        const session = await start(`stty raw -echo; printf ready; head -c 1 >/dev/null; cat ${path}; exec sleep 60`);
        const loud = await attached(connection, session);
        await echoMs(typed);
        costs.push(await costOf(product.hostPid, loud, typed));
        await connection.sendRequest(p.sessionStop, { session: session.uid, timeoutMs: 100 });
      }
      const best = (of: (cost: Cost) => number): number => Math.min(...costs.map(of));
      const [cpuMs, memoryMb, slowestMs] = [best((cost) => cost.cpuMs), best((cost) => cost.memoryMb), best((cost) => cost.slowestMs)];
      figures.push({
        name: `S10 ${kind}, ${size} MB`,
        figure: `${cpuMs.toFixed(0)} ms of processor, +${memoryMb.toFixed(0)} MB, slowest key elsewhere ${slowestMs.toFixed(1)} ms`,
        goal: 'T7: a key elsewhere <= 50 ms, <= 50 MB', ok: slowestMs <= 50 && memoryMb <= 50,
      });
    }
    return figures;
  });
}

interface Cost {
  cpuMs: number;
  memoryMb: number;
  slowestMs: number;
}

async function costOf(pid: number, loud: Side, typed: Side): Promise<Cost> {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  const [cpu, memory] = [ticksOf(pid), peakOf(pid)];
  let isOver = false;
  const over = new Promise<void>((resolve) => {
    let end = '';
    loud.onData = (_, text = '') => {
      end = (end + text).slice(-16);
      if (end.includes('=over=')) resolve();
    };
  });
  loud.write('k');
  const slowest = (async (): Promise<number> => {
    let most = 0;
    while (!isOver) most = Math.max(most, await echoMs(typed));
    return most;
  })();
  await over;
  isOver = true;
  return { slowestMs: await slowest, cpuMs: (ticksOf(pid) - cpu) * 10, memoryMb: (peakOf(pid) - memory) / 1024 };
}

async function echoMs(side: Side): Promise<number> {
  const back = new Promise<void>((resolve) => { side.onData = () => resolve(); });
  const from = performance.now();
  side.write('k');
  await back;
  return performance.now() - from;
}

const peakOf = (pid: number): number => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

/** User and system time in hundredths of a second. */
const ticksOf = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
};
