import type { AgentState, FilesOutcome } from '../core/events.ts';
import type { SessionSummary } from '../core/view.ts';
import type { RewindOutcome } from '../protocol/protocol.ts';

/** A state as scripts read it: a word, and beside it what an agent waits for. */
export const stateJson = (state: AgentState) => ({
  state: state.is,
  ...(state.is === 'waiting' && { waiting_for: state.for }),
  ...(state.is === 'idle' && state.interrupted && { interrupted: true }),
  ...(state.is === 'limited' && state.until !== undefined && { until: state.until }),
});

/** A session as `status --json` shows it. Never holds a token or a part of the environment. */
export const sessionJson = (session: SessionSummary, now: number) => ({
  id: session.id,
  uid: session.uid,
  agent: session.agent,
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
  branches: session.branches,
  blocks: session.blocks,
  pending_requests: session.pendingRequests,
  running_lanes: session.runningLanes,
  created_ts: session.createdTs,
  last_ts: session.lastTs,
  idle_s: Math.max(0, Math.floor((now - Date.parse(session.lastTs)) / 1000)),
  last_seq: session.lastSeq,
  log_path: session.logPath,
  problem: session.problem,
});

/** A session that was just started, as `run --detach` and `resume` tell scripts. */
export const startedJson = (session: SessionSummary) => ({
  ok: true,
  id: session.id,
  uid: session.uid,
  agent: session.agent,
  pid: session.pid,
  mode: 'headless',
  cwd: session.cwd,
  log_path: session.logPath,
  ...(session.description !== null && { description: session.description }),
});

const filesJson = (files: FilesOutcome) => ({
  is: files.is,
  restored: files.restored ?? [],
  conflicts: files.conflicts ?? [],
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
  files: filesJson(outcome.files),
  native: outcome.native,
  ms: outcome.ms,
});

/** What happened to the files, as one sentence for people. */
export const filesSentence = (files: FilesOutcome): string => {
  const restored = files.restored?.length ?? 0;
  const conflicts = files.conflicts ?? [];
  const left = conflicts.length > 0 ? ` Left alone, because somebody else changed them since: ${conflicts.join(', ')}.` : '';
  switch (files.is) {
    case 'kept': return 'Files are as they were.';
    case 'unavailable': return `Files are as they were: ${files.reason ?? 'they were not captured there'}.`;
    case 'restored': return `${restored === 0 ? 'No file had to be changed' : `Files restored: ${files.restored?.join(', ')}`}.${left}`;
  }
};
