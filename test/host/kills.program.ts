import { writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { connectOrStartHost } from '../../src/client/connect.ts';
import * as p from '../../src/protocol/protocol.ts';

/**
 * A client that never gives up, to be killed: connects (and starts a host where none is), keeps the sessions of its arguments running and
 * sends them prompts; after a failure of any kind it begins again. Says on stdout what it was promised, a JSON line each: a `sent` prompt
 * that was answered, and every `event` that it was told.
 */
const [hostScript = '', name = '', ...uids] = process.argv.slice(2);
const env = Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined));
/** One prompt in so many is preceded by a rewind. */
const rewindEvery = 10;
const deliveryMs = 3_000;

const say = (line: object): void => void writeSync(1, `${JSON.stringify(line)}\n`);
let count = 0;

/** A prompt, once the one before was taken by the host from its queue. */
async function ask(connection: MessageConnection, session: string, delivered: (send: string) => Promise<void>): Promise<void> {
  const n = ++count;
  if (n % rewindEvery === 0) await rewind(connection, session, n);
  const text = `${n % 5 === 0 ? 'edit' : 'echo'} ${name}-${n}.`;
  const { send } = await connection.sendRequest(p.sessionSend, { session, text, from: 'cli' });
  say({ is: 'sent', session, send, text });
  await Promise.race([delivered(send), pause(deliveryMs)]);
}

/** To one of the last seams; that it is refused (somebody else's is under way) is as good. */
async function rewind(connection: MessageConnection, session: string, n: number): Promise<void> {
  const seams = await connection.sendRequest(p.sessionSeams, { session });
  const seam = seams.at(-1 - (n % 3));
  if (seam) await connection.sendRequest(p.sessionRewind, { session, seam: seam.seam, files: n % 2 === 0, interrupt: true }).catch(() => undefined);
}

async function drive(connection: MessageConnection, session: string, delivered: (send: string) => Promise<void>, isLost: () => boolean): Promise<void> {
  while (!isLost()) {
    try {
      await connection.sendRequest(p.sessionOpen, { session, blocks: 1 });
      for (;;) await ask(connection, session, delivered);
    } catch {
      // Not running, or being rewound by somebody else, or the host is gone.
      await pause(5);
      await connection.sendRequest(p.sessionResume, { session, env, cols: 80, rows: 24 }).catch(() => undefined);
    }
  }
}

async function live(): Promise<void> {
  const host = await connectOrStartHost({ env, hostScript, execPath: process.execPath, client: 'test', build: 'test' });
  let isLost = false;
  host.onClose(() => { isLost = true; });
  const waiting = new Map<string, () => void>();
  host.connection.onNotification(p.sessionEvents, ({ session, events }) => {
    for (const event of events) {
      say({ is: 'event', session, event });
      if (event.type !== 'delivered') continue;
      waiting.get(String(event.send))?.();
      waiting.delete(String(event.send));
    }
  });
  const delivered = (send: string): Promise<void> => new Promise((resolve) => waiting.set(send, resolve));
  await Promise.all(uids.map((uid) => drive(host.connection, uid, delivered, () => isLost)));
  host.dispose();
}

for (;;) {
  await live().catch(() => undefined);
  await pause(5);
}
