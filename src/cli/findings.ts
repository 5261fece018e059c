import { readFile, stat, statfs } from 'node:fs/promises';
import { homedir } from 'node:os';
import { runProgram } from '../client/programs.ts';
import { leftoversIn, openStateDirectoryFor } from '../client/stateDirectory.ts';
import { HumanError } from '../core/errors.ts';
import type { SessionSummary } from '../core/view.ts';

/** One thing that was looked at: well, worth knowing, or in the way; and what to do about it. */
export interface Finding {
  what: string;
  is: 'ok' | 'note' | 'problem';
  found: string;
  todo: string | null;
}

const megabyte = 1024 * 1024;
/** Below this a session's record and its checkpoints soon run out of room. */
const littleRoomBytes = 500 * megabyte;

export const ok = (what: string, found: string): Finding => ({ what, is: 'ok', found, todo: null });
export const note = (what: string, found: string, todo: string): Finding => ({ what, is: 'note', found, todo });
export const problem = (what: string, found: string, todo: string): Finding => ({ what, is: 'problem', found, todo });

/** First line of what a program prints; null when it is not there or fails. */
const firstLine = async (program: string, ...args: string[]): Promise<string | null> => {
  const { ok: hasRun, stdout } = await runProgram(program, args, 5_000);
  return hasRun ? stdout.trim().split('\n')[0] ?? '' : null;
};

export const aboutGit = async (): Promise<Finding> => {
  const version = await firstLine('git', '--version');
  return version === null
    ? problem('git', 'not on the PATH', 'Install git: without it the files of a session are not captured, and a rewind leaves them as they are.')
    : ok('git', version);
};

export const aboutTmux = async (): Promise<Finding> => {
  const version = await firstLine('tmux', '-V');
  return version === null ? note('tmux', 'not on the PATH', 'Only `backstitch run --tmux` needs it.') : ok('tmux', version);
};

/** How much memory a process holds; null where that cannot be told. */
export const memoryOf = async (pid: number): Promise<number | null> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => null);
  const kilobytes = Number(/^VmRSS:\s+(\d+)/m.exec(status ?? '')?.[1] ?? await firstLine('ps', '-o', 'rss=', '-p', String(pid)) ?? Number.NaN);
  return Number.isFinite(kilobytes) ? kilobytes * 1024 : null;
};

const aboutDisk = async (path: string): Promise<Finding> => {
  const room = await statfs(path).then(({ bavail, bsize }) => bavail * bsize, () => null);
  if (room === null) return ok('disk', 'unknown');
  return room < littleRoomBytes
    ? problem('disk', `${Math.round(room / megabyte)} MB free`, 'Make room: recording stops when the disk is full (agents go on).')
    : ok('disk', `${Math.round(room / megabyte / 1024)} GB free`);
};

const rightsOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8).padStart(4, '0');

/** The state directory, its rights and its room; looked at without a session host, which may be what is missing. */
export const aboutStateDirectory = async (): Promise<Finding[]> => {
  try {
    const { path } = await openStateDirectoryFor(process.env);
    const rights = process.platform === 'win32' ? '' : `, ${await rightsOf(path)}`;
    return [ok('state directory', `${path}${rights}`), await aboutDisk(path)];
  } catch (error) {
    if (!(error instanceof HumanError)) throw error;
    const place = process.env['BACKSTITCH_STATE_DIR'] ?? homedir();
    return [problem('state directory', error.message, 'Make it yours alone (chmod 700), or set BACKSTITCH_STATE_DIR to a directory that you can write.'), await aboutDisk(place)];
  }
};

const few = (names: string[]): string => `${names.slice(0, 5).join(', ')}${names.length > 5 ? `, and ${names.length - 5} more` : ''}`;

/** What is left of sessions that ended badly, or are gone. */
export const aboutLeftovers = async (sessions: SessionSummary[]): Promise<Finding[]> => {
  const interrupted = sessions.filter(({ ended }) => ended === 'interrupted').map(({ id }) => id);
  const ill = sessions.filter((session) => session.problem !== null);
  const files = await leftoversIn(process.env);
  return [
    ...(interrupted.length > 0 ? [note('interrupted sessions', few(interrupted), '`backstitch resume --id …` goes on with one, `backstitch rm --id … --force` removes it.')] : []),
    ...ill.map((session) => note(`session ${session.id}`, session.problem ?? '', `\`backstitch events --id ${session.uid} --snapshot\` prints what can be read.`)),
    files.length === 0 ? ok('leftovers', 'none') : note('leftovers', `${files.length} of sessions that are gone: ${few(files)}`, 'Remove them: nothing refers to them any more.'),
  ];
};
