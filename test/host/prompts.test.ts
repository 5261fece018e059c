import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { UserInput } from '../../src/core/adapter.ts';
import { Prompts, type PromptsPort } from '../../src/host/prompts.ts';
import { Story } from '../core/story.ts';

it('a prompt that was not typed after all waits again, although the agent took up something else meanwhile', async () => {
  const story = new Story().start().log({ type: 'state', state: { is: 'idle' } });
  const typed: UserInput[] = [];
  let atDelivery = (): void => undefined;
  const port: PromptsPort = {
    conversation: story.conversation, label: () => 'x', isAlive: () => true, isClosed: () => false, isAsking: () => false, moving: () => null, hasDraft: () => false,
    changed: () => undefined,
    isReady: () => story.conversation.state.is === 'idle', said: () => undefined, settle: async () => undefined, check: () => undefined, takeUpOf: () => 'nothing', left: () => undefined,
    type: async (input) => { typed.push(input); },
    record: async (...bodies) => {
      story.log(...bodies);
      if (bodies.some(({ type }) => type === 'delivered')) atDelivery();
      return true;
    },
  };
  const prompts = new Prompts(port);
  atDelivery = () => {
    atDelivery = () => undefined;
    story.log({ type: 'state', state: { is: 'busy' } });
    story.prompt('by hand', null);
  };
  story.log({ type: 'queued', send: 'q2', text: 'second', from: 'cli' }, { type: 'queue_changed', paused: true, from: 'cli' });
  const first = await prompts.send('first', 'cli');
  await prompts.change({ is: 'move', send: first.send, to: 0 }, 'cli', {});
  const fate = prompts.fate(first.send);
  await prompts.change({ is: 'continue' }, 'cli', {});
  for (let turns = 0; turns < 1_000 && prompts.list().sends.length < 2; turns++) await new Promise((resolve) => { setImmediate(resolve); });
  assert.deepEqual([prompts.list().sends.map(({ text }) => text), typed], [['first', 'second'], []]);
  story.log({ type: 'state', state: { is: 'idle' } });
  prompts.nudge();
  assert.deepEqual([await fate, typed], [{ status: 'delivered' }, [{ is: 'prompt', text: 'first' }]]);
  prompts.dispose();
});
