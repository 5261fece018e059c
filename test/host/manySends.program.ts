import { writeSync } from 'node:fs';
import { ResponseError, type MessageConnection } from 'vscode-jsonrpc/node';
import { connectHost } from '../../src/client/connect.ts';
import * as p from '../../src/protocol/protocol.ts';

/**
 * One of several clients that send at once: `count` numbered prompts to each session, each the next one as soon as the one before was
 * answered; where the queue is full, when a prompt of that session was delivered. Says `<session> <send> <n>` for each answer.
 */
const [name = '', count = '0', ...uids] = process.argv.slice(2);
const host = await connectHost({ env: process.env, hostScript: '', execPath: '', client: 'test', build: 'test' });
if (!host) throw new Error('there is no host');
const { connection } = host;
const waiting = new Map<string, () => void>();
connection.onNotification(p.sessionEvents, ({ session, events }) => {
  if (events.some(({ type }) => type === 'delivered')) waiting.get(session)?.();
});

async function send(session: string, n: number): Promise<void> {
  for (;;) {
    const delivered = new Promise<void>((resolve) => waiting.set(session, resolve));
    try {
      const { send: id } = await connection.sendRequest(p.sessionSend, { session, text: `echo ${name} ${n}.`, from: 'cli' });
      return void writeSync(1, `${session} ${id} ${n}\n`);
    } catch (error) {
      if (!isFull(error)) throw error;
      await delivered;
    }
  }
}

const isFull = (error: unknown): boolean => error instanceof ResponseError && (error.data as { code?: string } | undefined)?.code === 'inbox-full';

async function sendAll(rpc: MessageConnection, session: string): Promise<void> {
  await rpc.sendRequest(p.sessionOpen, { session, blocks: 1 });
  for (let n = 0; n < Number(count); n++) await send(session, n);
}
await Promise.all(uids.map((session) => sendAll(connection, session)));
host.dispose();
