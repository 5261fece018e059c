import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isRunning } from '../support/product.ts';
import { root } from '../support/sources.ts';

interface FileResult {
  passed: number;
  failures: { name: string; error: string }[];
  left: string[];
}
const { runTestFile } = await import(join(root, 'scripts/runTestFile.mjs')) as { runTestFile(file: string, options: { limitMs: number }): Promise<FileResult> };

const folder = mkdtempSync(join(tmpdir(), 'runner-'));
after(() => rmSync(folder, { recursive: true }));

const run = (name: string, body: string, limitMs = 60_000): Promise<FileResult> => {
  const file = join(folder, `${name}.test.ts`);
  writeFileSync(file, `import { test, describe } from 'node:test';\n${body}`);
  return runTestFile(file, { limitMs });
};

test('passes and failures are counted one by one; suites are not tests', async () => {
  const result = await run('mixed', "describe('all', () => { test('good', () => {}); test('bad', () => { throw new Error('thread broke'); }); });");
  assert.deepEqual([result.passed, result.failures.length, result.failures[0]?.name], [1, 1, 'bad']);
  assert.match(result.failures[0]?.error ?? '', /thread broke/);
});

test('a suite whose hook fails is a failure that says why', async () => {
  const result = await run('hook', "import { after } from 'node:test'; describe('all', () => { after(() => { throw new Error('hook broke'); }); test('good', () => {}); });");
  assert.deepEqual([result.passed, result.failures.length, result.failures[0]?.name], [1, 1, 'all']);
  assert.match(result.failures[0]?.error ?? '', /hook broke/);
});

test('a skipped test, one to do and one that is cancelled are failures', async () => {
  const result = await run('skipped', "test('a', { skip: 'later' }, () => {}); test('b', { todo: true }, () => {}); test('c', { timeout: 50 }, () => new Promise(() => {}));");
  assert.deepEqual(result.failures.map(({ name }) => name).sort(), ['a', 'b', 'c']);
  assert.equal(result.failures.find(({ name }) => name === 'a')?.error, 'skipped: later');
});

test('a file without tests, and one that cannot be read, fail', async () => {
  assert.match((await run('empty', '')).failures[0]?.error ?? '', /^holds no test/);
  assert.match((await run('broken', 'const x = ;')).failures[0]?.error ?? '', /Expression expected|Unexpected token/);
});

test('a file that does not end is ended and fails', async () => {
  const result = await run('hanging', "test('good', () => {}); setInterval(() => {}, 1000);", 2_000);
  assert.match(result.failures[0]?.error ?? '', /^did not end within 2 s and was ended/);
});

test('what a file leaves behind is ended, its home is gone, and the environment holds nothing of ours', async () => {
  const note = join(folder, 'note.json');
  const result = await run('leaving', `
    import { spawn } from 'node:child_process';
    import { writeFileSync } from 'node:fs';
    test('good', () => {
      const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
      child.unref();
      writeFileSync(${JSON.stringify(note)}, JSON.stringify({ pid: child.pid, home: process.env.HOME, names: Object.keys(process.env) }));
    });`);
  const { pid, home, names } = JSON.parse(readFileSync(note, 'utf8')) as { pid: number; home: string; names: string[] };
  assert.deepEqual([result.passed, result.failures], [1, []]);
  assert.deepEqual(result.left, [`${pid} sleep 600`]);
  assert.deepEqual([isRunning(pid), existsSync(home)], [false, false]);
  assert.deepEqual(names.filter((name) => /API_KEY|TOKEN|BACKSTITCH_(STATE|SESSION)/.test(name)), []);
});
