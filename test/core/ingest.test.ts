import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Story } from './story.ts';

const beginning = (): Story => {
  const story = new Story().start();
  story.prompt('p1', null);
  story.text('t1', 'p1');
  story.tool('a', 't1', { message: 'm1' });
  story.result('a');
  story.text('t2', 'a-result');
  return story;
};

test('rows are linked and numbered in the order in which they land', () => {
  const { conversation } = beginning();
  assert.deepEqual(conversation.chain('main').map((block) => [block.block, block.after, block.native?.id, block.depth]),
    [['b1', null, 'p1', 0], ['b2', 'b1', 't1', 1], ['b3', 'b2', 'a', 2], ['b4', 'b3', 't2', 3]]);
});

test('a history that is read twice adds nothing', () => {
  const story = beginning();
  const before = story.events.length;
  assert.deepEqual([story.prompt('p1', null), story.text('t1', 'p1'), story.tool('a', 't1'), story.result('a'), story.text('t2', 'a-result')], [false, false, false, false, false]);
  assert.equal(story.events.length, before);
});

test('after parallel calls the next row follows the whole batch, in whatever order the results came', () => {
  const story = new Story().start();
  story.prompt('p', null);
  for (const [id, after] of [['a', 'p'], ['b', 'a'], ['c', 'b']] as const) story.tool(id, after, { message: 'm' });
  for (const id of ['c', 'a', 'b']) story.result(id);
  story.text('t', 'a-result');
  assert.equal(story.line(), 'p a b c t');
  assert.deepEqual([...story.conversation.branches.keys()], ['main']);
});

test('after a rewind copied rows are dropped and new ones land on the new branch', () => {
  const story = beginning().rewind('s2', 'B');
  assert.deepEqual([story.prompt('p1', null), story.text('t1', 'p1')], [false, false]);
  story.prompt('p2', 't1');
  story.text('t3', 'p2');
  assert.equal(story.line(), 'p1 t1 p2 t3');
  assert.equal(story.line('main'), 'p1 t1 a t2');
});

test('late rows of the old run land on the old branch', () => {
  const story = beginning().rewind('s2', 'B');
  story.prompt('p2', 't1');
  story.session = 'A';
  story.text('late', 't2');
  story.text('later', 'a row that nobody knows');
  assert.equal(story.line('main'), 'p1 t1 a t2 late later');
  assert.equal(story.line('branch-2'), 'p1 t1 p2');
  assert.equal(story.conversation.lanes.get('main')?.tip, story.conversation.blockOfNative('main', 'p2')?.block);
});

test('a late row after a rewind to the tip itself goes by its native session', () => {
  const story = beginning().rewind('s4', 'B');
  story.session = 'A';
  story.text('late', 't2');
  story.session = 'B';
  story.text('new', 't2');
  assert.equal(story.line('main'), 'p1 t1 a t2 late');
  assert.equal(story.line('branch-2'), 'p1 t1 a t2 new');
});

test('a rewind of a rewind, and switching back', () => {
  const story = beginning().rewind('s2', 'B');
  story.prompt('p2', 't1');
  story.text('t3', 'p2');
  story.rewind('s5', 'C');
  story.text('t4', 'p2');
  assert.equal(story.line(), 'p1 t1 p2 t4');
  story.switchTo('main');
  story.prompt('p3', 't2');
  assert.equal(story.line(), 'p1 t1 a t2 p3');
  story.switchTo('branch-2');
  assert.equal(story.line(), 'p1 t1 p2 t3');
  assert.deepEqual([...story.conversation.branches.values()].map((branch) => [branch.branch, branch.parent, branch.seam, branch.native.session, branch.tipCheckpoint]),
    [['main', null, null, 'A', 'tip-main'], ['branch-2', 'main', 's2', 'B', 'tip-branch-2'], ['branch-3', 'branch-2', 's5', 'C', 'tip-branch-3']]);
});

test('what the agent itself goes back from is set aside as a branch', () => {
  const story = beginning();
  story.prompt('p2', 't1');
  assert.equal(story.line(), 'p1 t1 p2');
  assert.equal(story.line('branch-2'), 'p1 t1 a t2');
  assert.deepEqual([story.conversation.branch, story.conversation.isOn('b3', 'main'), story.conversation.isOn('b3', 'branch-2'), story.conversation.isOn('b2', 'branch-2')], ['main', false, true, true]);
});

test('a cleared memory begins a branch of its own', () => {
  const story = beginning();
  story.log({ type: 'native_session', native: { session: 'B', path: '/b' }, branch: 'branch-2', cause: 'clear' });
  story.session = 'B';
  story.prompt('p2', null);
  assert.equal(story.line(), 'p2');
  assert.equal(story.line('main'), 'p1 t1 a t2');
});

test('a history that the agent copied by itself goes on as a branch from where it was copied', () => {
  const story = beginning();
  story.log({ type: 'native_session', native: { session: 'B', path: '/b' }, branch: 'branch-2', cause: 'fork' });
  story.session = 'B';
  story.prompt('p2', 't2');
  assert.deepEqual([story.line(), story.line('main')], ['p1 t1 a t2 p2', 'p1 t1 a t2']);
  assert.equal(story.conversation.branches.get('branch-2')?.seam, 's4');
});

test('notices stand beside the history', () => {
  const story = beginning();
  story.notice('n1', 't1');
  story.notice('n2', null);
  story.prompt('p2', 't2');
  assert.equal(story.line(), 'p1 t1 a t2 n1 n2 p2');
});

test('a command that is given where the agent went back to stands there', () => {
  const story = beginning();
  story.notice('n1', 't1', 'command');
  assert.equal(story.line(), 'p1 t1 a t2 n1');
  story.prompt('p2', 't2');
  story.notice('n2', 't1', 'info');
  story.notice('n3', 't1', 'command');
  story.prompt('p3', 'n3');
  assert.equal(story.line(), 'p1 t1 n3 p3');
  assert.equal(story.line('branch-2'), 'p1 t1 a t2 n1 p2 n2');
});

test('a lane that is told twice, or first by its blocks, is one lane', () => {
  const story = beginning();
  story.text('sub1', null, { lane: 'x' });
  const opening = { type: 'lane_opened', lane: 'x', parent_lane: 'main', parent_call: 'call-a', agent_type: 'Explore', description: 'look', background: false } as const;
  assert.deepEqual([story.take(opening), story.take(opening)], [true, false]);
  assert.deepEqual(story.events.at(-1)?.type, 'lane_updated');
  assert.equal(story.conversation.lanes.get('x')?.parentBlock, 'b3');
  assert.deepEqual([story.take({ type: 'lane_closed', lane: 'x', status: 'completed' }), story.take({ type: 'lane_closed', lane: 'x', status: 'cut_off' })], [true, false]);
});

test('facts that are so already are dropped', () => {
  const story = beginning();
  const facts = [
    { type: 'state', state: { is: 'idle', interrupted: true } }, { type: 'turn_started', turnId: 'u', lane: 'main' },
    { type: 'task_complete', turnId: 'u', status: 'completed', lane: 'main' },
  ] as const;
  assert.deepEqual([...facts, ...facts].map((fact) => story.take(fact)), [true, true, true, false, false, false]);
  assert.equal(story.take({ type: 'state', state: { is: 'idle' } }), true);
  assert.equal(story.take({ type: 'permission_resolved', request: 'nobody asked', outcome: 'gone', by: 'host' }), false);
  assert.equal(story.result('a call that nobody made'), false);
});
