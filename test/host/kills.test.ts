import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { processesOf } from '../../scripts/processes.mjs';
import type { Event } from '../../src/core/events.ts';
import { parseRow } from '../../src/agents/demo/rows.ts';
import { readLogRows } from '../../src/node/eventLog.ts';
import * as p from '../../src/protocol/protocol.ts';
import { dist, gone, Product } from '../support/product.ts';

/** 300 of them take about four minutes; as many are run before a release (BACKSTITCH_KILL_ROUNDS=300). */
const rounds = Number(process.env['BACKSTITCH_KILL_ROUNDS'] ?? 45);
const sessionCount = 3;
const clientCount = 2;

type Said = { is: 'sent'; session: string; send: string; text: string } | { is: 'event'; session: string; event: Event };
type Victim = 'host' | 'client' | 'agent';

/** A client in a process of its own, and all that it has said. */
class KilledClient {
  readonly child: ChildProcess;
  readonly closed: Promise<unknown>;
  #text = '';
  promptsSent = 0;

  constructor(product: Product, name: string, uids: string[]) {
    const program = fileURLToPath(new URL('kills.program.ts', import.meta.url));
    this.child = spawn(process.execPath, [program, dist('host.mjs'), name, ...uids], { env: product.env, stdio: ['ignore', 'pipe', 'inherit'] });
    this.closed = once(this.child, 'close');
    createInterface({ input: this.child.stdout! }).on('line', (line) => { if (line.startsWith('{"is":"sent"')) this.promptsSent++; });
    this.child.stdout!.on('data', (data: Buffer) => { this.#text += data.toString('latin1'); });
  }

  /** What follows the last line feed was cut in two by the kill. */
  get said(): Said[] {
    return Buffer.from(this.#text, 'latin1').toString().split('\n').slice(0, -1).map((line) => JSON.parse(line) as Said);
  }
}

const pauseMs = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });

async function until(what: string, test: () => boolean): Promise<void> {
  for (let round = 0; !test(); round++) {
    if (round > 3_000) throw new Error(`never: ${what}`);
    await pauseMs(20);
  }
}

const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
};

it(`a session outlives ${rounds} kills of its host, its clients and its agent at any moment`, async (t) => {
  const product = new Product();
  t.after(() => product.dispose());
  const uids = await startSessions(product);
  let started = 0;
  const start = (): KilledClient => new KilledClient(product, `c${started++}`, uids);
  const clients = Array.from({ length: clientCount }, start);
  const all = [...clients];
  t.after(() => { for (const client of all) kill(client.child.pid ?? 0); });
  const sent = (): number => all.reduce((sum, client) => sum + client.promptsSent, 0);

  const killed = { host: 0, client: 0, agent: 0 };
  for (let round = 0; round < rounds; round++) {
    // Two in three come in the middle of work, the others also while something is only just starting.
    const before = sent();
    if (round % 3 !== 0) await until('a prompt is acknowledged', () => sent() > before);
    await pauseMs(Math.random() * 300);
    const victim = (['host', 'agent', 'host', 'client'] as const)[round % 4]!;
    if (victim === 'client') {
      const at = Math.floor(Math.random() * clients.length);
      clients[at]!.child.kill('SIGKILL');
      clients[at] = start();
      all.push(clients[at]);
      killed.client++;
    } else killed[victim] += killOne(product, victim);
  }
  for (const client of all) client.child.kill('SIGKILL');
  await Promise.all(all.map((client) => client.closed));
  await verify(t, product, uids, all.flatMap((client) => client.said), killed);
});

async function startSessions(product: Product): Promise<string[]> {
  const connection = await product.connect();
  const uids: string[] = [];
  for (let n = 0; n < sessionCount; n++) {
    const session = await product.start(connection, { id: `killed-${n}`, cwd: product.folder(`work-${n}`) });
    await session.idle();
    uids.push(session.uid);
  }
  return uids;
}

/** Kills the host, or one agent: whatever of that kind runs, from its first moment on. */
function killOne(product: Product, victim: Exclude<Victim, 'client'>): number {
  const script = victim === 'host' ? 'host.mjs' : 'demoAgent.mjs';
  const found = processesOf(product.home).filter(({ command }) => command.split(' ')[1]?.endsWith(script));
  const one = victim === 'host' ? found : found.slice(0, 1);
  for (const { pid } of one) kill(pid);
  return one.length;
}

