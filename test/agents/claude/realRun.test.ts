import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { startModelServer } from '../../modelServer/modelServer.ts';
import { scenariosIn } from '../../modelServer/scenarios.ts';
import { claudeSandbox } from '../../support/claudeHome.ts';
import { startClaude } from '../../support/claudeRun.ts';

async function started(t: TestContext, args: string[] = []) {
  const sandbox = await claudeSandbox();
  const server = await startModelServer({ scenarios: scenariosIn(sandbox.cwd) });
  const claude = await startClaude({ sandbox, server, args });
  t.after(async () => { await claude.end(); await server.close(); await sandbox.remove(); });
  await claude.idle();
  return { sandbox, server, claude };
}

test('Escape in the middle of an answer: idle and interrupted, though no hook tells it', async (t) => {
  const { claude } = await started(t);
  await claude.run.type({ is: 'prompt', text: 'please [[slow]]' });
  await claude.until('live text', () => claude.decoded.some((item) => item.is === 'live' && item.live.text !== null));
  await claude.run.type({ is: 'interrupt' });
  await claude.idle();
  assert.deepEqual(claude.run.decoder.state, { is: 'idle', interrupted: true });
  assert.deepEqual(claude.drafts('task_complete').map(({ status }) => status), ['interrupted']);
  await claude.until('the notice', () => claude.blocks().some(({ body }) => body.kind === 'notice' && body.notice === 'interrupted'));
});

test('a permission request is answered by the hook, and one answered in the terminal is resolved elsewhere', async (t) => {
  const { sandbox, claude } = await started(t, ['--permission-mode', 'manual']);
  await claude.run.type({ is: 'prompt', text: 'please [[askTwice]]' });
  await claude.until('a request', () => claude.drafts('permission_requested').length > 0);
  const [request] = claude.drafts('permission_requested');
  assert.equal(request?.title, 'Bash: touch first.txt');
  await claude.until('the call of the request', () => claude.blocks().some(({ body }) => body.kind === 'tool' && body.call === request?.call));
  assert.deepEqual(claude.run.decoder.state, { is: 'waiting', for: 'permission' });
  assert.ok(claude.run.answer(request?.request ?? '', { option: 'allow' }));
  await claude.until('a second request', () => claude.drafts('permission_requested').length > 1);
  const second = claude.drafts('permission_requested')[1];
  await claude.until('the second dialog', () => /touch second\.txt[^]*Do you want to proceed\?/.test(claude.screen()) && claude.run.decoder.state.is === 'waiting');
  await new Promise((resolve) => setTimeout(resolve, 400)); // a dialog takes no keys in its first 100 ms
  await claude.run.type({ is: 'submit' });
  await claude.until('the resolution', () => claude.drafts('permission_resolved').some(({ request: id, outcome }) => id === second?.request && outcome === 'elsewhere'));
  await claude.idle();
  assert.ok(existsSync(join(sandbox.cwd, 'first.txt')));
  assert.ok(existsSync(join(sandbox.cwd, 'second.txt')));
  // The CLI goes on waiting for the hook of a dialog that was answered in the terminal.
  assert.deepEqual(claude.left, []);
});

test('a subagent is a lane of its own, opened under its call and closed', async (t) => {
  const { claude } = await started(t, ['--permission-mode', 'acceptEdits']);
  await claude.run.type({ is: 'prompt', text: 'please [[nested]]' });
  await claude.until('two lanes closed', () => claude.drafts('lane_closed').length >= 2);
  await claude.until('the grandchild’s last words', () => claude.blocks().some(({ lane, body }) => lane !== 'main' && body.kind === 'text' && body.text === 'The child is done.'));
  const [parent, child] = claude.drafts('lane_opened');
  assert.deepEqual([parent?.parent_lane, parent?.description, parent?.background], ['main', 'Parent', true]);
  assert.deepEqual([child?.parent_lane, child?.description], [parent?.lane, 'Grandchild']);
  assert.ok(claude.blocks().some(({ lane, body }) => lane === 'main' && body.kind === 'tool' && body.call === parent?.parent_call));
  assert.ok(claude.blocks().some(({ lane, body }) => lane === parent?.lane && body.kind === 'tool' && body.call === child?.parent_call));
});

test('a prompt of several lines arrives as it is, and one with control characters is refused', async (t) => {
  const { server, claude } = await started(t);
  await assert.rejects(claude.ask('first line\n\u001b[31msecond line\u0007\nplease [[hi]]'), { code: 'cannot-be-typed', message: /U\+001B/ });
  await claude.ask('first line\n[31msecond line\nplease [[hi]]');
  const sent = server.requests.find(({ kind }) => kind === 'agent');
  assert.ok(JSON.stringify(sent?.body.messages).includes('"first line\\n[31msecond line\\nplease [[hi]]"'));
});

test('a prompt of 1 MB arrives whole', async (t) => {
  const { server, claude } = await started(t);
  const long = Array.from({ length: 13_000 }, (_, n) => `line ${String(n).padStart(6, '0')} of a prompt that is padded to be about eighty characters long ......\n`).join('');
  await claude.ask(`${long}please [[hi]]`);
  const sent = server.requests.find(({ kind }) => kind === 'agent');
  assert.ok(JSON.stringify(sent?.body.messages).includes(JSON.stringify(long).slice(1, -1)));
  const [prompt] = claude.blocks();
  assert.ok(prompt?.body.kind === 'prompt' && prompt.body.text === `${long}please [[hi]]`);
});

test('exit ends the CLI by itself', async (t) => {
  const { claude } = await started(t);
  await claude.run.type({ is: 'exit' });
  assert.deepEqual(await claude.run.ended, { code: 0, signal: null });
});
