import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seamsOf } from '../../src/core/seams.ts';
import { exact, native, Story } from './story.ts';

/** What each seam of a branch says of the files: `text of the step: checkpoint`. */
const filesAt = (story: Story, branch = story.conversation.branch): string[] => seamsOf(story.conversation, { branch, fidelityAfter: exact })
  .map(({ after, checkpoint, reason }) => `${story.conversation.blocks.get(after)?.native?.id}: ${checkpoint ?? reason}`);
const leftAt = (story: Story, branch: string): string | null | undefined => story.conversation.branches.get(branch)?.tipCheckpoint;

/** Prompt 1 says something, prompt 2 makes a file, and both have ended. */
function twoPrompts(): Story {
  const story = new Story().start();
  story.checkpoint('empty', { cause: 'baseline' });
  story.prompt('p1', null);
  story.text('a1', 'p1');
  story.checkpoint('empty', { cause: 'baseline' });
  story.prompt('p2', 'a1');
  story.tool('w', 'p2', { tool_kind: 'edit' });
  story.result('w');
  story.checkpoint('made', { call: 'w' });
  story.text('a2', 'w-result');
  story.checkpoint('made and mine', { cause: 'idle' });
  return story;
}

const goOn = (story: Story, after: string | null, ...prompts: string[]): Story => {
  for (const [index, prompt] of prompts.entries()) {
    story.prompt(prompt, index === 0 ? after : `said ${prompts[index - 1]}`);
    story.text(`said ${prompt}`, prompt);
  }
  story.prompt(`after ${prompts.at(-1)}`, `said ${prompts.at(-1)}`);
  return story;
};

describe('rows that land behind the checkpoints of their calls', () => {
  test('leave the files of the first prompt as they were before it', () => {
    const story = new Story().start();
    story.checkpoint('empty', { cause: 'baseline' });
    story.checkpoint('made', { call: 'w' });
    story.prompt('p1', null);
    story.tool('w', 'p1', { tool_kind: 'execute' });
    story.result('w');
    story.text('a1', 'w-result');
    story.prompt('p2', 'a1');
    assert.deepEqual(filesAt(story), ['p1: empty', 'w: made', 'a1: made']);
  });

  test('of a subagent, too, whose calls belong at or behind the step that began it', () => {
    const story = new Story().start();
    story.checkpoint('empty', { cause: 'baseline' });
    story.prompt('p1', null);
    story.text('a1', 'p1');
    story.checkpoint('mine', { cause: 'baseline' });
    story.checkpoint('made', { call: 'inner' });
    story.prompt('p2', 'a1');
    story.tool('agent', 'p2', { tool_kind: 'subagent' });
    story.take({ type: 'lane_opened', lane: 'L', parent_lane: 'main', parent_call: 'call-agent', agent_type: 'helper', description: 'Help', background: true });
    story.tool('inner', null, { lane: 'L', tool_kind: 'execute' });
    story.checkpoint('made more', { call: 'inner' });
    story.result('agent');
    story.text('a2', 'agent-result');
    story.prompt('p3', 'a2');
    assert.deepEqual(filesAt(story), ['p1: empty', 'a1: mine', 'p2: mine', 'agent: made more', 'a2: made more']);
  });
});

