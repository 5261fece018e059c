import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { dialHost, electHost, electionPipe, guardByToken, hostSocketName, parsePipeAddress, pipeFileName, randomPipe } from '../../src/node/hostSocket.ts';
import { openStateDirectory } from '../../src/node/stateDirectory.ts';

const temporaryDirectory = (t: TestContext): string => {
  const path = mkdtempSync(join(tmpdir(), 'backstitch-host-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
};

const startCandidate = async (t: TestContext, state: string) => {
  const child = spawn(process.execPath, [fileURLToPath(new URL('hostSocket.program.ts', import.meta.url)), state], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const hear = async (): Promise<string> => String(((await once(child.stdout, 'data')) as [Buffer])[0]).trim();
  assert.equal(await hear(), 'ready');
  const stand = () => {
    const answer = hear();
    child.stdin.write('stand\n');
    return answer;
  };
  return { child, stand };
};

test('of twelve that start at once exactly one is elected, fifty times, each after the one before was killed', async (t) => {
  const state = temporaryDirectory(t);
  const directory = await openStateDirectory(state);
  const candidates = await Promise.all(Array.from({ length: 12 }, () => startCandidate(t, state)));
  let spare = startCandidate(t, state);
  for (let round = 0; round < 50; round++) {
    const answers = await Promise.all(candidates.map((candidate) => candidate.stand()));
    assert.deepEqual(answers.toSorted(), ['elected', ...candidates.slice(1).map(() => 'taken')]);
    const at = answers.indexOf('elected');
    const winner = candidates[at];
    assert.ok(winner);
    const socket = await dialHost(directory, 1);
    assert.ok(socket);
    assert.equal(await text(socket), `host ${winner.child.pid}`);
    assert.deepEqual(readdirSync(directory.sockets), ['host-1.sock']);
    winner.child.kill('SIGKILL');
    await once(winner.child, 'exit');
    assert.equal(await dialHost(directory, 1), null);
    candidates[at] = await spare;
    spare = startCandidate(t, state);
  }
  await spare;
});

test('the socket is closed to others, each protocol has its own, and disposing takes it away', async (t) => {
  const directory = await openStateDirectory(temporaryDirectory(t));
  const first = await electHost(directory, 1);
  const second = await electHost(directory, 2);
  assert.equal(first.is, 'elected');
  assert.equal(second.is, 'elected');
  if (first.is !== 'elected' || second.is !== 'elected') return;
  assert.equal(statSync(first.path).mode & 0o777, 0o600);
  assert.deepEqual(await electHost(directory, 1), { is: 'taken' });
  await first.dispose();
  assert.deepEqual(readdirSync(directory.sockets), ['host-2.sock']);
  assert.equal(await dialHost(directory, 1), null);
  await second.dispose();
});

test('disposing leaves a name alone that is no longer ours', async (t) => {
  const directory = await openStateDirectory(temporaryDirectory(t));
  const first = await electHost(directory, 1);
  if (first.is !== 'elected') return assert.fail();
  rmSync(first.path);
  const second = await electHost(directory, 1);
  if (second.is !== 'elected') return assert.fail();
  await first.dispose();
  const socket = await dialHost(directory, 1);
  assert.ok(socket);
  socket.destroy();
  await second.dispose();
});

test('a state directory with a long path keeps its sockets in a short one, and all find them there', async (t) => {
  const state = join(temporaryDirectory(t), 'a-long-name-'.repeat(9));
  mkdirSync(state, { mode: 0o700 });
  const directory = await openStateDirectory(state);
  t.after(() => rmSync(directory.sockets, { recursive: true, force: true }));
  assert.equal(readlinkSync(join(state, 'sockets')), directory.sockets);
  const election = await electHost(directory, 1);
  if (election.is !== 'elected') return assert.fail();
  assert.ok(Buffer.byteLength(election.path) < 100);
  const again = await openStateDirectory(state);
  assert.deepEqual(await electHost(again, 1), { is: 'taken' });
  await election.dispose();
});

test('the folder of the sockets is the user\'s, whatever the umask takes away', async (t) => {
  const state = join(temporaryDirectory(t), 'state');
  const before = process.umask(0o777);
  const directory = await openStateDirectory(state).finally(() => process.umask(before));
  assert.equal(statSync(directory.sockets).mode & 0o777, 0o700);
});

test('names on Windows', () => {
  assert.equal(hostSocketName(3), 'host-3.sock');
  assert.equal(pipeFileName(3), 'host-3.pipe.json');
  assert.equal(electionPipe('C:\\Users\\u\\AppData\\Local\\Backstitch', 3), electionPipe('c:\\users\\u\\appdata\\local\\backstitch', 3));
  assert.match(electionPipe('C:\\x', 3), /^\\\\\.\\pipe\\backstitch-elect-[0-9a-f]{16}-3$/);
  assert.equal(randomPipe(Buffer.from([1, 255])), '\\\\.\\pipe\\backstitch-01ff');
  const token = 'ab'.repeat(32);
  assert.deepEqual(parsePipeAddress(JSON.stringify({ pipe: 'p', token })), { pipe: 'p', token });
  for (const text of ['', '{', 'null', '[]', '{"pipe":"p"}', '{"pipe":"p","token":"short"}', `{"pipe":1,"token":"${token}"}`]) assert.equal(parsePipeAddress(text), null);
});

test('a connection comes through only with the token first, in one piece or many', async (t) => {
  const token = 'cd'.repeat(32);
  const server = net.createServer(guardByToken(token, (socket) => socket.on('data', (data: Buffer) => socket.end(`got ${data.toString()}`))));
  const path = join(temporaryDirectory(t), 's');
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.after(() => server.close());
  const say = async (pieces: string[]): Promise<string> => {
    const socket = net.connect(path);
    socket.on('error', () => {});
    for (const piece of pieces) await new Promise((resolve) => socket.write(piece, resolve));
    return text(socket).catch(() => 'hung up');
  };
  assert.equal(await say([`${token}\nhello`]), 'got hello');
  assert.equal(await say([token.slice(0, 10), token.slice(10), '\n', 'hello']), 'got hello');
  assert.notEqual(await say([`${token.replace('c', 'd')}\nhello`]), 'got hello');
});
