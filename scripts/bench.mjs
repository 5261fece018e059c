// `npm run bench`: every test/bench/*.bench.ts, one after the other. A bench exports `bench()`, which resolves to rows
// { name, figure, ratio?, goal?, ok? }. Arguments select by a part of the file's name. Figures are printed, nothing is judged by time:
// the exit code is 1 only when a bench could not be run.
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { cpus, loadavg } from 'node:os';
import process from 'node:process';
import { buildAll, giveUp, prepare, root, testPrograms } from './nodeEnv.mjs';

await prepare(import.meta.url, testPrograms);

const filters = process.argv.slice(2);
const files = fs.globSync('test/bench/*.bench.ts', { cwd: root }).filter((file) => filters.length === 0 || filters.some((part) => file.includes(part))).sort();
if (files.length === 0) giveUp(filters.length === 0 ? 'There is no test/bench/*.bench.ts.' : `No bench has ${filters.join(' or ')} in its name.`);
buildAll();

/** One bench in a process of its own, so that none warms or burdens the next. Its rows come as one line on a channel of their own. */
function rowsOf(file) {
  const code = `const { bench } = await import(${JSON.stringify(`${root}/${file}`)}); process.send(await bench()); process.disconnect();`;
  const child = spawn(process.execPath, ['--expose-gc', '--input-type=module', '--eval', code], { cwd: root, stdio: ['ignore', 2, 2, 'ipc'] });
  return new Promise((resolve, reject) => {
    let rows = null;
    child.once('message', (message) => { rows = message; });
    child.once('error', reject);
    child.once('exit', (code) => (rows ? resolve(rows) : reject(new Error(`${file} ended with ${code} and gave no figures`))));
  });
}

function table(rows) {
  const cells = rows.map((row) => [row.name, String(row.figure), row.ratio === undefined ? '' : `${Number(row.ratio).toFixed(2)} x`, row.goal ?? '', row.ok === undefined ? '' : row.ok ? 'met' : 'MISSED']);
  const all = [['what', 'figure', 'ratio', 'goal', ''], ...cells];
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => String(row[column]).length)));
  return all.map((row) => row.map((cell, column) => String(cell).padEnd(widths[column])).join('  ').trimEnd()).join('\n');
}

/** Processor time since the machine's start, in ticks: all of it, and what it wanted and another machine on the same hardware got. Null where that is not told. */
function processorTicks() {
  try {
    const ticks = fs.readFileSync('/proc/stat', 'utf8').split('\n')[0].trim().split(/\s+/).slice(1, 9).map(Number);
    return { all: ticks.reduce((sum, part) => sum + part, 0), stolen: ticks[7] };
  } catch {
    return null;
  }
}

/** What else the machine had to do: a figure taken under load says little. */
function meanwhile(before) {
  const after = processorTicks();
  const stolen = before && after ? `; ${((100 * (after.stolen - before.stolen)) / (after.all - before.all)).toFixed(1)} % of processor time went to other machines` : '';
  return `load average at the end ${loadavg()[0].toFixed(1)}${stolen}`;
}

console.log(`${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.versions.node}, libuv ${process.versions.uv}\n`);
for (const file of files) {
  console.log(file);
  const before = processorTicks();
  try {
    console.log(`${table(await rowsOf(file))}\n${meanwhile(before)}\n`);
  } catch (error) {
    console.log(`  could not be run: ${error.message}\n`);
    process.exitCode = 1;
  }
}
