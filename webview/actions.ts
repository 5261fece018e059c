import { asProse } from '../src/core/errors.ts';
import type { BlockId, BranchId, LaneId, RequestId, SeamId } from '../src/core/ids.ts';
import type { FilePlace } from '../src/core/links.ts';
import type { Block, BlockPage, Moving, MoveStep } from '../src/core/view.ts';
import type { MoveDiff, MovePreview, QueueChange, QueueListing, Resumability, RewindOutcome, RewindParams, RewindPreview, SwitchPreview } from '../src/protocol/protocol.ts';
import type { MoveParams } from './model/rewindChoice.ts';

/** What a rewind would find, as far as the panel knows, and how far one is that is under way. */
export type Standing = Pick<MovePreview, 'state' | 'ends' | 'expect'> & { step: MoveStep | null };

/** What a person can do in the panel. Elements get this and nothing of the connection; a promise rejects with a sentence for people. */
export interface SessionActions {
  /** Puts it into the outbox, on the branch that is shown. What becomes of it is shown there. */
  send(text: string): void;
  /** Of a prompt in the outbox that was refused: sends it again, or takes it out and answers with its text. */
  sendAgain(key: string): void;
  takeRefused(key: string): string;
  /** Changes the prompts that wait; answers with those that then do. */
  changeQueue(change: QueueChange): Promise<QueueListing>;
  /** Ends the turn that is shown, no other one. */
  interrupt(): Promise<void>;
  /** `message`: what the agent is told with a denial; empty: nothing of its own. */
  answer(request: RequestId, option: 'allow' | 'allow_always' | 'deny', message: string): Promise<{ won: boolean }>;
  /** `withFiles` false: at once, without the files. */
  preview(seam: SeamId, withFiles: boolean): Promise<RewindPreview>;
  rewind(params: RewindParams): Promise<RewindOutcome>;
  previewSwitch(branch: BranchId, withFiles: boolean): Promise<SwitchPreview>;
  switchTo(branch: BranchId, params: MoveParams): Promise<RewindOutcome>;
  branchPage(branch: BranchId, count: number): Promise<BlockPage>;
  wholeBlock(block: BlockId): Promise<Block>;
  /** Of a session that is over: what a resume would come to, and the resume, which tells what there is to know about it. */
  resumability(): Promise<Resumability>;
  resume(): Promise<{ reason: string | null }>;
  /** Another session of its agent in its folder. */
  startAnother(): Promise<void>;
  copyConversation(): Promise<void>;
  showLane(lane: LaneId): void;
  openLink(href: string): void;
  openDiff(block: BlockId, path: string): void;
  openMoveDiff(diff: MoveDiff): void;
  openFile(path: string, lines?: Pick<FilePlace, 'line' | 'endLine'>): void;
  focusTerminal(): void;
  /** Says something in the panel's status line, politely. */
  announce(message: string): void;
  /** How the session stands as it is drawn. */
  standing(): Standing | null;
  /** A rewind or switch to that branch was done: what there is to say of it, with the way to undo it. */
  moved(how: Moving, branch: BranchId, sentence: string): void;
  /** Calls back after each drawing that shows more of the session's record or how far a rewind is, until what it answers with is called; not for text on its way. */
  follow(changed: () => void): () => void;
  /** These seams are drawn, or (`anew`) one is pointed at or opened: how exactly one can rewind there is worth asking now. */
  lookAt(seams: readonly SeamId[], anew: boolean): Promise<void>;
  copy(text: string): void;
}

/** The sentence to show of something thrown. */
export const sentenceOf = (error: unknown): string => asProse(error instanceof Error ? error.message : String(error));

/** The stable name of a failure that the host tells; empty for any other. */
export function codeOf(error: unknown): string {
  const data = typeof error === 'object' && error !== null && 'data' in error ? error.data : null;
  return typeof data === 'object' && data !== null && 'code' in data && typeof data.code === 'string' ? data.code : '';
}
