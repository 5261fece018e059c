import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { mainLane } from '../../../src/core/ids.ts';
import * as p from '../../../src/protocol/protocol.ts';
import { keptHistoryProblems } from '../../modelServer/compareHistory.ts';
import { blocksOf, withAdded } from '../../modelServer/kept.ts';
import { goBack } from '../../support/claudeKeys.ts';
import { ClaudeProduct } from '../../support/claudeProduct.ts';
import { interrupted } from '../../support/claudeWords.ts';
import { gone } from '../../support/product.ts';
import { SessionUnderTest } from '../../support/sessionUnderTest.ts';

/**
 * A history that ends in an interrupt is gone back to by a copy, since the CLI makes up an answer behind it. Wherever that fails the session
 * is where it was, and the way back is still open.
 */
describe('a way back to an interrupted Claude Code', () => {
  let claude: ClaudeProduct;
  let session: SessionUnderTest;
  let connection: MessageConnection;
  let uid: string;
  before(async () => {
    claude = await ClaudeProduct.open();
    connection = await claude.product.connect();
    session = await claude.start(connection);
    uid = session.uid;
    await session.ask('say [[hi]]');
    const begun = new Promise<void>((resolve) => {
      connection.onNotification(p.sessionLive, ({ live }) => { if (live.some(({ text }) => text?.startsWith('Line 1 of'))) resolve(); });
    });
    await session.send('be [[slow]]');
    await begun;
    await session.until('the prompt', (c) => c.chain(mainLane).some((block) => block.kind === 'prompt' && block.text === 'be [[slow]]'));
    await session.rewind((await session.seams())[1]?.seam ?? '', { interrupt: true });
  });
  after(() => claude.dispose());

  const transcripts = () => readdirSync(dirname(session.conversation.native.path)).filter((name) => name.endsWith('.jsonl')).sort();

  /** The session on a host of its own, which fails there. */
  async function onHost(failAt?: string): Promise<void> {
    await connection.sendRequest(p.sessionStop, { session: uid });
    await connection.sendRequest(p.hostShutdown, { force: true });
    await gone(claude.product.hostPid);
    connection = await claude.product.connect(failAt ? { BACKSTITCH_HOST_FAIL_AT: failAt } : {});
    await connection.sendRequest(p.sessionResume, { session: uid, env: claude.env, cols: 100, rows: 30 });
    session = await SessionUnderTest.open(connection, uid);
    await session.idle();
  }

  it('begins with what was rewound while it was busy', async () => {
    assert.deepEqual(await claude.problemsOfNextRequest(session, claude.keptAt({ request: 'hi/0', answered: 1, items: 4, last: 'Hello from the model.' })), []);
  });

  for (const point of ['cut', 'launched'])
    it(`fails at “${point}”, and nothing has changed`, async () => {
      await onHost(point);
      const [branch, steps, there] = [session.conversation.branch, session.steps(), transcripts()];
      const last = claude.kept();
      await assert.rejects(session.switchTo('main'), { message: /made to fail/ });
      assert.deepEqual([session.conversation.branch, session.steps()], [branch, steps]);
      if (point === 'cut') assert.deepEqual(transcripts(), there);
      assert.deepEqual(await claude.problemsOfNextRequest(session, last), []);
    });

  it('comes about when nothing fails, and the model gets what had landed', async () => {
    await onHost();
    await session.switchTo('main');
    const { prompt, body } = await claude.nextRequest(session);
    const said = blocksOf(body.messages.findLast(({ role }) => role === 'assistant') ?? { role: 'assistant', content: [] });
    assert.match(String(said[0]?.['text']), /^Line 1 of a long answer\.\n/);
    const kept = claude.keptAt({ request: 'slow/0', answered: 0, items: 5, last: 'be [[slow]]' });
    assert.deepEqual(keptHistoryProblems(withAdded(kept, { role: 'assistant', content: said }, interrupted), body, prompt), []);
  });
});

it('a way back to what Claude Code has left by its own rewind gives the model what it had there', async () => {
  const claude = await ClaudeProduct.open();
  try {
    const session = await claude.start(await claude.product.connect());
    await session.ask('say [[hi]]');
    await session.ask('do the [[work]]');
    const left = claude.kept();
    await goBack(session, 'do the [[work]]');
    assert.deepEqual(await claude.problemsOfNextRequest(session, claude.keptAt({ request: 'hi/0', answered: 1, items: 4, last: 'Hello from the model.' })), []);
    const here = claude.kept();
    const steps = session.steps();
    const [aside] = [...session.conversation.branches.keys()].filter((branch) => branch !== 'main');
    await session.switchTo(aside ?? '');
    assert.deepEqual(await claude.problemsOfNextRequest(session, left), []);
    assert.equal(session.steps().at(-3)?.replace(/^b\d+ /, ''), 'text Done with the work.');
    await session.switchTo('main');
    assert.deepEqual(session.steps(), steps);
    assert.deepEqual(await claude.problemsOfNextRequest(session, here), []);
  } finally {
    await claude.dispose();
  }
});
