import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { readdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { claimSocket } from './linkedSocket.ts';
import type { StateDirectory } from './stateDirectory.ts';

export type Election = { is: 'elected'; server: net.Server; path: string; dispose(): Promise<void> } | { is: 'taken' };

/** Public name of the host's socket. Pure. */
export const hostSocketName = (protocol: number): string => `host-${protocol}.sock`;
/** File that tells a client on Windows where the host listens and what to say first. Pure. */
export const pipeFileName = (protocol: number): string => `host-${protocol}.pipe.json`;
/** File in which the host of a state directory says which process it is: for those it does not answer. Pure. */
export const pidFileName = (protocol: number): string => `host-${protocol}.pid`;
/** Pipe that is held by the one host of a state directory; nothing is said on it. Pure. */
export const electionPipe = (statePath: string, protocol: number): string =>
  `\\\\.\\pipe\\backstitch-elect-${createHash('sha256').update(statePath.toLowerCase()).digest('hex').slice(0, 16)}-${protocol}`;
/** Name of a pipe that cannot be guessed. Pure. */
export const randomPipe = (random: Buffer): string => `\\\\.\\pipe\\backstitch-${random.toString('hex')}`;

export interface PipeAddress {
  pipe: string;
  /** 64 hex digits, sent as the first line of a connection. */
  token: string;
}

/** Reads what `pipeFileName` holds; null for anything else than an address. */
export const parsePipeAddress = (text: string): PipeAddress | null => {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const { pipe, token } = value as Record<string, unknown>;
    return typeof pipe === 'string' && typeof token === 'string' && /^[0-9a-f]{64}$/.test(token) ? { pipe, token } : null;
  } catch {
    // Half written or foreign: nobody can be dialled by it.
    return null;
  }
};

/** Lets a connection through to `admit` once it has said the token as its first line; hangs up on any other. */
export const guardByToken = (token: string, admit: (socket: net.Socket) => void) => (socket: net.Socket): void => {
  const wanted = Buffer.from(`${token}\n`);
  let heard = Buffer.alloc(0);
  const listen = () => {
    for (let chunk = socket.read() as Buffer | null; chunk; chunk = socket.read() as Buffer | null) heard = Buffer.concat([heard, chunk]);
    if (heard.length < wanted.length) return;
    socket.off('readable', listen);
    if (!timingSafeEqual(heard.subarray(0, wanted.length), wanted)) return void socket.destroy();
    if (heard.length > wanted.length) socket.unshift(heard.subarray(wanted.length));
    admit(socket);
  };
  socket.on('error', () => socket.destroy());
  socket.on('readable', listen);
};

const electOnWindows = async (directory: StateDirectory, protocol: number, admit: (socket: net.Socket) => void): Promise<Election> => {
  const claim = await claimSocket(electionPipe(directory.path, protocol), net.createServer((socket) => socket.destroy()));
  if (claim.is === 'taken') return claim;
  const address: PipeAddress = { pipe: randomPipe(randomBytes(16)), token: randomBytes(32).toString('hex') };
  const server = new net.Server().on('connection', admit);
  const door = net.createServer(guardByToken(address.token, (socket) => server.emit('connection', socket)));
  await new Promise<void>((resolve, reject) => door.once('error', reject).listen(address.pipe, resolve));
  const file = join(directory.path, pipeFileName(protocol));
  await writeFile(`${file}.new`, JSON.stringify(address), { mode: 0o600 });
  await rename(`${file}.new`, file);
  const dispose = async () => {
    await unlink(file).catch(() => {});
    await new Promise<void>((resolve) => door.close(() => resolve()));
    await claim.dispose();
  };
  return { is: 'elected', server, path: address.pipe, dispose };
};

/**
 * Makes this process the session host of `directory` for a protocol version, unless a living one is. Connections come by the server's
 * `connection` event, and to `admit`, which misses none: the first may come before this resolves. A stale name is replaced. `dispose`
 * takes away our own name only and stops listening.
 */
