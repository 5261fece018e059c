import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Conversation } from '../../src/core/conversation.ts';
import { snapshotParts } from '../../src/core/paging.ts';
import { dump, Story } from './story.ts';
import { summaryFor } from '../support/summary.ts';

test('a session with a subagent, a compaction, a rewind and the way back, as text', () => {
  const story = new Story().start();
  story.prompt('fix it', null);
  story.thinking('hm', 'fix it');
  story.text('looking', 'hm', { message: 'm1' });
  story.tool('spawn', 'looking', { message: 'm1', tool_kind: 'subagent' });
  story.take({ type: 'lane_opened', lane: 'x', parent_lane: 'main', parent_call: 'call-spawn', agent_type: 'Explore', description: 'find it', background: true });
  story.tool('grep', null, { lane: 'x' });
  story.result('grep', { lane: 'x' });
  story.result('spawn');
  story.text('meanwhile', 'spawn-result');
  story.take({ type: 'lane_closed', lane: 'x', status: 'completed', summary: 'found' });
  story.take({ type: 'block', lane: 'main', native: { session: 'A', id: 'k' }, after: 'meanwhile', body: { kind: 'compaction', trigger: 'auto', tokens_before: 900, tokens_after: 90, summary: 'short' } });
  story.text('done', 'k');
  story.rewind('s6', 'B');
  story.prompt('again', 'meanwhile');
  assert.equal(story.shown(), `branch-2
> fix it
--- 1 [s1] drops 1 prompt, 2 texts, 1 tool call, 1 thought, no files ---
~ hm
  looking
--- 2 [s3] drops 1 prompt, 1 text, 1 tool call, no files ---
* Tool: spawn (completed)
  -> spawn done
  [Explore] find it: cut off
    * Tool: grep (completed)
      -> grep done
--- 3 [s4] drops 1 prompt, 1 text, no files ---
  meanwhile
--- 4 [s6] drops 1 prompt, no files ---
> again
`);
  assert.equal(story.shown('main'), `main (not selected)
> fix it
--- 1 [s1] drops 3 texts, 1 tool call, 1 thought, 1 compaction, no files ---
~ hm
  looking
--- 2 [s3] drops 2 texts, 1 tool call, 1 compaction, no files ---
* Tool: spawn (completed)
  -> spawn done
  [Explore] find it: completed
    * Tool: grep (completed)
      -> grep done
--- 3 [s4] drops 2 texts, 1 compaction, no files ---
  meanwhile
--- 4 [s6] drops 1 text, 1 compaction, no files ---
= compaction (auto), 900 to 90 tokens
  done
`);
  assert.deepEqual(['main', 'branch-2'].map((branch) => story.conversation.laneStatusOn('x', branch)), ['completed', 'cut_off']);
  story.rewind('s1', 'C');
  assert.deepEqual(story.conversation.lanesOn('branch-3').map((lane) => lane.lane), ['main']);
});

test('a subagent in the foreground whose end is told after its result is not cut off', () => {
  const story = new Story().start();
  story.prompt('p', null);
  story.tool('spawn', 'p', { tool_kind: 'subagent' });
  story.take({ type: 'lane_opened', lane: 'x', parent_lane: 'main', parent_call: 'call-spawn', agent_type: 'Explore', description: '', background: false });
  story.result('spawn');
  story.take({ type: 'lane_closed', lane: 'x', status: 'completed' });
  story.text('t', 'spawn-result');
  story.rewind('s2', 'B');
  assert.equal(story.conversation.laneStatusOn('x', 'branch-2'), 'completed');
});

test('steps are counted unless the agent counts them', () => {
  const story = new Story().start();
  story.tool('a', null, { lane: 'x' });
  story.tool('b', null, { lane: 'x' });
  const facts = () => [story.conversation.lanes.get('x')?.steps, story.conversation.lanes.get('x')?.lastTool];
  assert.deepEqual(facts(), [2, 'Tool']);
  story.take({ type: 'lane_updated', lane: 'x', steps: 7, last_tool: 'Grep' });
  story.tool('c', null, { lane: 'x' });
  assert.deepEqual(facts(), [7, 'Tool']);
});

