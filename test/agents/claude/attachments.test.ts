import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import * as p from '../../../src/protocol/protocol.ts';
import type { Place } from '../../modelServer/kept.ts';
import { text, tool } from '../../modelServer/scenarios.ts';
import { ClaudeProduct } from '../../support/claudeProduct.ts';
import { type SessionUnderTest, toldSeam } from '../../support/sessionUnderTest.ts';

const image = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR4nGP8z8DAwMDAxMDAwMDAAAANHQEDasKb6QAAAABJRU5ErkJggg==',
  'base64',
);
const endless = { command: 'while true; do ls; perl -e "select(undef,undef,undef,1)"; done', description: 'Endless', run_in_background: true };
const helper = { description: 'Look at the files', prompt: 'Please [[stuck]]', subagent_type: 'general-purpose' };
const pdf = '%PDF-1.1\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n'
  + '3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]>>endobj\ntrailer<</Root 1 0 R/Size 4>>\n%%EOF\n';

/**
 * Prompts that name files, results that are pictures, and background work that is alive at the cut: what the model was
 * given beside the words it gets again behind a rewind to each seam, by the model server's own record.
 */
describe('files in prompts and work in the background, at every seam', () => {
  let claude: ClaudeProduct;
  let connection: MessageConnection;
  let session: SessionUnderTest;
  before(async () => {
    claude = await ClaudeProduct.open({}, (cwd) => ({
      one: [[text('One.')]],
      two: [[text('Two.')]],
      three: [[text('Three.')]],
      four: [[text('Four.')]],
      look: [[text('I look.'), tool('Read', { file_path: join(cwd, 'picture.png') })], [text('I saw.')]],
      endless: [[text('In the background.'), tool('Bash', endless)], [text('It runs.')]],
      stuck: [{ blocks: [text('Begun.'), text('Never said.')], gate: new Promise<void>(() => {}), holdAfter: 1 }],
      helper: [[text('I send one.'), tool('Agent', helper)], [text('It is at work.')]],
    }));
    const { cwd } = claude.sandbox;
    mkdirSync(join(cwd, 'docs'));
    writeFileSync(join(cwd, 'docs/a.md'), '# A\n');
    writeFileSync(join(cwd, 'picture.png'), image);
    writeFileSync(join(cwd, 'paper.pdf'), pdf);
    connection = await claude.product.connect();
    const args = ['--permission-mode', 'acceptEdits', '--allowedTools', 'Bash(ls:*),Bash(perl:*),Bash(while:*),Read,Agent'];
    session = await claude.start(connection, { args });
  });
  after(() => claude.dispose());

  const read = 'Read {"file_path":"./picture.png"} => ';
  const shell = `Bash ${JSON.stringify(endless)} => Command running in background`;
  /** All seams of the session below, and where each is in the model server's record. */
  const seams: { seam: string; at: Place; cutOff?: 'shell' | 'subagent' }[] = [
    { seam: 'prompt see ./picture.png [[one]]', at: { request: 'one/0', answered: 0, items: 3, last: 'see ./picture.png [[one]]' } },
    { seam: 'text One.', at: { request: 'one/0', answered: 1, items: 4, last: 'One.' } },
    { seam: 'prompt see @picture.png [[two]]', at: { request: 'two/0', answered: 0, items: 7, last: 'see @picture.png [[two]]' } },
    { seam: 'text Two.', at: { request: 'two/0', answered: 1, items: 8, last: 'Two.' } },
    { seam: 'prompt see @paper.pdf and @docs [[three]]', at: { request: 'three/0', answered: 0, items: 13, last: 'see @paper.pdf and @docs [[three]]' } },
    { seam: 'text Three.', at: { request: 'three/0', answered: 1, items: 14, last: 'Three.' } },
    { seam: 'prompt see @hello.txt and @two.txt [[four]]', at: { request: 'four/0', answered: 0, items: 19, last: 'see @hello.txt and @two.txt [[four]]' } },
    { seam: 'text Four.', at: { request: 'four/0', answered: 1, items: 20, last: 'Four.' } },
    { seam: 'prompt please [[look]]', at: { request: 'look/0', answered: 0, items: 21, last: 'please [[look]]' } },
    { seam: 'text I look.', at: { request: 'look/0', answered: 1, items: 22, last: 'I look.' } },
    { seam: 'tool Read', at: { request: 'look/1', answered: 0, items: 24, last: read } },
    { seam: 'text I saw.', at: { request: 'look/1', answered: 1, items: 25, last: 'I saw.' } },
    { seam: 'prompt run [[endless]]', at: { request: 'endless/0', answered: 0, items: 26, last: 'run [[endless]]' } },
    { seam: 'text In the background.', at: { request: 'endless/0', answered: 1, items: 27, last: 'In the background.' } },
    { seam: 'tool Bash', at: { request: 'endless/1', answered: 0, items: 29, last: shell }, cutOff: 'shell' },
    { seam: 'text It runs.', at: { request: 'endless/1', answered: 1, items: 30, last: 'It runs.' }, cutOff: 'shell' },
    { seam: 'prompt say it [[again]]', at: { request: 'again/0', answered: 0, items: 31, last: 'say it [[again]]' }, cutOff: 'shell' },
    { seam: 'text Hello again.', at: { request: 'again/0', answered: 1, items: 32, last: 'Hello again.' }, cutOff: 'shell' },
    { seam: 'prompt send [[helper]]', at: { request: 'helper/0', answered: 0, items: 33, last: 'send [[helper]]' }, cutOff: 'shell' },
    { seam: 'text I send one.', at: { request: 'helper/0', answered: 1, items: 34, last: 'I send one.' }, cutOff: 'shell' },
    { seam: 'tool Agent', at: { request: 'helper/1', answered: 0, items: 36, last: 'Agent ' }, cutOff: 'subagent' },
    { seam: 'text It is at work.', at: { request: 'helper/1', answered: 1, items: 37, last: 'It is at work.' }, cutOff: 'subagent' },
    { seam: 'prompt say [[hi]]', at: { request: 'hi/0', answered: 0, items: 38, last: 'say [[hi]]' }, cutOff: 'subagent' },
  ];

  it('records the whole session', async () => {
    await session.ask(`see ${claude.sandbox.cwd}/picture.png [[one]]`);
    await session.ask('see @picture.png [[two]]');
    await session.ask('see @paper.pdf and @docs [[three]]');
    await session.ask('see @hello.txt and @two.txt [[four]]');
    await session.ask('please [[look]]');
    await session.ask('run [[endless]]');
    await session.ask('say it [[again]]');
    await session.ask('send [[helper]]');
    await session.ask('say [[hi]]');
    const told = (await session.seams()).map((seam) => toldSeam(session, seam).replaceAll(claude.sandbox.cwd, '.'));
    assert.deepEqual(told, seams.map(({ seam }) => seam));
    const { background } = await connection.sendRequest(p.sessionStatus, { session: session.uid });
    assert.deepEqual(background?.toSorted(), ['Endless', 'Look at the files']);
  });

  const unfinished = (words: string) => `Background work had not ended here (${words}): Claude Code tells the model that it was stopped.`;
  const saysOf = { shell: unfinished('Endless'), subagent: `${unfinished('Endless')} ${unfinished('Look at the files')}` };

  it('says what the CLI adds behind a seam at which background work had not ended', async () => {
    const told = (await session.seams()).map(({ fidelity, reason }) => [fidelity, reason]);
    const doubted = seams.map(({ cutOff }, at) => (cutOff ? ['approximate', saysOf[cutOff]] : ['exact', told[at]?.[1]]));
    assert.deepEqual(told, doubted);
  });

  it('is given to the model again behind each of the others', async () => {
    const record = claude.requests();
    const wrong: string[] = [];
    for (const [index, { seam, at, cutOff }] of seams.entries()) {
      if (cutOff) continue;
      const one = (await session.seams('main'))[index];
      await session.rewind(one?.seam ?? '');
      const problems = await claude.problemsOfNextRequest(session, claude.keptAt(at, record));
      wrong.push(...problems.map((problem) => `${seam}: ${problem}`));
      await session.switchTo('main', { interrupt: true });
    }
    assert.deepEqual(wrong, []);
  });
});
