import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before, test } from 'node:test';
import { verbs } from '../../src/cli/verbs.ts';
import { dist } from '../support/product.ts';
import { Shell } from './shell.ts';

const shell = new Shell();
const folder = shell.product.folder();
before(async () => {
  await shell.json('run', 'demo', '--id', 'one', '--cwd', folder, '--detach');
  await shell.json('send', '--id', 'one', '-m', 'Sew the first seam', '--wait-for-idle');
});
after(() => shell.dispose());

/** The verb with an output that nobody reads: its exit code, and what it says on standard error. */
const unread = (args: string[], reader = 'exec true'): Promise<{ code: string; stderr: string }> => new Promise((resolve) => {
  const script = `"$@" | (${reader}); echo "$\{PIPESTATUS[0]}" >&3`;
  const child = execFile('bash', ['-c', `exec 3>&1; ${script}`, 'bash', process.execPath, dist('cli.mjs'), ...args], { env: shell.product.env, cwd: folder }, (_, stdout, stderr) => {
    resolve({ code: stdout.trim().split('\n').at(-1) ?? '', stderr });
  });
  child.stdin?.end();
});

/** A way to call each verb in which it prints something and succeeds; those of `last` end the session. */
const calls: Record<string, string[][]> = {
  run: [['demo', '--id', 'two', '--detach']],
  send: [['--id', 'one', '-m', 'echo a', '--wait-for-idle'], ['--id', 'one', '-m', 'echo b', '--json']],
  queue: [['--id', 'one'], ['pause', '--id', 'one'], ['continue', '--id', 'one', '--json']],
  watch: [['--id', 'one', '--preset', 'plan']],
  status: [[], ['--id', 'one', '--json']],
  attach: [['--help']],
  events: [['--id', 'one', '--snapshot'], ['--id', 'one']],
  seams: [['--id', 'one']],
  rewind: [['--id', 'one', '--to', 's4', '--dry-run'], ['--id', 'one', '--to', 's4']],
  branches: [['--id', 'one']],
  switch: [['--id', 'one', '--branch', 'main']],
  fork: [['--id', 'one', '--to', 'three']],
  interrupt: [['--id', 'one']],
  answer: [['--id', 'one']],
  wait: [['--id', 'one', '--until', 'prompt']],
  pane: [['--id', 'one'], ['--id', 'one', '--follow']],
  logs: [['--id', 'one'], ['--id', 'one', '--follow', '--raw']],
  guide: [[]],
  recipes: [[], ['show', '01']],
  skills: [['install', '--folder', `${folder}/skills`]],
  doctor: [['--json']],
  completion: [['bash'], ['zsh', '--json']],
  complete: [['--', 'backstitch', 'st']],
  demo: [[]],
  stop: [['--id', 'one']],
  resume: [['--id', 'one']],
  rename: [['--id', 'one', '--to', 'first']],
  rm: [['--help']],
  host: [['status'], ['stop', '--force']],
};

test('the table of calls has every verb', () => {
  assert.deepEqual(Object.keys(calls).sort(), Object.keys(verbs).sort());
});

for (const [verb, ways] of Object.entries(calls)) {
  test(`${verb} says nothing of a reader that has gone`, async () => {
    for (const way of ways) assert.deepEqual(await unread([verb, ...way]), { code: '0', stderr: '' }, `${verb} ${way.join(' ')}`);
  });
}

test('the command itself says nothing either, and a failure keeps its code', async () => {
  assert.deepEqual(await unread(['--help']), { code: '0', stderr: '' });
  assert.deepEqual(await unread(['--version']), { code: '0', stderr: '' });
  assert.deepEqual(await unread(['status', '--id', 'nobody', '--json']), { code: '1', stderr: 'backstitch: There is no session “nobody”. `backstitch status --all --ended` lists the sessions there are.\n' });
});

test('the demo takes away what it has made', async () => {
  assert.deepEqual(await unread(['demo'], 'head -n 1 > /dev/null'), { code: '0', stderr: '' });
  assert.deepEqual(readdirSync(tmpdir()).filter((name) => name.startsWith('backstitch-demo-')), []);
});

test('an output that cannot be written is a failure in words', async () => {
  const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
    execFile('bash', ['-c', '"$@" > /dev/full', 'bash', process.execPath, dist('cli.mjs'), 'guide'], { env: shell.product.env }, (error, _, said) => resolve({ code: error?.code, stderr: said }));
  });
  assert.deepEqual([code, stderr], [1, 'backstitch: what was to be printed could not be written: ENOSPC: no space left on device, write\n']);
});
