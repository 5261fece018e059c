import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { ErrorCodes, ResponseError, type MessageConnection } from 'vscode-jsonrpc/node';
import { HumanError, hostHangsUp, hostSilent } from '../core/errors.ts';
import { endedAsItStarted, systemFailure } from '../core/systemFailure.ts';
import type { Disposable } from '../core/ports.ts';
import { callHost, pidOfHost } from '../node/hostSocket.ts';
import { mostOpenFiles, mostProcesses } from '../node/openFiles.ts';
import { processState } from '../node/processState.ts';
import { openStateDirectory, stateDirectoryOf, type StateDirectory } from '../node/stateDirectory.ts';
import { connectionOver } from '../protocol/connection.ts';
import { humanErrorOf } from '../protocol/failures.ts';
import { parseStartReport } from '../protocol/startReport.ts';
import { hello, hostHangUp, protocolVersion } from '../protocol/protocol.ts';
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

/** A host that does not answer the first word within this long is said to be silent; how often it is looked whether it is stopped. */
const helloMs = 5_000;
const lookMs = 500;

/** Threads for its files: a step that a disk does not answer keeps one. */
const hostThreads = 16;

/** What of the environment a host needs for itself; everything else belongs to whoever starts a session. */
const hostVariables = /^(PATH|HOME|USER|LOGNAME|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|XDG_\w+|BACKSTITCH_STATE_DIR|BACKSTITCH_HOST_\w+|SYSTEMROOT|WINDIR|COMSPEC|LOCALAPPDATA|APPDATA|USERPROFILE|PATHEXT)$/i;

export const openStateDirectoryFor = (env: HostOptions['env']): Promise<StateDirectory> =>
  openStateDirectory(stateDirectoryOf(env, process.platform, env['HOME'] ?? homedir()));

/** Connects to the host that serves this user's state directory; null when none is running, or it does not answer. */
export async function connectHost(options: HostOptions): Promise<HostConnection | null> {
  const dialled = await dial(await openStateDirectoryFor(options.env), options);
  return dialled.is === 'connected' ? dialled.host : null;
}

/**
 * Connects to the session host, starting one (detached: it outlives the caller) when none is there.
 * @throws HumanError when the state directory cannot be used, a host is there and does not answer, or the new one cannot serve
 * or does not come up within 10 s.
 */
export async function connectOrStartHost(options: HostOptions): Promise<HostConnection> {
  const directory = await openStateDirectoryFor(options.env);
  const running = await dial(directory, options);
  if (running.is === 'connected') return running.host;
  if (running.is === 'silent') throw silenceOf(running);
  const started = startHost(options);
  try {
    return await connectTo(directory, options, started);
  } finally {
    started.letGo();
  }
}

async function connectTo(directory: StateDirectory, options: HostOptions, started: StartedHost): Promise<HostConnection> {
  const until = performance.now() + 10_000;
  let last: Dialled = { is: 'absent' };
  for (let waitMs = 10; performance.now() < until; waitMs = Math.min(waitMs * 1.5, 200)) {
    await Promise.race([started.ended, new Promise((resolve) => setTimeout(resolve, waitMs))]);
    last = await dial(directory, options);
    if (last.is === 'connected') return last.host;
    if (last.is === 'silent') break;
    const failure = started.failure();
    if (failure) throw failure;
  }
  if (last.is === 'silent') throw silenceOf(last);
  const pid = await pidOfHost(directory, protocolVersion);
  if (last.is === 'absent' && last.hungUp && pid !== null && processState(pid) !== 'gone') throw hostHangsUp(pid);
  started.giveUp(pid);
  throw new HumanError('host-did-not-start', `The session host did not start within 10 s. See ${directory.path}/host.log.`);
}

interface StartedHost {
  /** Why it cannot serve; null as long as it is not known that it cannot. */
  failure(): HumanError | null;
  /** Resolves when it has failed. */
  ended: Promise<void>;
  letGo(): void;
  /** Ends it, unless it is the host of this process id by now: one that hangs as it starts would be left behind by each command. */
  giveUp(hostPid: number | null): void;
}

/** So much of what a host says before it serves is kept. */
const mostSaid = 64 * 1024;

function startHost(options: HostOptions): StartedHost {
  const env: Record<string, string> = { ELECTRON_RUN_AS_NODE: '1', UV_THREADPOOL_SIZE: String(hostThreads) };
  for (const [name, value] of Object.entries(options.env)) if (value !== undefined && hostVariables.test(name)) env[name] = value;
  let failure: HumanError | null = null;
  let said = '';
  const child = spawn(options.execPath, [options.hostScript], { detached: true, stdio: ['ignore', 'ignore', 'pipe'], env, cwd: '/', windowsHide: true });
  const ended = new Promise<void>((resolve) => {
    const fail = (why: HumanError): void => { failure ??= why; resolve(); };
    child.on('error', (error) => fail(systemFailure(error, { who: 'This program', ...limits() }) ?? didNotStart(error.message)));
    // 0: another host was elected in the same moment, which is as good.
    child.on('close', (code, signal) => { if (code !== 0) fail(parseStartReport(said) ?? failureOf(code, signal, said)); });
  });
  // Where too many files are open there is none.
  const stderr = child.stderr as Readable | undefined;
  stderr?.setEncoding('utf8').on('data', (text: string) => { if (said.length < mostSaid) said += text; }).on('error', () => undefined);
  child.unref();
  const letGo = (): void => { stderr?.destroy(); };
  const giveUp = (hostPid: number | null): void => { if (child.pid !== hostPid) child.kill('SIGKILL'); };
  return { failure: () => failure, ended, letGo, giveUp };
}

