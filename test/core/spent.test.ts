import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Conversation } from '../../src/core/conversation.ts';
import type { Event, EventBody, TokenUsage } from '../../src/core/events.ts';
import { snapshotParts } from '../../src/core/paging.ts';
import { summaryFor } from '../support/summary.ts';

const used = (total: number): TokenUsage =>
  ({ input_tokens: total - 1, output_tokens: 1, reasoning_tokens: null, cached_tokens: null, total_tokens: total });
const text = (n: number, after: number | null, tokens?: number, turn = 't1'): EventBody =>
  ({ type: 'block', block: `b${n}`, lane: 'main', after: after === null ? null : `b${after}`, turn, kind: 'text', text: 'x', ...(tokens && { usage: used(tokens) }) });
const rewound = (branch: string, from: string, seam: string): EventBody =>
  ({ type: 'rewound', rewind: 'r', branch, parent_branch: from, seam, native: { session: branch, path: '' }, fidelity: 'exact', files: { is: 'kept' }, tip_checkpoint: null });
const back = (branch: string, from: string): EventBody =>
  ({ type: 'branch_selected', rewind: 'r', branch, from_branch: from, native: { session: branch, path: '' }, files: { is: 'kept' }, tip_checkpoint: null });

let seq = 0;
const take = (conversation: Conversation, ...bodies: EventBody[]): void => {
  for (const body of bodies) conversation.apply({ schema_version: 1, seq: ++seq, ts: '2026-01-01T00:00:00.000Z', id: 's', run: 1, ...body } as Event);
};
const total = ({ currentBranch }: Conversation): number | null | undefined => currentBranch.used?.total_tokens;

test('a branch counts what its own line used, also after a cut, a way back, and for a client that has only the end of it', () => {
  seq = 0;
  const conversation = new Conversation();
  take(conversation, text(1, null, 100), text(2, 1, 20), text(3, 2, 3));
  assert.equal(total(conversation), 123);
  const snapshot = { ...snapshotParts(conversation, { blocks: 2 }), summary: summaryFor(conversation), damage: [], live: [] };
  const client = Conversation.fromSnapshot(structuredClone(snapshot));
  for (const each of [conversation, client]) {
    seq = 3;
    take(each, rewound('branch-2', 'main', 's2'));
    assert.equal(total(each), 120);
    take(each, text(4, 2, 5));
    assert.equal(total(each), 125);
    take(each, back('main', 'branch-2'));
    assert.equal(total(each), 123);
    take(each, { type: 'block_updated', block: 'b3', usage: used(4) });
    assert.equal(total(each), 124);
  }
});

test('what an agent tells of a whole turn goes with the end of that turn', () => {
  seq = 0;
  const conversation = new Conversation();
  const ended = (turnId: string, tokens: number): EventBody =>
    ({ type: 'task_complete', turnId, lane: 'main', status: 'completed', tokenUsage: used(tokens) } as EventBody);
  const begun = (turnId: string): EventBody => ({ type: 'turn_started', turnId, lane: 'main' });
  take(conversation, begun('t1'), text(1, null), ended('t1', 10), begun('t2'), text(2, 1, 2, 't2'), text(3, 2, undefined, 't2'), ended('t2', 50));
  assert.equal(total(conversation), 60);
  take(conversation, rewound('branch-2', 'main', 's2'));
  assert.equal(total(conversation), 12);
  take(conversation, back('main', 'branch-2'));
  assert.equal(total(conversation), 60);
});

test('the agent itself goes back: what it left keeps its count, and the line goes on from where it is', () => {
  seq = 0;
  const conversation = new Conversation();
  take(conversation, text(1, null, 100), text(2, 1, 20), text(3, 2, 3), text(4, 1, 7));
  assert.deepEqual([total(conversation), conversation.branches.get('branch-2')?.used?.total_tokens], [107, 123]);
});