describe('an agent that has gone back by itself', () => {
  test('left its files as they were: that is where the line begins anew, and the seam before stays what it was', () => {
    const story = goOn(twoPrompts().checkpoint('still made', { cause: 'baseline' }), 'a1', 'p3', 'p4');
    assert.equal(story.line(), 'p1 a1 p3 said p3 p4 said p4 after p4');
    assert.deepEqual(filesAt(story), ['p1: empty', 'a1: empty', 'p3: still made', 'said p3: still made', 'p4: still made', 'said p4: still made']);
    assert.deepEqual(filesAt(story, 'branch-2'), ['p1: empty', 'a1: empty', 'p2: empty', 'w: made']);
    assert.equal(leftAt(story, 'branch-2'), 'still made');
  });

  test('and its prompt landed before the files were captured', () => {
    const story = twoPrompts();
    const tip = story.conversation.tip;
    story.prompt('p3', 'a1');
    story.log({ type: 'checkpoint', checkpoint: 'still made', cause: 'baseline', after: tip, changed: [] });
    story.text('said p3', 'p3');
    story.prompt('last', 'said p3');
    assert.deepEqual(filesAt(story), ['p1: empty', 'a1: empty', 'p3: still made', 'said p3: still made']);
    assert.deepEqual(filesAt(story, 'branch-2'), ['p1: empty', 'a1: empty', 'p2: empty', 'w: made']);
  });

  test('to before its first prompt', () => {
    const story = goOn(twoPrompts().checkpoint('still made', { cause: 'baseline' }), null, 'p3');
    assert.deepEqual(filesAt(story), ['p3: still made', 'said p3: still made']);
    assert.deepEqual(filesAt(story, 'branch-2'), ['p1: empty', 'a1: empty', 'p2: empty', 'w: made']);
  });

  test('twice to the same place', () => {
    const story = goOn(twoPrompts().checkpoint('still made', { cause: 'baseline' }), 'a1', 'p3');
    story.checkpoint('made again', { cause: 'baseline' });
    goOn(story, 'a1', 'p5');
    assert.deepEqual(filesAt(story), ['p1: empty', 'a1: empty', 'p5: made again', 'said p5: made again']);
    assert.deepEqual(filesAt(story, 'branch-3'), ['p1: empty', 'a1: empty', 'p3: still made', 'said p3: still made']);
    assert.deepEqual(filesAt(story, 'branch-2'), ['p1: empty', 'a1: empty', 'p2: empty', 'w: made']);
    assert.deepEqual([leftAt(story, 'branch-2'), leftAt(story, 'branch-3')], ['still made', 'made again']);
  });

  test('to before the seam of its own branch', () => {
    const story = twoPrompts();
    story.rewind('s5', 'B', 'kept');
    story.checkpoint('on B', { cause: 'baseline' });
    goOn(story, 'a2', 'p3');
    story.checkpoint('back', { cause: 'baseline' });
    goOn(story, 'a1', 'p5');
    assert.deepEqual(filesAt(story), ['p1: empty', 'a1: empty', 'p5: back', 'said p5: back']);
    assert.deepEqual(filesAt(story, 'branch-3'), ['p1: empty', 'a1: empty', 'p2: empty', 'w: made', 'a2: made and mine', 'p3: on B', 'said p3: on B']);
  });
});

describe('an agent that has gone to another history', () => {
  const goTo = (story: Story, session: string, cause: string): void => {
    story.log({ type: 'native_session', native: native(session), branch: story.conversation.freeBranchName(), cause });
    story.session = session;
  };

  test('a cleared memory begins with the files of that moment, and the line before keeps its own', () => {
    const story = twoPrompts();
    goTo(story, 'B', 'clear');
    story.checkpoint('cleared', { cause: 'baseline' });
    goOn(story, null, 'p3');
    assert.deepEqual(filesAt(story), ['p3: cleared', 'said p3: cleared']);
    assert.deepEqual(filesAt(story, 'main'), ['p1: empty', 'a1: empty', 'p2: empty', 'w: made']);
    assert.equal(leftAt(story, 'main'), 'made and mine');
  });

  test('one that is there already goes on where it ended, on whatever branch the agent was', () => {
    const story = twoPrompts();
    story.rewind('s2', 'B');
    story.checkpoint('on B', { cause: 'baseline' });
    goOn(story, 'a1', 'q1');
    goTo(story, 'A', 'resume');
    story.checkpoint('resumed', { cause: 'baseline' });
    story.prompt('q2', 'a2');
    story.text('said q2', 'q2');
    assert.equal(story.line(), 'p1 a1 p2 w a2 q2 said q2');
    assert.deepEqual(story.conversation.chain('main').filter(({ block }) => !story.conversation.isOn(block, story.conversation.branch)), []);
    assert.deepEqual(filesAt(story), ['p1: empty', 'a1: empty', 'p2: empty', 'w: made', 'a2: made and mine', 'q2: resumed']);
    assert.deepEqual(filesAt(story, 'branch-2'), ['p1: empty', 'a1: empty', 'q1: on B', 'said q1: on B']);
  });
});

