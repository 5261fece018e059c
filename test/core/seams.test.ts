import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkpointAt, dropsAfter, seamAfter, seamsOf } from '../../src/core/seams.ts';
import { exact, Story } from './story.ts';

const seamLines = (story: Story, branch = story.conversation.branch): string[] =>
  seamsOf(story.conversation, { branch, fidelityAfter: exact }).map(({ seam, kind, drops, checkpoint }) =>
    `${seam} ${kind} t${drops.text} c${drops.tool} h${drops.thinking} p${drops.prompt}${drops.compaction ? ` k${drops.compaction}` : ''} ${checkpoint}`);

test('seams after prompts, texts and finished batches, not in a batch, not at the tip', () => {
  const story = new Story().start();
  story.prompt('p', null);
  story.thinking('h', 'p');
  story.text('t1', 'h', { message: 'm1' });
  story.tool('a', 't1', { message: 'm1' });
  story.tool('b', 'a', { message: 'm1' });
  story.result('b');
  assert.deepEqual(seamLines(story), ['s1 prompt t1 c2 h1 p0 null', 's3 text t0 c2 h0 p0 null']);
  story.result('a');
  story.tool('c', 'a-result');
  story.result('c');
  story.tool('d', 'c-result');
  story.result('d');
  story.text('t2', 'd-result');
  story.thinking('h2', 't2');
  assert.deepEqual(seamLines(story), [
    's1 prompt t2 c4 h2 p0 null', 's3 text t1 c4 h1 p0 null', 's5 tool t1 c2 h1 p0 null', 's6 tool t1 c1 h1 p0 null', 's7 tool t1 c0 h1 p0 null', 's8 text t0 c0 h1 p0 null',
  ]);
  assert.equal(seamAfter(story.conversation, 'b4', { fidelityAfter: exact }), undefined);
  assert.equal(seamAfter(story.conversation, 'b5', { fidelityAfter: exact })?.seam, 's5');
  assert.deepEqual(dropsAfter(story.conversation, 'b5'), { text: 1, tool: 2, thinking: 1, prompt: 0 });
});

test('a text that its message put behind an open call has no seam', () => {
  const story = new Story().start();
  story.prompt('p', null);
  story.tool('a', 'p', { message: 'm' });
  story.text('t1', 'a', { message: 'm' });
  story.text('t2', 't1', { message: 'm2' });
  assert.deepEqual(seamLines(story), ['s1 prompt t2 c1 h0 p0 null']);
});

test('nothing but a notice behind it is no seam, a compaction is', () => {
  const story = new Story().start();
  story.prompt('p', null);
  story.notice('n', 'p');
  assert.deepEqual(seamLines(story), []);
  story.take({ type: 'block', lane: 'main', native: { session: 'A', id: 'k' }, after: 'p', body: { kind: 'compaction', trigger: 'auto', tokens_before: 9, tokens_after: 1, summary: 'short' } });
  assert.deepEqual(seamLines(story), ['s1 prompt t0 c0 h0 p0 k1 null']);
});

test('files at a seam: a call’s own checkpoint, else the last before', () => {
  const story = new Story().start();
  story.checkpoint('base', { cause: 'baseline' });
  story.prompt('p', null);
  story.text('t1', 'p', { message: 'm' });
  // The hooks of both calls come before the rows of their message.
  story.checkpoint('after a', { call: 'a' }).checkpoint('after b', { call: 'b' });
  story.tool('a', 't1', { message: 'm', tool_kind: 'edit' });
  story.tool('b', 'a', { message: 'm', tool_kind: 'execute' });
  story.result('a');
  story.result('b');
  story.tool('c', 'b-result', { tool_kind: 'read' });
  story.result('c');
  story.tool('d', 'c-result', { tool_kind: 'edit' });
  story.result('d');
  story.text('t2', 'd-result');
  story.checkpoint('idle', { cause: 'idle' });
  story.prompt('p2', 't2');
  story.tool('e', 'p2', { tool_kind: 'edit' });
  story.result('e');
  story.checkpoint('late', { call: 'e', late: true });
  story.text('t3', 'e-result');
  story.text('t4', 't3');
  assert.deepEqual(seamsOf(story.conversation, { fidelityAfter: exact }).map((seam) => [seam.seam, seam.checkpoint, seam.reason]), [
    ['s1', 'base', ''], ['s2', 'base', ''], ['s4', 'after b', ''], ['s5', 'after b', ''],
    ['s6', null, 'Files at this step were not captured.'], ['s7', 'idle', ''], ['s8', 'idle', ''],
    ['s9', null, 'Files at this step were captured too late: the agent had gone on.'], ['s10', null, 'Files at this step were captured too late: the agent had gone on.'],
  ]);
  assert.deepEqual(['b3', 'b4', 'b6', 'b7'].map((block) => checkpointAt(story.conversation, block)), ['after b', 'after b', null, 'idle']);
});

test('checkpoints of another branch do not show in a seam, those after a rewind that kept files do', () => {
  const story = new Story().start();
  story.checkpoint('base', { cause: 'baseline' });
  story.prompt('p', null);
  story.text('t1', 'p');
  story.tool('a', 't1', { tool_kind: 'edit' });
  story.result('a');
  story.checkpoint('after a', { call: 'a' });
  story.rewind('s2', 'B', 'kept');
  story.text('t2', 't1');
  story.text('t3', 't2');
  assert.deepEqual(seamLines(story), ['s1 prompt t3 c0 h0 p0 base', 's2 text t2 c0 h0 p0 base', 's4 text t1 c0 h0 p0 tip-main']);
  assert.deepEqual(seamLines(story, 'main'), ['s1 prompt t1 c1 h0 p0 base', 's2 text t0 c1 h0 p0 base']);
});

test('a block of a kind that this version does not know is no seam and counts as nothing', () => {
  const story = new Story().start();
  story.prompt('p', null);
  story.log({ type: 'block', block: 'b2', lane: 'main', after: 'b1', kind: 'hologram', text: '?' } as { type: string });
  story.log({ type: 'block', block: 'b3', lane: 'main', after: 'b2', kind: 'text', text: 't' } as { type: string });
  assert.deepEqual(story.conversation.chain('main').length, 3);
  assert.deepEqual(seamLines(story), ['s1 prompt t1 c0 h0 p0 null']);
});
