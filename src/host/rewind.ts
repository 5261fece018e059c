import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentInstall } from '../core/adapter.ts';
import { agentAtWork, alreadyThere, HumanError, noSuchBranch, rewindFailed, seamCannotBeCut, sessionMoving, sessionNotRunning, stale } from '../core/errors.ts';
import type { Fidelity, FilesOutcome, NativeRef } from '../core/events.ts';
import { mainLane, type BranchId, type SeamId } from '../core/ids.ts';
import type { Branch, Moving, MoveStep, Seam } from '../core/view.ts';
import type { Expect, RewindOutcome } from '../protocol/protocol.ts';
import { cutHistory, discardLoose, historyOf } from './cutHistory.ts';
import { isBlank, onwardFrom } from './onward.ts';
import { reachFault } from './faults.ts';
import { checkOverwrite, restoreOf, untouchedBy } from './restorePlan.ts';
import { endsWith, findSeam } from './seamsOfSession.ts';
import type { Memory } from './runs.ts';
import type { Session } from './session.ts';
import type { Look } from './workspaceFiles.ts';

/** Longer than the queue itself waits for a prompt to be taken up. */
const quietMs = 35_000;
/** Until an interrupted agent is idle again. */
const interruptMs = 10_000;
/** Until an agent that was started on a history is ready for input. */
const readyMs = 45_000;
const mostInterrupts = 3;
/** Agents write the rows of a message up to this long after they are idle (measured: 0.5 s). */
const lateRowsMs = 600;

/** What the terminal is called while its keys are refused. */
const movingTitles = { rewind: 'rewinding, keys wait', switch: 'switching, keys wait' };

interface Options {
  files: boolean;
  overwrite?: string[] | undefined;
  interrupt?: boolean | undefined;
  expect?: Expect | undefined;
}

interface Target {
  how: 'rewind' | 'switch';
  seam: SeamId | null;
  branch: BranchId;
  native: NativeRef;
  checkpoint: string | null;
  filesReason: string | null;
  fidelity: Fidelity;
  reason: string | null;
}

/** Cuts the agent's memory (and the files, if wanted) at a seam. What is left behind stays as a branch. */
export function rewind(session: Session, seamId: SeamId, options: Options): Promise<RewindOutcome> {
  return moving(session, 'rewind', async (startedMs) => {
    checkExpectation(session, options.expect, options.interrupt);
    const first = await findSeam(session, seamId);
    await checkOverwrite(session, options.files ? first.checkpoint : null, options.overwrite);
    await comeToRest(session, options);
    // Rows that landed meanwhile may have moved the tip, never the seam's own past.
    const seam = await findSeam(session, first.seam);
    if (seam.fidelity === 'none') throw seamCannotBeCut(seam.seam, seam.reason);
    return transaction(session, options, startedMs, () => cutAt(session, seam));
  });
}

/** Goes (back) to a branch: the same transaction with the history that is already there, or with a copy where the agent would make something up behind it. */
export function switchTo(session: Session, branchId: BranchId, options: Options): Promise<RewindOutcome> {
  return moving(session, 'switch', async (startedMs) => {
    checkExpectation(session, options.expect, options.interrupt);
    const branch = session.conversation.branches.get(branchId);
    if (!branch) throw noSuchBranch(branchId);
    if (branchId === session.conversation.branch) throw alreadyThere(`branch “${branchId}”`);
    await checkOverwrite(session, options.files ? branch.tipCheckpoint : null, options.overwrite);
    await comeToRest(session, options);
    return transaction(session, options, startedMs, () => wayBackTo(session, branch));
  });
}

async function moving<T>(session: Session, what: Moving, work: (startedMs: number) => Promise<T>): Promise<T> {
  if (session.move.what !== null) throw sessionMoving(session.move.what);
  if (!session.isAlive || !session.runs.starter) throw sessionNotRunning(session.label);
  if (session.recorder.problem) throw session.recorder.problem;
  session.move.begin(what);
  session.noteChange();
  session.showInTitle(movingTitles[what]);
  try {
    // A prompt that is on its way into the terminal goes first, and makes the agent busy: it must not end up in a history that is being left.
    if (!session.upkeep.prompts.queue.isQuiet) reach(session, { is: 'waiting' });
    await session.waitFor(() => session.upkeep.prompts.queue.isQuiet, quietMs);
    return await work(performance.now());
  } finally {
    session.move.end();
    session.showInTitle(null);
    session.runs.settleExit();
    session.noteChange();
    session.upkeep.lookAgain();
  }
}

