import type { HistoryEnd, NativeFile } from '../core/adapter.ts';
import type { Fidelity, NativeRef } from '../core/events.ts';
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
 * What a resume of, or a way back to, this native history comes to. An agent that would make something up behind it is started on a copy that
 * ends behind the last complete step; where that is not enough, or cannot be made, the reason says so beforehand. Writes nothing.
 */
export function onwardFrom(session: Pick<Session, 'adapter'>, native: NativeRef, files: NativeFile[]): Onward {
  const { adapter: { history: surgery, name } } = session;
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
