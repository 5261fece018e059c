import type { Socket } from 'node:net';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endProcess } from '../node/boundedWork.ts';
import { startHookServer } from '../node/hookServer.ts';
import { electHost } from '../node/hostSocket.ts';
import { closeOldFiles } from '../node/oldFiles.ts';
import { openStateDirectory, stateDirectoryOf } from '../node/stateDirectory.ts';
import { closeToOthers } from '../node/umask.ts';
import { protocolVersion } from '../protocol/protocol.ts';
import { Presence } from './presence.ts';
import { Client } from './rpc.ts';
import { Sessions } from './sessions.ts';
import { checkLimits, letGoOfStarter, noteIn, refuseToServe } from './start.ts';

declare const BACKSTITCH_BUILD: string | undefined;

/** Each costs an open file. */
const mostClients = 512;
/** A host without sessions and clients ends by itself after this long. */
const idleMs = Number(process.env['BACKSTITCH_HOST_IDLE_MS'] ?? 60_000);

closeToOthers();
const startedMs = performance.now();
const wanted = stateDirectoryOf(process.env, process.platform, process.env['HOME'] ?? homedir());
/** Whatever goes wrong before anything is served ends this process. */
const orRefuse = <T>(work: () => T | Promise<T>, note: (line: string) => void): Promise<T> =>
  Promise.resolve().then(work).catch((error: unknown) => refuseToServe(error, note));
await orRefuse(checkLimits, noteIn(wanted));
const directory = await orRefuse(() => openStateDirectory(wanted), noteIn(wanted));
const note = noteIn(directory.path);

/** A client may connect in the very moment in which the name is ours, before there is anything to serve it. */
const early: Socket[] = [];
let admit = (socket: Socket): void => { early.push(socket); };
const hooks = await orRefuse(startHookServer, note);
const election = await orRefuse(() => electHost(directory, protocolVersion, (socket) => admit(socket)), note);
if (election.is === 'taken') process.exit(0);
letGoOfStarter();
process.on('uncaughtException', (error) => note(`uncaught: ${error.stack ?? error.message}`));
process.on('unhandledRejection', (reason) => note(`unhandled: ${reason instanceof Error ? reason.stack : String(reason)}`));

const clients = new Set<Client>();
const each = (tell: (client: Client) => void): void => { for (const client of clients) tell(client); };
const here = dirname(fileURLToPath(import.meta.url));
const sessions = new Sessions({
  directory, hooks, execPath: process.execPath,
  bundled: (name) => join(process.env['BACKSTITCH_HOST_BUNDLES'] ?? here, name),
}, {
  events: (uid, events) => each((client) => client.tellEvents(uid, events)),
  live: (uid, live) => each((client) => client.tellLive(uid, live)),
  title: (uid, title) => each((client) => client.tellTitle(uid, title)),
  sized: (uid, cols, rows) => each((client) => client.tellSize(uid, cols, rows)),
  changed: (summary) => each((client) => client.tellChanged(summary)),
  removed: (uid) => each((client) => client.tellRemoved(uid)),
});

const presence = new Presence(directory, election, {
  protocol: protocolVersion, note, admit: (socket) => admit(socket), restored: () => sessions.putBack(), replaced: () => shutDown(),
});
let closing: Promise<void> | null = null;
const closeAll = async (): Promise<void> => {
  void presence.dispose().catch(() => undefined);
  await sessions.close();
  await hooks.close();
};
/** Ends all agents and records that; a second call waits for the same. */
const close = (): Promise<void> => (closing ??= closeAll());
const shutDown = (): void => void close().finally(() => endProcess());
const facts = {
  build: typeof BACKSTITCH_BUILD === 'string' ? BACKSTITCH_BUILD : 'dev',
  stateDirectory: directory.path, startedMs, clients: () => clients.size, close, end: () => void endProcess(), note,
};
admit = (socket) => {
  if (socket.destroyed) return;
  const client = new Client(socket, sessions, facts);
  clients.add(client);
  if (clients.size > mostClients) client.hangUp(`${mostClients} others are connected`);
  socket.on('error', () => socket.destroy());
  socket.on('close', () => { clients.delete(client); client.gone(); });
};
for (const socket of early.splice(0)) admit(socket);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, shutDown);

let idleSinceMs = performance.now();
setInterval(() => {
  if (clients.size > 0 || sessions.aliveCount > 0) idleSinceMs = performance.now();
  else if (performance.now() - idleSinceMs >= idleMs) shutDown();
}, Math.max(Math.min(idleMs / 4, 5_000), 50));
void presence.begin();
void closeOldFiles([directory.events, directory.output, directory.native, directory.runs, directory.checkpoints]);
note(`started (protocol ${protocolVersion}, Node ${process.version})`);
const { shelf } = sessions;
void shelf.loaded.then(() => {
  for (const pid of shelf.leftOver) note(`ended agent ${pid}, which had outlived its host`);
  for (const [path, why] of shelf.unreadable) note(`${path}: ${why}`);
});
