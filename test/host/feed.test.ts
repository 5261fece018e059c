import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveText } from '../../src/core/adapter.ts';
import type { Event } from '../../src/core/events.ts';
import { Feed } from '../../src/host/feed.ts';
import type { SessionBatch } from '../../src/protocol/protocol.ts';

type News = Omit<SessionBatch, 'session'>;

const event = (seq: number, text = `row ${seq}`): Event =>
  ({ schema_version: 1, seq, ts: '2026-01-01T00:00:00.000Z', id: 'one', run: 1, type: 'note', text }) as unknown as Event;
const live = (text: string | null, id = 'm1'): LiveText => ({ live: id, lane: 'main', kind: 'text', text });

function feedOf(first: LiveText[] = []): { feed: Feed; sent: News[] } {
  let last = 1;
  const sent: News[] = [];
  return { sent, feed: new Feed(1, { number: () => ++last, live: first, send: (batch) => sent.push(batch) }) };
}
const seqs = (batch: News | undefined): number[] => batch?.events.map(({ seq }) => seq) ?? [];

test('nothing is sent before the snapshot was taken, then one batch at a time, with all that came meanwhile', () => {
  const { feed, sent } = feedOf();
  feed.events([event(1)]);
  feed.events([event(2)]);
  assert.deepEqual(sent, []);
  feed.taken(1);
  feed.events([event(3)]);
  feed.events([event(4), event(5)]);
  feed.taken(7); // a number of another time
  assert.deepEqual(sent.map(seqs), [[1, 2]]);
  feed.taken(2);
  feed.taken(2); // said twice
  feed.events([event(6)]);
  assert.deepEqual(sent.map(seqs), [[1, 2], [3, 4, 5]]);
  feed.taken(3);
  assert.deepEqual(sent.map(({ batch }) => batch), [2, 3, 4]);
  feed.taken(4);
  assert.equal(sent.length, 3);
});

test('a text on its way is sent as what is new of it, however often it came; another text is whole', () => {
  const { feed, sent } = feedOf([live('ab')]);
  feed.taken(1);
  feed.live([live('abc')]);
  feed.live([live('abcd')]);
  feed.live([live('abcde')]);
  feed.taken(2);
  feed.live([live('other')]);
  feed.taken(3);
  assert.deepEqual(sent.map((batch) => batch.live), [
    [{ live: 'm1', lane: 'main', kind: 'text', from: 2, text: 'c' }],
    [{ live: 'm1', lane: 'main', kind: 'text', from: 3, text: 'de' }],
    [{ live: 'm1', lane: 'main', kind: 'text', text: 'other' }],
  ]);
});

test('a text that ends while it waits is not sent; one that the client has is ended', () => {
  const { feed, sent } = feedOf([live('there')]);
  feed.live([live('never seen', 'm2')]);
  feed.live([live(null, 'm2'), live(null)]);
  feed.taken(1);
  assert.deepEqual(sent.map((batch) => batch.live), [[{ live: 'm1', lane: 'main', kind: 'text', text: null }]]);
});

test('what the client has missed comes whole', () => {
  const { feed, sent } = feedOf([live('ab')]);
  feed.taken(1);
  feed.live([live('abc')]);
  feed.taken(2, ['m1']);
  assert.deepEqual(sent[1]?.live, [{ live: 'm1', lane: 'main', kind: 'text', text: 'abc' }]);
  // The same text once more: the client may have let go of it.
  feed.taken(3);
  feed.live([live('abc')]);
  assert.deepEqual(sent[2]?.live, [{ live: 'm1', lane: 'main', kind: 'text', from: 3, text: '' }]);
});

test('a batch is bounded in events and in size, and texts on their way come with the last of them', () => {
  const { feed, sent } = feedOf();
  feed.events(Array.from({ length: 700 }, (_, at) => event(at + 1)));
  feed.events([event(701, 'x'.repeat(600_000)), event(702, 'x'.repeat(600_000))]);
  feed.live([live('words')]);
  for (let batch = 1; batch <= 5; batch++) feed.taken(batch);
  assert.deepEqual(sent.map((batch) => [batch.events.length, batch.live.length]), [[500, 0], [200, 0], [1, 0], [1, 1]]);
});

test('a client that takes nothing has little waiting for it, and is told to open again', () => {
  const { feed, sent } = feedOf();
  for (let seq = 1; seq <= 30_000; seq++) feed.events([event(seq)]);
  feed.live([live('words')]);
  feed.taken(1);
  assert.deepEqual(sent, [{ batch: 2, events: [], live: [], behind: true }]);
  feed.events([event(30_001)]);
  assert.equal(sent.length, 1);
});
