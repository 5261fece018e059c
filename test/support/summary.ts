import type { Conversation } from '../../src/core/conversation.ts';
import type { SessionSummary } from '../../src/core/view.ts';
import { defaultSettings } from '../../src/core/watching.ts';

/** What a list would show of a conversation that no host holds. */
export const summaryFor = (conversation: Conversation, known: Partial<SessionSummary> = {}): SessionSummary => ({
  uid: 'u', id: conversation.id, agent: 'demo', agentName: 'Demo', agentVersion: null, cwd: '/', repoRoot: null, description: null, title: '', pid: conversation.pid, logPath: '', problem: null,
  state: conversation.state, alive: conversation.alive, ended: conversation.ended, end: conversation.end && conversation.endedTs ? { ...conversation.end, ts: conversation.endedTs } : null, branch: conversation.branch, branches: conversation.branches.size, blocks: conversation.blockCount,
  pendingRequests: conversation.requests.size, queued: conversation.queue.length, queuePaused: conversation.queuePaused, settings: defaultSettings, stall: null, activeTs: '',
  runningLanes: 0, createdTs: conversation.firstTs ?? '', lastTs: conversation.lastTs ?? '', lastSeq: conversation.lastSeq, lastMove: conversation.lastMove, ...known,
});
