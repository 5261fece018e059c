import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { mainLane } from '../../../src/core/ids.ts';
import * as p from '../../../src/protocol/protocol.ts';
import { goBack } from '../../support/claudeKeys.ts';
import { ClaudeProduct } from '../../support/claudeProduct.ts';
import { type SessionUnderTest, toldSeam } from '../../support/sessionUnderTest.ts';
import { press } from '../../support/terminalKeys.ts';

const context: [RegExp, string][] = [[/^❯\s*\n─/m, '/context'], [/^❯\s\/context\s*\n─/m, '\r']];

/**
 * The own rewind of Claude Code writes no row: where it has gone to shows in the next one, and behind a rewind to before
 * the first prompt not even there. What the panel keeps is what the model gets, as long as the agent runs and later.
 */
describe('a real Claude Code that went back by its own rewind', () => {
  let claude: ClaudeProduct;
  let connection: MessageConnection;
  before(async () => {
    claude = await ClaudeProduct.open();
    connection = await claude.product.connect();
  });
  after(() => claude.dispose());

  async function twoTurns(id: string) {
    const from = claude.requests().length;
    const session = await claude.start(connection, { id });
    await session.ask('say [[hi]]');
    await session.ask('say it [[again]]');
    return { session, record: () => claude.requests().slice(from) };
  }

  const stepsOf = (session: SessionUnderTest, branch?: string) => session.steps(branch).map((step) => step.replace(/^b\d+ /, ''));
  const seamAt = async (session: SessionUnderTest, name: string) => {
    const seam = (await session.seams()).find((one) => toldSeam(session, one) === name);
    assert.ok(seam, name);
    return seam;
  };
  const contextTold = (session: SessionUnderTest) => session.until('the context', (c) =>
    c.chain(mainLane).some((block) => block.kind === 'notice' && block.text.startsWith('Context usage')));

  it('to before its first prompt: nothing of before is kept, in the panel, behind a rewind and behind a resume', async () => {
    const { session, record } = await twoTurns('first');
    await goBack(session, 'say [[hi]]');
    await session.ask('begin [[anew]]');
    assert.deepEqual(stepsOf(session), ['prompt begin [[anew]]', 'text Nothing is scripted for this prompt.']);
    const old = ['prompt say [[hi]]', 'text Hello from the model.', 'prompt say it [[again]]', 'text Hello again.'];
    assert.deepEqual(stepsOf(session, 'branch-2'), old);
    const kept = record();
    const end = claude.keptAt({ request: 'anew/0', answered: 1, items: 4, last: 'Nothing is scripted for this prompt.' }, kept);
    assert.deepEqual(await claude.problemsOfNextRequest(session, end), [], 'at once');
    const here = claude.kept();
    const seam = await seamAt(session, 'prompt begin [[anew]]');
    assert.equal(seam.fidelity, 'exact');
    await session.rewind(seam.seam);
    const prompt = claude.keptAt({ request: 'anew/0', answered: 0, items: 3, last: 'begin [[anew]]' }, kept);
    assert.deepEqual(await claude.problemsOfNextRequest(session, prompt), [], 'behind a rewind');
    await session.switchTo('main');
    await connection.sendRequest(p.sessionStop, { session: session.uid });
    await session.until('the end', (c) => !c.alive);
    await connection.sendRequest(p.sessionResume, { session: session.uid, env: claude.env, cols: 100, rows: 30 });
    await session.idle();
    assert.deepEqual(stepsOf(session).slice(0, 2), ['prompt begin [[anew]]', 'text Nothing is scripted for this prompt.']);
    assert.deepEqual(await claude.problemsOfNextRequest(session, here), [], 'behind a resume');
    await session.switchTo('branch-2');
    const left = claude.keptAt({ request: 'again/0', answered: 1, items: 6, last: 'Hello again.' }, kept);
    assert.deepEqual(await claude.problemsOfNextRequest(session, left), [], 'on the way back');
  });

  it('and gave a command there: the command stands where the agent went', async () => {
    const { session, record } = await twoTurns('second');
    await goBack(session, 'say it [[again]]');
    await press(session, ...context);
    await contextTold(session);
    await session.ask('go on [[next]]');
    assert.deepEqual(stepsOf(session), [
      'prompt say [[hi]]', 'text Hello from the model.', 'notice /context', 'notice Context usage',
      'prompt go on [[next]]', 'text Going on from here.',
    ]);
    const seam = await seamAt(session, 'prompt go on [[next]]');
    assert.equal(seam.fidelity, 'exact');
    await session.rewind(seam.seam);
    const kept = claude.keptAt({ request: 'next/0', answered: 0, items: 7, last: 'go on [[next]]' }, record());
    assert.deepEqual(await claude.problemsOfNextRequest(session, kept), []);
  });

  it('to before its first prompt, and gave a command there: the seam says that it is not known', async () => {
    const { session } = await twoTurns('unsure');
    await goBack(session, 'say [[hi]]');
    await press(session, ...context);
    await contextTold(session);
    await session.ask('begin [[anew]]');
    const seam = await seamAt(session, 'prompt begin [[anew]]');
    assert.equal(seam.fidelity, 'approximate');
    assert.match(seam.reason, /^Claude Code’s own rewind went back to before the first prompt: of what was typed /);
    assert.deepEqual(stepsOf(session), ['prompt begin [[anew]]', 'text Nothing is scripted for this prompt.']);
  });
});
