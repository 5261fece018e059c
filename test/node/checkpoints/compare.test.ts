import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { HumanError } from '../../../src/core/errors.ts';
import { opened, place, write } from './support.ts';

test('a file as it is now and as it is in a checkpoint: of every kind, with its permission bits', async (t) => {
  const { folder, gitDir } = place(t);
  const checkpoints = await opened({ folder, gitDir });
  write(folder, 'changed [x]*.txt', 'one\n');
  write(folder, 'removed.txt', 'was here\n');
  write(folder, 'run.sh', 'echo\n', 0o755);
  write(folder, 'image.bin', Buffer.from([0, 1, 2, 255]));
  write(folder, 'src/a\nb.ts', 'two lines in a name');
  symlinkSync('changed [x]*.txt', join(folder, 'link'));
  mkdirSync(join(folder, 'empty'));
  const { checkpoint } = await checkpoints.capture();
  write(folder, 'changed [x]*.txt', 'two\n');
  rmSync(join(folder, 'removed.txt'));
  chmodSync(join(folder, 'run.sh'), 0o600);
  rmSync(join(folder, 'empty'), { recursive: true });
  write(folder, 'added.txt', 'new\n');
  write(folder, 'large.txt', Buffer.alloc(6 * 1024 * 1024, 'x'));
  const compare = (path: string) => checkpoints.compare(checkpoint, path);
  assert.deepEqual(await compare('changed [x]*.txt'), { now: { is: 'text', text: 'two\n', permissions: 0o644 }, will: { is: 'text', text: 'one\n', permissions: 0o644 } });
  assert.deepEqual(await compare('removed.txt'), { now: { is: 'absent' }, will: { is: 'text', text: 'was here\n', permissions: 0o644 } });
  assert.deepEqual(await compare('added.txt'), { now: { is: 'text', text: 'new\n', permissions: 0o644 }, will: { is: 'absent' } });
  assert.deepEqual(await compare('run.sh'), { now: { is: 'text', text: 'echo\n', permissions: 0o600 }, will: { is: 'text', text: 'echo\n', permissions: 0o755 } });
  assert.deepEqual((await compare('image.bin')).will, { is: 'binary', bytes: 4, permissions: 0o644 });
  assert.deepEqual((await compare('large.txt')).now, { is: 'large', bytes: 6 * 1024 * 1024, permissions: 0o644 });
  assert.deepEqual((await compare('src/a\nb.ts')).will, { is: 'text', text: 'two lines in a name', permissions: 0o644 });
  assert.deepEqual((await compare('link')).will, { is: 'link', target: 'changed [x]*.txt' });
  assert.deepEqual(await compare('empty/'), { now: { is: 'absent' }, will: { is: 'directory', permissions: 0o755 } });
  assert.deepEqual((await compare('src/')).will, { is: 'directory', permissions: 0o755 });
});

test('nothing outside the folder is read: no link is followed, and no path leads out of it', async (t) => {
  const { root, folder, gitDir } = place(t);
  const checkpoints = await opened({ folder, gitDir });
  write(root, 'outside/secret', 'secret');
  mkdirSync(join(folder, 'in'));
  writeFileSync(join(folder, 'in/secret'), 'mine');
  const { checkpoint } = await checkpoints.capture();
  rmSync(join(folder, 'in'), { recursive: true });
  symlinkSync(join(root, 'outside'), join(folder, 'in'));
  assert.deepEqual((await checkpoints.compare(checkpoint, 'in/secret')).now, { is: 'absent' });
  for (const path of ['../outside/secret', '/etc/passwd', '.git/config', '.backstitch-notes', ''])
    await assert.rejects(checkpoints.compare(checkpoint, path), (error) => error instanceof HumanError && error.code === 'no-such-file', path);
  await assert.rejects(checkpoints.compare('HEAD', 'in/secret'), (error) => error instanceof HumanError && error.code === 'checkpoint-missing');
});
