import { unreachable } from '../core/errors.ts';
import { promptWords } from '../core/ownWords.ts';
import type { Block, Seam } from '../core/view.ts';
import { printable } from './print.ts';

const maxLine = 100;
const cut = (text: string): string => (text.length > maxLine ? `${text.slice(0, maxLine - 1)}…` : text);

/** One block as one line for people. */
export const blockLine = (block: Block): string => {
  switch (block.kind) {
    case 'prompt': return cut(`> ${printable(promptWords(block))}`);
    case 'text': return cut(`  ${printable(block.text)}`);
    case 'thinking': return cut(`  (thinks) ${printable(block.text)}`);
    case 'tool': return cut(`  [${printable(block.tool)}] ${printable(block.title)}${block.result ? ` - ${block.result.status}` : ''}`);
    case 'notice': return cut(`  (${block.notice}) ${printable(block.text)}`);
    case 'compaction': return cut(`  (memory replaced by a summary) ${printable(block.summary)}`);
    default: return unreachable(block);
  }
};

/** A conversation as lines for people, each seam under the block that it comes after. */
export const conversationLines = (blocks: Block[], seams: Seam[]): string[] => {
  const after = new Map(seams.map((seam) => [seam.after, seam]));
  return blocks.flatMap((block) => {
    const seam = after.get(block.block);
    return seam ? [blockLine(block), `----- ${seam.seam} -----`] : [blockLine(block)];
  });
};
