import assert from 'node:assert/strict';
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { contents, opened, place, write } from './support.ts';

test('states that were copied can be restored without the checkpoints that they came from', async (t) => {
  const { root, folder, gitDir } = place(t);
  const origin = await opened({ folder, gitDir });
  for (let n = 0; n < 300; n++) write(folder, `many/${n}.txt`, `file ${n}\n`);
  const { checkpoint: packed } = await origin.capture();
  write(folder, 'a.txt', 'one\n', 0o600);
  const { checkpoint: first } = await origin.capture();
  write(folder, 'a.txt', 'two\n');
  const { checkpoint: second } = await origin.capture();
  const copyDir = join(root, 'copy');
  const copy = await opened({ folder, gitDir: copyDir });
  // What a git that writes at this moment leaves about is none of the states.
  writeFileSync(join(gitDir, 'objects', 'pack', 'tmp_pack_1'), '');
  await origin.copyTo(copyDir, [packed, first, second]);
  rmSync(gitDir, { recursive: true });
  assert.equal(readdirSync(join(copyDir, 'objects', 'pack')).includes('tmp_pack_1'), false);
  assert.equal(statSync(join(copyDir, 'refs', 'checkpoints', first)).mode & 0o777, 0o600);
  assert.deepEqual((await copy.capture(first)).changed, ['a.txt']);
  await copy.restore({ to: first, tip: second });
  assert.deepEqual([contents(folder)['a.txt'], statSync(join(folder, 'a.txt')).mode & 0o777], ['one\n', 0o600]);
  await copy.restore({ to: packed, tip: first });
  assert.deepEqual([contents(folder)['a.txt'], Object.keys(contents(folder)).length], [undefined, 300]);
});

test('a state that is not there is not copied, and that is told', async (t) => {
  const { root, folder, gitDir } = place(t);
  const origin = await opened({ folder, gitDir });
  const { checkpoint } = await origin.capture();
  await assert.rejects(origin.copyTo(join(root, 'copy'), [checkpoint, '0'.repeat(40)]), { code: 'ENOENT' });
  await assert.rejects(origin.copyTo(join(root, 'copy'), ['../../last']), { message: '../../last is no checkpoint' });
});
