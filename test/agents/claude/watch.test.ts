import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import type { SessionSettings } from '../../../src/core/events.ts';
import * as p from '../../../src/protocol/protocol.ts';
import { ClaudeProduct } from '../../support/claudeProduct.ts';
import type { SessionUnderTest } from '../../support/sessionUnderTest.ts';
import { watchSteps } from '../../support/watchSteps.ts';

const steps = (session: SessionUnderTest): string[] => watchSteps(session.events);

describe('the watch over a real Claude Code', () => {
  let claude: ClaudeProduct;
  let connection: MessageConnection;
  let session: SessionUnderTest;
  before(async () => {
    claude = await ClaudeProduct.open();
    connection = await claude.product.connect();
    session = await claude.start(connection, { args: ['--permission-mode', 'acceptEdits', '--allowedTools', 'Bash(perl:*)'] });
  });
  after(() => claude.dispose());
  const configure = (settings: Partial<SessionSettings>) => connection.sendRequest(p.sessionConfigure, { session: session.uid, settings, from: 'cli' });

  it('takes it for done at its prompt, and its question for a person’s', async () => {
    await configure({ stall_after_s: 4, max_resumes: 1, nudge: 'resume [[next]]' });
    await session.ask('say [[hi]]');
    await session.send('do [[ask]]');
    await session.until('the question', ({ requests }) => requests.size === 1);
    await assert.rejects(session.until('a stall', () => steps(session).length > 0, 8_000), /waited 8000 ms/);
    await connection.sendRequest(p.sessionInterrupt, { session: session.uid });
    await session.idle();
  });

  it('tells a command that takes long from a stall', async () => {
    await session.send('do [[slowTool]]');
    await session.until('the silence', () => steps(session).length > 0, 60_000);
    assert.deepEqual(steps(session), ['idle during tool Bash']);
    await connection.sendRequest(p.sessionInterrupt, { session: session.uid });
    await session.idle();
    assert.deepEqual(steps(session), ['idle during tool Bash', 'active']);
  });

  it('sees a connection that is lost behind the spinner that goes on, interrupts, and tells it to go on', async () => {
    const from = session.events.length;
    await session.send('be [[silent]]');
    await session.until('the answer after the nudge', () => session.text().endsWith('Going on from here.'), 90_000);
    await session.idle();
    assert.deepEqual(watchSteps(session.events.slice(from)), ['idle during turn', 'resume stall 1/1']);
    const prompts = [...session.conversation.blocks.values()].flatMap((block) => (block.kind === 'prompt' ? block.text : []));
    assert.equal(prompts.at(-1), 'resume [[next]]', 'the nudge stands alone: nothing of the prompt that hung is typed again with it');
  });

  it('calls a person when the nudge hangs as well', async () => {
    await configure({ nudge: 'resume [[silent]]' });
    const from = session.events.length;
    await session.send('be [[silent]]');
    await session.until('the call', () => session.events.slice(from).some(({ type }) => type === 'escalated'), 90_000);
    assert.deepEqual(watchSteps(session.events.slice(from)), ['idle during turn', 'resume stall 1/1', 'idle during turn', 'escalated stall']);
  });
});