/** Says how far it is: in every list, panel and terminal that follows the session. */
function reach(session: Session, step: MoveStep): void {
  session.move.step = step;
  session.noteChange();
}

/**
 * @throws HumanError `stale` when the session is not as the client believes. Whoever interrupts an agent cuts off what it has just said
 * as well: for them the branch counts, and not the tip.
 */
export function checkExpectation(session: Session, expect: Expect | undefined, interrupt = false): void {
  if (!expect) return;
  if (expect.branch !== session.conversation.branch) throw stale(`it is on branch “${session.conversation.branch}” now`);
  if (interrupt) return;
  const tip = session.conversation.lanes.get(mainLane)?.tip ?? null;
  if (expect.tip !== tip) throw stale('something new has landed in the conversation');
}

/** Interrupts if that is needed and allowed, and waits until the agent's last rows have landed. */
async function comeToRest(session: Session, options: Options): Promise<void> {
  const run = session.runs.current;
  if (!run) throw sessionNotRunning(session.label);
  // A subagent's report may start another turn right after the one that was ended.
  for (let rounds = 0; !isAtRest(session); rounds++) {
    if (!options.interrupt) throw agentAtWork(endsWith(session).join(', ') || 'it is starting');
    reach(session, { is: 'interrupting' });
    if (session.state.is !== 'starting') await run.type({ is: 'interrupt' });
    if (rounds >= mostInterrupts || !(await session.waitFor(() => isAtRest(session) || run.hasEnded, interruptMs)))
      throw new HumanError('interrupt-failed', `The agent did not come to rest within ${interruptMs / 1000} s after the interrupt. Nothing was changed; interrupt it in its terminal and try again.`);
    if (run.hasEnded) break;
    await sleep(lateRowsMs);
  }
  reach(session, { is: 'settling' });
  // A clock that was set back meanwhile would make it wait for as long.
  const sinceLastMs = Math.max(0, Date.now() - Date.parse(session.conversation.lastTs ?? ''));
  if (sinceLastMs < lateRowsMs) await sleep(lateRowsMs - sinceLastMs);
  await run.settle();
  if (run.hasEnded) throw sessionNotRunning(session.label);
  // What was typed past the queue may have been taken up only now.
  if (!isAtRest(session)) await comeToRest(session, options);
}

const isAtRest = (session: Session): boolean => session.state.is === 'idle' || session.state.is === 'limited';

/** Where a rewind to the seam goes to. */
async function cutAt(session: Session, seam: Seam): Promise<Target> {
  return {
    how: 'rewind', seam: seam.seam, branch: session.conversation.freeBranchName(), native: await cutHistory(session, seam.seam, seam.after), checkpoint: seam.checkpoint,
    filesReason: seam.checkpoint ? null : 'the files were not captured at this seam', fidelity: seam.fidelity, reason: null,
  };
}

async function wayBackTo(session: Session, branch: Branch): Promise<Target> {
  const { history } = session;
  await history.bringBack(branch.native);
  const files = branch.native.path ? await history.read(branch.native) : [];
  const place = {
    how: 'switch' as const, seam: null, branch: branch.branch, checkpoint: branch.tipCheckpoint,
    filesReason: branch.tipCheckpoint ? null : 'the files of that branch were not captured',
  };
  if (isBlank(session, branch.branch, branch.native, files)) return { ...place, native: { session: crypto.randomUUID(), path: '' }, fidelity: 'exact', reason: null };
  if (branch.native.path && files.length === 0)
    throw new HumanError('history-gone', `The agent's history of branch “${branch.branch}” is gone (${branch.native.path}), and no copy of it was kept.`);
  const { keep, fidelity, reason } = onwardFrom(session, branch.branch, branch.native, files);
  const copy = keep === null ? null : await historyOf(session, branch.native, keep);
  if (copy?.is === 'refused') throw rewindFailed('copying the history of that branch', copy.reason);
  return { ...place, native: copy?.native ?? branch.native, fidelity, reason };
}

