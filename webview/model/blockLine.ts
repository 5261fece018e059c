import { withoutAdded } from '../../src/core/ownWords.ts';
import { plainText } from '../../src/core/plainText.ts';
import type { Block } from '../../src/core/view.ts';
import { say } from '../strings.ts';

const longest = 200;

/** A block as one line of plain text, for lists of many. */
export function blockLine(block: Block): string {
  const line = plainText(rawLine(block)).replace(/\s+/g, ' ').trim();
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}

function rawLine(block: Block): string {
  switch (block.kind) {
    case 'tool': return block.title === '' ? block.tool : block.title;
    case 'compaction': return say('compaction.title');
    case 'prompt': return withoutAdded(block) || block.text;
    case 'text': case 'thinking': case 'notice': return block.text;
    default: return say('block.unknown', String((block as { kind: unknown }).kind));
  }
}
