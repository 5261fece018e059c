import type { HistoryEnd } from '../../core/adapter.ts';
import type { BlockBody } from '../../core/events.ts';
import { mainLane } from '../../core/ids.ts';
import { BackgroundWork } from './backgroundWork.ts';
import { endsOnUserRow } from './cut.ts';
import { LaneTranscript, type Told } from './laneTranscript.ts';
import { answersOf, isConversation, type Row, rowOfBlock } from './row.ts';

/** A block on the way to the last row of a transcript. */
interface Step {
  id: string;
  kind: BlockBody['kind'];
  message: string | undefined;
  /** A call that no row answers. */
  isOpen: boolean;
  /** The CLI itself would load what stands above it in the file, too. */
  begins: boolean;
}

/** Everything that a transcript says, in order. */
export function told(rows: readonly Row[], session: string): Told[] {
  const lane = new LaneTranscript(mainLane, session);
  return [...rows.flatMap((row) => lane.take(row)), ...lane.settle()];
}

/** The blocks from the start of a transcript to its last row. */
export function chainOf(rows: readonly Row[], session: string): Step[] {
  const lane = new LaneTranscript(mainLane, session);
  const drafts = [...rows.flatMap((row) => lane.take(row)), ...lane.settle()].filter((item) => item.type === 'block');
  const byId = new Map(drafts.map((draft) => [draft.native.id, draft]));
  const answered = new Set(rows.flatMap(answersOf));
  const isLeaf = (row: Row) => row.uuid !== undefined && (isConversation(row) || row.subtype === 'local_command' || row.subtype === 'informational');
  const leaf = rows.findLast(isLeaf)?.uuid;
  const anew = new Set(rows.filter(({ begins }) => begins !== undefined).map(({ uuid }) => uuid));
  const steps: Step[] = [];
  let draft = leaf === undefined ? undefined : byId.get(lane.blockAt(leaf) ?? '');
  for (; draft; draft = byId.get(draft.after ?? '')) {
    const { body, native } = draft;
    const isOpen = body.kind === 'tool' && !answered.has(body.call);
    steps.push({ id: native.id, kind: body.kind, message: native.message, isOpen, begins: anew.has(rowOfBlock(native.id)) });
  }
  return steps.toReversed();
}

/**
 * How the CLI goes on behind a transcript (measured with 2.1.329). It answers a call that has no result, and behind a user row it makes up
 * “No response requested.”: neither behind a copy that ends before the batch of such a call, or behind that row. It
 * loads what its own rewind to before the first prompt has left, too: no copy has that. Of background work that its
 * predecessor left it tells the model that it was stopped.
 */
export function historyEndOf(rows: readonly Row[], session: string): HistoryEnd {
  const steps = chainOf(rows, session);
  const left = workLeftBy(rows);
  const adds = left.length === 0 ? {} : { adds: `Background work was alive when the agent ended (${left.join(', ')}): Claude Code tells the model that it was stopped.` };
  const open = steps.findIndex(({ isOpen }) => isOpen);
  const isCopied = endsOnUserRow(rows) || steps.some(({ begins }) => begins);
  if (open < 0) return { keep: isCopied ? steps.map(({ id }) => id) : null, ...adds };
  const keep = beforeBatch(steps, open).map(({ id }) => id);
  const isAtEnd = steps.slice(open).every(({ kind, message }) => kind === 'notice' || (message !== undefined && message === steps[open]?.message));
  if (isAtEnd && keep.length > 0) return { keep, isShorter: true, ...adds };
  return { keep: null, adds: 'A call further up in its history has no result: Claude Code makes one up.' };
}

/** A batch is kept whole or not at all: the model never wrote a part of it. A thought that nothing follows is not kept by the CLI. */
function beforeBatch(steps: readonly Step[], open: number): Step[] {
  let end = open;
  const message = steps[open]?.message;
  while (end > 0 && steps[end - 1]?.kind === 'tool' && message !== undefined && steps[end - 1]?.message === message) end--;
  while (end > 0 && steps[end - 1]?.kind === 'thinking') end--;
  return steps.slice(0, end);
}

/** Background commands and subagents of which no row says that they have ended, in the words of their calls. */
function workLeftBy(rows: readonly Row[]): string[] {
  const works = new BackgroundWork();
  for (const row of rows) works.take(row);
  return works.all.filter(({ endedBy }) => endedBy === undefined).map(({ words }) => words);
}
