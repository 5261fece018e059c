import { constants, openSync, statSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { delimiter } from 'node:path';
import type { ReadStream } from 'node:tty';
import * as nodePty from 'node-pty';
import type { Terminal } from '../core/ports.ts';
import { systemFailure } from '../core/systemFailure.ts';
import { executableOn } from './executables.ts';
import { mostOpenFiles, mostProcesses, refusesFiles } from './openFiles.ts';
import { findSessionStarter, startInPty, type PtyDevices } from './ptySession.ts';
import { sizeOf } from './ptySize.ts';
import { UnixTerminal, type TerminalEnd, type UnixChild } from './ptyUnix.ts';
import { WindowsTerminal } from './ptyWindows.ts';
import { withUsersMask } from './umask.ts';

/** What to run, where, and with exactly which environment. argv[0] is a path, or a name looked up on the PATH of `env`. */
export interface TerminalSpec {
  argv: string[];
  cwd: string;
  env: Record<string, string | undefined>;
  cols: number;
  rows: number;
}

export type SpawnResult = { is: 'started'; terminal: Terminal } | { is: 'failed'; problem: string };

/**
 * Starts a program in a pseudo-terminal. What prevents the start (no such program, folder or pty) is a value, in words.
 * Nothing is read, and so no exit told, before somebody listens with `onData`: a late listener loses nothing.
 * On Linux the child inherits no descriptor of another terminal, given a `starter` (the path of `setsid`); without one it may.
 */
export function spawnTerminal(spec: TerminalSpec, starter = findSessionStarter()): SpawnResult {
  const env = definedOf(spec.env);
  if (!statSync(spec.cwd, { throwIfNoEntry: false })?.isDirectory()) return failed(`The folder ${spec.cwd} does not exist.`);
  const [name, ...args] = spec.argv;
  if (name === undefined) return failed('There is no program to start.');
  const program = executableOn(name, { path: env['PATH'] ?? env['Path'] ?? '', pathExt: env['PATHEXT'], cwd: spec.cwd });
  if (program === null) return failed(`The program ${name} was not found${name.includes('/') ? '' : ` in any of ${(env['PATH'] ?? '').split(delimiter).length} folders of PATH`}, or may not be executed.`);
  try {
    const size = sizeOf(spec.cols, spec.rows);
    env['TERM'] ??= 'xterm-256color';
    if (starter !== null) {
      const session = { argv: [program, ...args], cwd: spec.cwd, env, ...size };
      return { is: 'started', terminal: new UnixTerminal(withUsersMask(() => startInPty(devices, starter, session))) };
    }
    // Null: bytes as they are. The typings of 1.1.0 allow it; on Windows node-pty decodes all the same.
    const options = { name: env['TERM'], cwd: spec.cwd, env, ...size, encoding: null };
    const pty = withUsersMask(() => nodePty.spawn(program, args, options));
    return { is: 'started', terminal: process.platform === 'win32' ? new WindowsTerminal(pty) : new UnixTerminal(forked(pty as ForkedPty)) };
  } catch (error) {
    return failed(`A pseudo-terminal could not be opened: ${whyNot(error)}`);
  }
}

/** What node-pty 1.1.0 has on Unix beyond its typings; the version is pinned exactly because of these. */
const devices = (nodePty as unknown as { native: PtyDevices }).native;
interface ForkedPty extends nodePty.IPty {
  readonly fd: number;
  readonly ptsName: string;
  readonly _socket: ReadStream;
  _emittedClose: boolean;
}

/** A child of node-pty's own fork: on macOS, and on a Linux without `setsid`. */
function forked(pty: ForkedPty): UnixChild {
  // Tells exit at once instead of destroying the reader 200 ms later, read or unread (unixTerminal.js, `onexit`).
  pty._emittedClose = true;
  return {
    pid: pty.pid,
    fd: pty.fd,
    // It throws read errors out of an event unless there is a second listener, which UnixTerminal is.
    socket: pty._socket,
    onRead: (listener) => void pty._socket.on('data', listener),
    childSide: openChildSide(pty.ptsName),
    resize: (cols, rows) => pty.resize(cols, rows),
    onExit: (listener) => void pty.onExit(({ exitCode, signal }) => listener(endOf(exitCode, signal))),
  };
}

/** node-pty's own errors do not say what the system has said. */
const whyNot = (error: unknown): string => {
  const cause = (error as NodeJS.ErrnoException).code === undefined && process.platform !== 'win32' ? refusesFiles() ?? error : error;
  const refused = systemFailure(cause, { who: 'The session host', openFiles: mostOpenFiles(), processes: mostProcesses() });
  return refused?.message ?? `${error instanceof Error ? error.message : String(error)}.`;
};

const failed = (problem: string): SpawnResult => ({ is: 'failed', problem });

const definedOf = (env: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));

const signalNames = new Map(Object.entries(osConstants.signals).map(([name, number]) => [number as number, name]));
const endOf = (code: number, signal: number | undefined): TerminalEnd =>
  signal ? { code: null, signal: signalNames.get(signal) ?? `signal ${signal}` } : { code, signal: null };

function openChildSide(path: string): number | null {
  try {
    return openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  } catch {
    // Without it the terminal works; only on libuv < 1.52 the end of the output may be cut.
    return null;
  }
}
