import type { Conversation } from './conversation.ts';
import type { BlockOf, CheckpointMark } from './view.ts';

/** Whose doing it is that a file has changed; `unclear`: nobody can tell, so a person is asked. */
export type FileOwner = 'session' | 'others' | 'unclear';

/**
 * Whose doing the changes are that came after a checkpoint, path by path, over all branches. The one rule:
 *
 * A change is **the session's** when nobody else need be thought of: we put the file back ourselves, or a call of the session named it as
 * edited, or it came while the session was at work and nobody else, and all the while a call ran that may write anything (a shell): one
 * before which the files were captured, while it waited. It is **somebody else's** when it came while nothing of the session ran. All
 * else is **unclear**: the session spoke, or it also stood still, or nothing that ran accounts for the change. A file with changes of
 * several owners is unclear.
 */
export function ownersSince(conversation: Conversation, checkpoint: string): ReadonlyMap<string, FileOwner> {
  return ownersFrom(conversation, markOf(conversation, checkpoint) + 1);
}

/** As `ownersSince`, from a time on (UTC ISO 8601), of what the session did itself: not the one of which it is a copy. */
export function ownersAfter(conversation: Conversation, ts: string): ReadonlyMap<string, FileOwner> {
  const first = conversation.checkpoints.findIndex((mark) => mark.ts > ts && !mark.inherited);
  return first < 0 ? new Map() : ownersFrom(conversation, first);
}

/** What a checkpoint adds: whose doing each of the changes is that it shows. */
export function ownersAt(conversation: Conversation): readonly ReadonlyMap<string, FileOwner>[] {
  const calls = callsBefore(conversation, 0);
  return conversation.checkpoints.map((mark, index) => ownersIn(conversation, mark, calls.get(index) ?? []));
}

/** When the files were last captured as they are in that checkpoint; null when they never were. */
export function timeOf(conversation: Conversation, checkpoint: string): string | null {
  return conversation.checkpoints[markOf(conversation, checkpoint)]?.ts ?? null;
}

/** Of equal states the last: what came before it has been undone. */
const markOf = (conversation: Conversation, checkpoint: string): number => conversation.checkpoints.findLastIndex((mark) => mark.checkpoint === checkpoint);

function ownersFrom(conversation: Conversation, from: number): ReadonlyMap<string, FileOwner> {
  const calls = callsBefore(conversation, from);
  const owners = new Map<string, FileOwner>();
  for (const [index, mark] of conversation.checkpoints.entries()) {
    if (index < from) continue;
    for (const [path, now] of ownersIn(conversation, mark, calls.get(index) ?? [])) {
      const before = owners.get(path);
      owners.set(path, before === undefined || before === now ? now : 'unclear');
    }
  }
  return owners;
}

function ownersIn(
  conversation: Conversation, mark: CheckpointMark, ran: readonly Ran[],
): ReadonlyMap<string, FileOwner> {
  const cwd = conversation.started?.cwd ?? '';
  const named = new Set(ran.flatMap(({ call }) => call.result?.edits ?? []).map(({ path }) => relativeTo(cwd, path)));
  const isAnything = ran.some(({ call, isAwaited }) => isAwaited && mayWriteAnything(conversation, call));
  const own = new Set([...mark.restored, ...(mark.inherited?.own ?? [])]);
  const unclear = new Set(mark.inherited?.unclear);
  return new Map(mark.changed.map((path) => {
    if (own.has(path)) return [path, 'session'];
    if (mark.inherited) return [path, unclear.has(path) ? 'unclear' : 'others'];
    if (mark.by === 'others') return [path, 'others'];
    return [path, named.has(path) || (mark.by === 'session' && isAnything) ? 'session' : 'unclear'];
  }));
}

