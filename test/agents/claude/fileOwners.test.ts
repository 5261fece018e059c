import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import * as p from '../../../src/protocol/protocol.ts';
import { text, tool } from '../../modelServer/scenarios.ts';
import { allow, goBack } from '../../support/claudeKeys.ts';
import { ClaudeProduct } from '../../support/claudeProduct.ts';
import { SessionUnderTest } from '../../support/sessionUnderTest.ts';
import { press } from '../../support/terminalKeys.ts';

let claude: ClaudeProduct;
let connection: MessageConnection;
let speakOn = (): void => undefined;
const gate = new Promise<void>((resolve) => { speakOn = resolve; });
before(async () => {
  claude = await ClaudeProduct.open({}, () => ({
    spoken: [{ blocks: [text('First I speak.'), tool('Bash', { command: 'mkdir out; echo 1 > out/made.txt', description: 'Make a file' })], gate, holdAfter: 1 }, [text('Made.')]],
    both: [{ blocks: [tool('Bash', { command: 'echo 1 > one.txt', description: 'One' }), tool('Bash', { command: 'echo 2 > two.out', description: 'Two' })] }, [text('Both.')]],
  }));
  connection = await claude.product.connect();
});
after(() => claude.dispose());

const isMade = (): boolean => existsSync(join(claude.sandbox.cwd, 'made.txt'));
const read = (name: string): string => readFileSync(join(claude.sandbox.cwd, name), 'utf8');
/** The seam behind the newest step that reads so. */
async function seamAt(session: SessionUnderTest, step: string): Promise<string> {
  const block = session.conversation.chain('main').findLast((one) => 'text' in one && one.text === step)?.block;
  return (await session.seams()).find((seam) => seam.after === block)?.seam ?? '';
}
const filesAt = async (session: SessionUnderTest, seam: string): Promise<p.FileChange[] | null> =>
  (await connection.sendRequest(p.sessionPreview, { session: session.uid, seam })).files;

it('a rewind behind the agent’s own one finds the files as they were at each seam', async () => {
  const session = await claude.start(connection);
  await session.ask('first [[hi]]');
  await session.ask('then [[work]]');
  await goBack(session, 'then [[work]]');
  for (const prompt of ['third [[again]]', 'fourth [[again]]']) await session.ask(prompt);
  assert.deepEqual(session.steps().map((step) => step.replace(/^b\d+ /, '')),
    ['prompt first [[hi]]', 'text Hello from the model.', 'prompt third [[again]]', 'text Hello again.', 'prompt fourth [[again]]', 'text Hello again.']);
  const [first, third] = [await seamAt(session, 'Hello from the model.'), await seamAt(session, 'third [[again]]')];
  assert.deepEqual(await filesAt(session, third), []);
  assert.deepEqual(await filesAt(session, first), [{ path: 'made.txt', is: 'deleted', conflict: false }]);
  await session.rewind(third);
  assert.equal(read('made.txt'), 'uno\n');
  await session.rewind(first);
  assert.equal(isMade(), false);
  const aside = [...session.conversation.branches.keys()].find((branch) => session.conversation.chain('main', branch).at(-1)?.kind === 'text' && session.steps(branch).some((step) => step.endsWith('then [[work]]'))) ?? '';
  await session.switchTo(aside);
  assert.equal(read('made.txt'), 'uno\n');
  await connection.sendRequest(p.sessionStop, { session: session.uid });
  rmSync(join(claude.sandbox.cwd, 'made.txt'));
});

it('and behind a cleared memory', async () => {
  const session = await claude.start(connection);
  await session.ask('then [[work]]');
  await session.send('/clear');
  await session.until('the cleared memory', (c) => c.branches.size === 2 && c.state.is === 'idle');
  for (const prompt of ['third [[again]]', 'fourth [[again]]']) await session.ask(prompt);
  const third = await seamAt(session, 'third [[again]]');
  assert.deepEqual(await filesAt(session, third), []);
  await session.rewind(third);
  assert.equal(read('made.txt'), 'uno\n');
  const prompt = (await session.seams('main'))[0];
  await session.switchTo('main');
  await session.rewind(prompt?.seam ?? '');
  assert.equal(isMade(), false);
  await connection.sendRequest(p.sessionStop, { session: session.uid });
});

