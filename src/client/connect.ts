import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { ErrorCodes, ResponseError, type MessageConnection } from 'vscode-jsonrpc/node';
import { HumanError } from '../core/errors.ts';
import type { Disposable } from '../core/ports.ts';
import { dialHost } from '../node/hostSocket.ts';
import { openStateDirectory, stateDirectoryOf, type StateDirectory } from '../node/stateDirectory.ts';
import { connectionOver } from '../protocol/connection.ts';
import { humanErrorOf } from '../protocol/failures.ts';
import { hello, protocolVersion } from '../protocol/protocol.ts';
import { homedir } from 'node:os';

export interface HostConnection {
  readonly connection: MessageConnection;
  /** What the host said of itself. */
  readonly host: { build: string; pid: number };
  onClose(listener: () => void): Disposable;
  dispose(): void;
}

export interface HostOptions {
  env: Readonly<Record<string, string | undefined>>;
  /** Absolute path of dist/host.mjs. */
  hostScript: string;
  /** Node, or Electron that can act as Node. */
  execPath: string;
  /** Who is asking: `cli`, `vscode`, `panel`. */
  client: string;
  build: string;
}

/** A host that does not answer the first word within this long is taken for dead. */
const helloMs = 5_000;

/** Threads for its files: a step that a disk does not answer keeps one. */
const hostThreads = 16;

/** What of the environment a host needs for itself; everything else belongs to whoever starts a session. */
const hostVariables = /^(PATH|HOME|USER|LOGNAME|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|XDG_\w+|BACKSTITCH_STATE_DIR|BACKSTITCH_HOST_\w+|SYSTEMROOT|WINDIR|COMSPEC|LOCALAPPDATA|APPDATA|USERPROFILE|PATHEXT)$/i;

export const openStateDirectoryFor = (env: HostOptions['env']): Promise<StateDirectory> =>
  openStateDirectory(stateDirectoryOf(env, process.platform, env['HOME'] ?? homedir()));

/** Connects to the host that serves this user's state directory; null when none is running. */
export async function connectHost(options: HostOptions): Promise<HostConnection | null> {
  const directory = await openStateDirectoryFor(options.env);
  return dial(directory, options);
}

/**
 * Connects to the session host, starting one (detached: it outlives the caller) when none answers.
 * @throws HumanError when the state directory cannot be used or the host does not come up within 10 s.
 */
export async function connectOrStartHost(options: HostOptions): Promise<HostConnection> {
  const directory = await openStateDirectoryFor(options.env);
  const running = await dial(directory, options);
  if (running) return running;
  const started = startHost(options);
  const until = performance.now() + 10_000;
  for (let waitMs = 10; performance.now() < until; waitMs = Math.min(waitMs * 1.5, 200)) {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    const connection = await dial(directory, options);
    if (connection) return connection;
    if (started.failure()) break;
  }
  throw new HumanError('host-did-not-start',
    `The session host did not start${started.failure() ? `: ${started.failure()}` : ' within 10 s'}. See ${directory.path}/host.log.`);
}

function startHost(options: HostOptions): { failure(): string | null } {
  const env: Record<string, string> = { ELECTRON_RUN_AS_NODE: '1', UV_THREADPOOL_SIZE: String(hostThreads) };
  for (const [name, value] of Object.entries(options.env)) if (value !== undefined && hostVariables.test(name)) env[name] = value;
  let failure: string | null = null;
  const child = spawn(options.execPath, [options.hostScript], { detached: true, stdio: 'ignore', env, cwd: '/', windowsHide: true });
  child.on('error', (error) => { failure = error.message; });
  // 0: another host was elected in the same moment, which is as good.
  child.on('exit', (code) => { if (code) failure = `it ended with code ${code}`; });
  child.unref();
  return { failure: () => failure };
}

async function dial(directory: StateDirectory, options: HostOptions): Promise<HostConnection | null> {
  const socket = await dialHost(directory, protocolVersion);
  return socket && greet(socket, options, protocolVersion);
}

/** Whether the host itself said no, rather than its connection. */
const isAnswer = (error: unknown): boolean => error instanceof ResponseError && error.code !== ErrorCodes.MessageWriteError && error.code !== ErrorCodes.PendingResponseRejected;

/** Says hello in a version of the protocol. Null when the host went away, or did not answer in time. @throws HumanError when it refused */
export async function greet(socket: Socket, options: Pick<HostOptions, 'build' | 'client'>, protocol: number): Promise<HostConnection | null> {
  const connection = connectionOver(socket);
  const lost = new Promise<null>((resolve) => { socket.once('close', () => resolve(null)); });
  connection.listen();
  const hung = setTimeout(() => socket.destroy(), helloMs);
  const answer = await Promise.race([
    // A host that is just dying may reset the connection: then nobody is there, which is not for the user to act on.
    connection.sendRequest(hello, { protocol, build: options.build, client: options.client })
      .catch((error: unknown) => { if (isAnswer(error)) throw humanErrorOf(error); return null; }),
    lost,
  ]).finally(() => clearTimeout(hung));
  if (!answer) {
    connection.dispose();
    socket.destroy();
    return null;
  }
  // Requests that the other side will never answer are rejected, not left waiting.
  socket.once('close', () => connection.dispose());
  return {
    connection,
    host: { build: answer.build, pid: answer.pid },
    onClose(listener) {
      socket.once('close', listener);
      return { dispose: () => socket.off('close', listener) };
    },
    dispose() {
      connection.dispose();
      socket.destroy();
    },
  };
}
