import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { recordRunProcess } from '../../src/node/runProcess.ts';
import { gone } from '../support/product.ts';
import { Shell } from './shell.ts';

const shell = new Shell();
before(() => shell.json('run', 'demo', '--id', 'stitch-one', '--cwd', shell.product.folder(), '--detach'));
after(() => shell.dispose());

interface Finding { what: string; is: string; found: string; todo: string | null }

test('doctor looks at everything, and says what to do where something is missing', async () => {
  const findings = await shell.json<Finding[]>('doctor');
  const state = Object.fromEntries(findings.map(({ what, is }) => [what, is]));
  assert.deepEqual({ ...state, 'Claude Code': undefined }, {
    'state directory': 'ok', disk: 'ok', git: 'ok', tmux: 'ok', 'session host': 'ok', terminals: 'ok', leftovers: 'ok', 'Claude Code': undefined, 'Demo agent': 'ok',
  });
  assert.match(findings.find(({ what }) => what === 'session host')?.found ?? '', /^process \d+, build \S+, Node v24\.\S+, 1 running, \d+ MB$/);
  const claude = findings.find(({ what }) => what === 'Claude Code');
  assert.equal(claude?.is, 'note');
  assert.ok(claude.todo);
  const { code, stdout } = await shell.run('doctor');
  assert.equal(code, 0);
  const lines = stdout.split('\n');
  assert.match(lines[0] ?? '', /^WHAT {2,}IS {2,}FOUND$/);
  const at = lines.findIndex((line) => line.startsWith('Claude Code'));
  assert.equal(lines[at + 1], `  → ${claude.todo}`, 'what to do stands below, whole');
  assert.match(lines[at + 2] ?? '', /^Demo agent +ok /, 'where nothing is to do, nothing stands');
});

test('doctor names what is left of sessions that are gone or were interrupted', async () => {
  const other = new Shell();
  try {
    await other.json('run', 'demo', '--id', 'cut', '--cwd', other.product.folder(), '--detach');
    const { pid } = await other.json<{ pid: number }>('host', 'status');
    process.kill(pid, 'SIGKILL');
    await gone(pid);
    writeFileSync(join(other.product.env['BACKSTITCH_STATE_DIR'] ?? '', 'output', '8f001727-d714-4f98-b62a-6f74c2704cfd.log'), '');
    // One whose log is gone while its agent runs (here: this test) is not to be taken away.
    const running = join(other.product.env['BACKSTITCH_STATE_DIR'] ?? '', 'runs', '1c9cd0a4-9d3f-4b1e-8a77-0b8f6a1f6a10', '1');
    mkdirSync(running, { recursive: true });
    recordRunProcess(running, process.pid);
    const findings = await other.json<Finding[]>('doctor');
    assert.deepEqual(findings.filter(({ what }) => what === 'interrupted sessions').map(({ is, found }) => [is, found]), [['note', 'cut']]);
    assert.match(findings.find(({ what }) => what === 'leftovers')?.found ?? '', /^1 of sessions that are gone: .*8f001727-d714-4f98-b62a-6f74c2704cfd\.log$/);
  } finally {
    await other.dispose();
  }
});

test('doctor speaks also where no session host can be', async () => {
  const place = join(shell.product.home, 'no-directory');
  writeFileSync(place, '');
  const { code, stdout } = await shell.start(['doctor', '--json'], '', { BACKSTITCH_STATE_DIR: place }).ran;
  const problems = (JSON.parse(stdout) as Finding[]).filter(({ is }) => is === 'problem');
  assert.deepEqual([code, problems.map(({ what }) => what)], [1, ['state directory', 'session host']]);
  for (const { todo } of problems) assert.ok(todo);
});
