import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoAdapter } from '../../src/agents/demo/adapter.ts';
import type { Event } from '../../src/core/events.ts';
import { AgentPlaces } from '../../src/host/agentPlaces.ts';

/** A row that names a history. */
const started = (path: string): Event => ({
  v: 1, id: 'one', uid: 'u', seq: 1, ts: '2026-01-01T00:00:00.000Z', run: 1,
  type: 'run_started', pid: 1, cause: 'start', native: { session: 's', path }, branch: 'main',
} as unknown as Event);

test('agents’ own places are those of the host, of each environment an agent was started with, and of logs’ histories', () => {
  const places = new AgentPlaces({ HOME: '/home/me' });
  const paths = (): string[] => places.all.map(({ path }) => path);
  const usual = ['/home/me/.claude', '/home/me/.claude.json*', '/home/me/.local/share/backstitch-demo/demo-agent'];
  assert.deepEqual(paths(), usual);
  places.seeEnvironment({ HOME: '/home/me', CLAUDE_CONFIG_DIR: 'own/config', BACKSTITCH_DEMO_HOME: '/demo' }, '/place');
  const named = ['/place/own/config', '/place/own/config/.claude.json*', '/demo/demo-agent'];
  assert.deepEqual(paths(), [...usual, ...named]);
  const known = ['', '/demo/demo-agent/known.jsonl', '/home/me/.claude/projects/x/known.jsonl'];
  for (const path of [...known, '/elsewhere/one.jsonl', '/elsewhere/two.jsonl']) places.seeRow(demoAdapter, started(path));
  const more = places.all.slice(usual.length + named.length);
  assert.deepEqual(more, [{ path: '/elsewhere', inside: ['one.jsonl', 'two.jsonl'] }]);
});
