import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { executableOn } from './executables.ts';
import type { UnixChild } from './ptyUnix.ts';

/** What is used of node-pty's native part (1.1.0; the version is pinned exactly because of it). */
export interface PtyDevices {
  open(cols: number, rows: number): { master: number; slave: number; pty: string };
  resize(master: number, cols: number, rows: number): void;
}

export interface SessionSpec {
  argv: string[];
  cwd: string;
  env: Record<string, string>;
  cols: number;
  rows: number;
}

/** Never the PATH of a workspace. */
const starterFolders = '/usr/bin:/bin:/run/current-system/sw/bin';
let found: string | null | undefined;

/** `setsid` of util-linux or busybox: makes its process the leader of a session on the terminal it stands on, then becomes the program. Null where there is none. */
export function findSessionStarter(): string | null {
  // On macOS every child is started with all descriptors closed but its own, node-pty's too.
  return (found ??= process.platform === 'linux' ? executableOn('setsid', { path: starterFolders }) : null);
}

const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);
/** Masters in use. Neither glibc's `openpty` nor node-pty marks them close-on-exec, and Node cannot do it later. */
const masters = new Map<number, ReadStream>();

/**
 * Starts a program as the leader of a session on a new pty. Whatever terminals there are, it has none of their masters: a child that kept one could
 * write to another session's agent and read its output, and would keep it from being hung up. (node-pty's own fork passes all of them on.)
 * Throws what prevented it.
 */
export function startInPty(devices: PtyDevices, starter: string, { argv, cwd, env, cols, rows }: SessionSpec): UnixChild {
  const pty = devices.open(cols, rows);
  closeSync(pty.slave);
  let tell: (data: Buffer) => void = () => {};
  // Into one buffer for all terminals: Node would make one of 64 KB for each read of 4 KB at most.
  const socket = new ReadStream(pty.master, { onread: { buffer: readBuffer, callback: (length) => (tell(Buffer.from(readBuffer.subarray(0, length))), true) } });
  masters.set(pty.master, socket);
  // By then the descriptor is closed, and its number may already be another terminal's.
  socket.once('close', () => masters.get(pty.master) === socket && masters.delete(pty.master));
  let childSide: number | undefined;
  try {
    childSide = openSync(pty.pty, constants.O_RDWR | constants.O_NOCTTY);
    const child = spawnOn(childSide, starter, ['-c', ...argv], { cwd, env: { ...env, PWD: cwd } });
    return {
      pid: child.pid,
      fd: pty.master,
      socket,
      onRead: (listener) => void (tell = listener),
      childSide,
      resize: (newCols, newRows) => devices.resize(pty.master, newCols, newRows),
      onExit: (listener) => void child.once('exit', (code, signal) => listener({ code, signal })),
    };
  } catch (error) {
    socket.destroy();
    if (childSide !== undefined) closeSync(childSide);
    throw error;
  }
}

function spawnOn(childSide: number, starter: string, args: string[], options: { cwd: string; env: Record<string, string> }): ChildProcess & { pid: number } {
  const nothing = openSync('/dev/null', 'r');
  try {
    // "ignore" leaves a descriptor to its close-on-exec mark; what has none is laid over with /dev/null.
    const stdio: (number | 'ignore')[] = Array.from({ length: Math.max(2, ...masters.keys()) + 1 }, (_, fd) => (fd <= 2 ? childSide : masters.has(fd) ? nothing : 'ignore'));
    const child = spawn(starter, args, { ...options, stdio });
    // What it would say later is told at once by the missing pid.
    child.on('error', () => {});
    if (child.pid === undefined) {
      // Where too many files are open Node stops before it has set the streams, and else leaves those that are no pipes null.
      const code = (child.stdin as unknown) === undefined ? 'EMFILE' : 'EAGAIN';
      throw Object.assign(new Error('no process could be started in it'), { code, syscall: 'spawn' });
    }
    return Object.assign(child, { pid: child.pid });
  } finally {
    closeSync(nothing);
  }
}