/** Brings everything to rest, ends it, and compares what was promised with what is there. */
async function verify(t: TestContext, product: Product, uids: string[], said: Said[], killed: Record<Victim, number>): Promise<void> {
  const connection = await product.connect();
  const logs = new Map<string, string>();
  for (const session of uids) {
    await connection.sendRequest(p.sessionResume, { session, env: product.env, cols: 80, rows: 24 });
    await connection.sendRequest(p.sessionWaitIdle, { session });
    const { logPath, problem } = await connection.sendRequest(p.sessionStatus, { session });
    assert.equal(problem, null);
    logs.set(session, logPath);
  }
  const host = product.hostPid;
  await connection.sendRequest(p.hostShutdown, { force: true });
  await gone(host);
  await until('no process is left', () => processesOf(product.home).length === 0);

  let rowCount = 0;
  const prompts = promptsTold(product);
  for (const session of uids) {
    const { rows, damage } = await readLogRows(logs.get(session)!);
    rowCount += rows.length;
    assert.deepEqual(damage, []);
    assert.deepEqual(rows.map((row) => row.seq), rows.map((_, index) => index + 1));

    const queued = new Map(rows.flatMap((row) => (row.type === 'queued' ? [[row.send, row] as const] : [])));
    const sends = said.filter((one) => one.is === 'sent' && one.session === session);
    assert.deepEqual(sends.flatMap((one) => (one.is === 'sent' && queued.get(one.send)?.text !== one.text ? [one] : [])), [], 'an acknowledged prompt is not in the log');
    const lost = said.filter((one) => one.is === 'event' && one.session === session && JSON.stringify(rows[one.event.seq - 1]) !== JSON.stringify(one.event));
    assert.deepEqual(lost, [], 'a client was told what the log does not hold');

    const delivered = rows.flatMap((row) => (row.type === 'delivered' ? [String(row.send)] : []));
    const returned = rows.flatMap((row) => (row.type === 'queue_changed' && typeof row.returned === 'string' ? [row.returned] : []));
    assert.deepEqual(delivered.toSorted(), [...new Set(delivered), ...returned].toSorted(), 'a prompt was delivered twice, and not because its agent had died before it read it');
    assert.deepEqual([...queued.keys()].filter((send) => !delivered.includes(String(send))), [], 'a prompt that waited was forgotten');
    const unread = [...queued.values()].filter(({ text }) => !prompts.has(String(text))).map(({ text }) => text);
    assert.deepEqual(unread, [], 'an acknowledged prompt was never read by an agent');
    // What the agent itself remembers, the log holds, once each.
    const native = rows.flatMap((row) => (row.type === 'block' && row.native && typeof row.native === 'object' && 'id' in row.native ? [String(row.native.id)] : []));
    assert.equal(new Set(native).size, native.length);
    for (const [text, ids] of prompts) if ([...queued.values()].some((row) => row.text === text)) assert.ok(ids.every((id) => native.includes(id)), `${text} is in the agent's history and not in the log`);
  }
  assert.deepEqual([...prompts].filter(([, ids]) => ids.length > 1), [], 'the agent got a prompt twice');
  const acknowledged = said.filter((one) => one.is === 'sent').length;
  assert.ok(acknowledged > rounds, `only ${acknowledged} prompts were acknowledged`);
  t.diagnostic(`${killed.host} hosts, ${killed.client} clients and ${killed.agent} agents killed; ${rowCount} rows, ${acknowledged} acknowledged prompts, `
    + `${said.length - acknowledged} events told`);
}

/** Prompts of all histories that the agents wrote, with the ids under which they stand there: a copied history keeps them. */
function promptsTold(product: Product): Map<string, string[]> {
  const folder = join(product.home, 'demo', 'demo-agent');
  const told = new Map<string, Set<string>>();
  for (const name of readdirSync(folder)) {
    for (const line of readFileSync(join(folder, name), 'utf8').split('\n')) {
      const row = parseRow(line);
      if (row?.row === 'prompt' && row.lane === 'main') told.set(row.text, (told.get(row.text) ?? new Set()).add(row.id));
    }
  }
  return new Map([...told].map(([text, ids]) => [text, [...ids]]));
}
