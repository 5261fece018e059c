import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoints } from '../../src/node/checkpoints.ts';

const repeats = 7;

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Captures of a folder of 1,000 and of 10,000 files, and a restore of ten of them. */
export async function bench(): Promise<{ name: string; figure: string; ratio?: number; goal?: string; ok?: boolean }[]> {
  const results: { name: string; figure: string; ratio?: number; goal?: string; ok?: boolean }[] = [];
  for (const count of [1_000, 10_000]) {
    const root = mkdtempSync(join(tmpdir(), 'checkpoints-bench-'));
    try {
      const folder = join(root, 'folder');
      for (let file = 0; file < count; file++) {
        const directory = join(folder, `d${Math.floor(file / 100)}`);
        if (file % 100 === 0) mkdirSync(directory, { recursive: true });
        writeFileSync(join(directory, `f${file}.ts`), `export const n${file} = ${file};\n`.repeat(20));
      }
      const checkpoints = await openCheckpoints({ folder, gitDir: join(root, 'shadow') });
      if ('is' in checkpoints) throw new Error(checkpoints.reason);
      const firstMs = await msOf(() => checkpoints.capture());
      const captureMs: number[] = [];
      const restoreMs: number[] = [];
      for (let round = 0; round < repeats; round++) {
        const before = await checkpoints.capture();
        for (let file = 0; file < 10; file++) writeFileSync(join(folder, 'd0', `f${file}.ts`), `round ${round} file ${file}\n`);
        captureMs.push(await msOf(() => checkpoints.capture()));
        const tip = await checkpoints.capture();
        restoreMs.push(await msOf(() => checkpoints.restore({ to: before.checkpoint, tip: tip.checkpoint })));
      }
      const following = median(captureMs);
      const name = `${count.toLocaleString('en')} files`;
      results.push(
        { name: `first capture, ${name}`, figure: `${firstMs.toFixed(0)} ms` },
        { name: `capture after ten changes, ${name}`, figure: `${following.toFixed(0)} ms`, ...(count === 1_000 ? { goal: '≤ 50 ms', ok: following <= 50 } : {}) },
        { name: `restore of ten files, ${name}`, figure: `${median(restoreMs).toFixed(0)} ms` },
      );
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  }
  return results;
}
