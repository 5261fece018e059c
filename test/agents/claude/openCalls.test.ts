import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { mainLane } from '../../../src/core/ids.ts';
import type { Conversation } from '../../../src/core/conversation.ts';
import * as p from '../../../src/protocol/protocol.ts';
import { keptHistoryProblems } from '../../modelServer/compareHistory.ts';
import { withAdded } from '../../modelServer/kept.ts';
import type { Scenarios } from '../../modelServer/scenario.ts';
import { text, thinking, tool } from '../../modelServer/scenarios.ts';
import { ClaudeProduct } from '../../support/claudeProduct.ts';
import { unfinishedSubagent } from '../../support/claudeWords.ts';
import { gone } from '../../support/product.ts';
import { SessionUnderTest } from '../../support/sessionUnderTest.ts';

const leftOut = 'The agent ended before its last call had a result. It goes on behind the step before that call; what is left out stays on a branch of its own.';

interface State {
  name: string;
  /** Which request led there, and how many blocks of the answer to it the model is to be given again. */
  request: string;
  answered: number;
  /** How many blocks of the conversation are above that place. */
  above: number;
  holds(conversation: Conversation): boolean;
}

const called = (c: Conversation, words: string) => c.chain(mainLane).some((block) => block.kind === 'tool' && block.title.includes(words));
const states: State[] = [
  { name: 'ask', request: 'ask/0', answered: 1, above: 4, holds: (c) => c.requests.size === 1 && called(c, 'touch') },
  {
    name: 'mixed', request: 'mixed/0', answered: 1, above: 4,
    holds: (c) => c.requests.size === 1 && c.chain(mainLane).some((block) => block.kind === 'tool' && block.result !== undefined),
  },
  { name: 'bare', request: 'bare/0', answered: 0, above: 3, holds: (c) => c.requests.size === 1 && called(c, 'touch') },
  { name: 'second', request: 'second/1', answered: 0, above: 4, holds: (c) => c.requests.size === 1 && called(c, 'touch') },
  { name: 'running', request: 'running/0', answered: 1, above: 4, holds: (c) => called(c, 'perl') },
  { name: 'question', request: 'question/0', answered: 1, above: 4, holds: (c) => c.state.is === 'waiting' && called(c, 'Which colour') },
];

/** The result of a command that was killed, as a transcript holds it. */
const killedIn = (transcript: string): Record<string, unknown> | undefined =>
  transcript.split('\n').filter((line) => line.includes('"content":"Exit code 137')).map((line) => (JSON.parse(line) as { message: { content: Record<string, unknown>[] } }).message.content[0])[0];

