import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Conversation } from '../../src/core/conversation.ts';
import type { Event, UnknownEvent } from '../../src/core/events.ts';
import { snapshotParts } from '../../src/core/paging.ts';
import { parseEvent } from '../../src/core/parse.ts';
import { seamsOf } from '../../src/core/seams.ts';
import { dump, exact, Story } from './story.ts';
import { summaryFor } from '../support/summary.ts';

/** Numbers in [0, n) that are the same for the same seed (mulberry32). */
const dice = (seed: number) => (n: number): number => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) % n;
};

const seeds = Array.from({ length: 25 }, (_, index) => index + 1);

const randomStory = (seed: number, steps = 70): Story => {
  const roll = dice(seed);
  const story = new Story().start();
  const id = (): string => `n${story.events.length}`;
  const last = (): string | null => story.conversation.chain('main').findLast((block) => block.kind !== 'notice')?.native?.id ?? null;
  const step = [
    () => story.prompt(id(), last()), () => story.text(id(), last()), () => story.thinking(id(), last()), () => story.notice(id(), last()),
    () => {
      const ids = [0, 1, 2].slice(roll(3)).map((n) => `${id()}-${n}`);
      for (const tool of ids) story.tool(tool, last(), { message: `m${story.events.length - ids.indexOf(tool)}` });
      for (const tool of ids.reverse()) if (roll(8) > 0) story.result(tool);
      if (roll(2)) story.checkpoint(`c${story.events.length}`, { call: ids[0] ?? '' });
    },
    () => {
      const lane = `lane${story.events.length}`;
      story.log({ type: 'lane_opened', lane, parent_lane: 'main', parent_block: story.conversation.tip, agent_type: 'Explore', description: '', background: roll(2) === 1 });
      story.tool(`${lane}-t`, null, { lane });
      if (roll(2)) story.take({ type: 'lane_closed', lane, status: 'completed' });
    },
    () => story.log({ type: 'turn_started', turnId: id(), lane: 'main' }),
    () => {
      const seams = seamsOf(story.conversation, { fidelityAfter: exact });
      const seam = seams[roll(Math.max(1, seams.length))];
      if (seam) story.rewind(seam.seam, `S${story.events.length}`, roll(2) ? 'kept' : 'restored');
    },
    () => {
      const others = [...story.conversation.branches.keys()].filter((branch) => branch !== story.conversation.branch);
      const other = others[roll(Math.max(1, others.length))];
      if (other !== undefined) story.switchTo(other);
    },
    () => story.checkpoint(`c${story.events.length}`, { cause: 'idle' }),
    () => story.log({ type: 'permission_requested', request: id(), lane: 'main', tool: 'Bash', title: '', input: {}, options: [] }),
    () => story.log({ type: 'queued', send: id(), text: 'x', from: 'cli' }),
    () => {
      const chain = story.conversation.chain('main').filter((block) => block.kind !== 'tool');
      story.prompt(id(), chain[roll(Math.max(1, chain.length))]?.native?.id ?? null);
    },
  ];
  const weighted = [0, 0, 1, 1, 1, 2, 3, 4, 4, 4, 5, 6, 7, 8, 9, 10, 11, ...(seed % 3 === 0 ? [12] : [])];
  for (let i = 0; i < steps; i++) step[weighted[roll(weighted.length)] ?? 0]?.();
  return story;
};

const fold = (events: readonly (Event | UnknownEvent)[]): Conversation => {
  const conversation = new Conversation();
  for (const event of events) conversation.apply(event);
  return conversation;
};

const opened = (host: Conversation, blocks: number): Conversation => {
  const summary = summaryFor(host);
  return Conversation.fromSnapshot(structuredClone({ ...snapshotParts(host, { blocks }), summary, damage: [], live: [] }));
};

const withoutBlocks = (conversation: Conversation): unknown => ({ ...(dump(conversation) as Record<string, unknown>), blocks: null, run: null });

test('applying rows again, or rows that went over the wire, changes nothing', () => {
  for (const seed of seeds) {
    const { events, conversation } = randomStory(seed);
    const again = fold(events.map((event) => parseEvent({ ...JSON.parse(JSON.stringify(event)), crc: 'x' }) ?? event));
    assert.deepEqual(dump(again), dump(conversation));
    for (const event of events) assert.deepEqual(again.apply(event).blocks, []);
    assert.deepEqual(dump(again), dump(conversation));
  }
});

test('types that are not known are inert', () => {
  for (const seed of seeds) {
    const { events, conversation } = randomStory(seed);
    const mixed = events.flatMap((event) => [{ ...event, seq: event.seq * 2 - 1, type: 'constructor' } as UnknownEvent, { ...event, seq: event.seq * 2 }]);
    const shape = (at: Conversation) => JSON.stringify([[...at.branches.values()].map((branch) => [branch.branch, branch.tip, branch.parent]), at.state, [...at.lanesOn(at.branch)].map((lane) => [lane.lane, lane.status]), at.chain('main').map((block) => block.block)]);
    assert.equal(shape(fold(mixed)), shape(conversation));
  }
});

