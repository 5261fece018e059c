import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TokenUsage } from '../../src/core/events.ts';
import { usageOf } from '../../src/host/exitSummary.ts';
import { Story } from '../core/story.ts';

const tokens = (input: number, output: number, more: Partial<TokenUsage> = {}): TokenUsage =>
  ({ input_tokens: input, output_tokens: output, reasoning_tokens: null, cached_tokens: null, total_tokens: input + output, ...more });

/** A session with a step for each of these: the turn that it is of, and what it tells of tokens. */
function storyOf(steps: { turn?: string; lane?: string; usage?: TokenUsage }[]): Story {
  const story = new Story().start();
  steps.forEach(({ turn, lane = 'main', usage }, at) => {
    story.log({ type: 'block', block: `b${at + 1}`, lane, after: at === 0 ? null : `b${at}`, kind: 'text', text: 'a step', ...(turn && { turn }), ...(usage && { usage }) });
  });
  return story;
}

describe('tokens of a session', () => {
  it('are null where no step and no turn tells any', () => {
    assert.deepEqual(usageOf(storyOf([{}, {}]).conversation), { input_tokens: null, output_tokens: null, reasoning_tokens: null, cached_tokens: null, total_tokens: null });
  });

  it('are the sum of the steps of an agent that tells them there, in all lanes', () => {
    const story = storyOf([{ usage: tokens(10, 1, { cached_tokens: 5 }) }, { lane: 'sub', usage: tokens(20, 2) }, {}]);
    assert.deepEqual(usageOf(story.conversation), { input_tokens: 30, output_tokens: 3, reasoning_tokens: null, cached_tokens: 5, total_tokens: 33 });
  });

  it('are the sum of the turns of an agent that tells them there', () => {
    const story = storyOf([]).log({ type: 'turn_started', turnId: 't1', lane: 'main' }, { type: 'task_complete', turnId: 't1', status: 'completed', lane: 'main', tokenUsage: tokens(7, 3) })
      .log({ type: 'task_complete', turnId: 't2', status: 'interrupted', lane: 'main', tokenUsage: tokens(100, 10, { reasoning_tokens: 4 }) });
    assert.deepEqual(usageOf(story.conversation), { input_tokens: 107, output_tokens: 13, reasoning_tokens: 4, cached_tokens: null, total_tokens: 120 });
  });

  it('count once where a turn and its steps both tell them; what is of another lane, or of a turn that tells none, counts beside them', () => {
    const story = new Story().start().log({ type: 'turn_started', turnId: 't1', lane: 'main' }, { type: 'turn_started', turnId: 't2', lane: 'main' })
      .log({ type: 'block', block: 'b1', lane: 'main', after: null, turn: 't1', kind: 'text', text: 'told twice' }, { type: 'block_updated', block: 'b1', usage: tokens(10, 1) })
      .log({ type: 'block', block: 'b2', lane: 'sub', after: null, turn: 't1', kind: 'text', text: 'of another lane', usage: tokens(200, 20) })
      .log({ type: 'block', block: 'b3', lane: 'main', after: 'b1', turn: 't2', kind: 'text', text: 'of a turn that tells none', usage: tokens(3_000, 300) })
      .log({ type: 'task_complete', turnId: 't1', status: 'completed', lane: 'main', tokenUsage: tokens(10, 1) }, { type: 'task_complete', turnId: 't2', status: 'completed', lane: 'main' });
    assert.deepEqual(usageOf(story.conversation), { input_tokens: 3_210, output_tokens: 321, reasoning_tokens: null, cached_tokens: null, total_tokens: 3_531 });
  });
});
