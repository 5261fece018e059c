import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { mainLane } from '../../../src/core/ids.ts';
import * as p from '../../../src/protocol/protocol.ts';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { ClaudeProduct } from '../../support/claudeProduct.ts';
import { SessionUnderTest } from '../../support/sessionUnderTest.ts';

/**
 * What the panel shows as kept is what the model gets: at every seam of a session with all that an agent does, the real CLI's next request
 * is compared with what the model server had received and sent before.
 */
describe('exactness with the real Claude Code', () => {
  let claude: ClaudeProduct;
  let connection: MessageConnection;
  let session: SessionUnderTest;

  before(async () => {
    claude = await ClaudeProduct.open();
    connection = await claude.product.connect();
    session = await claude.start(connection);
  });
  after(() => claude.dispose());

  /** The seams of the session below, complete: kind of the block and the beginning of what it says. */
  const seams = [
    'prompt do the [[work]]',
    'text I read the file.',
    'tool Read',
    'text Now two things at once.',
    'tool Bash',
    'text I write a file.',
    'tool Write',
    'text And change it.',
    'tool Edit',
    'text Done with the work.',
    'prompt now [[ask]] me',
    'text This needs your permission.',
    'tool Bash',
    'text Permission was answered.',
    'prompt send a [[subagent]]',
    'text I send somebody.',
    'tool Agent',
    'text Somebody is at work.',
    'prompt a task has ended',
    'text Somebody is at work.',
    'prompt say [[hi]]',
    'text Hello from the model.',
    'prompt say [[hi]] again',
  ];

  const told = (s: SessionUnderTest, after: string): string => {
    const block = s.conversation.blocks.get(after);
    if (!block) return `unknown ${after}`;
    if (block.kind === 'tool') return `tool ${block.tool}`;
    const words = 'text' in block ? (block.text.split('\n')[0] ?? '') : '';
    if (block.kind === 'prompt' && block.source === 'agent') return 'prompt a task has ended';
    return `${block.kind} ${words}`;
  };

  it('records the whole session', async () => {
    await session.ask('do the [[work]]');
    await session.send('now [[ask]] me');
    await session.until('the permission request', (c) => c.requests.size === 1);
    const [request] = session.conversation.requests.keys();
    assert.deepEqual(await connection.sendRequest(p.sessionAnswer, { session: session.uid, request: request ?? '', option: 'allow', from: 'panel' }), { won: true });
    await session.idle();
    await session.ask('send a [[subagent]]');
    await session.until('the end of the subagent', (c) => [...c.lanes.values()].some((lane) => lane.lane !== mainLane && lane.status === 'completed'));
    await session.until('the turn that its end starts', (c) => c.chain(mainLane).some((block) => block.kind === 'prompt' && block.source === 'agent'));
    await session.idle();
    await session.ask('say [[hi]]');
    await session.send('/compact');
    await session.until('the compaction', (c) => c.chain(mainLane).some((block) => block.kind === 'compaction'));
    await session.idle();
    await session.ask('say [[hi]] again');
    assert.deepEqual((await session.seams('main')).map((seam) => told(session, seam.after)), seams);
  });

  it('is exact at every seam, and after going back', async () => {
    const before = claude.requests();
    const wrong: string[] = [];
    for (const [index, seam] of (await session.seams('main')).entries()) {
      await session.rewind(seam.seam);
      for (const problem of await claude.problemsOfNextRequest(session, before)) wrong.push(`seam ${index + 1} (${seams[index]}): ${problem}`);
      // Where a subagent was cut off the CLI reports it by itself, in a turn that may begin at any moment.
      await session.switchTo('main', { interrupt: true });
    }
    assert.deepEqual(wrong, []);
    assert.deepEqual(await claude.problemsOfNextRequest(session), [], 'after switching back');
  });

  it('is exact after a rewind of a rewind, with the agent’s own histories deleted', async () => {
    const inMain = await session.seams('main');
    await session.rewind(inMain[8]?.seam ?? '', { interrupt: true });
    await session.ask('do the [[work]]');
    const branch = session.conversation.branch;
    const inBranch = (await session.seams()).filter((seam) => !inMain.some((one) => one.seam === seam.seam));
    const originals = claude.requests();
    await session.rewind(inBranch[4]?.seam ?? '');
    assert.deepEqual(await claude.problemsOfNextRequest(session, originals), []);
    for (const one of session.conversation.branches.values()) {
      rmSync(one.native.path, { force: true });
      rmSync(one.native.path.replace(/\.jsonl$/, ''), { recursive: true, force: true });
    }
    await session.switchTo(branch);
    assert.deepEqual(await claude.problemsOfNextRequest(session, originals), []);
    await session.switchTo('main');
    assert.deepEqual(await claude.problemsOfNextRequest(session), []);
  });
});

