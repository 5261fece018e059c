import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { mainLane } from '../../../src/core/ids.ts';
import * as p from '../../../src/protocol/protocol.ts';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { itemsOf } from '../../modelServer/compareHistory.ts';
import { ClaudeProduct } from '../../support/claudeProduct.ts';
import type { SessionUnderTest } from '../../support/sessionUnderTest.ts';

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
    assert.deepEqual((await session.seams('main')).map((seam) => told(session, seam.after)).slice(0, seams.length), seams);
  });

  it('is exact at every seam, and after going back', async () => {
    const before = claude.requests();
    const all = (await session.seams('main')).slice(0, seams.length);
    assert.equal(all.length, seams.length);
    const wrong: string[] = [];
    for (const [index, seam] of all.entries()) {
      await session.rewind(seam.seam);
      for (const problem of await claude.problemsOfNextRequest(session, before)) wrong.push(`seam ${index + 1} (${seams[index]}): ${problem}`);
      await session.switchTo('main');
    }
    assert.deepEqual(wrong, []);
    const again = await claude.problemsOfNextRequest(session);
    assert.deepEqual(again, [], 'after switching back');
  });
});