test('a snapshot at any seq and the events after it add up to the whole', () => {
  for (const seed of seeds) {
    const { events, conversation } = randomStory(seed);
    const cut = dice(seed * 7)(events.length);
    const host = fold(events.slice(0, cut));
    let client = opened(host, 6);
    for (const event of events.slice(cut)) {
      host.apply(event);
      if (client.isGap(event)) client = opened(host, 6);
      else client.apply(event);
    }
    assert.deepEqual(withoutBlocks(client), withoutBlocks(conversation), `seed ${seed}`);
    for (const block of client.blocks.values()) assert.deepEqual(block, conversation.blocks.get(block.block));
    client.addPage(conversation.page('main', conversation.branch, client.chain('main')[0]?.block, Number.POSITIVE_INFINITY));
    assert.deepEqual(client.chain('main'), conversation.chain('main'));
  }
});

test('a rewind, work on it, and switching back is as before', () => {
  for (const seed of seeds) {
    const story = randomStory(seed);
    const { conversation, events } = story;
    const { branch } = conversation;
    const before = JSON.stringify(conversation.chain('main'));
    const seams = seamsOf(conversation, { fidelityAfter: exact });
    const seam = seams[dice(seed)(Math.max(1, seams.length))];
    if (!seam) continue;
    story.rewind(seam.seam, 'rewound');
    const kept = conversation.chain('main').at(-1);
    assert.equal(kept?.block, seam.after);
    story.prompt('something else', kept?.native?.id ?? null);
    story.switchTo(branch);
    assert.equal(JSON.stringify(conversation.chain('main')), before, `seed ${seed}, ${events.length} events`);
  }
});

test('every block of the main lane is on some branch, and on the branches that say so', () => {
  for (const seed of seeds) {
    const { conversation } = randomStory(seed);
    const on = new Map([...conversation.branches.keys()].map((branch) => [branch, new Set(conversation.chain('main', branch).map((block) => block.block))]));
    for (const block of conversation.blocks.values()) {
      if (block.lane !== 'main') continue;
      assert.ok([...on.values()].some((blocks) => blocks.has(block.block)), `seed ${seed}: ${block.block} is lost`);
      for (const [branch, blocks] of on) assert.equal(conversation.isOn(block.block, branch), blocks.has(block.block), `seed ${seed}: ${block.block} on ${branch}`);
    }
  }
});

/** Rows as no host writes them: each may claim to follow any block, itself and later ones too. */
const tangled = (seed: number, count = 40): (Event | UnknownEvent)[] => {
  const roll = dice(seed);
  const story = new Story().start();
  for (let n = 1; n <= count; n++) {
    const after = roll(6) === 0 ? null : `b${1 + roll(count + 3)}`;
    const lane = roll(5) === 0 ? 'sub' : 'main';
    const native = { session: story.session, id: `n${n}`, message: `m${roll(3)}` };
    story.log({ type: 'block', block: `b${n}`, lane, after, native, kind: 'tool', tool: 'Tool', tool_kind: 'read', call: `c${n}`, title: '', input: {} });
    if (roll(8) === 0) story.rewind(`s${1 + roll(n)}`, `S${n}`);
  }
  return story.events;
};

test('no line leads back into itself, whatever block a row claims to follow', () => {
  const earlier = { schema_version: 1, ts: '2026-01-31T09:00:00.000Z', id: 'x', type: 'block', lane: 'main', kind: 'text', text: '' } as const;
  const looped = fold([
    { ...earlier, seq: 1, block: 'b1', after: 'b1' }, { ...earlier, seq: 2, block: 'b2', after: 'b3' }, { ...earlier, seq: 3, block: 'b3', after: 'b2' },
  ]);
  assert.deepEqual(looped.chain('main', 'main', { count: 10 }).map(({ block, after, depth }) => [block, after, depth]), [['b2', null, 0], ['b3', 'b2', 1]]);
  assert.equal(looped.blocks.get('b1')?.after, null);
  for (const seed of seeds) {
    const events = tangled(seed);
    const host = fold(events);
    const client = opened(host, 500);
    for (const [conversation, branch] of [...host.branches.keys()].flatMap((name) => [[host, name], [client, name]] as const)) {
      const line = conversation.chain('main', branch, { count: 100 }).map(({ block }) => Number(block.slice(1)));
      assert.deepEqual(line, [...new Set(line)].sort((a, b) => a - b), `seed ${seed}, ${branch}`);
      assert.ok(seamsOf(conversation, { branch, fidelityAfter: exact }).length <= line.length);
    }
  }
});
