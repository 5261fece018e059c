import { oneLine, ownWords } from './describe.ts';
import { withoutAdded } from './ownWords.ts';
import { mainLane, type BlockId, type BranchId } from './ids.ts';
import { stepAt } from './steps.ts';
import type { Conversation } from './conversation.ts';
import type { Block, BlockOf, Seam, SeamWords } from './view.ts';

/** So much is said of one step: enough to tell it from the next. */
const longest = 80;
const short = (text: string): string => oneLine(text, longest);

const callWords = ({ tool, tool_kind: kind, title, result }: BlockOf<'tool'>): string => {
  const name = title === '' ? tool : title;
  const isNamed = name.toLowerCase().startsWith(tool.toLowerCase());
  const said = kind === 'execute' && isNamed ? name.slice(tool.length).replace(/^[:\s]+/, '') : name;
  const isRun = kind === 'execute' && said !== '';
  const what = isRun ? `ran \`${short(said)}\`` : short(isNamed ? name : `${tool}: ${name}`);
  return result === undefined || result.status === 'completed' ? what : `${what} (${result.status})`;
};

const blockWords = (block: Block): string => {
  switch (block.kind) {
    case 'prompt': return `prompt: ${short(block.added === undefined ? ownWords(block.text) : withoutAdded(block) || block.text)}`;
    case 'text': return `answer: ${short(block.text)}`;
    case 'thinking': return `thought: ${short(block.text)}`;
    case 'tool': return callWords(block);
    case 'compaction': return 'memory replaced by a summary';
    case 'notice': return `note: ${short(block.text)}`;
    // A log written by a newer version may hold kinds that this one does not know.
    default: return `a step of the kind ${oneLine(String((block as { kind: unknown }).kind), 40)}`;
  }
};

/** Calls that were made side by side are one step. */
const stepWords = (blocks: readonly Block[]): string => {
  const [first] = blocks;
  if (first === undefined) return '';
  if (blocks.length === 1) return blockWords(first);
  return short(`${blocks.length} calls: ${blocks.map(blockWords).join(', ')}`);
};

const isAside = ({ kind }: Block): boolean => kind === 'thinking' || kind === 'notice';

/**
 * Seams of a branch, with what stands on either side of each in words: `after` what is kept last, `before` what would
 * be dropped first; thoughts and notes that stand between count for nothing where another step follows.
 */
export const withWords = (conversation: Conversation, branch: BranchId, seams: readonly Seam[]): Seam[] => {
  const chain = conversation.chain(mainLane, branch);
  const words = new Map<BlockId, SeamWords>();
  const steps: Block[][] = [];
  for (let at = 0; at < chain.length; at += steps.at(-1)?.length ?? 1) steps.push(stepAt(chain, at).blocks);
  let [before, aside] = ['', ''];
  for (const blocks of steps.toReversed()) {
    const [last] = blocks.slice(-1);
    if (last === undefined) continue;
    const now = stepWords(blocks);
    words.set(last.block, { after: now, before: before || aside });
    if (isAside(last)) aside = now;
    else [before, aside] = [now, now];
  }
  return seams.map((seam) => ({ ...seam, words: words.get(seam.after) ?? { after: '', before: '' } }));
};
