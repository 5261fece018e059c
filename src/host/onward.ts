import type { HistoryEnd, NativeFile } from '../core/adapter.ts';
import type { Fidelity, NativeRef } from '../core/events.ts';
import { type BranchId, mainLane } from '../core/ids.ts';
import { cutOf } from './cutHistory.ts';
import type { Session } from './session.ts';

/** How an agent goes on from the end of a branch. */
export interface Onward {
  /** Native ids of the blocks of the copy on which it is started; null: it is started on the history itself. */
  keep: string[] | null;
  /** The copy leaves out a step that is not complete. */
  isShorter: boolean;
  /** Whether its model is given what the conversation shows above, and nothing else. */
  fidelity: Fidelity;
  /** What there is to know about it, in a sentence; null: nothing. */
  reason: string | null;
}

const leavesOut = 'The agent ended before its last call had a result. It goes on behind the step before that call; what is left out stays on a branch of its own.';

/**
 * What a resume of, or a way back to, a branch comes to whose native history has these files. An agent that would make something up behind it is started on a copy that
 * ends behind the last complete step; where that is not enough, or cannot be made, the reason says so beforehand. Writes nothing.
 */
export function onwardFrom(session: Where, branch: BranchId, native: NativeRef, files: NativeFile[]): Onward {
  const { adapter: { history: surgery, name } } = session;
  const line = surgery && isGoneOnElsewhere(session, branch, surgery.readBack(native, files)) ? wholeStepsOf(session, branch) : null;
  if (line) return onACopyOf(session, native, files, line);
  const { keep, isShorter = false, adds }: HistoryEnd = surgery?.endOf?.(native, files) ?? { keep: null };
  if (keep === null) return { keep, isShorter: false, fidelity: adds === undefined ? 'exact' : 'approximate', reason: adds ?? null };
  const cut = cutOf(session, native, files, keep);
  if (cut.is === 'refused') {
    const why = `No copy can be made of its history without its last step, which is not complete (${cut.reason}). ${name} completes it in its own way.`;
    return { keep: null, isShorter: false, fidelity: 'approximate', reason: [why, adds ?? ''].join(' ').trim() };
  }
  const reason = [isShorter ? leavesOut : '', adds ?? ''].filter((part) => part !== '').join(' ');
  return { keep, isShorter, fidelity: adds === undefined ? 'exact' : 'approximate', reason: reason === '' ? null : reason };
}

/** The branch has no step, and its history none either: an agent may refuse to be started on that. It is begun anew. */
export const isBlank = ({ adapter: { history: surgery }, conversation }: Where, branch: BranchId, native: NativeRef, files: NativeFile[]): boolean =>
  surgery !== undefined && (conversation.branches.get(branch)?.tip ?? null) === null && surgery.readBack(native, files).length === 0;

type Where = Pick<Session, 'adapter' | 'conversation'>;

/** The agent went back by itself: its history ends where another branch does now, and so would an agent that is started on it. */
function isGoneOnElsewhere({ conversation }: Where, branch: BranchId, steps: string[]): boolean {
  const last = conversation.blockOfNative(mainLane, steps.at(-1) ?? '');
  return last !== undefined && !conversation.isOn(last.block, branch);
}

/** Native ids of a branch's steps, up to its last complete one. */
function wholeStepsOf({ conversation }: Where, branch: BranchId): { keep: string[]; isShorter: boolean } {
  const chain = conversation.chain(mainLane, branch);
  const open = chain.findIndex((block) => block.kind === 'tool' && !block.result);
  const message = chain[open]?.native?.message;
  const first = message === undefined ? open : chain.findIndex((block) => block.kind === 'tool' && block.native?.message === message);
  const whole = open < 0 ? chain : chain.slice(0, first);
  return { keep: whole.flatMap(({ native }) => (native ? [native.id] : [])), isShorter: open >= 0 };
}

/** There is no other way to that branch: what the agent would go on with is another one's. */
function onACopyOf(session: Where, native: NativeRef, files: NativeFile[], { keep, isShorter }: ReturnType<typeof wholeStepsOf>): Onward {
  const cut = cutOf(session, native, files, keep);
  const adds = cut.is === 'cut' ? session.adapter.history?.endOf?.(cut.native, cut.files).adds : undefined;
  const reason = [isShorter ? leavesOut : '', adds ?? ''].filter((part) => part !== '').join(' ');
  return { keep, isShorter, fidelity: adds === undefined ? 'exact' : 'approximate', reason: reason === '' ? null : reason };
}