/**
 * From here on everything is recorded or undone. Before `rewind_started` a failure leaves no trace; after it the files, the agent and
 * the branch are put back and `rewind_failed` says so. The host's death in between is mended on its next start (recovery.ts).
 */
async function transaction(session: Session, options: Options, startedMs: number, aim: () => Promise<Target>): Promise<RewindOutcome> {
  const { conversation } = session;
  reach(session, { is: 'capturing' });
  const probed = session.runs.probeAgain();
  const from = conversation.branch;
  const oldNative = conversation.native;
  const captured = session.files.capture('rewind');
  const target = await session.history.keep(oldNative).then(aim).finally(() => captured);
  const present = await captured;
  const withFiles = options.files && target.checkpoint !== null && session.files.checkpoints !== null;
  const refuse = async (why: unknown): Promise<never> => {
    await discardLoose(session, target.native);
    throw why;
  };
  await checkMeans(session, present, withFiles ? target.checkpoint : null, probed).catch(refuse);

  const id = crypto.randomUUID().slice(0, 8);
  const isSafe = await session.recorder.recordOrGoOn([{
    type: 'rewind_started', rewind: id, how: target.how, from_branch: from, to_branch: target.branch,
    tip: conversation.lanes.get(mainLane)?.tip ?? null, seam: target.seam, old_native: oldNative, new_native: target.native,
    checkpoint: present, to_checkpoint: withFiles ? target.checkpoint : null, files: withFiles,
  }]);
  if (!isSafe) {
    await session.recorder.recordOrGoOn([{ type: 'rewind_failed', rewind: id, step: 'recording the rewind', message: session.recorder.problem?.message ?? 'the log could not be written', branch: from }]);
    await refuse(rewindFailed('recording it', session.recorder.problem?.message ?? 'the log could not be written.'));
  }

  let step = 'restoring the files';
  let files: FilesOutcome = filesUntouched(options, target, session);
  let [agentSinceMs, agentMs] = [0, 0];
  let looked: Look;
  let restored: string[] = [];
  let ends: string[] = [];
  try {
    reachFault('started', session.runs.pid);
    if (withFiles && target.checkpoint && session.files.checkpoints && present) {
      const { request, left, aside } = await restoreOf(session.files.checkpoints, session, target.checkpoint, present, options.overwrite);
      const done = await session.files.checkpoints.restore(request, (paths) => reach(session, { is: 'restoring', files: paths }));
      const conflicts = [...left, ...done.conflicts].sort();
      restored = [...done.write, ...done.remove].sort();
      const untouched = untouchedBy(done, aside, [...restored, ...conflicts]);
      files = { is: 'restored', restored, ...(conflicts.length ? { conflicts } : {}), ...untouched };
    }
    reachFault('files', session.runs.pid);
    // What anybody changes from here on is not of this session's doing.
    looked = session.files.look();
    step = 'ending the agent';
    reach(session, { is: 'ending' });
    ends = endsWith(session);
    agentSinceMs = performance.now();
    await endRun(session, target.how);
    reachFault('ended');
    step = 'starting the agent on its new history';
    reach(session, { is: 'starting' });
    await launch(session, target, target.branch === from ? from : target.branch, target.reason === null ? undefined : { fidelity: target.fidelity, reason: target.reason });
    reachFault('launched', session.runs.pid);
    agentMs = performance.now() - agentSinceMs;
    step = 'recording the outcome';
    reach(session, { is: 'recording' });
    // Where the agent writes a history of its own choice, that is the branch's from now on.
    const done = { rewind: id, branch: target.branch, native: session.move.arriving ?? target.native, files, tip_checkpoint: present };
    session.move.arrived();
    const isRecorded = await session.recorder.recordOrGoOn([target.how === 'rewind' && target.seam
      ? { type: 'rewound', ...done, parent_branch: from, seam: target.seam, fidelity: target.fidelity }
      : { type: 'branch_selected', ...done, from_branch: from }]);
    if (!isRecorded) throw session.recorder.problem ?? new Error('the log could not be written.');
    reachFault('rewound');
  } catch (error) {
    throw await rollBack(session, { id, step, error, from, oldNative, present, target, hadFiles: withFiles });
  }
  void session.history.keep(conversation.native);
  await session.files.capture('rewind', { looked, restored });
  const took = { ms: Math.round(performance.now() - startedMs), agentMs: Math.round(agentMs) };
  return { branch: target.branch, from, seam: target.seam, fidelity: target.fidelity, reason: target.reason, ends, files, native: target.native.session, ...took };
}

