import type { AgentState, FilesOutcome } from '../core/events.ts';
import { shownPath } from '../core/plainText.ts';
import type { SessionEnd, SessionSummary, Stall } from '../core/view.ts';
import type { RewindOutcome } from '../protocol/protocol.ts';

/** A state as scripts read it: a word, and beside it what an agent waits for. */
export const stateJson = (state: AgentState) => ({
  state: state.is,
  ...(state.is === 'waiting' && { waiting_for: state.for }),
  ...(state.is === 'idle' && state.interrupted && { interrupted: true }),
  ...(state.is === 'waiting' && state.for === 'dialog' && { dialog: state.dialog, message: state.message }),
  ...(state.is === 'limited' && state.until !== undefined && { until: state.until }),
  ...(state.is === 'limited' && state.message !== undefined && { message: state.message }),
});

/** What the watch has seen and done; null when there is no reason to worry. */
export const stallJson = (stall: Stall | null) => stall && {
  since_ts: stall.sinceTs, during: stall.during, tool: stall.tool, resumes: stall.resumes, escalated: stall.escalated,
};

/** Whole seconds from a moment until `now`; none for one that is to come. */
export const secondsSince = (ts: string, now: number): number => Math.max(0, Math.floor((now - Date.parse(ts)) / 1000));

/** A session as `status --json` shows it. Never holds a token or a part of the environment. */
export const sessionJson = (session: SessionSummary, now: number) => ({
  id: session.id,
  named: session.named ?? true,
  uid: session.uid,
  agent: session.agent,
  cli: session.agent,
  agent_version: session.agentVersion,
  pid: session.pid,
  ...stateJson(session.state),
  alive: session.alive,
  ended: session.ended,
  cwd: session.cwd,
  repo_root: session.repoRoot,
  description: session.description,
  title: session.title,
  branch: session.branch,
  turn: session.turn ?? null,
  branches: session.branches,
  blocks: session.blocks,
  pending_requests: session.pendingRequests,
  running_lanes: session.runningLanes,
  finished_ts: session.finishedTs ?? null,
  background: session.background ?? [],
  created_ts: session.createdTs,
  last_ts: session.lastTs,
  idle_s: secondsSince(session.lastTs, now),
  log_mtime: session.activeTs || null,
  log_idle_s: session.activeTs ? secondsSince(session.activeTs, now) : null,
  stall: stallJson(session.stall),
  queued: session.queued,
  queue_paused: session.queuePaused,
  queue_held: session.queueHeld ?? null,
  watch: session.settings,
  last_seq: session.lastSeq,
  log_path: session.logPath,
  problem: session.problem,
});

/** How a session ended; all null of one that lives. */
export const endJson = (end: SessionEnd | null) => ({ code: end?.code ?? null, signal: end?.signal ?? null, ended: end?.ended ?? null });

const filesJson = (files: FilesOutcome) => ({
  is: files.is,
  restored: files.restored ?? [],
  conflicts: files.conflicts ?? [],
  untouched: files.untouched ?? [],
  unnamed: files.unnamed ?? 0,
  ...(files.reason !== undefined && { reason: files.reason }),
});

/** What a rewind or a switch did, as scripts read it. */
export const rewindJson = (session: SessionSummary, outcome: RewindOutcome) => ({
  ok: true,
  id: session.id,
  uid: session.uid,
  branch: outcome.branch,
  from: outcome.from,
  seam: outcome.seam,
  fidelity: outcome.fidelity,
  reason: outcome.reason,
  files: filesJson(outcome.files),
  ends: outcome.ends,
  native: outcome.native,
  ms: outcome.ms,
});

/** What happened to the files, as one sentence for people; what is left alone for good is said in lines of its own. */
export const filesSentence = (files: FilesOutcome): string => {
  const restored = files.restored?.map(shownPath) ?? [];
  const conflicts = files.conflicts?.map(shownPath) ?? [];
  const left = conflicts.length > 0 ? ` Left alone, because somebody else changed them since: ${conflicts.join(', ')}.` : '';
  const nothing = files.untouched?.length ? 'No captured file had to be changed' : 'No file had to be changed';
  switch (files.is) {
    case 'kept': return 'Files are as they were.';
    case 'unavailable': return `Files are as they were: ${files.reason ?? 'they were not captured there'}.`;
    case 'restored': return `${restored.length === 0 ? nothing : `Files restored: ${restored.join(', ')}`}.${left}`;
  }
};
