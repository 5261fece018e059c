import type { BlockId } from '../../src/core/ids.ts';
import type { Block, Branch, Seam, Turn } from '../../src/core/view.ts';

/**
 * Another branch, folded to a card: `cut` stands where it leaves the shown one; those that share nothing with it stand at the top, `before`
 * when they began earlier, `apart` when later.
 */
export interface BranchCard {
  is: 'cut' | 'before' | 'apart';
  branch: Branch;
  /** The last block it shares with what is shown; null when there is none. */
  after: BlockId | null;
  /** Its blocks beyond that one. */
  steps: number;
}

/** A seam; until the host has told how exact it is (`isTold`), its fidelity and reason say nothing. */
export type ShownSeam = Seam & { isTold: boolean };

/** One line of the feed, `depth` being that of the block it stands at or after. The key stays the same as long as the line is about the same thing. */
export type FeedItem =
  /** `waits`: its call has not begun, since a person is asked for leave. */
  | { is: 'block'; key: string; block: Block; waits?: boolean }
  | { is: 'footer'; key: string; depth: number; turn: Turn; model: string | null }
  | { is: 'branch'; key: string; depth: number; card: BranchCard }
  | { is: 'seam'; key: string; depth: number; seam: ShownSeam };

export interface FeedSection {
  /** Counts from the start of the conversation, so that it stays the same when older pages come in. */
  number: number;
  items: FeedItem[];
}

export interface FeedContent {
  blocks: readonly Block[];
  seams: readonly ShownSeam[];
  turns: readonly Turn[];
  cards: readonly BranchCard[];
  /** Blocks at which the shown branch leaves another: a turn that was cut there has no end here. */
  cuts: ReadonlySet<BlockId>;
  /** Calls for which a person is asked for leave. */
  asked?: ReadonlySet<string>;
}

/** Blocks per section: few enough that a few sections are filled in a frame beside all else (a frame at 400 px is four blocks). */
export const sectionSize = 4;

const byKey = <T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> => {
  const map = new Map<string, T[]>();
  for (const item of items) {
    const list = map.get(keyOf(item));
    if (list === undefined) map.set(keyOf(item), [item]);
    else list.push(item);
  }
  return map;
};

const isAsked = (block: Block, asked: FeedContent['asked']): boolean => block.kind === 'tool' && block.result === undefined && asked?.has(block.call) === true;

const cardItem = (card: BranchCard, depth: number): FeedItem => ({ is: 'branch', key: `branch:${card.branch.branch}`, depth, card });

/** The feed's lines in their sections, oldest first. Costs one step per loaded block and asks nothing of what is not loaded. */
export function sectionsOf(content: FeedContent): FeedSection[] {
  const seams = new Map(content.seams.map((seam) => [seam.after, seam]));
  const cards = byKey(content.cards, (card) => card.after ?? '');
  const turns = new Map(content.turns.map((turn) => [turn.turn, turn]));
  const atTop = (cards.get('') ?? []).map((card) => cardItem(card, -1));
  const sections: FeedSection[] = atTop.length === 0 ? [] : [{ number: 0, items: atTop }];
  content.blocks.forEach((block, index) => {
    const number = Math.floor(block.depth / sectionSize);
    let section = sections.at(-1);
    if (section === undefined || section.number !== number) sections.push((section = { number, items: [] }));
    section.items.push({ is: 'block', key: block.block, block, ...(isAsked(block, content.asked) && { waits: true }) });
    const turn = block.turn === undefined ? undefined : turns.get(block.turn);
    if (turn !== undefined && turn.status !== 'running' && content.blocks[index + 1]?.turn !== block.turn && !content.cuts.has(block.block))
      section.items.push({ is: 'footer', key: `turn:${turn.turn}`, depth: block.depth, turn, model: turn.model ?? block.model ?? null });
    for (const card of cards.get(block.block) ?? []) section.items.push(cardItem(card, block.depth));
    const seam = seams.get(block.block);
    if (seam !== undefined) section.items.push({ is: 'seam', key: seam.seam, depth: block.depth, seam });
  });
  return sections;
}

/** Whether two sections would be drawn the same: what the items stand for is the very same object. */
export function sameSection(a: FeedSection, b: FeedSection): boolean {
  return a.number === b.number && a.items.length === b.items.length && a.items.every((item, index) => sameItem(item, b.items[index]!));
}

function sameItem(a: FeedItem, b: FeedItem): boolean {
  if (a.is === 'block' && b.is === 'block') return a.block === b.block && a.waits === b.waits;
  if (a.is === 'footer' && b.is === 'footer') return a.turn === b.turn && a.model === b.model;
  if (a.is === 'branch' && b.is === 'branch') return a.card.branch.branch === b.card.branch.branch && a.card.after === b.card.after && a.card.steps === b.card.steps;
  if (a.is === 'seam' && b.is === 'seam') return a.seam.seam === b.seam.seam && a.seam.isTold === b.seam.isTold && a.seam.fidelity === b.seam.fidelity && a.seam.reason === b.seam.reason && sameDrops(a.seam, b.seam) && sameUncovered(a.seam, b.seam);
  return false;
}

const sameDrops = (a: Seam, b: Seam): boolean =>
  a.drops.text === b.drops.text && a.drops.tool === b.drops.tool && a.drops.thinking === b.drops.thinking && a.drops.prompt === b.drops.prompt;

const sameUncovered = ({ uncovered: a = [] }: Seam, { uncovered: b = [] }: Seam): boolean =>
  a.length === b.length && a.every(({ path, why }, index) => path === b[index]?.path && why === b[index].why);
