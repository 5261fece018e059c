import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Branches } from '../../src/core/branches.ts';
import type { Block, Branch } from '../../src/core/view.ts';

/** Numbers in [0, n) that are the same for the same seed (a linear congruence is random enough here). */
const dice = (seed: number) => (n: number): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((seed / 2 ** 32) * n);
};

const blockAt = (n: number, after: Block | null | undefined): Block => ({
  block: `b${n}`, lane: 'main', after: after === undefined ? `b${n + 1_000_000}` : (after?.block ?? null), kind: 'text', text: '', seq: n, ts: '', run: 1, depth: (after?.depth ?? -1) + 1,
});

/** An agent that goes back to any of its blocks, begins anew, or goes on from a block that nobody knows. */
const wander = (seed: number, check: (branches: Branches, before: ReadonlyMap<string, Branch>, block: Block, setAside: string | null, landed: string) => void): Branches => {
  const roll = dice(seed);
  const branches = new Branches();
  const blocks: Block[] = [];
  for (let n = 1; n <= 120; n++) {
    const places = [blocks.at(-1), blocks.at(-1), blocks.at(-1), blocks[roll(Math.max(1, blocks.length))], null, undefined];
    const block = blockAt(n, blocks.length === 0 ? null : places[roll(seed % 2 ? places.length : places.length - 2)]);
    blocks.push(block);
    const before = new Map(branches.all);
    const landing = branches.land(block, ({ tip }) => blocks.find((one) => one.block === tip));
    check(branches, before, block, landing.setAside, landing.branch);
  }
  return branches;
};

test('what left a line beyond the point where it was set aside comes from its new name, and nothing else moves', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const { all } = wander(seed, (branches, before, block, setAside, landed) => {
      for (const [name, was] of before) {
        if (name === landed) continue;
        const isBeyond = setAside !== null && was.parent === landed && (was.seamDepth ?? -1) >= block.depth;
        assert.equal(branches.all.get(name)?.parent, isBeyond ? setAside : was.parent, `seed ${seed}, ${block.block}, ${name}`);
      }
    });
    assert.ok(all.size > 10, `seed ${seed}`);
  }
});

test('rows that continue nothing known are a branch each, all of the line that they left', () => {
  const branches = new Branches();
  let tip: Block | undefined;
  for (let n = 1; n <= 500; n++) {
    const block = { ...blockAt(n, undefined), depth: n - 1 };
    branches.land(block, () => tip);
    tip = block;
  }
  assert.equal(branches.all.size, 500);
  assert.deepEqual([...new Set([...branches.all.values()].map(({ parent }) => parent))], [null, 'main']);
});
