import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { mainLane } from '../../../src/core/ids.ts';
import * as p from '../../../src/protocol/protocol.ts';
import { keptHistoryProblems } from '../../modelServer/compareHistory.ts';
import { blocksOf, withAdded } from '../../modelServer/kept.ts';
import { ClaudeProduct } from '../../support/claudeProduct.ts';
import { interrupted, refused } from '../../support/claudeWords.ts';
import type { SessionUnderTest } from '../../support/sessionUnderTest.ts';
import { press, untilShown } from '../../support/terminalKeys.ts';

/** A session that was ended in the middle of a turn, or behind an interrupt, goes on from what its panel shows, and the CLI makes up nothing behind it. */
describe('a Claude Code that was ended where its history has no answer, and resumed', () => {
  let claude: ClaudeProduct;
  let connection: MessageConnection;
  before(async () => {
    claude = await ClaudeProduct.open();
    connection = await claude.product.connect();
  });
  after(() => claude.dispose());

  async function speaking(id: string): Promise<SessionUnderTest> {
    const session = await claude.start(connection, { id });
    await session.ask('say [[hi]]');
    const begun = new Promise<void>((resolve) => {
      connection.onNotification(p.sessionLive, ({ session: from, live }) => { if (from === session.uid && live.some(({ text }) => text?.startsWith('Line 1 of'))) resolve(); });
    });
    await session.send('be [[slow]]');
    await begun;
    await session.until('the prompt', (c) => c.chain(mainLane).some((block) => block.kind === 'prompt' && block.text === 'be [[slow]]'));
    return session;
  }

  async function resumed(session: SessionUnderTest): Promise<void> {
    await connection.sendRequest(p.sessionStop, { session: session.uid });
    await connection.sendRequest(p.sessionResume, { session: session.uid, env: claude.env, cols: 100, rows: 30 });
    await session.idle();
  }

  it('stopped while it speaks', async () => {
    const from = claude.requests().length;
    const session = await speaking('stopped');
    await resumed(session);
    const record = claude.requests().slice(from);
    assert.deepEqual(await claude.problemsOfNextRequest(session, claude.keptAt({ request: 'slow/0', answered: 0, items: 5, last: 'be [[slow]]' }, record)), []);
  });

  it('interrupted while it speaks, and then stopped', async () => {
    const from = claude.requests().length;
    const session = await speaking('interrupted');
    await connection.sendRequest(p.sessionInterrupt, { session: session.uid });
    await session.idle();
    await resumed(session);
    const record = claude.requests().slice(from);
    const { prompt, body } = await claude.nextRequest(session);
    const said = blocksOf(body.messages.findLast(({ role }) => role === 'assistant') ?? { role: 'assistant', content: [] });
    assert.match(String(said[0]?.['text']), /^Line 1 of a long answer\.\n/);
    const kept = claude.keptAt({ request: 'slow/0', answered: 0, items: 5, last: 'be [[slow]]' }, record);
    assert.deepEqual(keptHistoryProblems(withAdded(kept, { role: 'assistant', content: said }, interrupted), body, prompt), []);
  });

  it('refused at its question, and then stopped', async () => {
    const from = claude.requests().length;
    const session = await claude.start(connection, { id: 'refused' });
    await session.ask('say [[hi]]');
    await session.send('now [[ask]] me');
    await session.until('the permission request', (c) => c.requests.size === 1);
    await connection.sendRequest(p.sessionInterrupt, { session: session.uid });
    await session.idle();
    await resumed(session);
    const last = 'Bash {"command":"touch asked.txt && env | wc -l > asked.txt","description":"Make a file"}';
    const kept = claude.keptAt({ request: 'ask/0', answered: 2, items: 7, last }, claude.requests().slice(from));
    assert.deepEqual(await claude.problemsOfNextRequest(session, withAdded(kept, refused(kept))), []);
  });

  it('killed right behind a /clear, where it has nothing to remember, and begun anew', async () => {
    const session = await claude.start(connection, { id: 'cleared' });
    await session.ask('say [[hi]]');
    await session.send('/clear');
    await session.until('the new branch', (c) => c.branch === 'branch-2');
    const { pid } = await connection.sendRequest(p.sessionStatus, { session: session.uid });
    process.kill(pid ?? 0, 'SIGKILL');
    await session.until('its end', (c) => c.state.is === 'exited');
    await connection.sendRequest(p.sessionResume, { session: session.uid, env: claude.env, cols: 100, rows: 30 });
    await session.idle();
    const { body } = await claude.nextRequest(session);
    assert.equal(JSON.stringify(body.messages).includes('say [[hi]]'), false);
    await session.switchTo('main');
    assert.equal(JSON.stringify((await claude.nextRequest(session)).body.messages).includes('say [[hi]]'), true);
  });

  it('killed at its question, resumed, and stopped at once: its history holds nothing of the stop', async () => {
    const from = claude.requests().length;
    const session = await claude.start(connection, { id: 'stopped-at-once' });
    await session.send('now [[ask]] me');
    await session.until('the question', (c) => c.requests.size === 1 && c.chain(mainLane).at(-1)?.kind === 'tool');
    const { pid } = await connection.sendRequest(p.sessionStatus, { session: session.uid });
    process.kill(pid ?? 0, 'SIGKILL');
    await session.until('its end', (c) => c.state.is === 'exited');
    await connection.sendRequest(p.sessionResume, { session: session.uid, env: claude.env, cols: 100, rows: 30 });
    await session.idle();
    await resumed(session);
    assert.deepEqual(session.steps(), ['b1 prompt now [[ask]] me', 'b2 text This needs your permission.']);
    const place = { request: 'ask/0', answered: 1, items: 4, last: 'This needs your permission.' };
    const kept = claude.keptAt(place, claude.requests().slice(from));
    assert.deepEqual(await claude.problemsOfNextRequest(session, kept), []);
  });

  it('stopped with a draft of several lines at its prompt: the draft is not sent', async () => {
    const from = claude.requests().length;
    const session = await claude.start(connection, { id: 'drafted' });
    await session.ask('say [[hi]]');
    await press(session, [/Hello from the model/, '\u001b[200~a draft\nof two lines\u001b[201~']);
    await untilShown(session, /of two lines/);
    const { code, sent } = await connection.sendRequest(p.sessionStop, { session: session.uid });
    assert.deepEqual({ code, sent }, { code: 0, sent: 'exit_sequence' });
    await connection.sendRequest(p.sessionResume, { session: session.uid, env: claude.env, cols: 100, rows: 30 });
    await session.idle();
    assert.equal(claude.requests().length, from + 1);
    const place = { request: 'hi/0', answered: 1, items: 4, last: 'Hello from the model.' };
    const kept = claude.keptAt(place, claude.requests().slice(from));
    assert.deepEqual(await claude.problemsOfNextRequest(session, kept), []);
  });
});
