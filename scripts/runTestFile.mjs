// One test file in a process of its own: bounded in time, in a home of its own, and nothing of it left running.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { endProcessesOf } from './processes.mjs';
import { root } from './nodeEnv.mjs';

const reporter = path.join(root, 'scripts', 'testReporter.mjs');
/** What a test may know of the machine: no account, no configuration and no session of the person who runs it. */
const passed = /^(PATH|TERM|LANG|LC_\w+|TZ|CI|npm_config_\w+|https?_proxy|no_proxy|SYSTEMROOT|COMSPEC|PATHEXT|BACKSTITCH_(TEST|WALK)_\w+)$/i;
const keptOutput = 20_000;

function environment(place) {
  const home = path.join(place, 'home');
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => passed.test(name)));
  return {
    ...env,
    LANG: 'C.UTF-8',
    HOME: home,
    XDG_STATE_HOME: path.join(home, 'state'),
    XDG_CACHE_HOME: process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'),
    TMPDIR: place,
  };
}

function readRows(file) {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

/** Why a test that did not fail is still not a pass. */
function notRun(row) {
  if (row.skipped !== undefined) return `skipped${row.skipped && `: ${row.skipped}`}`;
  return row.todo === undefined ? undefined : `to do${row.todo && `: ${row.todo}`}`;
}

/**
 * @param {string} file path of the test file, from the root
 * @param {{ limitMs: number }} options
 * @returns {Promise<{ passed: number, failures: { name: string, error: string }[], left: string[], ms: number }>}
 */
export async function runTestFile(file, { limitMs }) {
  // a short name: sockets lie in it, and their paths are limited to about 100 bytes
  const place = mkdtempSync(path.join(tmpdir(), 'bst-'));
  const rowsFile = path.join(place, 'rows.jsonl');
  mkdirSync(path.join(place, 'home'), { mode: 0o700 });
  const started = Date.now();
  const child = spawn(process.execPath, [`--test-reporter=${reporter}`, `--test-reporter-destination=${rowsFile}`, file], {
    cwd: root, detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: environment(place),
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { output = (output + chunk).slice(-keptOutput); });
  let late = false;
  const endGroup = () => {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch { /* all of it has ended */ }
  };
  const timer = setTimeout(() => { late = true; endGroup(); }, limitMs);
  const onExit = () => endGroup();
  process.once('exit', onExit);
  // `close` would wait for grandchildren that hold the pipes
  const end = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? code));
  });
  clearTimeout(timer);
  process.off('exit', onExit);
  const left = await endProcessesOf(place, 3_000);
  endGroup();
  const rows = readRows(rowsFile);
  rmSync(place, { recursive: true, force: true, maxRetries: 3 });
  const failures = rows.filter((row) => !row.passed || notRun(row) !== undefined).map((row) => ({ name: row.name, error: notRun(row) ?? row.error ?? 'failed' }));
  if (late) failures.push({ name: file, error: `did not end within ${limitMs / 1000} s and was ended\n${output}` });
  else if (end !== 0 && failures.length === 0) failures.push({ name: file, error: `ended with ${end}\n${output}` });
  else if (rows.length === 0) failures.push({ name: file, error: `holds no test\n${output}` });
  else if (failures.length > 0 && output.trim() !== '') failures.at(-1).error += `\noutput of ${file}:\n${output}`;
  const good = rows.filter((row) => row.passed && notRun(row) === undefined).length;
  return { passed: good, failures, left: left.map(({ pid, command }) => `${pid} ${command.slice(0, 120)}`), ms: Date.now() - started };
}
