import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Shell } from './shell.ts';

const shell = new Shell();
before(async () => {
  const ran = await shell.run('run', 'demo', '--id', 'fix-1', '--cwd', shell.product.folder(), '--detach');
  assert.equal(ran.code, 0, ran.stderr);
});
after(() => shell.dispose());

const json = async (...args: string[]): Promise<Record<string, unknown>> => JSON.parse((await shell.run(...args, '--id', 'fix-1', '--json')).stdout) as Record<string, unknown>;

test('a prompt that is sent again under its key is one prompt', async () => {
  const sent = await json('send', '-m', 'echo once', '--key', 'k1', '--wait-for-idle');
  assert.equal((await json('send', '-m', 'echo once', '--key', 'k1'))['send'], sent['send']);
  const events = (await shell.run('events', '--id', 'fix-1', '--snapshot')).stdout.split('\n').filter((line) => line.includes('"type":"queued"'));
  assert.equal(events.length, 1);
});

test('an interrupt is for the turn that is named', async () => {
  assert.equal((await json('send', '-m', 'hang', '--no-wait'))['status'], 'queued');
  await json('wait', '--until', 'busy');
  const { turn } = await json('status');
  assert.equal(typeof turn, 'string');
  const late = await json('interrupt', '--turn', 'another');
  assert.match(JSON.stringify(late), /"code":"turn-over"/);
  assert.equal((await json('status'))['turn'], turn);
  assert.equal((await json('interrupt', '--turn', String(turn)))['ok'], true);
  await json('wait', '--until', 'idle');
  assert.equal((await json('status'))['turn'], null);
});
