import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import * as p from '../../src/protocol/protocol.ts';
import { Product } from '../support/product.ts';
import type { SessionUnderTest } from '../support/sessionUnderTest.ts';

const shellOfChild = 'BENCH_CHILD';
/** A program that says `ready`, and then each key back. */
export const echoing = 'stty raw -echo; printf ready; exec cat';

/** A host with a program of a few bytes in place of the demo agent: it becomes the shell command that its environment names. */
export async function withShells<T>(
  work: (product: Product, connection: MessageConnection, start: (command: string) => Promise<SessionUnderTest>) => Promise<T>,
): Promise<T> {
  const product = new Product();
  const bundles = product.folder('bundles');
  writeFileSync(join(bundles, 'demoAgent.mjs'), `process.execve('/bin/sh', ['sh', '-c', process.env.${shellOfChild}], process.env);\n`);
  const connection = await product.connect({ BACKSTITCH_HOST_BUNDLES: bundles });
  try {
    return await work(product, connection, (command) => product.start(connection, { env: { ...product.env, [shellOfChild]: command } }));
  } finally {
    await product.dispose();
  }
}

/** A terminal that is written to and read. */
export interface Side {
  write(data: string): void;
  /** Told with the number of characters that came. */
  onData: (length: number, text?: string) => void;
}

const sides = new WeakMap<MessageConnection, Map<string, Side>>();

/** The views of a connection by session: it has one listener for all of them. */
function sidesOf(connection: MessageConnection): Map<string, Side> {
  const known = sides.get(connection);
  if (known) return known;
  const all = new Map<string, Side>();
  sides.set(connection, all);
  connection.onNotification(p.terminalData, ({ session, data, offset }) => {
    const side = all.get(session);
    if (!side) return;
    side.onData(data.length, data);
    void connection.sendNotification(p.terminalAck, { session, offset });
  });
  return all;
}

/** A view of a session whose program has said `ready`. */
export async function attached(connection: MessageConnection, session: SessionUnderTest): Promise<Side> {
  const { uid } = session;
  const side: Side = { write: (data) => void connection.sendNotification(p.terminalInput, { session: uid, data }), onData: () => undefined };
  sidesOf(connection).set(uid, side);
  for (;;) {
    const { replay } = await connection.sendRequest(p.terminalAttach, { session: uid, cols: 80, rows: 24 });
    if (replay.includes('ready')) return side;
  }
}

/** The resident memory of a process. */
export const megabytesOf = (pid: number): number => Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
