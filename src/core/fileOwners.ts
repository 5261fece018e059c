import type { Conversation } from './conversation.ts';
import type { Block, BlockOf, CheckpointMark } from './view.ts';

/** Whose doing it is that a file has changed; `unclear`: nobody can tell, so a person is asked. */
export type FileOwner = 'session' | 'others' | 'unclear';

/**
 * Whose doing the changes are that came after a checkpoint, path by path, over all branches. The one rule:
 *
 * A change is **the session's** when nobody else need be thought of: we put the file back ourselves, or a call of the session named it as
 * edited, or it came while the session was at work and nobody else, with a call that may write anything (a shell). It is **somebody
 * else's** when it came while nothing of the session ran. All else is **unclear**: a call of the session ran and the session also stood
 * still, or nothing that ran accounts for the change. A file with changes of several owners is unclear.
 */
export function ownersSince(conversation: Conversation, checkpoint: string): ReadonlyMap<string, FileOwner> {
  return ownersFrom(conversation, markOf(conversation, checkpoint) + 1);
}

/** As `ownersSince`, from a time on (UTC ISO 8601). */
export function ownersAfter(conversation: Conversation, ts: string): ReadonlyMap<string, FileOwner> {
  const first = conversation.checkpoints.findIndex((mark) => mark.ts > ts);
  return first < 0 ? new Map() : ownersFrom(conversation, first);
}

/** When the files were last captured as they are in that checkpoint; null when they never were. */
export function timeOf(conversation: Conversation, checkpoint: string): string | null {
  return conversation.checkpoints[markOf(conversation, checkpoint)]?.ts ?? null;
}

/** Of equal states the last: what came before it has been undone. */
const markOf = (conversation: Conversation, checkpoint: string): number => conversation.checkpoints.findLastIndex((mark) => mark.checkpoint === checkpoint);

function ownersFrom(conversation: Conversation, from: number): ReadonlyMap<string, FileOwner> {
  const calls = callsBefore(conversation, from);
  const cwd = conversation.started?.cwd ?? '';
  const owners = new Map<string, FileOwner>();
  for (const [index, mark] of conversation.checkpoints.entries()) {
    if (index < from) continue;
    const ran = calls.get(index) ?? [];
    const named = new Set(ran.flatMap((call) => call.result?.edits ?? []).map(({ path }) => relativeTo(cwd, path)));
    const restored = new Set(mark.restored);
    for (const path of mark.changed) {
      const before = owners.get(path);
      const now = restored.has(path) ? 'session' : ownerOf(path, mark, named, ran);
      owners.set(path, before === undefined || before === now ? now : 'unclear');
    }
  }
  return owners;
}

function ownerOf(path: string, mark: CheckpointMark, named: ReadonlySet<string>, ran: readonly BlockOf<'tool'>[]): FileOwner {
  if (mark.by === 'others') return 'others';
  if (named.has(path)) return 'session';
  return mark.by === 'session' && ran.some(mayWriteAnything) ? 'session' : 'unclear';
}

function mayWriteAnything({ tool_kind: kind, result }: BlockOf<'tool'>): boolean {
  switch (kind) {
    case 'execute': case 'subagent': case 'other': return true;
    case 'edit': return result?.status !== 'failed' && !result?.edits?.length;
    case 'read': case 'search': case 'fetch': case 'think': case 'ask': return false;
    // A log written by a newer version may hold kinds that this one does not know.
    default: return true;
  }
}

/**
 * The calls of all lanes that ran between a mark and the one before it, by the mark's index. A call runs from its row to the mark that
 * names it or another of its batch; without one it has to do with the mark after its row only. Rows may land after the mark that names them.
 */
function callsBefore(conversation: Conversation, from: number): ReadonlyMap<number, BlockOf<'tool'>[]> {
  const marks = conversation.checkpoints;
  const naming = new Map<string, number[]>();
  const asked = new Map<string, number>();
  for (const [index, mark] of marks.entries()) {
    if (mark.cause === 'wait' && mark.by === 'session' && mark.call !== null) asked.set(mark.call, index);
    const block = mark.call === null ? undefined : conversation.blockOfCall(null, mark.call);
    if (block?.kind === 'tool') naming.set(batchOf(block), [...(naming.get(batchOf(block)) ?? []), index]);
  }
  const calls = new Map<number, BlockOf<'tool'>[]>();
  for (const block of conversation.blocks.values()) {
    if (block.kind !== 'tool' || block.result?.status === 'rejected') continue;
    for (const index of windowsOf(block, marks, naming.get(batchOf(block)))) {
      // Until it was answered a call that was asked about had not begun.
      if (index < from || index <= (asked.get(block.call) ?? -1)) continue;
      const there = calls.get(index);
      if (there) there.push(block);
      else calls.set(index, [block]);
    }
  }
  return calls;
}

/** Indices of the marks before which the call ran. */
function windowsOf(block: Block, marks: readonly CheckpointMark[], named: readonly number[] | undefined): number[] {
  const first = firstFrom(marks, block.seq);
  if (named === undefined) return [first];
  const last = named.at(-1) ?? first;
  const between = Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at);
  return [...new Set([...between, ...named])];
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
