import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { keptHistoryProblems } from '../../modelServer/compareHistory.ts';
import { blocksOf, type Kept, withAdded, wholeOf } from '../../modelServer/kept.ts';
import { startModelServer, type ModelServer } from '../../modelServer/modelServer.ts';
import { scenariosIn, text } from '../../modelServer/scenarios.ts';
import { claudeSandbox, type ClaudeSandbox } from '../../support/claudeHome.ts';
import { type ClaudeRun, startClaude } from '../../support/claudeRun.ts';
import { interrupted, refused, unfinishedSubagent } from '../../support/claudeWords.ts';

/**
 * What the CLI does by itself when a history is begun again, without any cut: what it adds, the exactness tests may expect behind a cut too,
 * and nothing else.
 */
describe('the real CLI, ended and resumed on a history that nobody touched', () => {
  let sandbox: ClaudeSandbox;
  let server: ModelServer;
  let claude: ClaudeRun;
  before(async () => {
    sandbox = await claudeSandbox();
    const child = [{ blocks: [text('The child begins.'), text('Never said.')], gate: new Promise<void>(() => {}), holdAfter: 1 }];
    server = await startModelServer({ scenarios: { ...scenariosIn(sandbox.cwd), child } });
    claude = await startClaude({ sandbox, server, args });
  });
  after(async () => {
    await claude.end();
    await server.close();
    await sandbox.remove();
  });

  const args = ['--permission-mode', 'acceptEdits', '--allowedTools', 'Bash(ls:*),Read,Write,Edit,Agent'];

  const requests = () => server.requests.filter(({ kind, scenario }) => kind === 'agent' && scenario !== 'child');

  /** All that the last request and its answer were. */
  const kept = (): Kept => {
    const last = requests().at(-1);
    assert.ok(last);
    return wholeOf(last);
  };

  async function resume(): Promise<void> {
    const native = claude.native();
    await claude.end();
    claude = await startClaude({ sandbox, server, args, resume: native });
  }

  async function problemsAfter(expected: Kept, prompt: string): Promise<string[]> {
    await claude.ask(prompt);
    const body = requests().at(-1)?.body;
    assert.ok(body);
    return keptHistoryProblems(expected, body, prompt);
  }

  /** Types a prompt whose turn does not end by itself, and presses Esc once `holds`. */
  async function escape(prompt: string, holds: () => boolean): Promise<void> {
    await claude.run.type({ is: 'prompt', text: prompt });
    await claude.until(`the midst of “${prompt}”`, holds);
    await claude.run.type({ is: 'interrupt' });
    await claude.until('the interrupt', () => claude.run.decoder.state.is === 'idle' && claude.screen().includes('What should Claude do instead?'));
  }

  it('gives the model what it had, and nothing else', async () => {
    await claude.ask('do the [[work]]');
    const expected = kept();
    await resume();
    assert.deepEqual(await problemsAfter(expected, 'say [[hi]], one'), []);
  });

  it('reports a subagent that had not', async () => {
    await claude.run.type({ is: 'prompt', text: 'send a [[subagent]]' });
    await claude.until('the answer', () => claude.blocks().some(({ body }) => body.kind === 'text' && body.text === 'Somebody is at work.'));
    const expected = kept();
    await resume();
    assert.deepEqual(await problemsAfter(withAdded(expected, unfinishedSubagent(expected)), 'say [[hi]], two'), []);
  });

  it('says of an answer that was interrupted how far it came, with and without a restart', async () => {
    await escape('be [[slow]]', () => claude.decoded.some((item) => item.is === 'live' && item.live.text?.includes('Line 1 of')));
    const slow = requests().at(-1);
    assert.ok(slow && !slow.isWhole);
    await claude.ask('say [[hi]], three');
    const body = requests().at(-1)?.body;
    assert.ok(body);
    const said = blocksOf(body.messages.findLast(({ role }) => role === 'assistant') ?? { role: 'assistant', content: [] });
    assert.match(String(said[0]?.['text']), /^Line 1 of a long answer\.\n/);
    const expected = withAdded({ ...wholeOf(slow), messages: slow.body.messages }, { role: 'assistant', content: said }, interrupted);
    assert.deepEqual(keptHistoryProblems(expected, body, 'say [[hi]], three'), []);
    const whole = kept();
    await resume();
    assert.deepEqual(await problemsAfter(whole, 'say [[hi]], four'), []);
  });

  it('says of a call that was refused at its dialog that it was, and makes up an answer when it is resumed behind that', async () => {
    await escape('now [[ask]]', () => claude.run.decoder.state.is === 'waiting');
    const asked = kept();
    assert.deepEqual(await problemsAfter(withAdded(asked, refused(asked)), 'say [[hi]], five'), []);
    await escape('again [[ask]]', () => claude.run.decoder.state.is === 'waiting');
    const again = kept();
    await resume();
    const madeUp = withAdded(again, refused(again), { role: 'assistant', content: 'No response requested.' });
    assert.deepEqual(await problemsAfter(madeUp, 'say [[hi]], six'), ['the CLI made up an answer: “No response requested.”']);
  });

  it('gives the model what it had after a compaction', async () => {
    await claude.run.type({ is: 'prompt', text: '/compact' });
    await claude.until('the compaction', () => claude.blocks().some(({ body }) => body.kind === 'compaction') && claude.run.decoder.state.is === 'idle');
    await claude.ask('say hi [[again]]');
    const expected = kept();
    await resume();
    assert.deepEqual(await problemsAfter(expected, 'say [[hi]], seven'), []);
  });
});
