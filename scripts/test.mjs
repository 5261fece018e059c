// `npm test`: sets up what is missing, then types, lint and every test/**/*.test.ts. Ends with `N passed, N failed`.
// Arguments select test files by a part of their path: `npm test -- core cli`; then types and lint are left out unless named, dist/ is built all the same.
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { cores, giveUp, prepare, root, testPrograms } from './nodeEnv.mjs';

await prepare(import.meta.url, testPrograms);
const { runTestFile } = await import('./runTestFile.mjs');

/** Tests of these folders start whole agents, browsers or workbenches: one at a time, after all others. */
const alone = /^test\/(agents|real|workbench|package)\//;
const limitMs = (file) => (alone.test(file) ? 1_200_000 : 300_000);
const filters = process.argv.slice(2);
const isWanted = (name) => filters.length === 0 || filters.some((filter) => name.includes(filter));

/** Prints to the terminal or log, without control sequences of whatever is shown. */
function say(text = '') {
  process.stdout.write(`${text.replace(/\x1b\[[0-9;?]*[ -/]*[@-~]/g, '')}\n`);
}

/** A program of the toolchain as one test. */
function check(name, program, args) {
  const started = Date.now();
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { output += chunk; });
    child.once('error', (error) => { output += error.message; });
    child.once('close', (code) => {
      const failures = code === 0 ? [] : [{ name, error: output.slice(0, 20_000) }];
      resolve({ name, passed: code === 0 ? 1 : 0, failures, left: [], ms: Date.now() - started });
    });
  });
}

const indented = (text) => text.trimEnd().split('\n').map((line) => `    ${line}`).join('\n');

function report(result) {
  const seconds = (result.ms / 1000).toFixed(1);
  const failed = result.failures.length;
  say(`${failed === 0 ? 'ok    ' : 'FAILED'} ${result.name}  ${result.passed} passed${failed ? `, ${failed} failed` : ''}  (${seconds} s)`);
  for (const { name, error } of result.failures) say(`  - ${name}\n${indented(error)}`);
  for (const process of result.left) say(`  note: ended what it left running: ${process}`);
}

/** Runs the jobs, `width` at a time, in order. */
async function runAll(jobs, width) {
  const results = [];
  const waiting = [...jobs];
  const work = async () => {
    for (let job = waiting.shift(); job; job = waiting.shift()) {
      const result = await job();
      report(result);
      results.push(result);
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  return results;
}

/** Agents and the workbench, by the recipes that the tests themselves use. */
async function installParts(files) {
  if (files.some((file) => /^test\/(agents|real|workbench)\//.test(file)) && fs.existsSync(path.join(root, 'scripts/agents.mjs'))) {
    await (await import('./agents.mjs')).installAgents();
  }
  if (files.some((file) => file.startsWith('test/workbench/'))) await (await import('./workbench.mjs')).installWorkbench();
}

const files = fs.globSync('test/**/*.test.ts', { cwd: root, exclude: (name) => name.split(path.sep).includes('node_modules') })
  .map((file) => file.split(path.sep).join('/')).filter(isWanted).sort();
// Tests use what is built; without it those that need it fail, and all others still say what they have to say.
const build = ['build', process.execPath, ['esbuild.mjs']];
const checks = [
  ['types', path.join(root, 'node_modules/.bin/tsc'), ['-p', '.']],
  ['lint', path.join(root, 'node_modules/.bin/oxlint'), ['--deny-warnings', 'src', 'webview', 'test', 'scripts', 'esbuild.mjs']],
].filter(([name]) => isWanted(name));
if (files.length + checks.length === 0) giveUp(`No test has ${filters.join(' or ')} in its path.`);

process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
await installParts(files);

const job = (file) => async () => ({ name: file, ...(await runTestFile(file, { limitMs: limitMs(file) })) });
const results = [
  ...await runAll([() => check(...build)], 1),
  ...await runAll(checks.map((args) => () => check(...args)), cores),
  ...await runAll(files.filter((file) => !alone.test(file)).map(job), cores),
  ...await runAll(files.filter((file) => alone.test(file)).map(job), 1),
];
const failures = results.flatMap((result) => result.failures.map((failure) => ({ ...failure, in: result.name })));
const passedCount = results.reduce((sum, result) => sum + result.passed, 0);
if (failures.length > 0) say('\nFailed:');
for (const failure of failures) say(`  ${failure.in}: ${failure.name}`);
say(`\n${passedCount} passed, ${failures.length} failed`);
process.exitCode = failures.length === 0 && passedCount > 0 ? 0 : 1;