it('a rewind of the real Claude Code takes back what its edits name, and leaves alone what came while a person was asked', async () => {
  const session = await claude.start(connection, { args: ['--permission-mode', 'manual', '--allowedTools', 'Bash(ls:*),Read'] });
  const cwd = claude.sandbox.cwd;
  const mine = (name: string): void => writeFileSync(join(cwd, name), 'mine\n');
  const seamsSoFar = async (): Promise<string> => (await session.seams())[0]?.seam ?? '';
  /** The capture at the question is done, too. */
  const asked = async (title: RegExp): Promise<string> => {
    await session.until(`the question for ${title}`, (c) => [...c.requests.values()].some((request) => title.test(request.title)) && c.state.is === 'waiting');
    await session.connection.sendRequest(p.sessionPreview, { session: session.uid, seam: await seamsSoFar() });
    return [...session.conversation.requests.keys()][0] ?? '';
  };
  mine('before.txt');
  await session.send('do the [[work]]');
  const first = await asked(/Write/);
  mine('panel.txt');
  await connection.sendRequest(p.sessionAnswer, { session: session.uid, request: first, option: 'allow', from: 'panel' });
  await asked(/Edit/);
  mine('terminal.txt');
  await allow(session, /Do you want to make this edit/);
  await session.until('the end of the turn', (c) => c.state.is === 'idle' && readFileSync(join(cwd, 'made.txt'), 'utf8') === 'uno\n');
  await session.idle();
  const seam = await seamsSoFar();
  const { files } = await connection.sendRequest(p.sessionPreview, { session: session.uid, seam });
  // No hook tells that a dialog was answered in the terminal before its tool has run: there only what the edit names is surely the agent's.
  assert.deepEqual(files, [{ path: 'made.txt', is: 'deleted', conflict: false }, { path: 'terminal.txt', is: 'deleted', conflict: true }]);
  assert.deepEqual((await session.rewind(seam)).files, {
    is: 'restored', restored: ['made.txt'], conflicts: ['terminal.txt'], untouched: [{ path: 'panel.txt', because: 'changed-by-others', why: 'changed by others since' }],
  });
  assert.deepEqual(['before.txt', 'panel.txt', 'terminal.txt', 'made.txt'].map((name) => existsSync(join(cwd, name))), [true, true, true, false]);
});

it('what the user makes while the model speaks is not the doing of the command that the same message runs', async () => {
  const session = await claude.start(connection, { args: ['--permission-mode', 'acceptEdits', '--allowedTools', 'Bash'] });
  const { cwd } = claude.sandbox;
  await session.send('go [[spoken]]');
  await session.until('its baseline', (c) => c.checkpoints.at(-1)?.cause === 'baseline');
  writeFileSync(join(cwd, 'mine.txt'), 'mine\n');
  writeFileSync(join(cwd, 'two.txt'), 'changed\n');
  speakOn();
  await session.idle();
  const prompt = await seamAt(session, 'go [[spoken]]');
  assert.deepEqual(await filesAt(session, prompt), [
    { path: 'mine.txt', is: 'deleted', conflict: true }, { path: 'out/made.txt', is: 'deleted', conflict: false }, { path: 'two.txt', is: 'modified', conflict: true },
  ]);
  await session.ask('and [[both]]');
  assert.deepEqual(await filesAt(session, await seamAt(session, 'and [[both]]')), [
    { path: 'one.txt', is: 'deleted', conflict: false }, { path: 'two.out', is: 'deleted', conflict: false },
  ]);
  assert.deepEqual((await session.rewind(prompt)).files, { is: 'restored', restored: ['one.txt', 'out/made.txt', 'two.out'], conflicts: ['mine.txt', 'two.txt'] });
  assert.deepEqual([read('mine.txt'), read('two.txt')], ['mine\n', 'changed\n']);
});

it('a fork’s seams that it has copied find the files of their own time, also without its origin', async () => {
  const origin = await claude.start(connection, { id: 'origin' });
  await origin.ask('first [[hi]]');
  await origin.ask('then [[work]]');
  const { uid } = await connection.sendRequest(p.sessionFork, { session: origin.uid, seam: 'tip', env: claude.env, cols: 100, rows: 30 });
  const forked = await SessionUnderTest.open(connection, uid);
  await forked.idle();
  await connection.sendRequest(p.sessionStop, { session: origin.uid });
  await connection.sendRequest(p.sessionRemove, { session: origin.uid });
  await forked.ask('on [[again]]');
  const said = await seamAt(forked, 'Hello from the model.');
  assert.deepEqual(await filesAt(forked, said), [{ path: 'made.txt', is: 'deleted', conflict: false }]);
  assert.deepEqual(await filesAt(forked, await seamAt(forked, 'on [[again]]')), []);
  assert.deepEqual((await forked.rewind(said)).files, { is: 'restored', restored: ['made.txt'] });
  assert.equal(isMade(), false);
});

for (const by of ['the panel', 'the terminal'] as const)
  it(`what the user changed at rest, before a compaction that ${by} asks for, is the user’s`, async () => {
    const session = await claude.start(connection, { id: `compacted-by-${by.replace('the ', '')}` });
    await session.ask('first [[hi]]');
    await session.ask('then [[work]]');
    writeFileSync(join(claude.sandbox.cwd, 'two.txt'), `changed before ${by} compacts\n`);
    if (by === 'the panel') await session.send('/compact');
    else await press(session, [/❯\s*\n/, '/compact '], [/❯\s\/compact /, '\r']);
    await session.until('the compaction', (c) => c.chain('main').at(-1)?.kind === 'compaction');
    await session.idle();
    const first = await seamAt(session, 'Hello from the model.');
    assert.deepEqual(await filesAt(session, first), [{ path: 'made.txt', is: 'deleted', conflict: false }]);
    assert.deepEqual((await session.rewind(first)).files, {
      is: 'restored',
      restored: ['made.txt'],
      untouched: [{ path: 'two.txt', because: 'changed-by-others', why: 'changed by others since' }],
    });
    assert.equal(read('two.txt'), `changed before ${by} compacts\n`);
    await connection.sendRequest(p.sessionStop, { session: session.uid });
  });
