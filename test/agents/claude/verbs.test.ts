import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ClaudeProduct } from '../../support/claudeProduct.ts';
import { dist } from '../../support/product.ts';

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** The whole command line on the real Claude Code, as a script would use it. The model server's record says what the model was given. */
describe('every verb with the real Claude Code', () => {
  let claude: ClaudeProduct;
  before(async () => {
    claude = await ClaudeProduct.open();
  });
  after(async () => {
    await verb('host', 'stop', '--force');
    await claude.dispose();
  });

  const verb = (...args: string[]): Promise<Ended> => new Promise((resolve) => {
    const child = execFile(process.execPath, [dist('cli.mjs'), ...args], { cwd: claude.sandbox.cwd, env: { ...claude.product.env, ...claude.env }, timeout: 120_000, maxBuffer: 64e6 },
      (error, stdout, stderr) => resolve({ code: error ? (typeof error.code === 'number' ? error.code : -1) : 0, stdout, stderr }));
    child.stdin?.end();
  });
  const ok = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await verb(...args);
    assert.equal(code, 0, `backstitch ${args.join(' ')}: ${stderr || stdout}`);
    return stdout;
  };
  const json = async <T = Record<string, unknown>>(name: string, ...args: string[]): Promise<T> => JSON.parse(await ok(name, '--json', ...args)) as T;
  const rows = async (id: string, types: string): Promise<Record<string, unknown>[]> =>
    (await ok('events', '--id', id, '--snapshot', '--types', types)).split('\n').filter(Boolean).map((line) => JSON.parse(line) as Record<string, unknown>);

  it('run, status, wait, send', async () => {
    const started = await json('run', 'claude', '--id', 'real', '--detach', '--description', 'the real one', '--model', 'haiku', '--permission-mode', 'acceptEdits', '--context', 'begin with [[hi]]', '--', '--allowedTools', 'Bash(ls:*),Read,Write,Edit,Agent');
    assert.deepEqual([started['ok'], started['id'], started['mode']], [true, 'real', 'headless']);
    await ok('wait', '--id', 'real', '--until', 'task_complete', '--timeout', '60');
    await ok('wait', '--id', 'real', '--until', 'prompt', '--timeout', '60');
    const status = await json('status', '--id', 'real');
    assert.deepEqual([status['state'], status['alive'], typeof status['log_mtime'], typeof status['log_idle_s']], ['idle', true, 'string', 'number']);
    const first = await claude.model.next((request) => request.kind === 'agent');
    assert.match(JSON.stringify(first.body.messages), /\[backstitch session id=real\] begin with \[\[hi\]\]/);
    assert.match(first.body.model, /haiku/);
    const prompt = (await rows('real', 'block')).find(({ kind }) => kind === 'prompt');
    assert.deepEqual(prompt?.['added'], { text: '[backstitch session id=real]', why: 'session' });
    const sent = await json('send', '--id', 'real', '--message', 'do the [[work]]', '--wait-for-idle');
    assert.deepEqual([sent['ok'], sent['state']], [true, 'idle']);
    assert.ok(existsSync(join(claude.sandbox.cwd, 'made.txt')));
  });

  it('pane, logs, events', async () => {
    assert.match(await ok('pane', '--id', 'real'), /Done with the work/);
    assert.match(await ok('pane', '--id', 'real', '--lines', '400'), /I read the file/);
    assert.match((await json('pane', '--id', 'real'))['text'] as string, /Done with the work/);
    assert.ok((await ok('logs', '--id', 'real', '--lines', '500')).length > 1_000);
    const turns = await rows('real', 'task_complete');
    assert.deepEqual(turns.map(({ status }) => status), ['completed', 'completed']);
    const items = await rows('real', 'item_completed');
    assert.deepEqual(items.map(({ item }) => (item as { type: string }).type).slice(-3), ['file_change', 'reasoning', 'agent_message']);
  });

  it('queue, and send without waiting', async () => {
    await ok('queue', 'pause', '--id', 'real');
    const { send } = await json('send', '--id', 'real', '--message', 'never [[hi]]', '--no-wait');
    const kept = await json('send', '--id', 'real', '--message', 'later [[hi]]', '--no-wait');
    await ok('queue', 'edit', String(kept['send']), '--id', 'real', '--message', 'edited [[next]]');
    await ok('queue', 'drop', String(send), '--id', 'real');
    await ok('queue', 'continue', '--id', 'real');
    await ok('wait', '--id', 'real', '--until', 'prompt', '--timeout', '60');
    const last = claude.requests().at(-1);
    assert.match(JSON.stringify(last?.body.messages), /edited \[\[next\]\]/);
    assert.doesNotMatch(JSON.stringify(last?.body.messages), /never \[\[hi\]\]/);
  });

  it('answer and interrupt', async () => {
    await ok('send', '--id', 'real', '--message', 'please [[ask]]');
    await ok('wait', '--id', 'real', '--until', 'waiting', '--timeout', '60');
    await ok('answer', '--id', 'real', '--allow');
    await ok('wait', '--id', 'real', '--until', 'prompt', '--timeout', '60');
    assert.ok(existsSync(join(claude.sandbox.cwd, 'asked.txt')));
    await ok('send', '--id', 'real', '--message', 'once more, please [[ask]]');
    await ok('wait', '--id', 'real', '--until', 'waiting', '--timeout', '60');
    assert.match(await ok('answer', '--id', 'real'), /: Claude Code asks to use Bash\n {2}the agent describes it as: Make a file\n {2}command:\n {4}touch asked\.txt && env \| wc -l > asked\.txt\n/);
    const from = claude.model.requests.length;
    await ok('answer', '--id', 'real', '--deny', '--message', 'Use the scratch folder, not this one.');
    const told = await claude.model.next((request) => request.kind === 'agent', from);
    assert.match(JSON.stringify(told.body.messages), /"type":"tool_result","content":"Use the scratch folder, not this one\.","is_error":true/, 'the model is told why');
    await ok('wait', '--id', 'real', '--until', 'prompt', '--timeout', '60');
    await ok('send', '--id', 'real', '--message', 'now [[slow]]');
    await ok('wait', '--id', 'real', '--until', 'busy', '--timeout', '60');
    await ok('interrupt', '--id', 'real');
    await ok('wait', '--id', 'real', '--until', 'prompt', '--timeout', '60');
  });

  it('seams, rewind, branches, switch, fork', async () => {
    const seams = await json<{ seam: string; kind: string; fidelity: string }[]>('seams', '--id', 'real');
    const at = seams.filter(({ kind }) => kind === 'tool')[0];
    assert.equal(at?.fidelity, 'exact');
    const rewound = await json('rewind', '--id', 'real', '--to', at?.seam ?? '');
    assert.ok(!existsSync(join(claude.sandbox.cwd, 'made.txt')), 'the file came after that seam');
    const branches = await json<Record<string, unknown>>('branches', '--id', 'real');
    assert.match(JSON.stringify(branches), new RegExp(String(rewound['branch'])));
    await ok('switch', '--id', 'real', '--branch', 'main', '--json');
    assert.equal(readFileSync(join(claude.sandbox.cwd, 'made.txt'), 'utf8'), 'uno\n');
    const forked = await json('fork', '--id', 'real', '--at', at?.seam ?? '', '--to', 'other');
    assert.equal(forked['id'], 'other');
    await ok('send', '--id', 'other', '--message', 'on with [[next]]', '--wait-for-idle');
    assert.doesNotMatch(JSON.stringify(claude.requests().at(-1)?.body.messages), /I write a file/);
  });

  it('rename, stop, wait, resume, watch, rm', async () => {
    await ok('rename', '--id', 'other', '--to', 'another');
    await ok('watch', '--id', 'another', '--preset', 'plan');
    assert.deepEqual((await json<{ watch: Record<string, unknown> }>('status', '--id', 'another')).watch['max_resumes'], 2);
    await ok('stop', '--id', 'another');
    const waited = await json('wait', '--id', 'another');
    assert.deepEqual([waited['state'], waited['code']], ['exited', 0]);
    const end = (await rows('another', 'usage,summary,exited')).map(({ type, exit, reason }) => [type, exit ?? reason]);
    assert.deepEqual(end, [['usage', undefined], ['summary', 'success'], ['exited', 'success']]);
    await ok('resume', '--id', 'another', '--json');
    await ok('send', '--id', 'another', '--message', 'again [[next]]', '--wait-for-idle');
    await ok('stop', '--id', 'another');
    await ok('rm', '--id', 'another', '--force');
    assert.equal((await verb('status', '--id', 'another')).code, 1);
  });

  it('doctor names it, and a clean end is a success', async () => {
    assert.match((await verb('doctor')).stdout, /Claude Code/);
    await ok('stop', '--id', 'real');
    const usage = (await rows('real', 'usage')).at(-1);
    assert.ok(Number(usage?.['total_tokens']) > 1_000);
    assert.ok(Number(usage?.['cost_usd']) > 0);
    const exited = (await rows('real', 'exited')).at(-1);
    assert.deepEqual([exited?.['code'], exited?.['reason']], [0, 'success']);
  });
});
