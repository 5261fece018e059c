import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Shell } from './shell.ts';

const shell = new Shell();
const folder = shell.product.folder();
before(() => shell.json('host', 'status'));
after(() => shell.dispose());

/** A shell that does nothing but what is written here, at its prompt when it is time to look. */
const running = async (id: string, script: string): Promise<void> => {
  await shell.json('run', 'bash', '--id', id, '--cwd', folder, '--detach', '--', '-c', script);
  assert.equal((await shell.run('wait', '--id', id, '--until', 'prompt', '--timeout', '30')).code, 0);
};
const factsOf = (told: Record<string, unknown>) => [told['code'], told['signal'], told['ended']];

test('stop says how the agent ended, in words and to scripts, as wait does', async () => {
  await shell.json('run', 'demo', '--id', 'asked', '--cwd', folder, '--detach');
  assert.equal((await shell.run('wait', '--id', 'asked', '--until', 'prompt', '--timeout', '30')).code, 0);
  assert.deepEqual(factsOf(await shell.json('stop', '--id', 'asked')), [0, 'exit_sequence_sent', 'stopped']);
  assert.deepEqual(factsOf(await shell.json('stop', '--id', 'asked')), [0, null, 'stopped'], 'this time nothing was sent');
  assert.deepEqual(factsOf(await shell.json('wait', '--id', 'asked')), [0, null, 'stopped']);
  await shell.json('resume', '--id', 'asked');
  assert.equal((await shell.run('wait', '--id', 'asked', '--until', 'prompt', '--timeout', '30')).code, 0);
  assert.deepEqual(await shell.run('stop', '--id', 'asked'), { code: 0, stdout: 'Stopped asked: it ended with code 0. `backstitch resume --id asked` goes on with it.\n', stderr: '' });
});

test('a session that has ended by itself was not stopped', async () => {
  assert.equal((await shell.run('run', 'bash', '--id', 'three', '--cwd', folder, '--watch', '--', '-c', 'exit 3')).code, 3);
  assert.deepEqual(await shell.run('stop', '--id', 'three'), { code: 0, stdout: 'three was not running: it ended with code 3. `backstitch resume --id three` goes on with it.\n', stderr: '' });
  assert.deepEqual(factsOf(await shell.json('stop', '--id', 'three')), [3, null, 'exited']);
});

test('an agent that heeds neither words nor signals is ended when the time is up', async () => {
  await running('deaf', 'trap "" TERM; while :; do read -r -p "> " word; done');
  const startedMs = performance.now();
  assert.deepEqual(factsOf(await shell.json('stop', '--id', 'deaf', '--timeout', '1')), [null, 'SIGKILL', 'stopped']);
  assert.ok(performance.now() - startedMs < 3_500, 'and not three seconds later');
});