/** Whatever an agent is at when it is ended, the resumed one gives its model what was, and nothing that was made up. */
describe('a Claude Code that is ended while a call is open, and resumed', () => {
  let claude: ClaudeProduct;
  let connection: MessageConnection;
  before(async () => {
    claude = await ClaudeProduct.open();
    connection = await claude.product.connect();
    const asked = tool('Bash', { command: 'touch asked.txt && env | wc -l > asked.txt', description: 'Make a file' });
    const read = tool('Read', { file_path: `${claude.sandbox.cwd}/two.txt` });
    const scripts: Scenarios = {
      mixed: [[text('Two things.'), read, asked]],
      bare: [[thinking('Only a call.'), asked]],
      second: [[read], [asked]],
      running: [[text('A long one.'), tool('Bash', { command: "ls; perl -e 'select(undef,undef,undef,600)'", description: 'Wait' })]],
      endless: [[text('In the background.'), tool('Bash', { command: 'while true; do ls; perl -e "select(undef,undef,undef,1)"; done', description: 'Endless', run_in_background: true })], [text('It runs.')]],
      stuck: [{ blocks: [text('Begun.'), text('Never said.')], gate: new Promise<void>(() => {}), holdAfter: 1 }],
      subagent: [[text('I send somebody.'), tool('Agent', { description: 'Look at the files', prompt: 'Please [[stuck]]', subagent_type: 'general-purpose' })], [text('Somebody is at work.')]],
    };
    for (const [name, scenario] of Object.entries(scripts)) claude.model.script(name, scenario);
  });
  after(() => claude.dispose());

  async function at(id: string, prompt: string, holds: State['holds']): Promise<SessionUnderTest> {
    const session = await claude.start(connection, { id, args: ['--permission-mode', 'default', '--allowedTools', 'Bash(ls:*),Bash(perl:*),Bash(while:*),Read,Agent'] });
    await session.ask('say [[hi]]');
    await session.send(prompt);
    await session.until(prompt, holds);
    return session;
  }

  const ends = {
    stopped: async (session: SessionUnderTest) => void await connection.sendRequest(p.sessionStop, { session: session.uid }),
    killed: async () => {
      const { hostPid } = claude.product;
      process.kill(hostPid, 'SIGKILL');
      await gone(hostPid);
      connection = await claude.product.connect();
    },
  };

  const branchesOf = async (session: SessionUnderTest) => (await connection.sendRequest(p.sessionBranches, { session: session.uid })).branches;

  async function resumed(session: SessionUnderTest): Promise<{ again: SessionUnderTest; outcome: p.ResumeOutcome }> {
    const outcome = await connection.sendRequest(p.sessionResume, { session: session.uid, env: claude.env, cols: 100, rows: 30 });
    const again = await SessionUnderTest.open(connection, session.uid);
    await again.idle();
    return { again, outcome };
  }

  const placeIn = (record: ReturnType<ClaudeProduct['requests']>, { request, answered }: State) => {
    const asked = record.find(({ scenario, step }) => `${scenario}/${step}` === request);
    assert.ok(asked);
    const messages = answered ? [...asked.body.messages, { role: 'assistant' as const, content: asked.answered.slice(0, answered).map((block) => ({ ...block })) }] : asked.body.messages;
    return { body: asked.body, messages };
  };

  for (const state of states) for (const [how, end] of Object.entries(ends)) {
    it(`${how} at “${state.name}”: the model is given all that is complete`, async () => {
      const from = claude.requests().length;
      const session = await at(`${state.name}-${how}`, `now [[${state.name}]]`, state.holds);
      const shown = session.steps();
      await end(session);
      // The CLI may still have written what came of a command that was killed with it: then nothing is open.
      const killed = killedIn(readFileSync(session.conversation.native.path, 'utf8'));
      const reason = killed ? null : leftOut;
      assert.deepEqual((await branchesOf(session)).map((branch) => [branch.branch, branch.fidelity, branch.reason ?? null]), [['main', 'exact', reason]]);
      const { again, outcome } = await resumed(session);
      assert.deepEqual([outcome.branch, outcome.fidelity, outcome.reason], [killed ? 'main' : 'branch-2', 'exact', reason]);
      const above = shown.slice(0, state.above);
      assert.deepEqual(again.steps(), killed ? [...above, 'b5 tool Bash failed'] : above);
      const kept = placeIn(claude.requests().slice(from), state);
      const whole = placeIn(claude.requests().slice(from), { ...state, answered: 2 });
      assert.deepEqual(await claude.problemsOfNextRequest(again, killed ? withAdded(whole, { role: 'user', content: [killed] }) : kept), []);
      const main = ['main', null, 'exact', shown.length + (killed ? 2 : 0)];
      assert.deepEqual((await branchesOf(again)).map(({ branch, parent, fidelity, blocks }) => [branch, parent, fidelity, blocks]), killed ? [main] : [main, ['branch-2', 'main', 'exact', state.above + 2]]);
      await connection.sendRequest(p.sessionStop, { session: session.uid });
    });
  }

  it('a way back to what was left out gives the model all that is complete there, and says so', async () => {
    const session = await at('back', 'now [[ask]]', (c) => c.requests.size === 1 && called(c, 'touch'));
    await ends.stopped(session);
    const { again } = await resumed(session);
    await claude.nextRequest(again);
    const preview = await connection.sendRequest(p.sessionPreviewSwitch, { session: session.uid, branch: 'main' });
    assert.deepEqual([preview.fidelity, preview.reason], ['exact', leftOut]);
    const back = await again.switchTo('main');
    assert.deepEqual([back.fidelity, back.reason], ['exact', leftOut]);
    const { body } = await claude.nextRequest(again);
    assert.deepEqual(body.messages.filter(({ role }) => role === 'assistant').map(({ content }) => JSON.stringify(content).includes('No response requested.')), [false, false]);
    await connection.sendRequest(p.sessionStop, { session: session.uid });
  });

  const works = { endless: { words: 'Endless', last: 'It runs.' }, subagent: { words: 'Look at the files', last: 'Somebody is at work.' } };
  for (const [name, { words, last }] of Object.entries(works)) for (const [how, end] of Object.entries(ends)) {
    it(`${how} while the background work of “${name}” is alive: it is told before that Claude Code will speak of it`, async () => {
      const session = await at(`${name}-${how}`, `now [[${name}]]`, (c) => c.chain(mainLane).some((block) => block.kind === 'text' && block.text === last));
      const from = claude.requests().length - 1;
      await end(session);
      const reason = `Background work was alive when the agent ended (${words}): Claude Code tells the model that it was stopped.`;
      assert.deepEqual((await branchesOf(session)).map(({ fidelity, reason: why }) => [fidelity, why]), [['approximate', reason]]);
      const { again, outcome } = await resumed(session);
      assert.deepEqual([outcome.branch, outcome.fidelity, outcome.reason], ['main', 'approximate', reason]);
      assert.equal(again.conversation.branches.get('main')?.fidelity, 'approximate');
      if (name === 'subagent') {
        const request = claude.requests().slice(from).findLast(({ scenario }) => scenario === 'subagent');
        assert.ok(request);
        const kept = { body: request.body, messages: [...request.body.messages, { role: 'assistant' as const, content: request.answered.map((block) => ({ ...block })) }] };
        const { prompt, body } = await claude.nextRequest(again);
        assert.deepEqual(keptHistoryProblems(withAdded(kept, unfinishedSubagent(kept)), body, prompt), []);
      }
      await connection.sendRequest(p.sessionStop, { session: session.uid });
    });
  }
});
