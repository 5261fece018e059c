import bash from './scripts/backstitch.bash';
import fish from './scripts/backstitch.fish';
import zsh from './scripts/backstitch.zsh';

/** The shells that there is a script for. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** For each shell the script that makes it ask `backstitch complete` at each Tab: it knows no verb itself, and so stays right when there are others. */
export const scripts: Record<Shell, string> = { bash, zsh, fish };
