import type { OwnPlace } from '../../core/adapter.ts';
import { stateFileOf } from './cost.ts';
import { configDirectoryOf } from './watches.ts';

/** Names in the CLI's configuration directory that it alone writes (2.1.329, and what earlier versions left there). */
const inside = [
  'projects', 'sessions', 'history.jsonl*', '.claude.json*', '.credentials.json*', '.last-cleanup', 'backups', 'cache', 'debug',
  'file-history', 'ide', 'paste-cache', 'plans', 'session-env', 'shell-snapshots', 'stats-cache.json*', 'statsig', 'tasks',
  'telemetry', 'todos', 'uploads', 'usage-data',
];

/** Where the CLI keeps its histories and its state: as that environment says, and where it does when none says. */
export function ownPlacesOf(env: Readonly<Record<string, string | undefined>>): OwnPlace[] {
  return [env, { ...env, CLAUDE_CONFIG_DIR: undefined }].flatMap((each) => {
    const directory = configDirectoryOf(each);
    const state = stateFileOf(each);
    return [
      ...(directory === null ? [] : [{ path: directory, inside }]),
      ...(state === null ? [] : [{ path: `${state}*` }]),
    ];
  });
}
