/** Oldest and newest version of the CLI whose behaviour was measured (transcript rows, hooks, resume of a cut history). */
export const oldestMeasured = '2.1.197';
export const newestMeasured = '2.1.329';

/** `2.1.329` out of `2.1.329 (Claude Code)`, or null when there is no version in it. */
export function parseVersion(text: string): string | null {
  return /\d+\.\d+\.\d+/.exec(text)?.[0] ?? null;
}

/** Negative, zero or positive as for a sort. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  for (const i of [0, 1, 2]) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Hook events that we listen to, with the oldest version known to accept the name. An unknown name makes the CLI stop with a
 * settings warning before it starts (measured with 2.1.329), so none is named to a version that may not know it.
 */
const hookEvents: readonly { readonly event: string; readonly since: string }[] = [
  'SessionStart', 'SessionEnd', 'UserPromptSubmit', 'PreToolUse', 'PostToolUse', 'PostToolUseFailure', 'PostToolBatch', 'PermissionRequest',
  'Stop', 'StopFailure', 'SubagentStart', 'SubagentStop', 'MessageDisplay', 'PreCompact',
].map((event) => ({ event, since: oldestMeasured }));

/** Names that this version of the CLI accepts. */
export const hookEventsOf = (version: string): string[] =>
  hookEvents.filter(({ since }) => compareVersions(version, since) >= 0).map(({ event }) => event);
