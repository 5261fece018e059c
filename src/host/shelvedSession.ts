import { adapterFor, adapters } from '../agents/all.ts';
import type { AgentAdapter } from '../core/adapter.ts';
import { Conversation } from '../core/conversation.ts';
import { HumanError } from '../core/errors.ts';
import type { SessionSummary } from '../core/view.ts';
import { readLogRows } from '../node/eventLog.ts';
import { summaryOf, firstPromptLine } from './summary.ts';

/** A session that is over, as a list shows it: its log is read again when somebody looks into it, and written only when there is something to record. */
export interface ShelvedSession {
  path: string;
  summary: SessionSummary;
  /** Null for an agent that this version does not know: such a session is listed and never touched. */
  adapter: AgentAdapter | null;
  /** A dead host has left something half done in it. */
  needsRecovery: boolean;
}

/** Reads one log for the list. @throws HumanError when it is no session's log. */
export async function shelve(uid: string, path: string): Promise<ShelvedSession> {
  const { rows, damage } = await readLogRows(path);
  const conversation = new Conversation();
  for (const row of rows) conversation.apply(row);
  const adapter = adapterOf(conversation);
  const problem = adapter ? (damage[0] ?? null) : `This version does not know the agent “${conversation.started?.agent}”.`;
  const summary = summaryOf(conversation, {
    uid, label: conversation.id, agentName: adapter?.name ?? null, state: { is: 'exited' }, alive: false, pid: null, title: firstPromptLine(conversation), logPath: path, problem,
  });
  if (!summary || typeof summary.cwd !== 'string' || typeof summary.agent !== 'string') throw new HumanError('no-session-log', `${path} does not tell which session it is of: it has no “started” row.`);
  return { path, summary, adapter, needsRecovery: conversation.alive || conversation.openRewind !== null };
}

/** A session with a history of its agent's own was made by an adapter; where that is missing, nobody here can go on with it. */
function adapterOf({ started, native }: Conversation): AgentAdapter | null {
  const known = adapters.find((one) => one.id === started?.agent) ?? null;
  return known || native.path !== '' || typeof started?.agent !== 'string' ? known : adapterFor(started.agent);
}

export const agentUnknown = ({ summary }: ShelvedSession): HumanError =>
  new HumanError('unknown-agent', `Session “${summary.id}” was made with the agent “${summary.agent}”, which this version of Backstitch does not know. Its log is ${summary.logPath}; it was not touched.`);
