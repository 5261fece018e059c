import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { dist } from '../support/product.ts';
import { onTerminal } from './onTerminal.ts';
import { Shell } from './shell.ts';

const shell = new Shell();
const folder = shell.product.folder();
after(() => shell.dispose());

test('in front of a person rewind and switch say in steps how far they are; scripts get the outcome alone', async () => {
  await shell.json('run', 'demo', '--id', 'steps', '--cwd', folder, '--detach');
  assert.equal((await shell.run('send', '--id', 'steps', '-m', 'make a plan', '--wait-for-idle')).code, 0);
  const rewind = onTerminal(process.execPath, [dist('cli.mjs'), 'rewind', '--id', 'steps', '--to', 's3'], { cols: 120, rows: 40, env: shell.product.env, cwd: folder });
  assert.equal(await rewind.ended, 0);
  const lines = rewind.output().split(/\r?\n/).filter((line) => line !== '');
  assert.ok(lines.includes('Starting the agent with its memory up to here…'), lines.join('\n'));
  assert.equal(lines.at(-1), 'Back again: backstitch switch --id steps --branch main');
  const { stderr } = await shell.run('switch', '--id', 'steps', '--branch', 'main');
  assert.equal(stderr, '');
});
