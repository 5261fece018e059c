import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Shell } from './shell.ts';

const shell = new Shell();
before(() => shell.json('run', 'demo', '--id', 'first', '--cwd', shell.product.folder(), '--detach'));
after(() => shell.dispose());

test('wait returns at once where the session is already', async () => {
  await shell.json('send', '--id', 'first', '--message', 'make a plan', '--wait-for-idle');
  assert.deepEqual(await shell.run('wait', '--id', 'first', '--until', 'prompt'), { code: 0, stdout: 'first came to “prompt”: it is idle.\n', stderr: '' });
  assert.equal((await shell.json('wait', '--id', 'first', '--until', 'task_complete'))['state'], 'idle');
});

test('wait never misses a short turn', async () => {
  const waiting = shell.run('wait', '--id', 'first', '--until', 'waiting', '--timeout', '30');
  await shell.json('send', '--id', 'first', '--message', 'permission');
  assert.equal((await waiting).code, 0);
  const [request] = await shell.json<{ request: string }[]>('answer', '--id', 'first');
  await shell.json('answer', '--id', 'first', '--request', request?.request ?? '', '--deny');
  assert.equal((await shell.run('wait', '--id', 'first', '--until', 'task_complete')).code, 0);
});

test('wait gives up after its time with code 124', async () => {
  const { code, stderr } = await shell.run('wait', '--id', 'first', '--timeout', '0.2');
  assert.deepEqual([code, stderr], [124, 'backstitch: first did not come to “exited” within 0.2 s.\n']);
});

test('logs prints what the agent wrote, as text', async () => {
  const { code, stdout } = await shell.run('logs', '--id', 'first', '--lines', '400');
  assert.equal(code, 0);
  assert.match(stdout, /make a plan/);
  // oxlint-disable-next-line no-control-regex
  assert.doesNotMatch(stdout, /\u001b/);
  // oxlint-disable-next-line no-control-regex
  assert.match((await shell.run('logs', '--id', 'first', '--raw')).stdout, /\u001b\[/);
  assert.equal((await shell.run('logs', '--id', 'first', '--lines', '2')).stdout.trimEnd().split('\n').length <= 3, true);
});

test('logs --follow prints a question at once, which ends without a line', { timeout: 60_000 }, async () => {
  await shell.json('run', 'bash', '--id', 'asking', '--detach', '--', '-c', 'printf "Continue? [y/N] "; read -r answer; echo "You said $answer."');
  const { child, ran } = shell.start(['logs', '--id', 'asking', '--follow']);
  let stdout = '';
  await new Promise<void>((resolve, reject) => {
    child.once('close', () => reject(new Error(`it ended with: ${stdout}`)));
    child.stdout?.on('data', (chunk: string) => {
      stdout += chunk;
      if (stdout === 'Continue? [y/N] ') resolve();
    });
  });
  await shell.json('send', '--id', 'asking', '--force', '-m', 'y');
  assert.deepEqual(await ran, { code: 0, stdout: 'Continue? [y/N] y\nYou said y.\n', stderr: '' });
});

test('pane prints the screen as it is', async () => {
  const { stdout } = await shell.run('pane', '--id', 'first');
  assert.match(stdout, /^› permission$/m);
  const pane = await shell.json('pane', '--id', 'first', '--lines', '500');
  assert.match(String(pane['text']), /make a plan/);
  assert.deepEqual([pane['cols'], pane['rows']], [120, 40]);
});

test('a session gets another label, and goes only when it is stopped and told twice', async () => {
  assert.deepEqual(await shell.run('rename', '--id', 'first', '--to', 'second'), { code: 0, stdout: 'first is second now.\n', stderr: '' });
  assert.match((await shell.run('rename', '--id', 'first', '--to', 'third')).stderr, /There is no session “first”/);
  assert.equal((await shell.run('rm', '--id', 'second')).code, 2);
  assert.match((await shell.run('rm', '--id', 'second', '--force')).stderr, /is running\. Stop it before you remove it/);
});

test('wait for the end returns the exit code; logs --follow ends with the session', async () => {
  const waiting = shell.run('wait', '--id', 'second');
  const following = shell.run('logs', '--id', 'second', '--follow');
  await shell.json('stop', '--id', 'second');
  assert.deepEqual(await waiting, { code: 0, stdout: 'second ended with code 0.\n', stderr: '' });
  assert.equal((await following).code, 0);
  assert.equal((await shell.json('wait', '--id', 'second'))['code'], 0);
  assert.match((await shell.run('wait', '--id', 'second', '--until', 'busy')).stderr, /second did not come to “busy”: it ended with code 0\./);
  assert.equal((await shell.run('rm', '--id', 'second', '--force')).code, 0);
  assert.equal((await shell.run('status', '--id', 'second')).code, 1);
});
