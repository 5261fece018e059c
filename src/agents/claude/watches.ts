import type { Watch } from '../../core/adapter.ts';

/** Names of the watches whose observations the decoder takes apart. */
export const watchNames = {
  transcript: 'transcript',
  subagents: 'subagents',
  status: 'status',
  statuses: 'statuses',
  agentPrefix: 'agent:',
  metaPrefix: 'meta:',
} as const;

/** The separator that a path of the CLI's machine uses. */
export const separatorOf = (path: string) => (path.includes('\\') && !path.includes('/') ? '\\' : '/');

/** `<dir>/<session>/subagents` of the transcript `<dir>/<session>.jsonl`. */
export const subagentsDirectoryOf = (transcript: string): string =>
  `${transcript.replace(/\.jsonl$/, '')}${separatorOf(transcript)}subagents`;

/** What to look at of one native history. */
export const transcriptWatches = (transcript: string): Watch[] => [
  { watch: watchNames.transcript, is: 'lines', path: transcript },
  { watch: watchNames.subagents, is: 'directory', path: subagentsDirectoryOf(transcript) },
];

/** A subagent's own transcript and its description. */
export function subagentWatches(directory: string, agent: string): Watch[] {
  const base = `${directory}${separatorOf(directory)}agent-${agent}`;
  return [
    { watch: `${watchNames.metaPrefix}${agent}`, is: 'text', path: `${base}.meta.json` },
    { watch: `${watchNames.agentPrefix}${agent}`, is: 'lines', path: `${base}.jsonl` },
  ];
}

/** Where the CLI keeps its configuration, transcripts and the list of running sessions. */
export function configDirectoryOf(env: Readonly<Record<string, string | undefined>>): string | null {
  if (env['CLAUDE_CONFIG_DIR']) return env['CLAUDE_CONFIG_DIR'];
  const home = env['HOME'] || env['USERPROFILE'];
  return home ? `${home}${separatorOf(home)}.claude` : null;
}

/** Where the CLI writes the transcript of a session that it has begun in that folder, for when no hook tells (2.1.329). */
export const transcriptIn = (config: string, cwd: string, session: string): string =>
  [config, 'projects', cwd.replace(/[^a-zA-Z0-9]/g, '-'), `${session}.jsonl`].join(separatorOf(config));

/** The CLI's own account of its state, rewritten at each change, removed at exit. */
export const statusWatch = (config: string, pid: number | string): Watch =>
  ({ watch: watchNames.status, is: 'text', path: `${config}${separatorOf(config)}sessions${separatorOf(config)}${pid}.json` });
export const statusesWatch = (config: string): Watch =>
  ({ watch: watchNames.statuses, is: 'directory', path: `${config}${separatorOf(config)}sessions` });
