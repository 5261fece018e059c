import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { mainLane } from '../../../src/core/ids.ts';
import * as p from '../../../src/protocol/protocol.ts';
import { keptHistoryProblems } from '../../modelServer/compareHistory.ts';
import { blocksOf, type Place, toldBlock, withAdded } from '../../modelServer/kept.ts';
import type { RecordedRequest } from '../../modelServer/modelServer.ts';
import { scenariosIn } from '../../modelServer/scenarios.ts';
import { ClaudeProduct } from '../../support/claudeProduct.ts';
import { interrupted, refused, unfinishedSubagent } from '../../support/claudeWords.ts';
import { SessionUnderTest, toldSeam } from '../../support/sessionUnderTest.ts';

const seamOf = async (session: SessionUnderTest, name: string): Promise<string> => (await session.seams()).findLast((seam) => toldSeam(session, seam) === name)?.seam ?? '';

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

  /** The seams of the session below, complete: kind of the block and the beginning of what it says, and where it is in the model server's record. */
  const seams: { seam: string; at: Place; cutOff?: 'subagent' }[] = [
    { seam: 'prompt do the [[work]]', at: { request: 'work/0', answered: 0, items: 3, last: 'do the [[work]]' } },
    { seam: 'text I read the file.', at: { request: 'work/0', answered: 2, items: 5, last: 'I read the file.' } },
    { seam: 'tool Read', at: { request: 'work/1', answered: 0, items: 7, last: 'Read {"file_path":"./hello.txt"} => 1\thello world\n2\tline two\n3\t' } },
    { seam: 'text Now two things at once.', at: { request: 'work/1', answered: 1, items: 8, last: 'Now two things at once.' } },
    { seam: 'tool Bash', at: { request: 'work/2', answered: 0, items: 12, last: 'Bash {"command":"ls","description":"List the files"} => hello.txt\ntwo.txt' } },
    { seam: 'text I write a file.', at: { request: 'work/2', answered: 1, items: 13, last: 'I write a file.' } },
    { seam: 'tool Write', at: { request: 'work/3', answered: 0, items: 15, last: 'Write {"file_path":"./made.txt","content":"one\\n"} => File created successfully at: ./made.txt' } },
    { seam: 'text And change it.', at: { request: 'work/3', answered: 1, items: 16, last: 'And change it.' } },
    { seam: 'tool Edit', at: { request: 'work/4', answered: 0, items: 18, last: 'Edit {"replace_all":false,"file_path":"./made.txt","old_string":"one","new_string":"uno"} => The file ./made.txt has been updated successfully.' } },
    { seam: 'text Done with the work.', at: { request: 'work/4', answered: 2, items: 20, last: 'Done with the work.' } },
    { seam: 'prompt now [[ask]] me', at: { request: 'ask/0', answered: 0, items: 21, last: 'now [[ask]] me' } },
    { seam: 'text This needs your permission.', at: { request: 'ask/0', answered: 1, items: 22, last: 'This needs your permission.' } },
    { seam: 'tool Bash', at: { request: 'ask/1', answered: 0, items: 24, last: 'Bash {"command":"touch asked.txt && env | wc -l > asked.txt","description":"Make a file"} => (Bash completed with no output)' } },
    { seam: 'text Permission was answered.', at: { request: 'ask/1', answered: 1, items: 25, last: 'Permission was answered.' } },
    { seam: 'prompt send a [[subagent]]', at: { request: 'subagent/0', answered: 0, items: 26, last: 'send a [[subagent]]' } },
    { seam: 'text I send somebody.', at: { request: 'subagent/0', answered: 1, items: 27, last: 'I send somebody.' } },
    { seam: 'tool Agent', at: { request: 'subagent/1', answered: 0, items: 29, last: 'Agent {"description":"Look at the files","prompt":"Please [[child]]","subagent_type":"general-purpose"} => Async agent launched successfully.' }, cutOff: 'subagent' },
    { seam: 'text Somebody is at work.', at: { request: 'subagent/1', answered: 1, items: 30, last: 'Somebody is at work.' }, cutOff: 'subagent' },
    { seam: 'prompt a task has ended', at: { request: 'subagent/2', answered: 0, items: 31, last: '<system-reminder>\n[SYSTEM NOTIFICATION - NOT USER INPUT]\n' } },
    { seam: 'text Somebody is at work.', at: { request: 'subagent/2', answered: 1, items: 32, last: 'Somebody is at work.' } },
    { seam: 'prompt say [[hi]]', at: { request: 'hi/0', answered: 0, items: 33, last: 'say [[hi]]' } },
    { seam: 'text Hello from the model.', at: { request: 'hi/0', answered: 1, items: 34, last: 'Hello from the model.' } },
    { seam: 'prompt say hi [[again]]', at: { request: 'again/0', answered: 0, items: 14, last: 'say hi [[again]]' } },
  ];

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
    await session.ask('say hi [[again]]');
    assert.deepEqual((await session.seams('main')).map((seam) => toldSeam(session, seam)), seams.map(({ seam }) => seam));
  });

  it('is exact at every seam, and after going back', async () => {
    const record = claude.requests();
    const wrong: string[] = [];
    for (const [index, { seam }] of (await session.seams('main')).entries()) {
      const expected = seams[index];
      assert.ok(expected);
      const kept = claude.keptAt(expected.at, record);
      await session.rewind(seam);
      for (const problem of await claude.problemsOfNextRequest(session, expected.cutOff ? withAdded(kept, unfinishedSubagent(kept)) : kept)) wrong.push(`seam ${index + 1} (${expected.seam}): ${problem}`);
      // Where a subagent was cut off the CLI reports it by itself, in a turn that may begin at any moment.
      await session.switchTo('main', { interrupt: true });
    }
    assert.deepEqual(wrong, []);
    assert.deepEqual(await claude.problemsOfNextRequest(session, claude.keptAt({ request: 'again/0', answered: 1, items: 15, last: 'Hello again.' }, record)), [], 'after switching back');
  });

  it('is exact after a rewind of a rewind, with the agent’s own histories deleted', async () => {
    claude.model.script('rework', scenariosIn(claude.sandbox.cwd)['work'] ?? []);
    const endOfMain = claude.kept();
    const record = claude.requests();
    await session.rewind((await session.seams('main'))[8]?.seam ?? '', { interrupt: true });
    await session.ask('do the [[rework]]');
    const [first] = claude.requests().slice(record.length);
    assert.ok(first);
    assert.deepEqual(keptHistoryProblems(claude.keptAt(seams[8]?.at as Place, record), first.body, 'do the [[rework]]'), []);
    const branch = session.conversation.branch;
    await session.rewind(await seamOf(session, 'tool Bash'));
    assert.deepEqual(await claude.problemsOfNextRequest(session, claude.keptAt({ request: 'rework/2', answered: 0, items: 28, last: 'Bash {"command":"ls","description":"List the files"} => hello.txt\nmade.txt\ntwo.txt' })), []);
    for (const one of session.conversation.branches.values()) {
      rmSync(one.native.path, { force: true });
      rmSync(one.native.path.replace(/\.jsonl$/, ''), { recursive: true, force: true });
    }
    await session.switchTo(branch);
    assert.deepEqual(await claude.problemsOfNextRequest(session, claude.keptAt({ request: 'rework/4', answered: 2, items: 36, last: 'Done with the work.' })), []);
    await session.switchTo('main');
    assert.deepEqual(await claude.problemsOfNextRequest(session, endOfMain), []);
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

  /** Where the seams are that these sessions are cut at: each has its own part of the record. */
  const places: Record<string, Place> = {
    'prompt do the [[work]]': { request: 'work/0', answered: 0, items: 3, last: 'do the [[work]]' },
    'text Now two things at once.': { request: 'work/1', answered: 1, items: 8, last: 'Now two things at once.' },
    'tool Bash': { request: 'work/2', answered: 0, items: 12, last: 'Bash {"command":"ls","description":"List the files"} => hello.txt\n' },
    'tool Edit': { request: 'work/4', answered: 0, items: 18, last: 'Edit {"replace_all":false,"file_path":"./made.txt","old_string":"one","new_string":"uno"} => The file ./made.txt has been updated successfully.' },
  };

  /** Brings a session to where it is at work, cuts it there at each of these seams, and goes back: the problems of all the requests that follow. */
  async function cutAtWork(id: string, cutAt: string[], atWork: (session: SessionUnderTest) => Promise<void>): Promise<{ session: SessionUnderTest; wrong: string[]; left: string[]; record: RecordedRequest[] }> {
    const from = claude.requests().length;
    const session = await claude.start(connection, { id });
    await session.ask('do the [[work]]');
    const wrong: string[] = [];
    let [left, record]: [string[], RecordedRequest[]] = [[], []];
    for (const name of cutAt) {
      await atWork(session);
      const seam = await seamOf(session, name);
      record = claude.requests().slice(from);
      await assert.rejects(session.rewind(seam), { message: /The agent is at work/ });
      await session.rewind(seam, { interrupt: true });
      assert.equal(session.conversation.requests.size, 0);
      for (const problem of await claude.problemsOfNextRequest(session, claude.keptAt(places[name] as Place, record.slice(0, 5)))) wrong.push(`${name}: ${problem}`);
      left = session.steps('main');
      await session.switchTo('main');
      assert.deepEqual(session.steps(), left);
    }
    return { session, wrong, left, record };
  }

  it('cuts a session that is busy, and goes back to what had landed', async () => {
    const { session, wrong, left } = await cutAtWork('busy', ['prompt do the [[work]]', 'tool Bash', 'tool Edit'], async (one) => {
      // An answer that has not begun leaves nothing: the CLI takes the prompt back.
      const spoken = new Promise<void>((resolve) => {
        connection.onNotification(p.sessionLive, ({ session, live }) => { if (session === one.uid && live.some(({ text }) => text?.startsWith('Line 1 of'))) resolve(); });
      });
      await one.send('be [[slow]]');
      await spoken;
    });
    assert.deepEqual(wrong, []);
    assert.equal(left.filter((step) => step.includes('be [[slow]]')).length, 3, left.join('\n'));
    const slow = claude.requests().findLast(({ scenario }) => scenario === 'slow');
    assert.ok(slow);
    const { prompt, body } = await claude.nextRequest(session);
    // How far the answer had come when it was interrupted, only the CLI knows.
    const said = blocksOf(body.messages.findLast(({ role }) => role === 'assistant') ?? { role: 'assistant', content: [] }).map((block) => String(block['text'])).join('');
    assert.ok(said.startsWith('Line 1 of a long answer.') && !slow.isWhole && toldBlock({ ...slow.answered[0] }, []).startsWith(said), said);
    const kept = claude.keptAt({ request: 'slow/0', answered: 0, items: 27, last: 'be [[slow]]' }, [slow]);
    assert.deepEqual(keptHistoryProblems(withAdded(kept, { role: 'assistant', content: said }, interrupted), body, prompt), []);
  });

  it('cuts a session that asks for a permission, and goes back to the refused call', async () => {
    const { session, wrong, record } = await cutAtWork('asking', ['text Now two things at once.', 'tool Edit'], async (one) => {
      await one.send('now [[ask]] me');
      await one.until('the permission request', (c) => c.requests.size === 1);
    });
    assert.deepEqual(wrong, []);
    const kept = claude.keptAt({ request: 'ask/0', answered: 2, items: 28, last: 'Bash {"command":"touch asked.txt && env | wc -l > asked.txt","description":"Make a file"}' }, record.slice(-1));
    assert.deepEqual(await claude.problemsOfNextRequest(session, withAdded(kept, refused(kept))), []);
  });

  it('cuts a session that asks in the middle of a parallel batch', async () => {
    const from = claude.requests().length;
    const session = await claude.start(connection, { id: 'batch', args: ['--permission-mode', 'manual'] });
    await session.send('now [[askTwice]]');
    await session.until('the first request', (c) => c.requests.size === 1);
    const [request] = session.conversation.requests.keys();
    await connection.sendRequest(p.sessionAnswer, { session: session.uid, request: request ?? '', option: 'allow', from: 'panel' });
    await session.until('the second request', (c) => c.requests.size === 1 && !c.requests.has(request ?? ''));
    await session.until('the batch', (c) => c.chain(mainLane).filter(({ kind }) => kind === 'tool').length === 2);
    await session.rewind(await seamOf(session, 'text Two commands.'), { interrupt: true });
    const kept = claude.keptAt({ request: 'askTwice/0', answered: 1, items: 4, last: 'Two commands.' }, claude.requests().slice(from));
    assert.deepEqual(await claude.problemsOfNextRequest(session, kept), []);
  });

  it('forks while it goes on: the fork knows exactly what was above the seam', async () => {
    const from = claude.requests().length;
    const session = await claude.start(connection, { id: 'forked' });
    await session.ask('do the [[work]]');
    const whole = session.steps();
    const record = claude.requests().slice(from);
    for (const name of ['text Now two things at once.', 'tool Bash']) {
      const summary = await connection.sendRequest(p.sessionFork, { session: session.uid, seam: await seamOf(session, name), env: claude.env, cols: 100, rows: 30 });
      const fork = await SessionUnderTest.open(connection, summary.uid);
      await fork.idle();
      assert.deepEqual(await claude.problemsOfNextRequest(fork, claude.keptAt(places[name] as Place, record)), [], name);
      assert.deepEqual(session.steps(), whole);
    }
    assert.deepEqual(await claude.problemsOfNextRequest(session, claude.keptAt({ request: 'work/4', answered: 2, items: 20, last: 'Done with the work.' }, record)), []);
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
