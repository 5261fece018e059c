import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { it } from 'node:test';
import { keptElsewhere, otherHosts } from '../../src/client/otherHosts.ts';
import * as p from '../../src/protocol/protocol.ts';
import { dialOtherHost, otherProtocol, startOtherHost } from '../support/otherHost.ts';
import { dist, gone, isRunning, Product } from '../support/product.ts';
import { SessionUnderTest } from '../support/sessionUnderTest.ts';

const shellOf = (product: Product) => (...args: string[]): string =>
  execFileSync(process.execPath, [dist('cli.mjs'), ...args], { env: product.env, cwd: product.folder(), encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

it('a host of another version keeps its sessions: they are named, not driven, and taken over once it has gone', async (t) => {
  const product = new Product();
  t.after(() => product.dispose());
  const other = await startOtherHost(t, product.env);
  const ended = once(other, 'exit');
  const theirConnection = await dialOtherHost(product.env);
  const first = await product.start(theirConnection, { id: 'theirs-1' });
  const second = await product.start(await dialOtherHost(product.env), { id: 'theirs-2' });
  await first.ask('echo before');
  await second.ask('echo before');
  const agents = await Promise.all([first, second].map(async ({ uid }) => (await theirConnection.sendRequest(p.sessionStatus, { session: uid })).pid ?? 0));

  const shell = shellOf(product);
  const line = `Another session host (protocol ${otherProtocol}, process ${other.pid}, build of tomorrow) keeps 2 sessions (theirs-2: demo, theirs-1: demo).`;
  const status = shell('status', '--all');
  assert.ok(status.includes('There are no sessions.'));
  assert.ok(status.includes(line), status);
  assert.match(status, new RegExp(`\`kill ${other.pid}\` ends it with their agents`));
  assert.ok(shell('host', 'status').includes(line));
  const { pid, other_hosts } = JSON.parse(shell('host', 'status', '--json')) as { pid: number; other_hosts: { protocol: number; pid: number; sessions: { id: string }[] }[] };
  assert.notEqual(pid, other.pid);
  assert.deepEqual(other_hosts.map((host) => [host.protocol, host.pid, host.sessions.map(({ id }) => id).sort()]), [[otherProtocol, other.pid, ['theirs-1', 'theirs-2']]]);
  const findings = JSON.parse(shell('doctor', '--json')) as { what: string; is: string; found: string }[];
  assert.deepEqual(findings.filter(({ what }) => what === 'session host').map(({ is }) => is), ['ok', 'note']);
  assert.deepEqual(findings.filter(({ what }) => what === 'leftovers').map(({ is, found }) => [is, found]), [['ok', 'none']]);
  assert.deepEqual(JSON.parse(shell('status', '--all', '--json')), []);

  // Ours drives its own, and nothing of theirs.
  const connection = await product.connect();
  const mine = await product.start(connection, { id: 'mine' });
  await mine.idle();
  const ids = async (): Promise<string[]> => (await connection.sendRequest(p.sessionList, { all: true })).map(({ id }) => id).sort();
  assert.deepEqual(await ids(), ['mine']);
  await assert.rejects(connection.sendRequest(p.sessionSend, { session: 'theirs-1', text: 'x', from: 'cli' }), { message: /There is no session “theirs-1”/ });
  await assert.rejects(connection.sendRequest(p.sessionStop, { session: first.uid }), { message: /There is no session/ });
  await first.ask('echo still theirs');
  assert.match(first.steps().at(-1) ?? '', /still theirs/);
  const hosts = await otherHosts({ env: product.env, client: 'test', build: 'test' });
  const sentence = `Session “theirs-1” is kept by a newer Backstitch (process ${other.pid}), and only that version can show it. It is shown here once it has ended there.`;
  assert.equal(keptElsewhere(first.uid, hosts)?.message, sentence);
  assert.equal(keptElsewhere(mine.uid, hosts), null);
  assert.ok(agents.every(isRunning));

  // It ends with what it has; what it had is ours from then on, with its past.
  other.kill('SIGTERM');
  await ended;
  for (const agent of agents) await gone(agent);
  assert.deepEqual(await ids(), ['mine', 'theirs-1', 'theirs-2']);
  assert.doesNotMatch(shell('status', '--all'), /Another session host/);
  await connection.sendRequest(p.sessionResume, { session: 'theirs-1', env: product.env, cols: 80, rows: 24 });
  const resumed = await SessionUnderTest.open(connection, first.uid);
  await resumed.idle();
  assert.deepEqual(resumed.steps(), first.steps());
  await resumed.ask('echo ours now');
  assert.match(resumed.steps().at(-1) ?? '', /ours now/);
});

it('a host of another version that was killed leaves its sessions as interrupted ones', async (t) => {
  const product = new Product();
  t.after(() => product.dispose());
  const other = await startOtherHost(t, product.env);
  const theirConnection = await dialOtherHost(product.env);
  const connection = await product.connect();
  // Started when ours was there already.
  const session = await product.start(theirConnection, { id: 'theirs' });
  await session.idle();
  assert.deepEqual(await connection.sendRequest(p.sessionList, { all: true }), []);
  other.kill('SIGKILL');
  await once(other, 'exit');
  const list = await connection.sendRequest(p.sessionList, { all: true });
  assert.deepEqual(list.map(({ id, alive, ended }) => [id, alive, ended]), [['theirs', false, 'interrupted']]);
});
