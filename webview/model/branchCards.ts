import { blockIdOfSeam } from '../../src/core/ids.ts';
import type { BlockId, BranchId } from '../../src/core/ids.ts';
import type { Block, Branch } from '../../src/core/view.ts';
import type { BranchCard } from './feedItems.ts';

const numberOf = (block: BlockId): number => Number(block.slice(1));

/** A branch and its ancestors, nearest first; ends at a branch that is not known, and at a circle. */
function lineage(branches: ReadonlyMap<BranchId, Branch>, from: BranchId): Branch[] {
  const line: Branch[] = [];
  for (let branch = branches.get(from); branch !== undefined && !line.includes(branch); branch = branch.parent === null ? undefined : branches.get(branch.parent))
    line.push(branch);
  return line;
}

/** The earliest place at which a branch left the ancestor: a rewind may also go to a block that its parent itself had inherited. */
function leftAt(line: readonly Branch[], ancestor: number): BlockId | 'start' | null {
  let earliest: BlockId | null = null;
  for (const branch of line.slice(0, ancestor)) {
    if (branch.seam === null) return 'start';
    const block = blockIdOfSeam(branch.seam);
    if (earliest === null || numberOf(block) < numberOf(earliest)) earliest = block;
  }
  return earliest;
}

/**
 * The last block that two branches share; null when they share none. Needs no loaded block: along one chain a later block has the
 * higher number, so the earlier of two places is the one with the lower number.
 */
export function lastShared(branches: readonly Branch[], one: BranchId, other: BranchId): BlockId | null {
  const known = new Map(branches.map((branch) => [branch.branch, branch]));
  const a = lineage(known, one);
  const b = lineage(known, other);
  const inA = a.findIndex((branch) => b.includes(branch));
  if (inA < 0) return null;
  const places = [leftAt(a, inA), leftAt(b, b.indexOf(a[inA]!))].filter((place) => place !== null);
  if (places.includes('start')) return null;
  return places.sort((x, y) => numberOf(x) - numberOf(y))[0] ?? null;
}

/**
 * The cards to show on a branch: one for every other branch that goes beyond its parting, where that is among the loaded blocks; and, once
 * the beginning is loaded, one for every branch that shares nothing with the shown one (the agent itself began anew).
 */
export function branchCards(branches: readonly Branch[], shown: BranchId, blocks: readonly Block[]): BranchCard[] {
  const isAllLoaded = (blocks[0]?.depth ?? 0) === 0;
  const began = branches.find((branch) => branch.branch === shown)?.createdSeq ?? 0;
  const loaded = new Map(blocks.map((block) => [block.block, block]));
  const cards: BranchCard[] = [];
  for (const branch of branches) {
    if (branch.branch === shown) continue;
    const after = lastShared(branches, shown, branch.branch);
    if (after === null) {
      const steps = (branch.tipDepth ?? -1) + 1;
      if (isAllLoaded && steps > 0) cards.push({ is: branch.createdSeq < began ? 'before' : 'apart', branch, after, steps });
      continue;
    }
    const block = loaded.get(after);
    if (block === undefined || branch.tip === after) continue;
    cards.push({ is: 'cut', branch, after, steps: Math.max(0, (branch.tipDepth ?? block.depth) - block.depth) });
  }
  return cards;
}
