import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUnseen, orderOf, standingOf } from '../../src/core/attention.ts';
import { Conversation } from '../../src/core/conversation.ts';
import type { Event, EventBody } from '../../src/core/events.ts';
import type { SessionSummary } from '../../src/core/view.ts';
import { defaultSettings } from '../../src/core/watching.ts';

const at = (minute: number): string => `2026-01-01T09:${String(minute).padStart(2, '0')}:00.000Z`;
const session = (uid: string, more: Partial<SessionSummary> = {}): SessionSummary => ({
  uid, alive: true, state: { is: 'idle' }, pendingRequests: 0, stall: null, settings: defaultSettings, ended: null, queued: 0, queuePaused: false, finishedTs: null, lastTs: at(0), activeTs: at(0), ...more,
} as SessionSummary);
const order = (sessions: SessionSummary[], lookedTs: string, before?: ReturnType<typeof orderOf>, held: string[] = []) =>
  orderOf(sessions, (one) => standingOf(one, lookedTs), before, new Set(held));

test('first who needs a person, then who has finished and was not looked at, then the rest by state and last use', () => {
  const sessions = [
    session('ended', { alive: false, ended: 'stopped', state: { is: 'exited' }, lastTs: at(50) }),
    session('cut', { alive: false, ended: 'interrupted', state: { is: 'exited' } }),
    session('old', { lastTs: at(1) }), session('new', { lastTs: at(2) }), session('signs', { activeTs: at(3) }),
    session('works', { state: { is: 'busy' }, finishedTs: at(30) }),
    session('seen', { finishedTs: at(10), lastTs: at(4) }), session('done', { finishedTs: at(30) }),
    session('gone', { alive: false, ended: 'exited', state: { is: 'exited' }, finishedTs: at(31), lastTs: at(31) }),
    session('dialog', { state: { is: 'waiting', for: 'dialog', dialog: 'trust', message: '' } }),
    session('asks', { state: { is: 'busy' }, pendingRequests: 1, lastTs: at(40) }),
  ];
  const { uids, standings } = order(sessions, at(20));
  assert.deepEqual(uids, ['asks', 'dialog', 'gone', 'done', 'works', 'seen', 'signs', 'new', 'old', 'cut', 'ended']);
  assert.deepEqual([standings.get('asks'), standings.get('gone'), standings.get('ended')], ['needed', 'finished', 'over']);
  assert.deepEqual(orderOf(sessions, (one) => standingOf(one, null)).uids.slice(0, 3), ['asks', 'dialog', 'works'], 'where it is not kept what was looked at');
});

test('what waits in the queue and goes by itself is no rest; what is held back is', () => {
  const done = session('a', { finishedTs: at(30), queued: 1 });
  assert.deepEqual([isUnseen(done, at(20)), isUnseen({ ...done, queuePaused: true }, at(20)), isUnseen({ ...done, alive: false }, at(20)), isUnseen(session('b', { finishedTs: at(20) }), at(20))], [false, true, true, false]);
});

test('sessions of one standing keep their places, and one that is selected does not go down', () => {
  const [a, b, c] = [session('a', { lastTs: at(3) }), session('b', { lastTs: at(2) }), session('c', { lastTs: at(1) })];
  const first = order([a, b, c], at(20));
  assert.deepEqual(first.uids, ['a', 'b', 'c']);
  const active = order([a, b, { ...c, lastTs: at(9) }], at(20), first);
  assert.deepEqual(active.uids, ['a', 'b', 'c']);
  const asks = order([a, b, { ...c, pendingRequests: 1 }], at(20), active);
  assert.deepEqual(asks.uids, ['c', 'a', 'b']);
  const held = order([a, b, c], at(20), asks, ['c']);
  assert.deepEqual(held.uids, ['c', 'a', 'b']);
  const other = order([a, { ...b, pendingRequests: 1 }, c], at(20), held, ['c']);
  assert.deepEqual(other.uids, ['b', 'c', 'a'], 'who needs a person comes before it');
  assert.deepEqual(order([a, { ...b, pendingRequests: 1 }, c], at(20), other).uids, ['b', 'c', 'a']);
  assert.deepEqual(order([a, b, c, session('d')], at(20), first).uids, ['d', 'a', 'b', 'c'], 'a new one comes first');
});

test('a log tells whether its session was named, and when it last finished something', () => {
  const conversation = new Conversation();
  let seq = 0;
  const apply = (minute: number, body: EventBody): void => void conversation.apply({ schema_version: 1, seq: ++seq, ts: at(minute), id: 'x', run: 1, ...body } as Event);
  apply(0, { type: 'started', pid: 1, uid: 'u', agent: 'demo', cwd: '/', args: [], named: false });
  assert.deepEqual([conversation.isNamed, conversation.finishedTs], [false, null]);
  apply(1, { type: 'task_complete', turnId: 't', lane: 'sub', status: 'completed' });
  apply(2, { type: 'task_complete', turnId: 't', lane: 'main', status: 'interrupted' });
  assert.equal(conversation.finishedTs, null);
  apply(3, { type: 'task_complete', turnId: 't', lane: 'main', status: 'failed' });
  assert.equal(conversation.finishedTs, at(3));
  apply(4, { type: 'run_ended', code: 0, cause: 'stopped' });
  apply(5, { type: 'exited', code: 0, reason: 'success' });
  assert.equal(conversation.finishedTs, at(3), 'who stops a session knows that it is over');
  apply(6, { type: 'renamed', from: 'x', to: 'docs' });
  assert.equal(conversation.isNamed, true);
});
