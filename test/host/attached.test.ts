import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import * as p from '../../src/protocol/protocol.ts';
import { isRunning, Product } from '../support/product.ts';

const sessionCount = 20;
const kills = 100;
/** Clients at once: each is killed by itself. */
const width = 4;

/** All that a session's terminal said since this view of it was opened. */
interface Stream { from: number; text: string; gaps: number }

/** A view of every session that is never killed. */
async function steadyView(connection: MessageConnection, uids: string[]): Promise<Map<string, Stream>> {
  const streams = new Map<string, Stream>();
  connection.onNotification(p.terminalData, ({ session, data, offset }) => {
    const stream = streams.get(session);
    if (!stream) return;
    if (offset - data.length !== stream.from + stream.text.length) stream.gaps++;
    stream.text += data;
    void connection.sendNotification(p.terminalAck, { session, offset });
  });
  for (const session of uids) {
    streams.set(session, { from: Number.NaN, text: '', gaps: 0 });
    streams.get(session)!.from = (await connection.sendRequest(p.terminalAttach, { session, cols: 80, rows: 24 })).offset;
    streams.get(session)!.gaps = 0;
  }
  return streams;
}

interface Piece { session: string; offset: number; length: number; checksum: number }

/** One client's life: until it has every session on its screen, a moment more, and then it is killed. Answers what it had seen. */
async function liveAndDie(product: Product, uids: string[]): Promise<{ pieces: Piece[]; attachedMs: number }> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('attached.program.ts', import.meta.url)), ...uids], { env: product.env, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  const closed = once(child, 'close');
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (data: Buffer) => {
      said += data.toString();
      if (said.includes('\nall ')) resolve();
    });
    child.once('exit', () => resolve());
  });
  await new Promise((resolve) => { setTimeout(resolve, Math.random() * 80); });
  child.kill('SIGKILL');
  await closed;
  const lines = said.split('\n').slice(0, -1).map((line) => line.split(' '));
  const all = lines.find(([word]) => word === 'all');
  assert.ok(all, 'it ended by itself');
  const pieces = lines.flatMap(([word, session = '', offset, length, checksum]) => (word === 'data' || word === 'attached' ? [{ session, offset: Number(offset), length: Number(length), checksum: Number(checksum) }] : []));
  return { pieces, attachedMs: Number(all[2]) };
}

/** What is wrong with what a client saw: each piece follows on the one before it, and is what the session's terminal said there. */
function wrongIn(pieces: Piece[], streams: Map<string, Stream>): string[] {
  const last = new Map<string, number>();
  return pieces.flatMap(({ session, offset, length, checksum }) => {
    const { from, text } = streams.get(session)!;
    const before = last.get(session);
    last.set(session, offset);
    if (length > 0 && before !== offset - length) return [`${session}: ${offset - length} does not follow on ${before}`];
    return crc32(text.slice(offset - length - from, offset - from)) === checksum ? [] : [`${session}: other bytes before ${offset}`];
  });
}

it(`${kills} kills of a client that has ${sessionCount} agents on its screen end no agent and lose no byte`, async (t) => {
  const product = new Product();
  t.after(() => product.dispose());
  const connection = await product.connect();
  const uids: string[] = [];
  for (let n = 0; n < sessionCount; n++) uids.push((await connection.sendRequest(p.sessionStart, { agent: 'demo', cwd: product.folder(), args: [], env: product.env, cols: 80, rows: 24, id: `agent-${n}` })).uid);
  for (const session of uids) await connection.sendRequest(p.sessionWaitIdle, { session });
  const pidsNow = async (): Promise<(number | null)[]> => Promise.all(uids.map(async (session) => (await connection.sendRequest(p.sessionStatus, { session })).pid));
  const agents = await pidsNow();
  const streams = await steadyView(connection, uids);

  // A key at each agent, and its taking back: each draws its line anew.
  let keys = 0;
  const typing = setInterval(() => {
    keys++;
    for (const session of uids) void connection.sendNotification(p.terminalInput, { session, data: keys % 2 ? 'x' : '\x7f' });
  }, 100);
  t.after(() => clearInterval(typing));
  const seen: Piece[][] = [];
  const times: number[] = [];
  let begun = 0;
  await Promise.all(Array.from({ length: width }, async () => {
    while (begun++ < kills) {
      const { pieces, attachedMs } = await liveAndDie(product, uids);
      seen.push(pieces);
      times.push(attachedMs);
    }
  }));
  clearInterval(typing);

  assert.deepEqual(await pidsNow(), agents);
  assert.ok(agents.every((pid) => isRunning(pid ?? 0)));
  const fresh = await product.connect();
  for (const session of uids) {
    const stream = streams.get(session)!;
    const { offset } = await fresh.sendRequest(p.terminalAttach, { session, cols: 80, rows: 24 });
    await until('the steady view is level', () => stream.from + stream.text.length >= offset);
    assert.deepEqual([stream.gaps, stream.from + stream.text.length], [0, offset]);
    const raw = (): string => readFileSync(join(product.env['BACKSTITCH_STATE_DIR'] ?? '', 'output', `${session}.log`), 'utf8');
    await until('the raw file is level', () => raw().endsWith(stream.text));
  }
  assert.deepEqual(seen.flatMap((pieces) => wrongIn(pieces, streams)), []);
  const { clients } = await connection.sendRequest(p.hostStatus, {});
  assert.equal(clients, 2);
  tell(t, seen, times);
});

async function until(what: string, test: () => boolean): Promise<void> {
  for (let round = 0; !test(); round++) {
    if (round > 1_000) throw new Error(`never: ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
}

function tell(t: TestContext, seen: Piece[][], times: number[]): void {
  const sorted = times.toSorted((a, b) => a - b);
  t.diagnostic(`${seen.length} kills, ${seen.flat().length} pieces compared; all ${sessionCount} views there after ${sorted[Math.floor(sorted.length / 2)]} ms (median), ${sorted.at(-1)} ms at most`);
}
