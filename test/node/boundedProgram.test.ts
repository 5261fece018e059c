import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runBounded } from '../../src/node/boundedProgram.ts';

const hangs = (limitMs: number) => runBounded({ program: '/bin/sleep', args: ['1000'], env: {}, limitMs, about: '/some/folder' });
const ends = () => runBounded({ program: '/bin/true', args: [], env: {}, limitMs: 10_000, about: '/some/folder' });

test('a program runs once those that were given up at its folder have ended, also ones that were given up meanwhile', async () => {
  for (let round = 0; round < 5; round++) {
    const [first, second] = [hangs(50), hangs(50)];
    assert.deepEqual([(await first).isLate, (await ends()).code, (await second).isLate], [true, 0, true]);
  }
});
