import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Conversation } from '../../../src/core/conversation.ts';
import type { Event } from '../../../src/core/events.ts';
import { Ingest } from '../../../src/core/ingest.ts';
import { decodeAll, observations } from './recording.ts';

test('what each turn of a recorded run cost is the sum over its messages, cached tokens apart', () => {
  const conversation = new Conversation();
  const ingest = new Ingest(conversation);
  let seq = 0;
  for (const item of decodeAll(observations)) {
    const body = item.is === 'draft' ? ingest.take(item.draft) : null;
    if (body !== null) conversation.apply({ schema_version: 1, seq: ++seq, ts: new Date(seq * 1000).toISOString(), id: 'docs', run: 1, ...body } as Event);
  }
  const told = [...conversation.turns.values()].map(({ model, usage }) => [model, usage?.input_tokens, usage?.cached_tokens, usage?.output_tokens, usage?.total_tokens]);
  assert.deepEqual(told, [
    ['claude-opus-5-5', 550, 5000, 25, 5575],
    ['claude-opus-5-5', 220, 2000, 10, 2230],
    ['claude-opus-5-5', 110, 1000, 5, 1115],
    ['claude-opus-5-5', 110, 1000, 5, 1115],
  ]);
});
