import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClaudeDecoder } from '../../../src/agents/claude/decoder.ts';
import type { AgentState } from '../../../src/core/events.ts';

const path = '/home/me/.claude/projects/-work/s.jsonl';

class Seen {
  readonly #decoder = new ClaudeDecoder({ native: { session: 's', path: '' }, env: { HOME: '/home/me' } });
  #updated = 0;

  status(status: string): AgentState {
    this.#decoder.decode({ is: 'text', watch: 'status', path: '/home/me/.claude/sessions/1.json', text: JSON.stringify({ sessionId: 's', status, statusUpdatedAt: ++this.#updated }) });
    return this.#decoder.state;
  }

  hook(hook: string, fields: Record<string, unknown> = {}): AgentState {
    this.#decoder.decode({ is: 'hook', hook, payload: { hook_event_name: hook, session_id: 's', transcript_path: path, prompt_id: 'p1', ...fields } });
    return this.#decoder.state;
  }

  get background(): string[] {
    return this.#decoder.background;
  }
}

const shell = { id: 'b1', type: 'shell', status: 'running', description: 'Endless', command: 'sleep 1' };

test('a status that is not known holds nothing up: the turn is over when the hooks say so', () => {
  const seen = new Seen();
  assert.deepEqual(seen.status('idle'), { is: 'idle' });
  assert.deepEqual(seen.hook('UserPromptSubmit'), { is: 'busy' });
  assert.deepEqual(seen.status('pondering'), { is: 'busy' });
  assert.deepEqual(seen.hook('Stop'), { is: 'idle' });
  assert.deepEqual(seen.status('napping'), { is: 'idle' });
  assert.deepEqual(seen.hook('UserPromptSubmit', { prompt_id: 'p2' }), { is: 'busy' });
});

test('busy is the work of the background once the turn is over, until a prompt or a call of the agent itself', () => {
  const seen = new Seen();
  seen.status('idle');
  seen.hook('UserPromptSubmit');
  assert.deepEqual(seen.status('busy'), { is: 'busy' });
  assert.deepEqual([seen.hook('Stop', { background_tasks: [shell] }), seen.background], [{ is: 'idle' }, ['Endless']]);
  assert.deepEqual(seen.status('busy'), { is: 'idle' });
  assert.deepEqual(seen.hook('PreToolUse', { agent_id: 'a1', tool_name: 'Read', tool_use_id: 't1' }), { is: 'idle' });
  assert.deepEqual(seen.hook('MessageDisplay'), { is: 'idle' });
  assert.deepEqual(seen.hook('PreToolUse', { tool_name: 'Read', tool_use_id: 't2' }), { is: 'busy' });
  assert.deepEqual(seen.hook('Stop', { background_tasks: [shell] }), { is: 'idle' });
  assert.deepEqual(seen.status('waiting'), { is: 'waiting', for: 'question' });
  assert.deepEqual(seen.status('busy'), { is: 'idle' });
  assert.deepEqual(seen.hook('UserPromptSubmit', { prompt_id: 'p2' }), { is: 'busy' });
  assert.deepEqual([seen.hook('Stop', { prompt_id: 'p2', background_tasks: [] }), seen.background], [{ is: 'busy' }, []]);
  assert.deepEqual(seen.status('shell'), { is: 'idle' });
});