function mayWriteAnything(conversation: Conversation, { block, tool_kind: kind, result }: BlockOf<'tool'>): boolean {
  switch (kind) {
    case 'execute': case 'other': return true;
    // What a subagent does is told call by call, once its lane is known.
    case 'subagent': return ![...conversation.lanes.values()].some((lane) => lane.parentBlock === block);
    case 'edit': return result?.status !== 'failed' && !result?.edits?.length;
    case 'read': case 'search': case 'fetch': case 'think': case 'ask': return false;
    // A log written by a newer version may hold kinds that this one does not know.
    default: return true;
  }
}

/** A call that ran; `isAwaited`: it began once the files had been captured, so that all that came between is not its doing. */
interface Ran {
  call: BlockOf<'tool'>;
  isAwaited: boolean;
}

/**
 * The calls of all lanes that ran between a mark and the one before it, by the mark's index. A call runs from the mark for which it waited,
 * else from its row, to the mark that names it or another of its batch, else to its result or the agent's rest. Rows may land after the
 * mark that names them.
 */
function callsBefore(conversation: Conversation, from: number): ReadonlyMap<number, Ran[]> {
  const marks = conversation.checkpoints;
  const ends = new Map<string, number[]>();
  const begins = new Map<string, number[]>();
  for (const [index, mark] of marks.entries()) {
    if (mark.call === null) continue;
    // Until it was answered a call that was asked about had not begun.
    if (mark.cause === 'wait') {
      if (mark.before || mark.by === 'session') add(begins, mark.call, index);
      continue;
    }
    const block = conversation.blockOfCall(null, mark.call);
    if (block?.kind === 'tool') add(ends, batchOf(block), index);
  }
  const ran = new Map<number, Ran[]>();
  for (const call of conversation.blocks.values()) {
    if (call.kind !== 'tool' || call.result?.status === 'rejected') continue;
    const named = ends.get(batchOf(call)) ?? [];
    // A mark that names it when it was over tells of something else.
    const { resultSeq = Number.POSITIVE_INFINITY } = call;
    const isOver = (index: number): boolean => index > (named.at(-1) ?? index) || (marks[index]?.seq ?? 0) > resultSeq;
    const begin = begins.get(call.call)?.findLast((index) => !isOver(index));
    for (const index of windowsOf(call, marks, begin, named))
      if (index >= from) add(ran, index, { call, isAwaited: begin !== undefined });
  }
  return ran;
}

function add<K, T>(lists: Map<K, T[]>, key: K, item: T): void {
  const there = lists.get(key);
  if (there) there.push(item);
  else lists.set(key, [item]);
}

/** Indices of the marks before which the call ran. */
function windowsOf(
  call: BlockOf<'tool'>, marks: readonly CheckpointMark[], begin: number | undefined, ends: readonly number[],
): number[] {
  const first = begin === undefined ? firstFrom(marks, call.seq) : begin + 1;
  const named = begin === undefined ? ends : ends.filter((index) => index > begin);
  const last = named.at(-1) ?? endFrom(marks, first, call.resultSeq);
  const between = Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at);
  return [...new Set([...between, ...named])];
}

/** Index of the mark that shows what a call had done which no mark names: the agent had come to rest, or had its result. */
function endFrom(marks: readonly CheckpointMark[], first: number, resultSeq = Number.POSITIVE_INFINITY): number {
  for (let index = first; index < marks.length; index++) {
    const { seq = 0, cause } = marks[index] ?? {};
    if (seq >= resultSeq || cause === 'idle' || cause === 'baseline' || cause === 'rewind') return index;
  }
  return marks.length - 1;
}

/** Index of the first mark that is not older than that. */
function firstFrom(marks: readonly CheckpointMark[], seq: number): number {
  let [low, high] = [0, marks.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((marks[middle]?.seq ?? 0) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

const batchOf = ({ lane, native, call }: BlockOf<'tool'>): string => `${lane}\0${native?.message ?? call}`;

/** As checkpoints name it; a path elsewhere stays as it is, and is no checkpoint's. */
function relativeTo(folder: string, path: string): string {
  const [base, whole] = [folder, path].map((one) => one.replaceAll('\\', '/')) as [string, string];
  return whole.startsWith(`${base}/`) ? whole.slice(base.length + 1) : whole;
}
