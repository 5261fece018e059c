import assert from 'node:assert/strict';
import { lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Product } from '../support/product.ts';

/** Everything below a directory that others may do something with. */
function open(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) => {
    // The host goes on writing: a file may have gone again.
    const found = lstatSync(join(directory, path), { throwIfNoEntry: false });
    return found !== undefined && !found.isSymbolicLink() && (found.mode & 0o077) !== 0;
  });
}

for (const [umask, file, directory] of [[0o000, '666', '777'], [0o022, '644', '755'], [0o777, '0', '0']] as const) {
  test(`the state directory is closed to others, and the agent keeps the user's mask: ${umask.toString(8)}`, async () => {
    const product = new Product();
    const folder = product.folder();
    try {
      const before = process.umask(umask);
      const connection = await product.connect().finally(() => process.umask(before));
      const session = await product.start(connection);
      await session.ask('Write two files.');
      await session.ask('More.');
      const [seam] = await session.seams();
      assert.ok(seam);
      await session.rewind(seam.seam);
      await session.switchTo('main');
      const state = join(product.home, 'state');
      assert.deepEqual(open(state), []);
      assert.ok(readdirSync(join(state, 'checkpoints', session.uid, 'objects')).length > 3);
      const modes = [join(folder, 'demo', 'step-1.ts'), join(folder, 'demo')].map((path) => (statSync(path).mode & 0o777).toString(8));
      assert.deepEqual(modes, [file, directory]);
    } finally {
      await product.dispose();
    }
  });
}