export const electHost = async (
  directory: StateDirectory, protocol: number, admit: (socket: net.Socket) => void = () => undefined,
): Promise<Election> => {
  const election = await elect(directory, protocol, admit);
  if (election.is === 'taken') return election;
  const file = join(directory.path, pidFileName(protocol));
  // Without it everything works, but who does not answer cannot be named.
  await writeFile(file, `${process.pid}\n`, { mode: 0o600 }).catch(() => undefined);
  const dispose = async () => {
    // Before anything else runs: the one who takes this place writes it anew.
    if (ownPidIn(file)) rmSync(file, { force: true });
    await election.dispose();
  };
  return { ...election, dispose };
};

const ownPidIn = (file: string): boolean => {
  try {
    return readFileSync(file, 'utf8') === `${process.pid}\n`;
  } catch {
    return false;
  }
};

/** The process that was elected last; null when it has not said so. It may have ended since. */
export const pidOfHost = async (directory: StateDirectory, protocol: number): Promise<number | null> => {
  const text = await readFile(join(directory.path, pidFileName(protocol)), 'utf8').catch(() => '');
  return /^[1-9]\d{0,9}\n$/.test(text) ? Number(text) : null;
};

const elect = async (directory: StateDirectory, protocol: number, admit: (socket: net.Socket) => void): Promise<Election> => {
  if (process.platform === 'win32') return electOnWindows(directory, protocol, admit);
  // Whoever only asks whether somebody is there hangs up at once: a write to it must not bring the host down.
  const server = net.createServer((socket) => admit(socket.on('error', () => socket.destroy())));
  const claim = await claimSocket(join(directory.sockets, hostSocketName(protocol)), server);
  return claim.is === 'taken' ? claim : { is: 'elected', server: claim.server, path: claim.path, dispose: claim.dispose };
};

/** `busy`: somebody listens there and takes no more connections. */
export type Dialled = { is: 'connected'; socket: net.Socket } | { is: 'absent' } | { is: 'busy' };

const connectTo = (path: string): Promise<Dialled> =>
  new Promise((resolve) => {
    const socket = net.connect(path);
    const fail = (error: NodeJS.ErrnoException) => resolve({ is: error.code === 'EAGAIN' ? 'busy' : 'absent' });
    socket.once('error', fail);
    socket.once('connect', () => {
      socket.off('error', fail);
      resolve({ is: 'connected', socket });
    });
  });

/** A connection to the living host of that protocol version. Never starts one. */
export const callHost = async (directory: StateDirectory, protocol: number): Promise<Dialled> => {
  if (process.platform !== 'win32') return connectTo(join(directory.sockets, hostSocketName(protocol)));
  const text = await readFile(join(directory.path, pipeFileName(protocol)), 'utf8').catch(() => '');
  const address = parsePipeAddress(text);
  if (!address) return { is: 'absent' };
  const dialled = await connectTo(address.pipe);
  if (dialled.is === 'connected') dialled.socket.write(`${address.token}\n`);
  return dialled;
};

/** As `callHost`, for those to whom a host that takes no connections is as good as none. */
export const dialHost = async (directory: StateDirectory, protocol: number): Promise<net.Socket | null> => {
  const dialled = await callHost(directory, protocol);
  return dialled.is === 'connected' ? dialled.socket : null;
};

/** Protocol versions of which a host has left a name here, living or not, in order. */
export const hostProtocols = async (directory: StateDirectory): Promise<number[]> => {
  const [folder, name] = process.platform === 'win32' ? [directory.path, /^host-(\d+)\.pipe\.json$/] as const : [directory.sockets, /^host-(\d+)\.sock$/] as const;
  const names = await readdir(folder).catch(() => []);
  return names.flatMap((found) => name.exec(found)?.[1] ?? []).map(Number).sort((a, b) => a - b);
};
