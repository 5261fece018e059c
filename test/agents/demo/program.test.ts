import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { DemoRun } from './support/demoRun.ts';

function places(t: TestContext): { home: string; folder: string } {
  const root = mkdtempSync(join(tmpdir(), 'demo-agent-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, 'folder'));
  return { home: join(root, 'home'), folder: join(root, 'folder') };
}

async function started(t: TestContext, options: Parameters<typeof DemoRun.start>[0]): Promise<DemoRun> {
  const run = await DemoRun.start(options);
  t.after(() => run.end());
  return run;
}

const mainBlocks = (run: DemoRun) => run.drafts('block').filter(({ lane }) => lane === 'main').map(({ body }) => (body.kind === 'tool' ? `tool ${body.title}` : body.kind));

test('a prompt is answered in steps that are told as blocks, with real files and checkpoints', async (t) => {
  const at = places(t);
  writeFileSync(join(at.folder, 'README.md'), '# A folder\n');
  const run = await started(t, at);
  await run.prompt('make it nice');
  assert.deepEqual(mainBlocks(run), [
    'prompt', 'thinking', 'text', 'tool Read README.md', 'text', 'tool Edit demo/notes.md', 'tool Write demo/step-1.ts', 'thinking', 'text', 'tool ls demo && cat demo/notes.md', 'text',
  ]);
  assert.deepEqual(run.drafts('block_updated').map(({ result }) => result.status), ['completed', 'completed', 'completed', 'completed']);
  assert.deepEqual(run.drafts('block_updated').map(({ result }) => result.text), ['# A folder\n', 'Created demo/notes.md.', 'Created demo/step-1.ts.', 'notes.md\nstep-1.ts\n1. make it nice\n']);
  assert.equal(readFileSync(join(at.folder, 'demo/notes.md'), 'utf8'), '1. make it nice\n');
  assert.deepEqual(run.decoded.flatMap((item) => (item.is === 'checkpoint' ? [item.before ? 'before' : item.cause] : [])), ['baseline', 'tool', 'before', 'before', 'tool', 'before', 'tool']);
  const [edit, write] = run.drafts('block').filter(({ body }) => body.kind === 'tool' && body.tool_kind === 'edit');
  assert.equal(edit?.native.message, write?.native.message);
  assert.ok(run.decoded.some((item) => item.is === 'live' && item.live.kind === 'text' && item.live.text !== null));
  assert.deepEqual(run.drafts('state').map(({ state }) => state), [{ is: 'idle' }, { is: 'busy' }, { is: 'idle' }]);
});

test('lines of several kinds arrive whole: many lines, unusual characters, 1 MB', async (t) => {
  const run = await started(t, places(t));
  const lines = 'echo first\n\n  third with 漢字 and “quotes”\n\ttab';
  await run.prompt(lines);
  await run.prompt(`echo ${'0123456789abcdef'.repeat(65_536)}`);
  const prompts = run.drafts('block').flatMap(({ body }) => (body.kind === 'prompt' ? [body.text] : []));
  const texts = run.drafts('block').flatMap(({ body }) => (body.kind === 'text' ? [body.text] : []));
  assert.equal(prompts[0], lines);
  assert.equal(texts[0], lines.slice(5));
  assert.equal(prompts[1]?.length, 1_048_581);
});

test('a permission is answered by a key or by the panel, whoever is first', async (t) => {
  const at = places(t);
  const run = await started(t, at);
  const first = run.prompt('permission');
  await run.until(() => run.decoder.state.is === 'waiting' && run.screen.includes('Allow? [y/n/a]'));
  run.terminal.write('n');
  await first;
  assert.equal(existsSync(join(at.folder, 'demo/allowed.txt')), false);
  assert.deepEqual(run.drafts('permission_resolved').map(({ outcome, by }) => [outcome, by]), [['denied', 'terminal']]);
  run.answer = () => 'allow';
  await run.prompt('permission again');
  assert.equal(readFileSync(join(at.folder, 'demo/allowed.txt'), 'utf8'), 'allowed 2\n');
  assert.equal(run.drafts('permission_resolved').length, 1);
  assert.deepEqual(run.drafts('block_updated').map(({ result }) => result.status), ['rejected', 'completed']);
});

test('an interrupt keeps what was said until then, and says so', async (t) => {
  const run = await started(t, { ...places(t), speed: '1' });
  await run.until(() => run.decoder.state.is === 'idle');
  await run.type({ is: 'prompt', text: 'slow markdown' });
  await run.until(() => run.decoded.some((item) => item.is === 'live' && (item.live.text?.length ?? 0) > 10));
  run.terminal.write('\u001b');
  await run.until(() => run.decoder.state.is === 'idle');
  assert.deepEqual(run.decoder.state, { is: 'idle', interrupted: true });
  const [text] = run.drafts('block').flatMap(({ body }) => (body.kind === 'text' ? [body] : []));
  assert.equal(text?.interrupted, true);
  assert.ok('# A heading\n\nA paragraph with **bold**'.startsWith(text.text.slice(0, 20)));
  assert.deepEqual(run.drafts('task_complete').map(({ status }) => status), ['interrupted']);
});

test('a subagent works in a lane of its own with one nested in it', async (t) => {
  const run = await started(t, places(t));
  await run.prompt('subagent');
  await run.until(() => run.drafts('lane_closed').length === 2);
  const [explorer, reader] = run.drafts('lane_opened');
  assert.deepEqual([explorer?.parent_lane, explorer?.agent_type, explorer?.background], ['main', 'explorer', true]);
  assert.deepEqual([reader?.parent_lane, reader?.agent_type, reader?.background], [explorer?.lane, 'reader', false]);
  assert.deepEqual(run.drafts('block').filter(({ lane }) => lane === reader?.lane).map(({ body }) => body.kind), ['prompt', 'tool', 'text']);
  assert.deepEqual(run.decoder.background, []);
});

test('it remembers only the summary after a compaction', async (t) => {
  const run = await started(t, places(t));
  await run.prompt('echo one');
  await run.prompt('compact');
  await run.prompt('what do you remember?');
  const last = run.drafts('block').at(-1)?.body;
  assert.equal(last?.kind === 'text' && last.text, 'Summary of what came before: The user asked 2 times: “echo one”, “compact”. 3 steps were taken.\n\nI remember 1 step:\n\n1. text: I now know the rest as a summary only.');
});

test('it works, and at once, when nobody listens', async (t) => {
  const at = places(t);
  const run = await started(t, { ...at, listens: false });
  await run.until(() => run.screen.includes('› '));
  await run.type({ is: 'prompt', text: 'echo hello' });
  await run.until(() => existsSync(join(at.home, 'demo-agent/session-1.jsonl')) && readFileSync(join(at.home, 'demo-agent/session-1.jsonl'), 'utf8').includes('turn_end'));
  run.terminal.write('\u0004');
  assert.deepEqual(await run.ended, { code: 0, signal: null });
});

test('control sequences reach the history as they are', async (t) => {
  const run = await started(t, places(t));
  await run.prompt('hostile');
  const text = run.rows().find((row) => row.row === 'text');
  assert.ok(text?.row === 'text' && text.text.includes('\u001b]0;pwned\u0007') && text.text.includes('<script>'));
  assert.ok(run.screen.includes('\u001b]0;pwned\u0007'));
});
