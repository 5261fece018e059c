import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentState } from '../../src/core/events.ts';
import { WhoWrites, writerAt } from '../../src/host/whoWrites.ts';

test('who may write at a moment', () => {
  const at = (state: AgentState, more: Partial<Parameters<typeof writerAt>[0]> = {}) => writerAt({ state, isAnswered: false, openRequests: 0, isMoreAtWork: false, isFolderShared: false, ...more });
  const [busy, idle, asks, asksSomething]: AgentState[] = [{ is: 'busy' }, { is: 'idle' }, { is: 'waiting', for: 'permission' }, { is: 'waiting', for: 'question' }];
  assert.deepEqual([at(busy!), at(busy!, { isFolderShared: true })], ['session', 'either']);
  assert.deepEqual([at(idle!), at({ is: 'starting' }), at({ is: 'limited' }), at({ is: 'exited' }), at(idle!, { isMoreAtWork: true }), at(idle!, { isFolderShared: true })], ['others', 'others', 'others', 'others', 'either', 'others']);
  assert.deepEqual([at(asks!, { openRequests: 1 }), at(asksSomething!), at(asks!, { openRequests: 1, isMoreAtWork: true })], ['others', 'others', 'either']);
  assert.equal(at(asks!), 'either', 'it is not known what is asked');
  assert.deepEqual([at(asks!, { isAnswered: true }), at(asks!, { isAnswered: true, openRequests: 1 })], ['session', 'either']);
});

test('a turn: before it the others, then the session, then the others', () => {
  const who = new WhoWrites('others');
  who.become('session');
  assert.equal(who.capture('before')(false), 'others', 'it has been set to work and stands still');
  assert.equal(who.capture('amidst')(false), 'session');
  assert.equal(who.capture('after')(false), 'session');
  who.become('others');
  assert.equal(who.capture('amidst')(false), 'others');
});

test('without an end that was captured nobody can tell, nor when a capture came late', () => {
  const who = new WhoWrites('others');
  who.become('session');
  assert.equal(who.capture('amidst')(false), 'either');
  who.become('others');
  assert.equal(who.capture('amidst')(false), 'either');
  who.become('session');
  const late = who.capture('before');
  assert.equal(late(true), 'either', 'it was set to work, and had begun');
  const ended = who.capture('after');
  who.become('others');
  assert.equal(ended(true), 'either');
});

test('only what has just begun is left out', () => {
  const who = new WhoWrites('others');
  who.become('session');
  who.capture('before');
  assert.equal(who.capture('before')(false), 'session', 'a prompt in the middle of a turn');
});

test('a record whose last doings nobody saw', () => {
  assert.equal(new WhoWrites('either').capture('amidst')(false), 'either');
});
