import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { demoAdapter } from '../../../src/agents/demo/adapter.ts';
import { isBlockRow } from '../../../src/agents/demo/rows.ts';
import { DemoRun } from './support/demoRun.ts';

const history = demoAdapter.history;
const cutAt = (run: DemoRun, keep: string[], newSession: string) => {
  const files = [{ path: run.native.path, content: readFileSync(run.native.path) }];
  return history?.cut({ native: run.native, files, keep, newSession, now: '2030-01-01T00:00:00.000Z', newUuid: randomUUID });
};

test('cut at each seam, the resumed program remembers exactly the kept steps', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'demo-cut-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const at = { home: join(root, 'home'), folder: join(root, 'folder') };
  mkdirSync(at.folder);
  const run = await DemoRun.start(at);
  await run.prompt('begin');
  await run.prompt('edit');
  await run.end();
  const before = readFileSync(run.native.path, 'utf8');
  const blocks = run.rows().filter(isBlockRow);
  const said = ['prompt: begin', 'thinking: The user', 'text: This is where we', 'tool: ls', 'text: Now I write', 'tool: Edit demo/notes.md', 'tool: Write demo/step-1.ts',
    'thinking: Both files', 'text: Both are', 'tool: ls demo', 'text: Done.', 'prompt: edit', 'text: One edit', 'tool: Edit demo/notes.md', 'text: `demo/notes.md` now'];
  assert.equal(blocks.length, said.length);
  for (const kept of [1, 3, 4, 5, 7, 9, 10, 11, 12, 13, 14, 15]) {
    const keep = blocks.slice(0, kept).map(({ id }) => id);
    const made = cutAt(run, keep, `cut-${kept}`);
    assert.ok(made?.is === 'cut');
    assert.deepEqual(history?.readBack(made.native, made.files), keep);
    for (const { path, content } of made.files) writeFileSync(path, content);
    const resumed = await DemoRun.start({ ...at, resume: made.native });
    await resumed.prompt('what do you remember?');
    await resumed.end();
    const answer = resumed.drafts('block').at(-1)?.body;
    const lines = answer?.kind === 'text' ? answer.text.split('\n').slice(2) : [];
    assert.equal(lines.length, kept);
    lines.forEach((line, index) => assert.ok(line.startsWith(`${index + 1}. ${said[index]}`), line));
    assert.deepEqual(resumed.rows().filter(isBlockRow).slice(0, kept).map(({ id }) => id), keep);
  }
  assert.equal(readFileSync(run.native.path, 'utf8'), before);
});

test('a subagent that had not finished at the cut is closed as cut off, with its own steps kept', () => {
  const base = { turn: 't', parent: null };
  const rows = [
    { row: 'session', id: 'h', session: 'old', cwd: '/f', version: '1', ts: 'x' },
    { row: 'prompt', id: 'p', lane: 'main', text: 'go', ...base },
    { row: 'tool', id: 'c', lane: 'main', call: 'call-1', tool: 'Subagent', tool_kind: 'subagent', title: 's', input: {}, ...base },
    { row: 'lane', id: 'l', lane: 'sub', turn: 't', parent_lane: 'main', call: 'call-1', agent_type: 'a', description: 'd', background: true },
    { row: 'prompt', id: 'sp', lane: 'sub', text: 'look', ...base },
    { row: 'result', id: 'r', lane: 'main', turn: 't', call: 'call-1', status: 'completed', text: 'started' },
    { row: 'text', id: 'st', lane: 'sub', text: 'late', ...base },
    { row: 'lane_end', id: 'le', lane: 'sub', turn: 't', status: 'completed', summary: '' },
    { row: 'text', id: 'x', lane: 'main', text: 'on', ...base },
  ];
  const native = { session: 'old', path: '/home/demo-agent/old.jsonl' };
  const files = [{ path: native.path, content: new TextEncoder().encode(rows.map((row) => JSON.stringify(row)).join('\n')) }];
  const request = { native, files, newSession: 'new', now: 'now', newUuid: () => 'u' };
  const made = history?.cut({ ...request, keep: ['p', 'c'] });
  assert.ok(made?.is === 'cut');
  assert.deepEqual(made.native, { session: 'new', path: '/home/demo-agent/new.jsonl' });
  const kept = new TextDecoder().decode(made.files[0]?.content).trim().split('\n').map((line) => JSON.parse(line) as { row: string; id: string; status?: string });
  assert.deepEqual(kept.map(({ row, id }) => `${row} ${id}`), ['session u', 'prompt p', 'tool c', 'lane l', 'prompt sp', 'result r', 'lane_end u']);
  assert.equal(kept.at(-1)?.status, 'cut_off');
  assert.deepEqual(history?.cut({ ...request, keep: ['p', 'no'] }), { is: 'refused', reason: 'The history does not hold 1 of the kept steps.' });
  const unfinished = [{ path: native.path, content: new TextEncoder().encode(rows.slice(0, 3).map((row) => JSON.stringify(row)).join('\n')) }];
  assert.deepEqual(history?.cut({ ...request, files: unfinished, keep: ['p', 'c'] }), { is: 'refused', reason: 'A tool of the last kept step has not finished.' });
});

test('rows decoded twice, from the hook and from the file, count once; what is no row is told as unread', () => {
  const decoder = demoAdapter.decoder({ native: { session: 's', path: '/h/s.jsonl' }, cwd: '/f', env: {}, resumed: false });
  const row = { row: 'prompt', id: 'p', lane: 'main', turn: 't', parent: null, text: 'go' };
  const types = (items: ReturnType<typeof decoder.decode>) => items.map((item) => (item.is === 'draft' ? item.draft.type : item.is));
  assert.deepEqual(types(decoder.decode({ is: 'hook', hook: 'row', payload: { value: row, path: '/h/s.jsonl' } })), ['turn_started', 'block']);
  assert.deepEqual(types(decoder.decode({ is: 'line', watch: 'history', path: '/h/s.jsonl', line: JSON.stringify(row) })), []);
  assert.deepEqual(types(decoder.decode({ is: 'line', watch: 'history', path: '/h/s.jsonl', line: '{"row":' })), ['block']);
  for (const payload of [null, 7, 'x', [], { state: 7 }, { value: { row: 'text' } }]) {
    for (const hook of ['state', 'live', 'row', 'checkpoint', 'permission_resolved', 'session', 'nonsense']) assert.doesNotThrow(() => decoder.decode({ is: 'hook', hook, payload }));
  }
});
