import type { Decoded } from '../../core/adapter.ts';
import { asNumber, asObject, asText, parseObject } from './json.ts';
import { separatorOf } from './watches.ts';

/** Name under which the CLI's state file is seen at the end of a run. */
export const stateFileName = 'state file';

/** Where the CLI keeps, among much else, what the last session of each folder has cost; null when it is not known where its things are. */
export function stateFileOf(env: Readonly<Record<string, string | undefined>>): string | null {
  const folder = env['CLAUDE_CONFIG_DIR'] || env['HOME'] || env['USERPROFILE'];
  return folder ? `${folder}${separatorOf(folder)}.claude.json` : null;
}

/** What the session has cost by the CLI's own account, which it writes when it ends well; nothing when the account is of another session. */
export function costIn(stateFile: string | null, session: string): Decoded[] {
  const projects = asObject(parseObject(stateFile ?? '')?.['projects']) ?? {};
  for (const project of Object.values(projects)) {
    const facts = asObject(project);
    const cost = asNumber(facts?.['lastCost']);
    if (cost !== undefined && asText(facts?.['lastSessionId']) === session) return [{ is: 'draft', draft: { type: 'cost', agent_session_id: session, cost_usd: cost } }];
  }
  return [];
}