test('a switch without files: what comes next began with the files of the other branch, the seam before it did not', () => {
  const story = twoPrompts();
  story.rewind('s2', 'B');
  story.checkpoint('on B', { cause: 'rewind' });
  goOn(story, 'a1', 'q1');
  story.switchTo('main', 'kept');
  goOn(story, 'a2', 'p3');
  assert.deepEqual(filesAt(story), ['p1: empty', 'a1: empty', 'p2: empty', 'w: made', 'a2: made and mine', 'p3: tip-branch-2', 'said p3: tip-branch-2']);
});

test('a rewind that failed leaves every seam as it was', () => {
  const story = twoPrompts();
  const { tip, native: old } = story.conversation;
  story.log(
    { type: 'checkpoint', checkpoint: 'made and mine', cause: 'rewind', after: tip, changed: [] },
    { type: 'rewind_started', rewind: 'r', how: 'rewind', from_branch: 'main', to_branch: 'branch-2', tip, seam: 's2', old_native: old, new_native: native('B'), checkpoint: 'made and mine', to_checkpoint: 'empty', files: true },
    { type: 'run_ended', code: 0, cause: 'rewind' },
    { type: 'rewind_failed', rewind: 'r', step: 'starting', message: 'no', branch: 'main' },
  );
  story.start('A', 'main', 'rewind');
  goOn(story, 'a2', 'p3');
  assert.deepEqual(filesAt(story), ['p1: empty', 'a1: empty', 'p2: empty', 'w: made', 'a2: made and mine', 'p3: made and mine', 'said p3: made and mine']);
});

describe('a copy of another session', () => {
  const inherited = (story: Story, checkpoint: string, at: string | null | undefined, more: { begins?: true } = {}): void => {
    story.log({ type: 'checkpoint', checkpoint, cause: 'baseline', after: null, changed: [], inherited: { ts: '2025-12-31T00:00:00.000Z', ...(at === undefined ? {} : { at }), ...more, own: [], unclear: [] } });
  };
  const copied = (story: Story): void => {
    story.prompt('p1', null);
    story.text('a1', 'p1');
    story.prompt('p2', 'a1');
    story.tool('w', 'p2', { tool_kind: 'edit' });
    story.result('w');
    story.text('a2', 'w-result');
  };

  test('shows at the seams that it has copied what was captured there; its own files are those of its beginning', () => {
    const story = new Story();
    story.log({ type: 'forked', from_uid: 'u', from_seam: 's5', from_branch: 'main', at: 'a2' });
    inherited(story, 'empty', null);
    inherited(story, 'made', 'w');
    inherited(story, 'elsewhere', undefined);
    story.start();
    story.checkpoint('forked', { cause: 'idle' });
    copied(story);
    story.checkpoint('asked', { cause: 'baseline' });
    goOn(story, 'a2', 'p3');
    assert.deepEqual(filesAt(story), ['p1: empty', 'a1: empty', 'p2: empty', 'w: made', 'a2: made', 'p3: asked', 'said p3: asked']);
  });

  test('says that they were not captured where nothing could be inherited', () => {
    const story = new Story();
    story.log({ type: 'forked', from_uid: 'u', from_seam: 's5', from_branch: 'main', at: 'a2' });
    story.start();
    story.checkpoint('forked', { cause: 'idle' });
    copied(story);
    story.prompt('p3', 'a2');
    story.text('said p3', 'p3');
    const none = 'Files at this step were not captured.';
    assert.deepEqual(filesAt(story), [`p1: ${none}`, `a1: ${none}`, `p2: ${none}`, `w: ${none}`, `a2: ${none}`, 'p3: forked']);
  });

  test('whose agent then goes back to before it began', () => {
    const story = new Story();
    story.log({ type: 'forked', from_uid: 'u', from_seam: 's5', from_branch: 'main', at: 'a2' });
    inherited(story, 'empty', null);
    inherited(story, 'made', 'w');
    story.start();
    story.checkpoint('forked', { cause: 'idle' });
    copied(story);
    story.prompt('p3', 'a2');
    story.checkpoint('gone back', { cause: 'baseline' });
    goOn(story, 'a1', 'p5');
    assert.deepEqual(filesAt(story), ['p1: empty', 'a1: empty', 'p5: gone back', 'said p5: gone back']);
    assert.deepEqual(filesAt(story, 'branch-2'), ['p1: empty', 'a1: empty', 'p2: empty', 'w: made', 'a2: made']);
  });
});