test('the end of a run ends what was open in it', () => {
  const story = new Story().start().log(
    { type: 'permission_requested', request: 'q', lane: 'main', tool: 'Bash', title: 'rm', input: {}, options: [] },
    { type: 'turn_started', turnId: 'u', lane: 'main' },
    { type: 'lane_opened', lane: 'x', parent_lane: 'main', parent_block: null, agent_type: 'Explore', description: '', background: true });
  const { conversation } = story;
  assert.deepEqual([conversation.requests.size, conversation.alive, conversation.pid], [1, true, 101]);
  story.log({ type: 'run_ended', code: null, cause: 'lost' });
  assert.deepEqual([conversation.requests.size, conversation.alive, conversation.pid, conversation.state, conversation.ended, conversation.turns.get('u')?.status, conversation.lanes.get('x')?.status],
    [0, false, null, { is: 'exited' }, 'interrupted', 'interrupted', 'cut_off']);
});

test('a rewind is open until it is done or failed', () => {
  const started = { type: 'rewind_started', how: 'rewind', from_branch: 'main', to_branch: 'branch-2', tip: null, seam: 's1', old_native: { session: 'A', path: '' }, new_native: { session: 'B', path: '' }, checkpoint: null, to_checkpoint: null, files: false } as const;
  const story = new Story().start().log({ ...started, rewind: 'r1' });
  assert.equal(story.conversation.openRewind?.rewind, 'r1');
  story.log({ type: 'rewind_failed', rewind: 'another', step: '', message: '', branch: 'main' });
  assert.equal(story.conversation.openRewind?.rewind, 'r1');
  story.log({ type: 'rewind_failed', rewind: 'r1', step: '', message: '', branch: 'main' });
  assert.equal(story.conversation.openRewind, null);
});

test('the queue holds what waits', () => {
  const story = new Story().log({ type: 'queued', send: '1', text: 'a', from: 'cli' }, { type: 'queued', send: '2', text: 'b', from: 'panel' }, { type: 'queued', send: '3', text: 'c', from: 'cli' }, { type: 'delivered', send: '1' }, { type: 'expired', send: '3', reason: 'stopped' });
  assert.deepEqual(story.conversation.queue, [{ send: '2', text: 'b', from: 'panel', queuedTs: '2026-01-01T00:00:01.000Z' }]);
});

test('pages go back to the beginning, and what is not loaded is no error', () => {
  const story = new Story().start();
  story.prompt('p', null);
  for (let i = 1; i <= 9; i++) story.text(`t${i}`, i === 1 ? 'p' : `t${i - 1}`);
  const page = story.conversation.page('main', 'main', undefined, 3);
  assert.deepEqual([page.blocks.map((block) => block.block), page.before], [['b8', 'b9', 'b10'], 7]);
  const summary = summaryFor(story.conversation);
  const client = Conversation.fromSnapshot({ ...snapshotParts(story.conversation, { blocks: 3 }), summary, damage: [], live: [] });
  story.log({ type: 'block_updated', block: 'b2', interrupted: true }, { type: 'block', block: 'b11', lane: 'main', after: 'b10', kind: 'text', text: 'more' });
  const changes = story.events.slice(-2).map((event) => client.apply(event));
  assert.deepEqual(changes.map((change) => change.blocks), [[], ['b11']]);
  assert.equal(client.blocks.get('b11')?.depth, 10);
  client.addPage(story.conversation.page('main', 'main', 'b8', 100));
  assert.deepEqual(client.chain('main'), story.conversation.chain('main'));
  assert.equal(client.isGap({ ...story.events[0]!, seq: client.lastSeq + 2 }), true);
  assert.deepEqual(dump(new Conversation()), dump(new Conversation()));
});
