import { basename } from 'node:path';
import type { SessionSummary } from '../core/view.ts';
import { folderAt, repoRootOf } from '../node/gitFacts.ts';
import { isInside } from './neighbours.ts';

/** Which sessions are meant: those of a folder's repository, or below that folder where there is none; those of an agent, by its id or its program's name. */
export interface SessionFilter {
  cwd?: string | undefined;
  agent?: string | undefined;
}

/** Whether a session is one of those that are meant; of all, without a filter. */
export async function meantBy({ cwd, agent }: SessionFilter): Promise<(summary: SessionSummary) => boolean> {
  const root = cwd === undefined ? null : await repoRootOf((await folderAt(cwd)) ?? cwd);
  return (summary) => (root === null || summary.repoRoot === root || isInside(root, summary.cwd))
    && (agent === undefined || summary.agent === agent || basename(summary.agent) === agent);
}
