import { snapshotParts } from '../core/paging.ts';
import { HumanError } from '../core/errors.ts';
import type { Event, ToolResult, UnknownEvent } from '../core/events.ts';
import type { ComparedFile } from '../core/ports.ts';
import { checkpointAt } from '../core/seams.ts';
import type { Block, BlockPage, SessionSnapshot } from '../core/view.ts';
import type { ResumeOutcome } from '../protocol/protocol.ts';
import type { Session } from './session.ts';

/** Tool results beyond this many characters are shortened in pages and events; `session/block` gives them whole. */
const resultCharacters = 20_000;
/** A page never holds more blocks than this, whatever was asked. */
const pageBlocks = 500;

/** All that a client needs to draw the session and follow it from here. */
export function snapshotOf(session: Session, blocks: number): SessionSnapshot {
  const parts = snapshotParts(session.conversation, { blocks: clampCount(blocks) });
  return {
    ...parts,
    page: { ...parts.page, blocks: parts.page.blocks.map(shortenedBlock) },
    summary: session.summary(),
    live: [...session.live.values()],
    damage: [...session.recorder.damage],
  };
}

export function pageOf(session: Session, params: { lane: string; branch: string; before?: string; count: number }): BlockPage {
  const page = session.conversation.page(params.lane, params.branch, params.before, clampCount(params.count));
  return { ...page, blocks: page.blocks.map(shortenedBlock) };
}

/** What was resumed. */
export const resumedOf = (session: Session): ResumeOutcome =>
  ({ ...session.summary(), fidelity: session.runs.memory?.fidelity ?? 'exact', reason: session.runs.memory?.reason ?? null });

/** An event as clients get it. */
export function shortened<E extends Event | UnknownEvent>(event: E): E {
  return 'result' in event && isLong(event.result) ? { ...event, result: shortenedResult(event.result) } : event;
}

/** A file around a tool call: from what the tool reported, else from the checkpoints. @throws HumanError */
export async function fileAt(session: Session, blockId: string, path: string): Promise<{ before: string | null; after: string | null }> {
  const block = session.conversation.blocks.get(blockId);
  if (!block) throw new HumanError('no-such-block', `There is no block “${blockId}” in this session.`);
  const edit = block.kind === 'tool' ? block.result?.edits?.find((one) => one.path === path) : undefined;
  if (edit) return { before: edit.before, after: edit.after };
  const { checkpoints } = session.files;
  const after = checkpointAt(session.conversation, block.block);
  const before = block.after ? checkpointAt(session.conversation, block.after) : null;
  if (!checkpoints || !after || !before) throw new HumanError('no-files', `The files around this step were not captured.`);
  return { before: await checkpoints.read(before, path), after: await checkpoints.read(after, path) };
}

/** A file as it is now, and as it is in a checkpoint of the session's. @throws HumanError */
export async function compareFile(session: Session, checkpoint: string, path: string): Promise<ComparedFile> {
  const { files, conversation } = session;
  const isOwn = conversation.checkpoints.some((mark) => mark.checkpoint === checkpoint);
  if (!files.checkpoints || !isOwn) throw new HumanError('no-files', 'The files at that point were not captured.');
  return files.checkpoints.compare(checkpoint, path);
}

const clampCount = (count: number): number => Math.min(Math.max(Math.floor(count) || 0, 1), pageBlocks);

const isLong = (result: unknown): result is ToolResult =>
  typeof result === 'object' && result !== null && 'text' in result && typeof result.text === 'string' && result.text.length > resultCharacters;

/** The end of a text, from the beginning of a line if there is one: what stands in a line's middle may be the rest of a control sequence. */
const endOf = (text: string): string => {
  const end = text.slice(-resultCharacters);
  const line = end.indexOf('\n');
  return line < 0 || line === end.length - 1 ? end : end.slice(line + 1);
};

const shortenedResult = (result: ToolResult): ToolResult => ({ ...result, text: endOf(result.text), truncated: true });

const shortenedBlock = (block: Block): Block =>
  block.kind === 'tool' && isLong(block.result) ? { ...block, result: shortenedResult(block.result) } : block;
