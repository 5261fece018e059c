import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as passed } from 'node:timers/promises';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import * as p from '../../src/protocol/protocol.ts';
import { callHook } from '../support/demoHook.ts';
import { SessionUnderTest } from '../support/sessionUnderTest.ts';
import { Shell } from './shell.ts';

const shell = new Shell();
let connection: MessageConnection;
before(async () => { connection = await shell.product.connect(); });
after(() => shell.dispose());

const resolutions = (session: SessionUnderTest) => session.events.flatMap((event) => (event.type === 'permission_resolved' ? [`${event.outcome} by ${event.by}`] : []));

test('a request can be answered from here for as long as it is asked', async () => {
  const cwd = shell.product.folder('patient');
  const session = await shell.product.start(connection, { id: 'patient', cwd });
  await session.idle();
  await session.send('permission');
  await session.until('the request', (c) => c.requests.size === 1);
  // Node's own clients give up on a silent connection after 5 s: no event tells that it is still held.
  await passed(6_000);
  assert.deepEqual(await shell.run('answer', '--id', 'patient', '--allow'), { code: 0, stdout: 'Answered.\n', stderr: '' });
  await session.until('the end of the turn', (c) => c.state.is === 'idle');
  assert.equal(readFileSync(join(cwd, 'demo/allowed.txt'), 'utf8'), 'allowed 1\n');
  assert.deepEqual(resolutions(session), ['allowed by cli']);
});

test('an answer from here loses when nobody waits for it, and the request stays open for the terminal', async () => {
  const cwd = shell.product.folder('left');
  const session = await shell.product.start(connection, { id: 'left', cwd });
  await session.idle();
  const call = await callHook(session, 'permission', { request: 'ask-1', lane: 'main', call: 'call-1', tool: 'Shell', title: 'npm test', input: {} });
  await session.until('the request', (c) => c.requests.size === 1);
  assert.equal(session.conversation.requests.get('ask-1')?.isTerminalOnly, false);
  call.destroy();
  await session.until('that nobody waits here', (c) => c.requests.get('ask-1')?.isTerminalOnly === true);
  assert.deepEqual(await connection.sendRequest(p.sessionAnswer, { session: session.uid, request: 'ask-1', option: 'allow', from: 'panel' }), { won: false });
  assert.deepEqual(await shell.run('answer', '--id', 'left', '--allow'), {
    code: 1, stdout: '', stderr: 'backstitch: left waits in its terminal only for the answer to “npm test”. Answer there: backstitch attach --id left\n',
  });
  assert.equal((await shell.run('answer', '--id', 'left')).stdout, `ask-1: Demo agent asks to use Shell (only its terminal can answer)\n  folder: ${cwd}\n  npm test\n`);
  assert.deepEqual((await shell.json('status', '--id', 'left'))['state'], 'waiting');
  assert.deepEqual(resolutions(session), []);
  await callHook(session, 'permission_resolved', { request: 'ask-1', outcome: 'allowed' });
  await session.until('the answer in the terminal', (c) => c.requests.size === 0);
  assert.deepEqual(resolutions(session), ['allowed by terminal']);
});

test('a request is listed with who asks and the whole of what is asked for, each thing once', async () => {
  const session = await shell.product.start(connection, { id: 'whole', cwd: shell.product.folder() });
  await session.idle();
  await callHook(session, 'row', { value: { row: 'lane', id: 'l1', lane: 'sub', parent_lane: 'main', call: null, agent_type: 'explorer', description: 'Look around', background: true, parent: null }, path: '' });
  const input = { command: 'for f in *; do\n  rm "$f"\ndone', description: 'Tidy\u001b[2J up', timeout: 5 };
  const call = await callHook(session, 'permission', { request: 'ask-2', lane: 'sub', call: 'call-2', tool: 'Shell', title: 'Shell: for f in *; do', input });
  await session.until('the request', (c) => c.requests.has('ask-2'));
  assert.equal((await shell.run('answer', '--id', 'whole')).stdout, [
    'ask-2: Subagent explorer (Look around) asks to use Shell', '  the agent describes it as: Tidy up', '  command:', '    for f in *; do', '      rm "$f"', '    done', '  timeout: 5',
    'Answer with `backstitch answer --id whole --allow`, or with --allow-always or --deny.', '',
  ].join('\n'));
  const misplaced = await shell.run('answer', '--id', 'whole', '--allow', '--message', 'no');
  assert.deepEqual([misplaced.code, misplaced.stderr.split('\n')[0]], [2, 'backstitch: --message is what the agent is told with a denial: give --deny with it.']);
  call.destroy();
});
