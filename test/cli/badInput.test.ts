import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Shell } from './shell.ts';

const shell = new Shell();
const folder = shell.product.folder();
const failure = async (...args: string[]) => {
  const { code, stdout, stderr } = await shell.run(...args, '--json');
  const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
  assert.equal(stderr.startsWith('backstitch: ') && stderr.endsWith('\n'), true, stderr);
  return { exit: code, code: error.code };
};

before(async () => {
  await shell.json('run', 'demo', '--id', 'one', '--cwd', folder, '--detach');
  await shell.json('send', '--id', 'one', '-m', 'Sew the first seam', '--wait-for-idle');
});
after(() => shell.dispose());

test('what does not exist is named, and nothing happens', async () => {
  assert.deepEqual(await failure('seams', '--id', 'nobody'), { exit: 1, code: 'no-such-session' });
  assert.deepEqual(await failure('rewind', '--id', 'one', '--to', 's99'), { exit: 1, code: 'no-such-seam' });
  assert.deepEqual(await failure('rewind', '--id', 'one', '--to', '__proto__'), { exit: 1, code: 'no-such-seam' });
  assert.deepEqual(await failure('switch', '--id', 'one', '--branch', 'nowhere'), { exit: 1, code: 'no-such-branch' });
  assert.deepEqual(await failure('switch', '--id', 'one', '--branch', 'main'), { exit: 1, code: 'already-there' });
  assert.deepEqual(await failure('run', 'nobody', '--detach'), { exit: 2, code: 'no-such-agent' });
  assert.deepEqual(await failure('run', 'demo', '--detach', '--cwd', '/there/is/no/such/folder'), { exit: 2, code: 'no-such-folder' });
  assert.equal((await shell.json<unknown[]>('branches', '--id', 'one')).length, 1);
});

test('a seam of another branch is refused with the branch it is on', async () => {
  await shell.json('rewind', '--id', 'one', '--to', 's4');
  const { code, stderr } = await shell.run('rewind', '--id', 'one', '--to', 's9');
  assert.deepEqual({ code, stderr }, { code: 1, stderr: 'backstitch: Seam “s9” is not on the current branch but on “main”. Switch to that branch first.\n' });
  await shell.json('switch', '--id', 'one', '--branch', 'main');
});

test('a label in use is refused', async () => {
  assert.deepEqual(await failure('run', 'demo', '--id', 'ONE', '--cwd', folder, '--detach'), { exit: 1, code: 'id-taken' });
});

test('mistakes in the command line end with 2 and say what is wrong', async () => {
  const { code, stderr } = await shell.run('seams');
  assert.deepEqual({ code, stderr }, { code: 2, stderr: "backstitch: required option '--id <session>' not specified\n(add --help for what is possible)\n" });
  assert.equal((await shell.run('sew')).code, 2);
  assert.equal((await shell.run('run', 'demo')).code, 2, 'without a terminal');
  assert.deepEqual(await failure('send', '--id', 'one'), { exit: 2, code: 'usage' });
  assert.deepEqual(await failure('send', '--id', 'one', 'a', '--message', 'b'), { exit: 2, code: 'usage' });
  assert.equal((await shell.run('rewind', '--id', 'one', '--to', 's4', '--files', '--keep-files')).code, 2);
  assert.equal((await shell.run('run', 'demo', '--meta', '[1]', '--detach')).code, 2);
  assert.equal((await shell.run('--help')).code, 0);
  assert.equal((await shell.run('rewind', '--help')).code, 0);
});

test('a wait that does not come true ends with 124', async () => {
  const waited = await failure('send', '--id', 'one', '-m', 'a permission', '--wait-for-idle', '--timeout', '0.2');
  assert.deepEqual(waited, { exit: 124, code: 'timeout' });
  while ((await shell.json<unknown[]>('answer', '--id', 'one')).length === 0) { /* it has not asked yet */ }
  await shell.json('answer', '--id', 'one', '--deny');
});

test('a prompt of a megabyte arrives whole', async () => {
  const prompt = `echo ${'stitch by stitch, '.repeat(58_255)}`.slice(0, 1 << 20);
  const { ran } = shell.start(['send', '--id', 'one', '--wait-for-idle', '--json'], prompt);
  assert.deepEqual((await ran).code, 0);
  const { stdout } = await shell.run('events', '--id', 'one', '--snapshot');
  const prompts = stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>).filter((row) => row['kind'] === 'prompt');
  assert.equal(prompts.at(-1)?.['text'], prompt);
});

test('control sequences in what is printed for people are taken out', async () => {
  await shell.json('run', 'demo', '--id', 'red', '--cwd', folder, '--description', '\u001b]0;owned\u0007\u001b[31mred\u001b[0m', '--detach');
  const { stdout } = await shell.run('status', '--all');
  assert.equal(stdout.includes('\u001b'), false);
  assert.match(stdout, /^red .* red$/m);
});
