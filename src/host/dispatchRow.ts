import { hostname } from 'node:os';
import type { Conversation } from '../core/conversation.ts';
import type { ExitClass } from '../core/events.ts';
import type { SinceCommit } from '../node/gitFacts.ts';
import { countsOf, durationOf, usageOf } from './exitSummary.ts';

/** Fields of a session's `meta` that the row repeats beside ours. */
const passedOn = ['orchestrator', 'orchestrator_session', 'chain_id', 'parent_dispatch_id', 'tier', 'phase', 'issue', 'plan', 'task_brief', 'provider', 'deployment'];

/** What is known at a session's end besides its conversation. */
export interface DispatchFacts {
  exit: ExitClass;
  git: SinceCommit | null;
  label: string;
  startSha: string | null;
  branch: string | null;
  /** UTC ISO 8601. */
  endedTs: string;
}

/** The row that a session adds to a telemetry file: what was meant (`meta`, `predicted`), and what it came to (`actual`). Unknown is null. */
export function dispatchRow(conversation: Conversation, facts: DispatchFacts): Record<string, unknown> {
  const { started, firstTs } = conversation;
  const counts = countsOf(conversation);
  const meta = started?.meta ?? {};
  const usage = usageOf(conversation);
  const models = [...conversation.blocks.values()].flatMap((block) => block.model ?? []);
  return {
    meta: {
      id: facts.label, tmux_session: started?.tmux_session ?? null, description: started?.description ?? null, started_at: firstTs, ended_at: facts.endedTs, harness: 'backstitch',
      harness_version: typeof BACKSTITCH_BUILD === 'string' ? BACKSTITCH_BUILD : 'source', agent: started?.agent ?? null, agent_version: started?.agent_version || null,
      host: hostname(), platform: process.platform, ...Object.fromEntries(passedOn.map((name) => [name, meta[name] ?? null])),
      repo: started?.repo_root ?? null, branch: facts.branch, start_sha: facts.startSha, end_sha: facts.git?.sha ?? null,
    },
    predicted: isObject(meta['predicted']) ? meta['predicted'] : {},
    actual: {
      model: models.at(-1) ?? null, effort: typeof meta['effort'] === 'string' ? meta['effort'] : null,
      duration_s: durationOf(conversation, facts.endedTs),
      ...usage, cost_usd: conversation.costUsd,
      loc_added: facts.git?.loc_added ?? null, loc_removed: facts.git?.loc_removed ?? null, files_changed: facts.git?.files_changed ?? null, commits: facts.git?.commits ?? null,
      exit: facts.exit, stalls: counts.stalls, force_resumes: counts.resumes, disconnections: counts.disconnections, compactions: counts.compactions,
      tests_run: null, tests_passed: null, tests_failed: null,
    },
  };
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
