import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import type { AgentState } from '../../../src/core/events.ts';
import { mainLane } from '../../../src/core/ids.ts';
import * as p from '../../../src/protocol/protocol.ts';
import { gone, isRunning, Product } from '../../support/product.ts';
import { SessionUnderTest } from '../../support/sessionUnderTest.ts';
import { programOnPath } from '../../support/programOnPath.ts';

/** Kinds and texts of the conversation, whole. */
const told = (session: SessionUnderTest): string[] =>
  session.conversation.chain(mainLane, session.conversation.branch, { count: 1_000 }).map((block) => `${block.kind}: ${'text' in block ? block.text : ''}`);
const is = (state: AgentState['is']) => ({ conversation }: SessionUnderTest) => conversation.state.is === state;

/** Resolves when the program, or its child, sleeps: a Ctrl-C before that would meet what was typed and not what runs. */
async function isWaitingIn(session: SessionUnderTest, where: RegExp, inChild: boolean): Promise<void> {
  const { pid } = await session.connection.sendRequest(p.sessionStatus, { session: session.uid });
  const read = (path: string): string => { try { return readFileSync(path, 'utf8').trim(); } catch { return ''; } };
  for (let round = 0; round < 1_000; round++) {
    const at = inChild ? read(`/proc/${pid}/task/${pid}/children`).split(' ')[0] : pid;
    const isProgram = !inChild || read(`/proc/${at}/comm`) === 'sleep';
    if (at && isProgram && where.test(read(`/proc/${at}/wchan`))) return;
    await new Promise((done) => { setTimeout(done, 20); });
  }
  throw new Error('it never slept');
}