describe('exactness of the real Claude Code when it is not at rest', () => {
  let claude: ClaudeProduct;
  let connection: MessageConnection;
  before(async () => {
    claude = await ClaudeProduct.open();
    connection = await claude.product.connect();
  });
  after(() => claude.dispose());

  it('cuts a session that is busy, and keeps what had landed on the branch it leaves', async () => {
    const session = await claude.start(connection, { id: 'busy' });
    await session.ask('do the [[work]]');
    await session.send('be [[slow]]');
    await session.until('the turn', (c) => c.state.is === 'busy');
    await claude.model.next((request) => request.scenario === 'slow');
    const seam = (await session.seams())[4]?.seam ?? '';
    await assert.rejects(session.rewind(seam), { message: /The agent is at work/ });
    const originals = claude.requests();
    await session.rewind(seam, { interrupt: true });
    assert.deepEqual(await claude.problemsOfNextRequest(session, originals), []);
    const left = session.steps('main');
    assert.ok(left.some((step) => step.includes('be [[slow]]')), left.join('\n'));
    await session.switchTo('main');
    assert.deepEqual(session.steps(), left);
  });

  it('cuts a session that asks for a permission', async () => {
    const session = await claude.start(connection, { id: 'asking' });
    await session.ask('do the [[work]]');
    await session.send('now [[ask]] me');
    await session.until('the permission request', (c) => c.requests.size === 1);
    const originals = claude.requests();
    await session.rewind((await session.seams())[3]?.seam ?? '', { interrupt: true });
    assert.equal(session.conversation.requests.size, 0);
    assert.deepEqual(await claude.problemsOfNextRequest(session, originals), []);
  });

  it('forks while it goes on: the fork knows exactly what was above the seam', async () => {
    const session = await claude.start(connection, { id: 'forked' });
    await session.ask('do the [[work]]');
    const originals = claude.requests();
    const whole = session.steps();
    const summary = await connection.sendRequest(p.sessionFork, { session: session.uid, seam: (await session.seams())[3]?.seam ?? '', env: claude.env, cols: 100, rows: 30 });
    const fork = await SessionUnderTest.open(connection, summary.uid);
    await fork.idle();
    assert.deepEqual(await claude.problemsOfNextRequest(fork, originals), []);
    assert.deepEqual(session.steps(), whole);
    assert.deepEqual(await claude.problemsOfNextRequest(session, originals), []);
  });

  it('comes to idle when Esc is pressed in the terminal, which no hook tells', async () => {
    const session = await claude.start(connection, { id: 'escaped' });
    await session.send('be [[slow]]');
    await session.until('the turn', (c) => c.state.is === 'busy');
    await claude.model.next((request) => request.scenario === 'slow');
    await connection.sendRequest(p.terminalAttach, { session: session.uid, cols: 100, rows: 30 });
    await connection.sendNotification(p.terminalInput, { session: session.uid, data: '\u001b' });
    await session.until('idle', (c) => c.state.is === 'idle');
    assert.deepEqual(session.conversation.state, { is: 'idle', interrupted: true });
  });
});
