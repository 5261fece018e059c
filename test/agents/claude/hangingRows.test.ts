import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import type { Block } from '../../../src/core/view.ts';
import * as p from '../../../src/protocol/protocol.ts';
import type { Place } from '../../modelServer/kept.ts';
import { text, tool } from '../../modelServer/scenarios.ts';
import { ClaudeProduct } from '../../support/claudeProduct.ts';
import { type SessionUnderTest, toldSeam } from '../../support/sessionUnderTest.ts';

const image = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR4nGP8z8DAwMDAxMDAwMDAAAANHQEDasKb6QAAAABJRU5ErkJggg==',
  'base64',
);
const pdf = `%PDF-1.1
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]>>endobj
trailer<</Root 1 0 R/Size 4>>
%%EOF
`;

/** Adds context at each of its events, but to the prompts with which the tests look at what the model gets. */
const hook = `#!/bin/bash
in=$(cat)
case "$in" in *'carry on'*) exit 0;; esac
event=$(printf %s "$in" | sed -n 's/.*"hook_event_name":"\\([A-Za-z]*\\)".*/\\1/p')
printf '{"hookSpecificOutput":{"hookEventName":"%s","additionalContext":"context of %s"}}' "$event" "$event"
`;

/**
 * Rows that are no step of the conversation and hang on one: the model was given them there, and has to be given them
 * again behind a rewind to that step. What is compared are the model server's records, as in exactness.test.ts.
 */
describe('what hangs on a kept step', () => {
  let claude: ClaudeProduct;
  let connection: MessageConnection;
  let session: SessionUnderTest;

  before(async () => {
    claude = await ClaudeProduct.open();
    const { cwd, configDir } = claude.sandbox;
    const write = (path: string, content: string | Buffer) => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    };
    write(join(cwd, '.claude/commands/hello.md'), 'Please greet $ARGUMENTS and say [[hi]]\n');
    const skillText = '---\nname: greeter\ndescription: Greets people.\n---\nGreet loudly, always.\n';
    write(join(cwd, '.claude/skills/greeter/SKILL.md'), skillText);
    write(join(cwd, 'picture.png'), image);
    write(join(cwd, 'paper.pdf'), pdf);
    write(join(configDir, 'hook.sh'), hook);
    chmodSync(join(configDir, 'hook.sh'), 0o755);
    const events = ['SessionStart', 'UserPromptSubmit', 'PreToolUse', 'PostToolUse', 'PostToolBatch'];
    const command = join(configDir, 'hook.sh');
    const hooked = events.map((event) => [event, [{ hooks: [{ type: 'command', command }] }]]);
    write(join(configDir, 'settings.json'), JSON.stringify({ hooks: Object.fromEntries(hooked) }));
    const skillCall = tool('Skill', { skill: 'greeter', args: 'Bob' });
    claude.model.script('greet', [[text('I greet.'), skillCall], [text('I greeted.')]]);
    const read = tool('Read', { file_path: join(cwd, 'paper.pdf') });
    claude.model.script('look', [[text('I look at it.'), read], [text('I saw it.')]]);
    claude.model.script('seen', [[text('I see the picture.')]]);
    claude.model.script('mentioned', [[text('I know the file.')]]);
    connection = await claude.product.connect();
    const args = ['--permission-mode', 'acceptEdits', '--allowedTools', 'Bash(ls:*),Read,Write,Edit,Skill'];
    session = await claude.start(connection, { args });
    await connection.sendRequest(p.terminalAttach, { session: session.uid, cols: 100, rows: 30 });
  });
  after(() => claude.dispose());

  /** Seams of the session, told by their blocks, and where each is in the model server's record. */
  const skill = 'Base directory for this skill: ./.claude/skills/greeter\n\nGreet loudly, always.\n\n\nARGUMENTS: ';
  const seams: { seam: string; at: Place }[] = [
    { seam: 'prompt /hello world', at: { request: 'hi/0', answered: 0, items: 4, last: 'Please greet world and say [[hi]]\n' } },
    { seam: 'text Hello from the model.', at: { request: 'hi/0', answered: 1, items: 5, last: 'Hello from the model.' } },
    { seam: 'tool Skill', at: { request: 'greet/1', answered: 0, items: 12, last: `${skill}Bob` } },
    { seam: 'prompt [Image #1] what is it [[seen]]', at: { request: 'seen/0', answered: 0, items: 17, last: '[Image: source: ./picture.png]' } },
    { seam: 'text I see the picture.', at: { request: 'seen/0', answered: 1, items: 18, last: 'I see the picture.' } },
    { seam: 'tool Read', at: { request: 'look/1', answered: 0, items: 24, last: 'Read {"file_path":"./paper.pdf"} => PDF file read: ./paper.pdf' } },
    { seam: 'prompt look at @hello.txt [[mentioned]]', at: { request: 'mentioned/0', answered: 0, items: 29, last: 'look at @hello.txt [[mentioned]]' } },
    { seam: 'prompt /greeter Alice', at: { request: 'mentioned/1', answered: 0, items: 33, last: `${skill}Alice` } },
    { seam: 'text I know the file.', at: { request: 'mentioned/1', answered: 1, items: 34, last: 'I know the file.' } },
    { seam: 'prompt say hi [[again]]', at: { request: 'again/0', answered: 0, items: 38, last: 'say hi [[again]]' } },
  ];

  /** Resolves when the session's terminal shows these words. */
  const shown = (words: string) => new Promise<void>((resolve) => {
    const look = async () => {
      const { text: screen } = await connection.sendRequest(p.terminalText, { session: session.uid });
      if (screen.includes(words)) resolve();
    };
    connection.onNotification(p.terminalData, () => void look());
    void look();
  });

  /** Pastes the path of a picture into the terminal, which the CLI turns into the picture itself, and asks about it. */
  const pastePicture = async () => {
    const type = (data: string) => connection.sendNotification(p.terminalInput, { session: session.uid, data });
    await type(`\u001b[200~${claude.sandbox.cwd}/picture.png\u001b[201~`);
    await shown('[Image #1]');
    await type(' what is it [[seen]]\r');
    const isAnswer = (block: Block) => block.kind === 'text' && block.text === 'I see the picture.';
    await session.until('the answer', (c) => c.chain('main').some(isAnswer));
    await session.idle();
  };

  it('records the whole session', async () => {
    await session.ask('/hello world');
    await session.ask('please [[greet]]');
    await pastePicture();
    await session.ask('please [[look]]');
    await session.ask('look at @hello.txt [[mentioned]]');
    await session.ask('/greeter Alice');
    await session.ask('/context');
    await session.ask('say hi [[again]]');
    const told = (await session.seams('main')).map((seam) => toldSeam(session, seam));
    assert.deepEqual(seams.filter(({ seam }) => !told.includes(seam)), [], told.join('\n'));
  });

  it('is given to the model again behind each of them, at seams that say exact', async () => {
    const record = claude.requests();
    const wrong: string[] = [];
    for (const { seam: name, at } of seams) {
      const seam = (await session.seams('main')).findLast((one) => toldSeam(session, one) === name);
      assert.equal(seam?.fidelity, 'exact', name);
      await session.rewind(seam.seam);
      const problems = await claude.problemsOfNextRequest(session, claude.keptAt(at, record));
      wrong.push(...problems.map((problem) => `${name}: ${problem}`));
      await session.switchTo('main');
    }
    assert.deepEqual(wrong, []);
    const end = claude.keptAt({ request: 'again/0', answered: 1, items: 39, last: 'Hello again.' }, record);
    assert.deepEqual(await claude.problemsOfNextRequest(session, end), [], 'after switching back');
  });
});