describe('bash, of which nothing is known but its screen', () => {
  const product = new Product({ PS1: 'sh$ ' });
  let connection: MessageConnection;
  let session: SessionUnderTest;
  before(async () => {
    programOnPath('bash');
    connection = await product.connect();
    session = await product.start(connection, { agent: 'bash', args: ['--norc', '--noprofile'], id: 'shell', rows: 8 });
    await session.idle();
  });
  after(() => product.dispose());

  it('is known by its name, and has said nothing before its first prompt', async () => {
    const summary = await connection.sendRequest(p.sessionStatus, { session: 'shell' });
    assert.deepEqual([summary.agent, summary.agentName, summary.state.is], ['bash', 'bash', 'idle']);
    assert.deepEqual([summary.agentVersion, summary.title], [null, ''], 'what is not known is not made up');
    assert.deepEqual(session.events.filter((event) => 'agent_version' in event), []);
    assert.deepEqual(told(session), []);
  });

  it('answers with what it prints', async () => {
    await session.ask('echo one; echo two');
    assert.deepEqual(told(session), ['prompt: echo one; echo two', 'text: one\ntwo']);
    assert.deepEqual(session.events.flatMap((event) => (event.type === 'task_complete' ? [event.status] : [])), ['completed']);
  });

  it('gets a tab as it is, and not as a key', async () => {
    const from = told(session).length;
    await session.ask("printf '%q\\n' 'tab\there'");
    assert.deepEqual(told(session).slice(from), ["prompt: printf '%q\\n' 'tab\there'", "text: $'tab\\there'"]);
  });

  it('a command without output, and one that takes its time', async () => {
    const from = told(session).length;
    await session.ask('true');
    await session.ask('sleep 2; echo slept');
    assert.deepEqual(told(session).slice(from), ['prompt: true', 'prompt: sleep 2; echo slept', 'text: slept']);
  });

  it('many sent at once are run one after the other', async () => {
    const from = told(session).length;
    for (const n of [1, 2, 3]) await session.send(`sleep 0.${n}; echo number ${n}`);
    await session.idle();
    assert.deepEqual(told(session).slice(from).filter((one) => one.startsWith('text')), ['text: number 1', 'text: number 2', 'text: number 3']);
  });

  it('a prompt of several lines is typed line by line', async () => {
    const from = told(session).length;
    await session.ask('for n in 1 2\ndo echo "it is $n"\ndone');
    assert.match(told(session)[from + 1] ?? '', /it is 1\nit is 2$/);
    assert.equal(told(session).length, from + 2);
  });

  it('the same prompt on a screen full of the same', async () => {
    await session.ask('for n in $(seq 60); do echo; done; clear');
    for (let n = 0; n < 10; n++) await session.ask(':');
    assert.equal(session.conversation.state.is, 'idle');
  });

  it('is interrupted', async () => {
    await session.send('sleep 100');
    await isWaitingIn(session, /nanosleep|hrtimer|do_sleep/, true);
    await session.connection.sendRequest(p.sessionInterrupt, { session: session.uid });
    await session.until('idle', () => is('idle')(session));
    assert.deepEqual(session.conversation.state, { is: 'idle', interrupted: true });
    assert.equal(session.events.findLast((event) => event.type === 'task_complete')?.status, 'interrupted');
    assert.equal(told(session).at(-1), 'prompt: sleep 100');
  });

  it('waits for an answer to its question', async () => {
    await session.send('read -p "go on? [y/N] " answer; echo "said $answer"');
    await session.until('a question', () => is('waiting')(session));
    assert.deepEqual(session.conversation.state, { is: 'waiting', for: 'question' });
    await connection.sendRequest(p.sessionSend, { session: session.uid, text: 'y', from: 'cli', force: true });
    await session.idle();
    assert.equal(told(session).at(-1), 'text: said y');
  });

  it('what a person does in its terminal is told too', async () => {
    const from = told(session).length;
    await connection.sendRequest(p.terminalAttach, { session: session.uid, cols: 100, rows: 8 });
    await connection.sendNotification(p.terminalInput, { session: session.uid, data: 'echo typed by hand\r' });
    await session.until('the text', () => told(session).length > from);
    assert.match(told(session).at(-1) ?? '', /text: (?:sh\$ )?echo typed by hand\ntyped by hand/);
  });

  it('a line that a terminal may cut is refused, and nothing happens', async () => {
    const text = `echo ${'x'.repeat(4_100)}`;
    const before = told(session);
    for (const force of [true, false]) await assert.rejects(connection.sendRequest(p.sessionSend, { session: session.uid, text, from: 'cli', force }), { message: /Line 1 is 4105 bytes long/ });
    await session.idle();
    assert.deepEqual(told(session), before);
  });

  it('has seams that say why they cannot be used', async () => {
    const seams = await session.seams();
    assert.ok(seams.length > 3);
    assert.deepEqual([...new Set(seams.map(({ fidelity, reason }) => `${fidelity}: ${reason.split('.')[0]}`))], ['none: bash has no history that can be cut']);
    await assert.rejects(session.rewind(seams[0]?.seam ?? ''), { message: /bash has no history that can be cut/ });
  });

  it('starts anew when it is resumed, and says so', async () => {
    const { pid } = await connection.sendRequest(p.sessionStatus, { session: 'shell' });
    const before = told(session);
    process.kill(product.hostPid, 'SIGKILL');
    await gone(product.hostPid);
    await gone(pid ?? 0);
    connection = await product.connect();
    await connection.sendRequest(p.sessionResume, { session: 'shell', env: product.env, cols: 80, rows: 24 });
    session = await SessionUnderTest.open(connection, session.uid);
    await session.idle();
    assert.deepEqual(told(session).slice(0, before.length), before);
    assert.match(told(session)[before.length] ?? '', /^notice: The program was started anew/);
    await session.ask('echo again');
    assert.deepEqual(told(session).slice(-2), ['prompt: echo again', 'text: again']);
  });

  it('ends with its own code', async () => {
    await session.ask('(exit 3)');
    const { pid } = await connection.sendRequest(p.sessionStatus, { session: 'shell' });
    assert.deepEqual(await connection.sendRequest(p.sessionStop, { session: session.uid }), { code: 3, signal: null, sent: 'exit_sequence' });
    assert.equal(isRunning(pid ?? 0), false);
  });
});

describe('python3 -i', () => {
  const product = new Product();
  let session: SessionUnderTest;
  before(async () => {
    programOnPath('python3');
    session = await product.start(await product.connect(), { agent: 'python3', args: ['-i', '-q'] });
    await session.idle();
  });
  after(() => product.dispose());

  it('answers, and shows a failure as what it prints', async () => {
    await session.ask('6 * 7');
    await session.ask('import time; time.sleep(2); print("slept")');
    await session.ask('1 / 0');
    assert.deepEqual(told(session).slice(0, 4), ['prompt: 6 * 7', 'text: 42', 'prompt: import time; time.sleep(2); print("slept")', 'text: slept']);
    assert.match(told(session).at(-1) ?? '', /ZeroDivisionError: division by zero$/);
  });

  it('takes a block of several lines', async () => {
    await session.ask('for n in range(2):\n    print("n is", n)\n');
    if (session.conversation.chain(mainLane).at(-1)?.kind === 'prompt' || !/n is 1$/.test(told(session).at(-1) ?? '')) await session.ask('');
    assert.match(told(session).findLast((one) => one.startsWith('text')) ?? '', /n is 0\nn is 1$/);
  });

  it('is interrupted', async () => {
    await session.send('time.sleep(100)');
    await isWaitingIn(session, /nanosleep|hrtimer|do_sleep/, false);
    await session.connection.sendRequest(p.sessionInterrupt, { session: session.uid });
    await session.until('idle', () => is('idle')(session));
    assert.deepEqual(session.conversation.state, { is: 'idle', interrupted: true });
  });

  it('ends as at its end of input', async () => {
    // What is interrupted last decides how it ends: by SIGINT then.
    await session.ask('"going on"');
    assert.deepEqual(await session.connection.sendRequest(p.sessionStop, { session: session.uid }), { code: 0, signal: null, sent: 'exit_sequence' });
  });
});

