import type { Conversation } from './conversation.ts';
import { bodyLine, oneLine, dropsLine } from './describe.ts';
import { type BlockId, type BranchId, type LaneId, mainLane } from './ids.ts';
import { promptWords } from './ownWords.ts';
import { plainText } from './plainText.ts';
import { terminalPlain } from './terminalText.ts';
import type { Block, Lane, Seam } from './view.ts';

const marks = { prompt: '>', text: ' ', thinking: '~', tool: '*', notice: '!', compaction: '=' } as const;

/**
 * A branch as text for a terminal: a mark and the block, below a tool its result and its subagents (indented), and between blocks the
 * seams, numbered from 1 in their order. Ends with a newline.
 */
export const textOf = (conversation: Conversation, options: { branch?: BranchId; seams?: readonly Seam[] } = {}): string => {
  const branch = options.branch ?? conversation.branch;
  const numbers = new Map((options.seams ?? []).map((seam, index) => [seam.after, { number: index + 1, seam }]));
  const children = childrenOf(conversation.lanesOn(branch));
  const lines: string[] = [`${branch}${branch === conversation.branch ? '' : ' (not selected)'}`];
  for (const block of conversation.chain(mainLane, branch)) {
    lines.push(...linesOfBlock(conversation, branch, block, children, ''));
    const at = numbers.get(block.block);
    if (at) lines.push(seamLine(at.number, at.seam));
  }
  return `${lines.join('\n')}\n`;
};

type Children = ReadonlyMap<BlockId | null, Lane[]>;

const childrenOf = (lanes: readonly Lane[]): Children => {
  const children = new Map<BlockId | null, Lane[]>();
  for (const lane of lanes) children.set(lane.parentBlock, [...(children.get(lane.parentBlock) ?? []), lane]);
  return children;
};

const linesOfBlock = (conversation: Conversation, branch: BranchId, block: Block, children: Children, indent: string): string[] => {
  const lines = [...textLines(block)].map((line, index) => `${indent}${index === 0 ? marks[block.kind] : ' '} ${line}`.trimEnd());
  if (block.kind === 'tool' && block.result?.text) lines.push(`${indent}  -> ${oneLine(terminalPlain(block.result.text))}`);
  for (const lane of children.get(block.block) ?? [])
    lines.push(`${indent}  [${oneLine(lane.agentType)}] ${oneLine(lane.description)}: ${lane.status === 'cut_off' ? 'cut off' : lane.status}`, ...laneLines(conversation, branch, lane.lane, children, `${indent}    `));
  return lines;
};

const laneLines = (conversation: Conversation, branch: BranchId, lane: LaneId, children: Children, indent: string): string[] =>
  conversation.chain(lane, branch).flatMap((block) => linesOfBlock(conversation, branch, block, children, indent));

const textLines = (block: Block): string[] => {
  if (block.kind === 'tool' || block.kind === 'compaction' || block.kind === 'notice') return [oneLine(bodyLine(block))];
  if (block.kind === 'prompt') return plainText(promptWords(block)).split('\n');
  return [...plainText(block.text).split('\n'), ...('interrupted' in block && block.interrupted ? ['(interrupted)'] : [])];
};

const seamLine = (number: number, seam: Seam): string => {
  const how = seam.fidelity === 'exact' ? '' : `, ${seam.fidelity}`;
  return `--- ${number} [${seam.seam}] drops ${dropsLine(seam.drops)}${how}${seam.checkpoint === null ? ', no files' : ''} ---`;
};
