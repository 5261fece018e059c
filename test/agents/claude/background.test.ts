import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { mainLane } from '../../../src/core/ids.ts';
import * as p from '../../../src/protocol/protocol.ts';
import { text, tool } from '../../modelServer/scenarios.ts';
import { ClaudeProduct } from '../../support/claudeProduct.ts';
import type { SessionUnderTest } from '../../support/sessionUnderTest.ts';

const kinds = { endless: 'Endless', subagent: 'Look at the files' };

/** The turn is over though work goes on in the background: the agent is at its prompt, and that work is named. */
describe('a Claude Code with work in the background', () => {
  let claude: ClaudeProduct;
  let connection: MessageConnection;
  before(async () => {
    claude = await ClaudeProduct.open();
    connection = await claude.product.connect();
    const endless = { command: 'while true; do ls; perl -e "select(undef,undef,undef,1)"; done', description: 'Endless', run_in_background: true };
    claude.model.script('endless', [[text('In the background.'), tool('Bash', endless)], [text('It runs.')]]);
    claude.model.script('stuck', [{ blocks: [text('Begun.'), text('Never said.')], gate: new Promise<void>(() => {}), holdAfter: 1 }]);
    const sent = { description: 'Look at the files', prompt: 'Please [[stuck]]', subagent_type: 'general-purpose' };
    claude.model.script('subagent', [[text('I send somebody.'), tool('Agent', sent)], [text('It runs.')]]);
  });
  after(() => claude.dispose());

  async function withWork(kind: string, id: string): Promise<SessionUnderTest> {
    const session = await claude.start(connection, { id, args: ['--permission-mode', 'default', '--allowedTools', 'Bash(ls:*),Bash(perl:*),Bash(while:*),Read,Agent'] });
    await session.ask('say [[hi]]');
    await session.ask(`now [[${kind}]]`);
    await session.until('the last words', (c) => c.chain(mainLane).some((block) => block.kind === 'text' && block.text === 'It runs.'));
    return session;
  }

  const summaryOf = (session: SessionUnderTest) => connection.sendRequest(p.sessionStatus, { session: session.uid });
  const seamOf = async (session: SessionUnderTest) => (await session.seams())[1]?.seam ?? '';

  for (const [kind, words] of Object.entries(kinds)) {
    it(`is idle with “${kind}” named, and takes the next prompt`, async () => {
      const session = await withWork(kind, `prompt-${kind}`);
      const { state, background } = await summaryOf(session);
      assert.deepEqual([state, background], [{ is: 'idle' }, [words]]);
      await session.ask('say [[again]]');
      await session.until('the answer', (c) => c.chain(mainLane).at(-1)?.kind === 'text' && c.chain(mainLane).some((block) => block.kind === 'text' && block.text === 'Hello again.'));
      assert.deepEqual(session.steps().slice(-3).map((step) => step.replace(/^b\d+ /, '')), ['text It runs.', 'prompt say [[again]]', 'text Hello again.']);
      assert.deepEqual((await summaryOf(session)).background, [words]);
      await connection.sendRequest(p.sessionStop, { session: session.uid });
    });

    it(`tells that a rewind ends “${kind}”, and ends it`, async () => {
      const session = await withWork(kind, `rewind-${kind}`);
      const seam = await seamOf(session);
      const preview = await connection.sendRequest(p.sessionPreview, { session: session.uid, seam });
      assert.deepEqual([preview.state, preview.ends], [{ is: 'idle' }, [words]]);
      const outcome = await session.rewind(seam);
      assert.deepEqual([outcome.fidelity, outcome.ends], ['exact', [words]]);
      await session.idle();
      const { state, background } = await summaryOf(session);
      assert.deepEqual([state, background], [{ is: 'idle' }, []]);
      await claude.nextRequest(session);
      await connection.sendRequest(p.sessionStop, { session: session.uid });
    });

    it(`is interrupted in a later turn while “${kind}” goes on, and is idle then`, async () => {
      const session = await withWork(kind, `interrupt-${kind}`);
      const begun = new Promise<void>((resolve) => {
        connection.onNotification(p.sessionLive, ({ session: from, live }) => { if (from === session.uid && live.some(({ text: said }) => said?.startsWith('Line 1 of'))) resolve(); });
      });
      await session.send('be [[slow]]');
      await begun;
      await connection.sendRequest(p.sessionInterrupt, { session: session.uid });
      await session.idle();
      assert.deepEqual(session.conversation.state, { is: 'idle', interrupted: true });
      const outcome = await session.rewind(await seamOf(session), { interrupt: true });
      assert.deepEqual(outcome.ends, [words]);
      await connection.sendRequest(p.sessionStop, { session: session.uid });
    });
  }
});
