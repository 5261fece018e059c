import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gone } from '../support/product.ts';
import { Shell } from './shell.ts';

const shell = new Shell();
const folder = shell.product.folder();
const other = join(shell.product.home, 'other');
before(async () => {
  mkdirSync(other);
  await shell.json('host', 'status');
});
after(() => shell.dispose());

const run = async (id: string, agent: string, cwd = folder): Promise<void> => {
  const { uid } = await shell.json<{ uid: string }>('run', agent, '--id', id, '--cwd', cwd, '--detach');
  assert.equal((await shell.run('wait', '--id', uid, '--until', 'prompt', '--timeout', '30')).code, 0);
};
const listed = async (...args: string[]): Promise<string[]> => (await shell.json<{ id: string }[]>('status', ...args)).map(({ id }) => id).sort();
const words = async (...args: string[]): Promise<string[]> => (await shell.run('status', ...args)).stdout.trimEnd().split('\n').map((line) => line.split(/\s{2,}/)[0] ?? '');

test('status lists what lives and what was interrupted, and says how much more there is', async () => {
  assert.deepEqual(await words(), ['There are no sessions for this folder. `backstitch status --all` looks in all folders.']);
  for (const id of ['one', 'two']) {
    await run(id, 'demo');
    await shell.json('stop', '--id', id);
  }
  assert.deepEqual(await words(), ['No session for this folder is alive; 2 have ended: add --ended to see them. `backstitch status --all` looks in all folders.']);
  await run('torn', 'demo');
  const { pid } = await shell.json<{ pid: number }>('host', 'status');
  process.kill(pid, 'SIGKILL');
  await gone(pid);
  await run('here', 'demo');
  await run('there', 'demo', other);
  assert.deepEqual(await words(), ['ID', 'here', 'torn', '2 more have ended: add --ended to see them.']);
  assert.deepEqual(await words('--ended'), ['ID', 'here', 'torn', 'two', 'one']);
  assert.deepEqual(await words('--all'), ['ID', 'there', 'here', 'torn', '2 more have ended: add --ended to see them.']);
  assert.deepEqual([await listed(), await listed('--ended'), await listed('--all'), await listed('--all', '--ended')],
    [['here', 'torn'], ['here', 'one', 'torn', 'two'], ['here', 'there', 'torn'], ['here', 'one', 'there', 'torn', 'two']]);
  assert.deepEqual((await shell.json<{ id: string; agent: string; cli: string }[]>('status')).map(({ id, agent, cli }) => [id, agent, cli]), [['here', 'demo', 'demo'], ['torn', 'demo', 'demo']]);
  assert.match((await shell.run('status')).stdout, /^ID\s+AGENT\s+STATE\s+AGE\s+IDLE\s+PID\s+BRANCH\s+FOLDER\s+TITLE\nhere\s+demo\s+\w+\s+\d+s\s/);
});

test('--repo and --cli say which session of a label is meant, to every verb that scripts of harnex give them to', async () => {
  await run('twin', 'demo', other);
  await shell.json('stop', '--id', 'twin');
  await run('twin', 'bash');
  assert.equal((await shell.run('wait', '--id', 'twin', '--until', 'blocked', '--timeout', '0.1')).code, 124);
  const agents = async (...args: string[]) => (await shell.json<{ agent: string }>('status', '--id', 'twin', ...args)).agent;
  assert.deepEqual([await agents(), await agents('--repo', other), await agents('--cli', 'demo'), await agents('--cli', 'bash')], ['bash', 'demo', 'demo', 'bash']);
  assert.equal((await shell.run('status', '--id', 'twin', '--repo', other, '--cli', 'bash')).code, 1);
  assert.deepEqual([await listed('--repo', other), await listed('--repo', other, '--ended'), await listed('--cli', 'bash'), await listed('--all', '--cli', 'bash')], [['there'], ['there', 'twin'], ['twin'], ['twin']]);
  assert.equal((await shell.run('status', '--all', '--repo', other)).code, 2);

  const there = ['--id', 'twin', '--repo', other, '--cli', 'demo'];
  assert.deepEqual((await shell.json('stop', ...there))['ended'], 'stopped');
  assert.equal((await shell.json('wait', ...there))['code'], 0);
  assert.equal((await shell.run('send', ...there, '-m', 'x')).code, 1);
  assert.match((await shell.run('events', ...there, '--snapshot', '--types', 'started')).stdout, /"agent":"demo"/);
  assert.match((await shell.run('logs', ...there)).stdout, /Demo agent/);
  assert.equal((await shell.run('pane', ...there)).code, 0);
  assert.equal((await shell.json('status', '--id', 'twin'))['alive'], true, 'the other one was left alone');
});

test('send --verbose says whether the prompt waits its turn', async () => {
  await shell.json('send', '--id', 'here', '-m', 'hang');
  assert.equal((await shell.run('wait', '--id', 'here', '--until', 'busy', '--timeout', '30')).code, 0);
  assert.match((await shell.run('send', '--id', 'here', '--verbose', '--no-wait', '-m', 'next')).stderr, /^backstitch: prompt [0-9a-f]{8} waits its turn: here was busy\n$/);
});