const didNotStart = (why: string): HumanError => new HumanError('host-did-not-start', `The session host did not start: ${why}`);

const limits = (): { openFiles: number | null; processes: number | null } => ({ openFiles: mostOpenFiles(), processes: mostProcesses() });

/** A process that crashes ends by one of these signals; any other comes from a user or another program. */
const ownSignals: ReadonlySet<string> = new Set(['SIGABRT', 'SIGSEGV', 'SIGTRAP', 'SIGILL']);

const failureOf = (code: number | null, signal: string | null, said: string): HumanError =>
  signal !== null && ownSignals.has(signal) ? endedAsItStarted({ who: 'The session host', ...limits() }, signal) : didNotStart(endOf(code, signal, said));

const endOf = (code: number | null, signal: string | null, said: string): string =>
  `it ended ${code === null ? `by ${signal}` : `with code ${code}`}${said.trim() === '' ? '' : `, having said: ${said.trim().slice(0, 500)}`}.`;

/** `silent`: a host is there and does not answer. `hungUp`: a host took the connection and closed it again. */
export type Dialled = { is: 'connected'; host: HostConnection } | { is: 'silent'; pid: number | null } | { is: 'absent'; hungUp?: boolean };

const silenceOf = ({ pid }: { pid: number | null }): HumanError => hostSilent(pid, pid !== null && processState(pid) === 'stopped');

export async function dial(directory: StateDirectory, options: HostOptions): Promise<Dialled> {
  const dialled = await callHost(directory, protocolVersion);
  if (dialled.is === 'absent') return dialled;
  if (dialled.is === 'busy') return { is: 'silent', pid: await pidOfHost(directory, protocolVersion) };
  const greeted = await greet(dialled.socket, options, protocolVersion, () => pidOfHost(directory, protocolVersion));
  if (greeted === null) return { is: 'absent', hungUp: true };
  return 'is' in greeted ? greeted : { is: 'connected', host: greeted };
}

/** Settles once it is known that the host will not answer: it is stopped, or its time is over. */
const silenceFor = (pidOf: () => Promise<number | null>): { silent: Promise<{ is: 'silent'; pid: number | null }>; end(): void } => {
  let timer: NodeJS.Timeout | undefined;
  const silent = new Promise<{ is: 'silent'; pid: number | null }>((resolve) => {
    const untilMs = performance.now() + helloMs;
    const look = async (): Promise<void> => {
      const pid = await pidOf();
      if (performance.now() >= untilMs || (pid !== null && processState(pid) === 'stopped')) resolve({ is: 'silent', pid });
      else timer = setTimeout(() => void look(), lookMs);
    };
    timer = setTimeout(() => void look(), lookMs);
  });
  return { silent, end: () => clearTimeout(timer) };
};

/** Whether the host itself said no, rather than its connection. */
const isAnswer = (error: unknown): boolean => error instanceof ResponseError && error.code !== ErrorCodes.MessageWriteError && error.code !== ErrorCodes.PendingResponseRejected;

/**
 * Says hello in a version of the protocol. Null when the host went away; `silent` when it does not answer in time.
 * @throws HumanError when it refused
 */
export async function greet(
  socket: Socket, options: Pick<HostOptions, 'build' | 'client'>, protocol: number, pidOf: () => Promise<number | null> = async () => null,
): Promise<HostConnection | { is: 'silent'; pid: number | null } | null> {
  const connection = connectionOver(socket);
  const lost = new Promise<null>((resolve) => { socket.once('close', () => resolve(null)); });
  let reason: string | null = null;
  connection.onNotification(hostHangUp, (said) => { reason = said.reason; });
  connection.listen();
  const { silent, end } = silenceFor(pidOf);
  const answer = await Promise.race([
    // A host that is just dying may reset the connection: then nobody is there, which is not for the user to act on.
    connection.sendRequest(hello, { protocol, build: options.build, client: options.client })
      .catch((error: unknown) => { if (isAnswer(error)) throw humanErrorOf(error); return null; }),
    lost,
    silent,
  ]).finally(end);
  if (!answer || 'is' in answer) {
    connection.dispose();
    socket.destroy();
    if (reason !== null) throw new HumanError('hung-up', reason);
    return answer;
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
