import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { SessionSettings } from '../core/events.ts';
import { watchPresets } from '../core/watching.ts';
import { usageError } from './failure.ts';
import { countOf, durationOf, wordingOf } from './options.ts';

type Preset = keyof typeof watchPresets;

/** What `--watch` and `watch --on` mean where nothing else is said. */
const usualPatience: Partial<SessionSettings> = watchPresets.impl;
const nothingTyped: Partial<SessionSettings> = { stall_after_s: null, max_resumes: 0, limit_window_s: null, watch_file: null };

/** What `run` and `watch` have in common; false: taken back, which `watch` alone can. */
export interface WatchOptions {
  preset?: Preset;
  stallAfter?: number | false;
  maxResumes?: number;
  nudge?: string;
  resumeAfterLimit?: number | false;
  limitResumes?: number;
  inboxTtl?: number | false;
  watchFile?: string | false;
  summaryOut?: string | false;
  autoStop?: boolean;
}

const lookMs = 5_000;
const look = 'process.exit(require("fs").statSync(process.argv[1], { throwIfNoEntry: false })?.isDirectory() ? 0 : 1)';

/** Looked at by a process of its own: on a disk that does not answer this one would never end. */
const isFolder = (path: string): boolean => {
  const { status } = spawnSync(process.execPath, ['-e', look, path], { timeout: lookMs, killSignal: 'SIGKILL', stdio: 'ignore', cwd: '/', env: { ELECTRON_RUN_AS_NODE: '1' } });
  return status === 0;
};

/** A file's absolute path; it need not be there yet. @throws InvalidArgumentError */
export const fileOf = (text: string): string => {
  if (text.trim() === '') throw new InvalidArgumentError('Give the path of a file.');
  const path = resolve(text);
  if (isFolder(path)) throw new InvalidArgumentError('This is a folder; give the path of a file.');
  return path;
};

/** Declares how a session is kept going. */
export const watchOptions = (command: Command): Command => command
  .addOption(new Option('--preset <name>', 'impl: 8m and 1 nudge; plan: 3m and 2; gate: 15m and none').choices(Object.keys(watchPresets)))
  .option('--stall-after <duration>', 'silence of a working agent that counts as a stall: 90s, 8m, 1.5h', durationOf)
  .option('--max-resumes <number>', 'nudges for one stall before it is escalated to you', countOf)
  .option('--nudge <text>', 'what a nudge says to the agent (default: resume)', wordingOf('words'))
  .option('--resume-after-limit <window>', 'go on by itself after a usage limit that resets within this time', durationOf)
  .option('--limit-resumes <number>', 'how often at most from then on (default: 1)', countOf)
  .option('--inbox-ttl <duration>', 'a prompt that has waited for so long is dropped (default: it waits as long as it takes)', durationOf)
  .option('--watch-file <path>', 'tell the agent whenever this file changes', fileOf)
  .option('--summary-out <path>', 'a JSONL file that gets one row when the session ends', fileOf)
  .option('--auto-stop', 'end the session when its turn is over and nothing waits');

/** Declares how what was set is taken back. */
export const watchTakenBack = (command: Command): Command => command
  .option('--no-stall-after', 'silence is never a stall')
  .option('--no-resume-after-limit', 'wait for you after a usage limit')
  .option('--no-inbox-ttl', 'a prompt waits as long as it takes')
  .option('--no-watch-file', 'tell the agent of no file')
  .option('--no-summary-out', 'name no file for the row of its end')
  .option('--no-auto-stop', 'let it wait at its prompt');

/** The settings that the options name, and no others. `watched`: the watch was asked for, so that its usual patience holds. */
export const settingsOf = (options: WatchOptions, watched: boolean): Partial<SessionSettings> => {
  if (options.limitResumes !== undefined && !options.resumeAfterLimit && options.limitResumes > 0) {
    throw usageError('--limit-resumes needs --resume-after-limit WINDOW: how long a usage limit may last at most.');
  }
  return {
    ...(watched && usualPatience),
    ...(options.preset && watchPresets[options.preset]),
    ...(options.stallAfter !== undefined && { stall_after_s: options.stallAfter || null }),
    ...(options.maxResumes !== undefined && { max_resumes: options.maxResumes }),
    ...(options.nudge !== undefined && { nudge: options.nudge }),
    ...(options.resumeAfterLimit === false && { limit_window_s: null }),
    ...(options.resumeAfterLimit && { limit_window_s: options.resumeAfterLimit, limit_resumes: options.limitResumes ?? 1 }),
    ...(options.inboxTtl !== undefined && { inbox_ttl_s: options.inboxTtl || null }),
    ...(options.watchFile !== undefined && { watch_file: options.watchFile || null }),
    ...(options.summaryOut !== undefined && { summary_out: options.summaryOut || null }),
    ...(options.autoStop !== undefined && { auto_stop: options.autoStop }),
  };
};

/** What `watch --off` says: no stall is told, nothing is typed that nobody asked for. */
export const offSettings = (): Partial<SessionSettings> => ({ ...nothingTyped });
