import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import * as p from '../../../src/protocol/protocol.ts';
import { ClaudeProduct } from '../../support/claudeProduct.ts';
import type { SessionUnderTest } from '../../support/sessionUnderTest.ts';

describe('a Claude Code that runs no hooks', () => {
  let claude: ClaudeProduct;
  let connection: MessageConnection;
  let session: SessionUnderTest;
  before(async () => {
    claude = await ClaudeProduct.open();
    writeFileSync(join(claude.sandbox.configDir, 'settings.json'), JSON.stringify({ disableAllHooks: true }));
    connection = await claude.product.connect();
    session = await claude.start(connection, { id: 'blind' });
  });
  after(() => claude.dispose());

  it('is followed by its transcript and its status, and the session says what is worse', async () => {
    await session.ask('say [[hi]]');
    await session.ask('do the [[work]]');
    await session.until('the last words', (c) => c.chain('main').some((block) => block.kind === 'text' && block.text === 'Done with the work.'));
    assert.deepEqual(session.steps().slice(0, 5).map((step) => step.replace(/^b\d+ /, '')), ['prompt say [[hi]]', 'text Hello from the model.', 'prompt do the [[work]]', 'thinking First I look at the file.', 'text I read the file.']);
    await session.until('the end of both turns', () => session.events.filter(({ type }) => type === 'task_complete').length === 2);
    const { problem, state } = await connection.sendRequest(p.sessionStatus, { session: session.uid });
    assert.deepEqual(state, { is: 'idle' });
    assert.match(problem ?? '', /^Claude Code runs no hooks .* can be answered in its terminal only/);
    assert.deepEqual(session.events.flatMap((event) => (event.type === 'task_complete' ? [event.status] : [])), ['completed', 'completed']);
    assert.equal(readFileSync(join(claude.sandbox.cwd, 'made.txt'), 'utf8'), 'uno\n');
  });

  it('is rewound to a seam exactly', async () => {
    const seam = (await session.seams())[1];
    assert.equal(seam?.fidelity, 'exact');
    await session.rewind(seam?.seam ?? '', { files: false });
    assert.deepEqual(await claude.problemsOfNextRequest(session, claude.keptAt({ request: 'hi/0', answered: 1, items: 4, last: 'Hello from the model.' })), []);
  });

  it('waits at its own dialog for a permission', async () => {
    await session.send('now [[ask]] me');
    await session.until('the question', (c) => c.state.is === 'waiting');
    assert.deepEqual([session.conversation.state, session.conversation.requests.size], [{ is: 'waiting', for: 'permission' }, 0]);
    await connection.sendRequest(p.sessionInterrupt, { session: session.uid });
    await session.idle();
  });
});
