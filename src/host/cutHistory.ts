import type { CutResult, HistorySurgery, NativeFile } from '../core/adapter.ts';
import { seamCannotBeCut } from '../core/errors.ts';
import type { NativeRef } from '../core/events.ts';
import { mainLane, type BlockId, type SeamId } from '../core/ids.ts';
import { reachFault } from './faults.ts';
import type { Session } from './session.ts';

/** A native history that ends behind a block of the session's current branch: made beside the old one, which is not touched. @throws HumanError */
export async function cutHistory(session: Session, seam: SeamId, after: BlockId): Promise<NativeRef> {
  const { conversation, history } = session;
  await history.bringBack(conversation.native);
  const whole = conversation.chain(mainLane);
  const kept = whole.slice(0, whole.findIndex((block) => block.block === after) + 1);
  const made = await historyOf(session, conversation.native, kept.flatMap((block) => block.native ? [block.native.id] : []));
  if (made.is === 'refused') throw seamCannotBeCut(seam, made.reason);
  return made.native;
}

/** A native history of those blocks of it, and of nothing else, by what the adapter reads back of it. Writes nothing. */
export function cutOf({ adapter: { history: surgery, name } }: Pick<Session, 'adapter'>, native: NativeRef, files: NativeFile[], keep: string[]): CutResult {
  if (!surgery) return { is: 'refused', reason: `${name} has no history that can be cut.` };
  const now = new Date().toISOString();
  const newUuid = () => crypto.randomUUID();
  const result = surgery.cut({ native, files, keep, newSession: crypto.randomUUID(), now, newUuid });
  const wrong = result.is === 'cut' ? wrongIn(surgery, { native, files }, keep, result) : null;
  return wrong ? misread(wrong) : result;
}

type MadeHistory = { is: 'made'; native: NativeRef } | { is: 'refused'; reason: string };

/**
 * A native history of the kept blocks, made beside the one that holds them and read back from the disk. Nothing is
 * left of one that does not read back as it should.
 */
export async function historyOf(session: Session, native: NativeRef, keep: string[]): Promise<MadeHistory> {
  const { adapter: { history: surgery }, history } = session;
  const files = await history.read(native);
  const result = cutOf(session, native, files, keep);
  if (result.is === 'refused') return result;
  try {
    await history.write(result.files);
    reachFault('cut', session.runs.pid);
    const copy = { ...result, files: await history.read(result.native) };
    // What is as it was proven in memory needs no second proof.
    const wrong = surgery && !isSame(result.files, copy.files) ? wrongIn(surgery, { native, files }, keep, copy) : null;
    reachFault('verified', session.runs.pid);
    if (!wrong) return { is: 'made', native: result.native };
    await history.discard(result.native);
    return misread(wrong);
  } catch (error) {
    await history.discard(result.native);
    throw error;
  }
}

const isSame = (written: NativeFile[], read: NativeFile[]): boolean => {
  const contents = new Map(read.map(({ path, content }) => [path, content]));
  return written.every(({ path, content }) => Buffer.compare(content, contents.get(path) ?? new Uint8Array()) === 0);
};

const misread = (wrong: string) => ({ is: 'refused' as const, reason: `the new history does not read back as it should (${wrong}).` });

/** Takes away a history that was made for a move which did not come about. One that a branch has is left alone. */
export async function discardLoose({ conversation, history }: Session, native: NativeRef): Promise<void> {
  const isOfBranch = [...conversation.branches.values()].some((branch) => branch.native.session === native.session);
  if (!isOfBranch) await history.discard(native);
}

interface ReadHistory {
  native: NativeRef;
  files: NativeFile[];
  /** The kept blocks that it holds; absent: all. */
  holds?: string[];
}

/**
 * What a cut behind the kept blocks gives the model otherwise than the history that it was made of, in words; null
 * when it is the same, item by item.
 */
export function wrongIn(surgery: HistorySurgery, whole: ReadHistory, keep: string[], cut: ReadHistory): string | null {
  const wrong = firstDifference('step', cut.holds ?? keep, surgery.readBack(cut.native, cut.files));
  if (wrong !== null || !surgery.view) return wrong;
  return firstDifference('item', surgery.view(whole.native, whole.files, keep), surgery.view(cut.native, cut.files));
}

function firstDifference(what: string, expected: string[], got: string[]): string | null {
  const at = expected.findIndex((id, index) => got[index] !== id);
  if (at >= 0) return `${what} ${at + 1} is ${got[at] ? 'another one' : 'missing'}`;
  return got.length > expected.length ? `${got.length - expected.length} ${what}s too many` : null;
}
