import assert from 'node:assert/strict';
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { test } from 'node:test';
import { operations } from './walk/operations.ts';
import { Walker } from './walk/walker.ts';

/** Other ways and longer ones, as in `BACKSTITCH_WALK_SEEDS=4,5,6 BACKSTITCH_WALK_OPERATIONS=100`. */
const seeds = (process.env['BACKSTITCH_WALK_SEEDS'] ?? '1').split(',').map(Number);
const length = Number(process.env['BACKSTITCH_WALK_OPERATIONS'] ?? 30);
/** A folder that gets the log of a session that went wrong, and the agent's own history. */
const keep = process.env['BACKSTITCH_WALK_KEEP'];

for (const seed of seeds)
  test(`seed ${seed}, ${length} operations: the model gets what it has to be given, and the folder holds what it has to`, async () => {
    const walker = await Walker.open(seed);
    try {
      for (let n = 0; n < length; n++)
        await walker.step(walker.random.weighed(operations.filter((one) => one.can(walker))));
    } catch (error) {
      if (keep) keepAll(walker, join(keep, String(seed)));
      assert.fail(
        `seed ${seed}, after these operations:\n${walker.done.join('\n')}\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
    } finally {
      await walker.dispose();
    }
  });

function keepAll({ claude, session }: Walker, folder: string): void {
  cpSync(join(claude.product.home, 'state'), join(folder, 'state'), {
    recursive: true,
    filter: (path) => !path.endsWith('.sock'),
  });
  const { path } = session.conversation.native;
  if (existsSync(path)) cpSync(path, join(folder, 'native.jsonl'));
}