describe('programs of one’s own', () => {
  const product = new Product();
  let connection: MessageConnection;
  before(async () => { connection = await product.connect(); });
  after(() => product.dispose());
  const script = (name: string, text: string): string => {
    const path = join(product.folder(), name);
    writeFileSync(path, `#!/bin/sh\n${text}\n`);
    chmodSync(path, 0o755);
    return `./${name}`;
  };

  it('is found by a path from the folder; a prompt of its own kind is known by its silence; it ends by itself', async () => {
    const session = await product.start(connection, { agent: script('chat', 'echo Welcome; printf "You: "; while read line; do echo "heard $line"; printf "You: "; done; echo bye; exit 5') });
    await session.idle();
    await session.ask('hello');
    assert.deepEqual(told(session), ['notice: Welcome', 'prompt: hello', 'text: heard hello']);
    await session.connection.sendRequest(p.sessionStop, { session: session.uid });
    await session.until('the end', () => session.conversation.state.is === 'exited');
    const summary = await connection.sendRequest(p.sessionStatus, { session: session.uid });
    assert.deepEqual([summary.agentName, session.events.findLast((event) => event.type === 'exited')?.code], ['chat', 5]);
  });

  it('a ticking clock is no activity, and no prompt', async () => {
    const session = await product.start(connection, { agent: script('clock', 'n=0; while :; do n=$((n+1)); printf "\\rworking %d s" $n; sleep 0.3; done') });
    await session.until('busy', () => session.conversation.state.is === 'busy');
    const status = () => connection.sendRequest(p.sessionStatus, { session: session.uid });
    const { activeTs } = await status();
    await new Promise((done) => { setTimeout(done, 2_500); });
    assert.deepEqual([(await status()).activeTs, session.conversation.state.is], [activeTs, 'busy']);
  });

  it('what cannot be executed is said, and nothing is created', async () => {
    const count = async (): Promise<number> => (await connection.sendRequest(p.sessionList, { all: true })).length;
    const before = await count();
    writeFileSync(join(product.folder(), 'plain'), 'no program');
    await assert.rejects(product.start(connection, { agent: './plain' }), { message: `There is no agent “./plain”, and there is no executable file at ./plain (seen from ${product.folder()}). Known agents: claude, demo; any other program runs by its name or path.` });
    await assert.rejects(product.start(connection, { agent: 'no-such-program' }), { message: /^There is no agent “no-such-program”, and no program no-such-program is on the PATH\. Known agents: / });
    await assert.rejects(product.start(connection, { agent: 'bash', agentSettings: { model: 'x' } }), { message: /bash has no --model of its own; give its arguments after --/ });
    assert.equal(await count(), before);
  });

  it('a session of a program that is gone can be read, and a resume says what is missing', async () => {
    const agent = script('fleeting', 'printf "ready> "; read line; echo "got $line"');
    const session = await product.start(connection, { agent, id: 'fleeting' });
    await session.idle();
    await session.send('x');
    await session.until('the end', () => session.conversation.state.is === 'exited');
    assert.deepEqual(told(session), ['prompt: x', 'text: got x']);
    chmodSync(join(product.folder(), 'fleeting'), 0o644);
    await connection.sendRequest(p.hostShutdown, { force: true });
    await gone(product.hostPid);
    connection = await product.connect();
    const again = await SessionUnderTest.open(connection, session.uid);
    assert.deepEqual(told(again), ['prompt: x', 'text: got x']);
    await assert.rejects(connection.sendRequest(p.sessionResume, { session: 'fleeting', env: product.env, cols: 80, rows: 24 }), { message: /there is no executable file at \.\/fleeting/ });
  });
});