/** @throws HumanError when something is missing that the rest of the transaction needs: nothing was recorded yet. */
async function checkMeans(session: Session, present: string | null, checkpoint: string | null, probed: Promise<AgentInstall>): Promise<void> {
  reachFault('captured', session.runs.pid);
  if (checkpoint && present === null) throw rewindFailed('capturing the present files', session.files.problem ?? 'they could not be read');
  if (checkpoint && !(await session.files.checkpoints?.has(checkpoint).catch(() => false))) throw rewindFailed('looking for the files of that point', `the checkpoint ${checkpoint} is missing.`);
  const install = await probed;
  if (install.is === 'unusable') throw rewindFailed('looking for the agent', `${install.problem} ${install.todo}`);
  if (session.recorder.problem) throw session.recorder.problem;
}

function filesUntouched(options: Options, target: Target, session: Session): FilesOutcome {
  if (!options.files) return { is: 'kept' };
  return { is: 'unavailable', reason: session.files.unavailable ?? target.filesReason ?? 'the files were not captured' };
}

async function endRun(session: Session, how: 'rewind' | 'switch', signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
  const run = session.runs.current;
  if (!run) return;
  const number = session.conversation.run;
  const end = await run.end(signal, 5_000);
  if (session.conversation.alive) void session.recorder.record([{ type: 'run_ended', code: end.code, ...(end.signal ? { signal: end.signal } : {}), cause: how }], number);
}

async function launch(session: Session, target: { native: NativeRef; how: 'rewind' | 'switch' }, branch: BranchId, memory?: Memory): Promise<void> {
  const { starter } = session.runs;
  if (!starter) throw new Error('there is no environment to start it in');
  const how = target.native.path ? { is: 'resume', native: target.native } as const : { is: 'new', session: target.native.session } as const;
  session.move.setOut(target.native);
  const started = await session.runs.start(starter, { cause: target.how, how, branch, memory });
  if (started.is === 'failed') throw new Error(started.problem);
  const run = session.runs.current;
  reachFault('launching', session.runs.pid);
  const isReady = await session.waitFor(() => run?.hasEnded === true || isAtRest(session), readyMs);
  if (run?.hasEnded) throw new Error(`it ended at once (${(await session.terminal.text(12)).trim().split('\n').slice(-6).join(' / ') || 'without a word'}).`);
  if (!isReady) throw new Error(`it was not ready within ${readyMs / 1000} s.`);
}

interface Failure {
  id: string;
  step: string;
  error: unknown;
  from: BranchId;
  oldNative: NativeRef;
  present: string | null;
  target: Target;
  hadFiles: boolean;
}

/** Puts branch, native history and files of before back; the returned error says what failed and, if need be, what could not be put back. */
async function rollBack(session: Session, failure: Failure): Promise<HumanError> {
  const why = failure.error instanceof Error ? failure.error.message : String(failure.error);
  const trouble: string[] = [];
  const { checkpoints } = session.files;
  if (failure.hadFiles && checkpoints && failure.present && failure.target.checkpoint) {
    await checkpoints.restore({ to: failure.present, tip: failure.target.checkpoint })
      .then((plan) => { if (plan.conflicts.length) trouble.push(`these files changed meanwhile and were left alone: ${plan.conflicts.join(', ')}`); })
      .catch((error: unknown) => { trouble.push(`the files could not be put back: ${String(error)}`); });
  }
  if (failure.step !== 'restoring the files') {
    await endRun(session, failure.target.how, 'SIGKILL');
    await discardLoose(session, failure.target.native);
    await session.history.bringBack(failure.oldNative);
    await launch(session, { native: failure.oldNative, how: failure.target.how }, failure.from)
      .catch((error: unknown) => { trouble.push(`the agent could not be started again: ${error instanceof Error ? error.message : String(error)}`); });
  } else {
    await discardLoose(session, failure.target.native);
  }
  const message = [why, ...trouble].join(' Also, ');
  await session.recorder.recordOrGoOn([{ type: 'rewind_failed', rewind: failure.id, step: failure.step, message, branch: failure.from }]);
  return rewindFailed(failure.step, message);
}
