import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seamsOf } from '../../src/core/seams.ts';
import { withWords } from '../../src/core/seamWords.ts';
import { exact, Story } from './story.ts';

test('a seam tells in words what is kept last and what would be dropped first', () => {
  const story = new Story().start();
  story.prompt('p', null, '[backstitch session id=fix-1]\nFix the \u001b[31mtests\n\nall of them');
  story.thinking('I think', 'p');
  story.text('On it', 'I think');
  story.tool('npm test', 'On it', { tool_kind: 'execute' });
  story.result('npm test', { status: 'failed' });
  story.tool('a.ts', 'npm test-result', { message: 'm', tool_kind: 'edit' });
  story.tool('b.ts', 'a.ts', { message: 'm', tool_kind: 'edit' });
  story.result('a.ts');
  story.result('b.ts');
  story.notice('a note', 'b.ts-result');
  story.text(`Done ${'and done '.repeat(40)}`, 'a note');
  story.prompt('next', `Done ${'and done '.repeat(40)}`);
  const { conversation } = story;
  const seams = withWords(conversation, 'main', seamsOf(conversation, { fidelityAfter: exact }));
  const long = `answer: Done ${'and done '.repeat(8)}an…`;
  assert.deepEqual(seams.map(({ seam, words }) => [seam, words?.after, words?.before]), [
    ['s1', 'prompt: Fix the tests all of them', 'answer: On it'],
    ['s3', 'answer: On it', 'ran `npm test` (failed)'],
    ['s4', 'ran `npm test` (failed)', '2 calls: Tool: a.ts, Tool: b.ts'],
    ['s6', '2 calls: Tool: a.ts, Tool: b.ts', long],
    ['s8', long, 'prompt: next'],
  ]);
});
