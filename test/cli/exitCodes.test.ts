import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { endWords, exitCodeOf } from '../../src/cli/sessionEnd.ts';
import { dist } from '../support/product.ts';
import { onTerminal } from './onTerminal.ts';
import { Shell } from './shell.ts';

const shell = new Shell();
const folder = shell.product.folder();
before(() => shell.json('host', 'status'));
after(() => shell.dispose());

const started = (id: string, ...rest: string[]) => shell.json('run', ...rest.slice(0, 1), '--id', id, '--cwd', folder, '--detach', ...rest.slice(1));
const ended = ({ code, signal, ended: how }: Record<string, unknown>) => ({ code, signal, ended: how });

test("a session's end is one exit code: the agent's own, 128 and the signal, or 1 when it was interrupted", () => {
  const ends = [
    [{ code: 0, signal: null, ended: 'exited' }, 0, 'ended with code 0'],
    [{ code: 3, signal: null, ended: 'stopped' }, 3, 'ended with code 3'],
    [{ code: null, signal: 'SIGKILL', ended: 'exited' }, 137, 'was ended by SIGKILL'],
    [{ code: null, signal: 'SIGTERM', ended: 'stopped' }, 143, 'was ended by SIGTERM'],
    [{ code: null, signal: 'signal 40', ended: 'exited' }, 168, 'was ended by signal 40'],
    [{ code: null, signal: null, ended: 'exited' }, 1, 'ended'],
    [{ code: null, signal: null, ended: 'interrupted' }, 1, 'was interrupted: its session host or the machine went down'],
    [{ code: 0, signal: null, ended: 'interrupted' }, 1, 'was interrupted: its session host or the machine went down'],
  ] as const;
  assert.deepEqual(ends.map(([end]) => [exitCodeOf(end), endWords(end)]), ends.map(([, code, words]) => [code, words]));
});

test('an agent that a signal ends is no success, for whoever waits, watches or looks, before and after', async () => {
  await started('shot', 'bash');
  const watched = shell.run('watch', '--id', 'shot', '--follow', '--json');
  assert.equal((await shell.run('wait', '--id', 'shot', '--until', 'prompt', '--timeout', '30')).code, 0);
  const waiting = shell.run('wait', '--id', 'shot');
  const view = onTerminal(process.execPath, [dist('cli.mjs'), 'attach', '--id', 'shot'], { env: shell.product.env, cwd: folder, cols: 90, rows: 25 });
  await view.until('[shot: Ctrl-');
  while ((await shell.json<{ clients: number }>('host', 'status')).clients < 4) { /* they are connecting */ }
  await shell.json('send', '--id', 'shot', '-m', 'kill -9 $$');
  const summary = (JSON.parse((await watched).stdout.trimEnd().split('\n').at(-1) ?? '') as { summary: Record<string, unknown> }).summary;
  assert.deepEqual([(await watched).code, ended(summary)], [137, { code: null, signal: 'SIGKILL', ended: 'exited' }]);
  assert.deepEqual(await waiting, { code: 137, stdout: 'shot was ended by SIGKILL.\n', stderr: '' });
  assert.equal(await view.ended, 137);
  assert.match(view.output(), /\[shot was ended by SIGKILL\]/);
  const late = await shell.run('wait', '--id', 'shot', '--json');
  assert.deepEqual([late.code, ended(JSON.parse(late.stdout) as Record<string, unknown>)], [137, { code: null, signal: 'SIGKILL', ended: 'exited' }]);
});

test('a finished task is complete also when its session is over; one that was cut off is not', async () => {
  await started('done', 'demo', '--auto-stop', '--context', 'echo finished');
  assert.equal((await shell.run('wait', '--id', 'done')).code, 0);
  const { until, state, turn, code, ended: how } = await shell.json('wait', '--id', 'done', '--until', 'task_complete');
  assert.deepEqual({ until, state, turn, code, how }, { until: 'task_complete', state: 'exited', turn: 'completed', code: 0, how: 'stopped' });
  assert.equal((await shell.run('wait', '--id', 'done', '--until', 'task_complete')).stdout, 'done came to “task_complete”: it ended with code 0.\n');

  await started('cut', 'demo', '--context', 'hang');
  assert.equal((await shell.run('wait', '--id', 'cut', '--until', 'busy', '--timeout', '30')).code, 0);
  const waiting = shell.run('wait', '--id', 'cut', '--until', 'task_complete', '--json');
  await shell.json('stop', '--id', 'cut');
  for (const { code: exit, stdout } of [await waiting, await shell.run('wait', '--id', 'cut', '--until', 'task_complete', '--json')]) {
    const told = JSON.parse(stdout) as Record<string, unknown> & { error: { code: string } };
    assert.deepEqual([exit, told.error.code, told['turn']], [1, 'ended-first', 'interrupted']);
  }
});

test('a task that is complete leaves the agent at its prompt, and what was waited for is said', async () => {
  await started('at-work', 'demo');
  for (let n = 0; n < 3; n++) {
    await shell.json('send', '--id', 'at-work', '--no-wait', '-m', 'sleep 1');
    assert.deepEqual(await shell.run('wait', '--id', 'at-work', '--until', 'task_complete'), { code: 0, stdout: 'at-work came to “task_complete”: it is idle.\n', stderr: '' });
  }
  await shell.json('stop', '--id', 'at-work');
});

test('a prompt with which the agent ends was delivered, and that is said', async () => {
  await started('last-word', 'bash');
  assert.equal((await shell.run('wait', '--id', 'last-word', '--until', 'prompt', '--timeout', '30')).code, 0);
  const sent = await shell.run('send', '--id', 'last-word', '-m', 'sleep 1; exit 3', '--wait-for-idle', '--json');
  const { error, send, status, ...rest } = JSON.parse(sent.stdout) as Record<string, unknown> & { error: { code: string; message: string } };
  assert.deepEqual([sent.code, error.code, status, typeof send, ended(rest)], [1, 'ended-first', 'delivered', 'string', { code: 3, signal: null, ended: 'exited' }]);
  assert.equal(error.message, 'last-word got the prompt and then ended with code 3. `backstitch resume --id last-word` starts its agent again.');
});
