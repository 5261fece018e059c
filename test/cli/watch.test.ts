import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { Shell } from './shell.ts';

const shell = new Shell();
const folder = shell.product.folder();
before(() => shell.json('host', 'status'));
after(() => shell.dispose());

/** Resolves when a part stands in what the verb has printed. */
const printed = ({ stdout }: ChildProcess, part: string): Promise<void> => new Promise((resolve) => {
  let text = '';
  stdout?.on('data', (chunk: string) => {
    text += chunk;
    if (text.includes(part)) resolve();
  });
});
const steps = (stdout: string): Record<string, unknown>[] => stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);

test('run --watch prints each step, nudges, and ends with 2 when it can do no more; the session is left running', async () => {
  const { code, stdout } = await shell.run('run', 'demo', '--id', 'stuck', '--cwd', folder, '--watch', '--stall-after', '1s', '--nudge', 'hang once more', '--context', 'hang');
  assert.equal(code, 2);
  const lines = stdout.trimEnd().split('\n');
  const said = lines.map((line) => line.replace(/^\S+Z stuck /, ''));
  assert.deepEqual(said.filter((line) => /^(silent|told|needs)/.test(line)).map((line) => line.replace(/\d+ s\b/, 'N s')), [
    'silent for N s during its turn', 'told to go on (stall), 1 of 1', 'silent for N s during its turn', 'needs a person (stall): silent for N s after 1 nudge',
  ]);
  assert.match(lines.at(-2) ?? '', /^stuck needs you\. It is left running: backstitch attach --id stuck$/);
  assert.match(lines.at(-1) ?? '', /^backstitch watch: summary id=stuck resumes=1 final_state=busy outcome=escalated elapsed_s=\d+$/);
  assert.equal((await shell.json('status', '--id', 'stuck'))['alive'], true);
  assert.match((await shell.run('status')).stdout, /^stuck\s+demo\s+needs you \(stalled\)/m);
  assert.equal((await shell.run('wait', '--id', 'stuck', '--until', 'needs_you', '--timeout', '20')).code, 0);
  assert.equal((await shell.run('watch', '--id', 'stuck', '--follow')).code, 2, 'it still needs somebody');
});

test("run --watch ends with the agent's own code, and tells scripts all of it", async () => {
  const { child, ran } = shell.start(['run', 'demo', '--id', 'short', '--cwd', folder, '--watch', '--json']);
  await printed(child, '"state":"idle"');
  await shell.json('stop', '--id', 'short');
  const { code, stdout } = await ran;
  assert.equal(code, 0);
  const told = steps(stdout);
  assert.deepEqual([told[0]?.['ok'], told[0]?.['id'], told.at(-2)?.['step']], [true, 'short', 'exited']);
  const summary = told.at(-1)?.['summary'] as Record<string, unknown>;
  assert.deepEqual([summary['id'], summary['resumes'], summary['final_state'], summary['outcome'], summary['code']], ['short', 0, 'exited', 'exited', 0]);
});

test('any program: its own exit code comes out of run --watch and of wait', async () => {
  assert.equal((await shell.run('run', 'sh', '--id', 'three', '--cwd', folder, '--watch', '--', '-c', 'exit 3')).code, 3);
  assert.equal((await shell.run('wait', '--id', 'three')).code, 3);
});

test('Ctrl-C leaves the session running and says so', async () => {
  const { child, ran } = shell.start(['run', 'demo', '--id', 'left', '--cwd', folder, '--watch']);
  await printed(child, 'state: idle');
  child.kill('SIGINT');
  const { code, stdout } = await ran;
  assert.equal(code, 130);
  assert.match(stdout, /^left is left running: backstitch watch --id left --follow\nbackstitch watch: summary id=left resumes=0 final_state=idle outcome=left elapsed_s=\d+\n$/m);
  assert.equal((await shell.json('status', '--id', 'left'))['alive'], true);
});

test('watch shows and changes the settings of a session that runs', async () => {
  assert.deepEqual((await shell.run('watch', '--id', 'left', '--preset', 'plan')).stdout.split('\n').slice(0, 2), [
    'A working agent that is silent for 3m is stalled.', 'It is then told “resume”, 2 times at most, before you are called.',
  ]);
  const { watch } = await shell.json<{ watch: Record<string, unknown> }>('watch', '--id', 'left', '--stall-after', '90');
  assert.deepEqual([watch['stall_after_s'], watch['max_resumes']], [90, 2], 'what is not named stays');
  const off = await shell.json<{ watch: Record<string, unknown> }>('watch', '--id', 'left', '--off');
  assert.deepEqual([off.watch['stall_after_s'], off.watch['max_resumes'], off.watch['limit_window_s']], [null, 0, null]);
  const on = await shell.json<{ watch: Record<string, unknown> }>('watch', '--id', 'left', '--on', '--auto-stop');
  assert.deepEqual([on.watch['stall_after_s'], on.watch['max_resumes'], on.watch['auto_stop']], [480, 1, true]);
  assert.equal((await shell.json<{ watch: Record<string, unknown> }>('watch', '--id', 'left', '--no-auto-stop')).watch['auto_stop'], false);
  assert.equal((await shell.run('watch', '--id', 'left', '--on', '--off')).code, 2);
  assert.equal((await shell.run('watch', '--id', 'left', '--off', '--preset', 'impl')).code, 2);
});

test('each setting can be taken back, and a path is that of a file', async () => {
  const watch = async (...args: string[]): Promise<Record<string, unknown>> => (await shell.json<{ watch: Record<string, unknown> }>('watch', '--id', 'left', ...args)).watch;
  const nothing = { stall_after_s: null, max_resumes: 1, nudge: 'resume', limit_window_s: null, limit_resumes: 2, inbox_ttl_s: null, auto_stop: false, summary_out: null, watch_file: null };
  const all = await watch('--stall-after', '1h', '--max-resumes', '1', '--nudge', 'resume', '--resume-after-limit', '5h', '--limit-resumes', '2', '--inbox-ttl', '9m', '--watch-file', 'notes.md', '--summary-out', 'out.jsonl', '--auto-stop');
  assert.deepEqual(all, { stall_after_s: 3_600, max_resumes: 1, nudge: 'resume', limit_window_s: 18_000, limit_resumes: 2, inbox_ttl_s: 540, auto_stop: true, summary_out: join(folder, 'out.jsonl'), watch_file: join(folder, 'notes.md') });
  assert.deepEqual(await watch('--no-watch-file'), { ...all, watch_file: null });
  assert.deepEqual(await watch('--no-stall-after', '--no-resume-after-limit', '--no-inbox-ttl', '--no-summary-out', '--no-auto-stop'), nothing);
  await watch('--watch-file', 'notes.md', '--resume-after-limit', '5h', '--limit-resumes', '2', '--on');
  assert.deepEqual(await watch('--off'), { ...nothing, max_resumes: 0 });
  for (const [option, path, words] of [['--watch-file', '', /Give the path of a file\./], ['--watch-file', '.', /This is a folder; give the path of a file\./], ['--summary-out', ' ', /Give the path of a file\./]] as const) {
    const { code, stderr } = await shell.run('watch', '--id', 'left', option, path);
    assert.equal(code, 2);
    assert.match(stderr, words);
  }
});

test('without nudges a stall is told, and ends the one who follows', async () => {
  const { code, stdout } = await shell.run('run', 'demo', '--id', 'gated', '--cwd', folder, '--watch', '--preset', 'gate', '--stall-after', '1s', '--context', 'hang');
  assert.equal(code, 2);
  assert.match(stdout, /resumes=0 final_state=busy outcome=escalated/);
  assert.equal((await shell.json('wait', '--id', 'gated', '--until', 'stalled', '--timeout', '20'))['state'], 'busy');
  const status = await shell.json<{ stall: Record<string, unknown>; log_idle_s: number; log_mtime: string }>('status', '--id', 'gated');
  assert.deepEqual([status.stall['during'], status.stall['resumes'], status.stall['escalated']], ['turn', 0, null]);
  assert.equal(new Date(status.log_mtime).toISOString(), status.log_mtime);
  assert.equal(Number.isInteger(status.log_idle_s), true);
  assert.match((await shell.run('status')).stdout, /^gated\s+demo\s+needs you \(stalled\) /m);
  assert.equal((await shell.run('wait', '--id', 'gated', '--until', 'needs_you', '--timeout', '20')).code, 0);
});

test('a dialog needs a person, a usage limit is named with its end', async () => {
  await shell.json('run', 'demo', '--id', 'full', '--cwd', folder, '--detach', '--context', 'limit 600');
  assert.equal((await shell.run('wait', '--id', 'full', '--until', 'limited', '--timeout', '30')).code, 0);
  assert.match((await shell.run('status')).stdout, /^full\s+demo\s+needs you \(limited until \d\d:\d\d\)/m);
  assert.equal((await shell.run('wait', '--id', 'full', '--until', 'needs_you', '--timeout', '30')).code, 0, 'nothing goes on by itself');
  // With a watch that goes on after the limit nobody is needed, until it gives up: the limit is longer than it may wait.
  await shell.json('run', 'demo', '--id', 'waits', '--cwd', folder, '--watch', '--resume-after-limit', '1h', '--detach', '--context', 'limit 600');
  await shell.run('wait', '--id', 'waits', '--until', 'limited', '--timeout', '30');
  assert.match((await shell.run('status')).stdout, /^waits\s+demo\s+limited until \d\d:\d\d/m);
  assert.equal((await shell.run('wait', '--id', 'waits', '--until', 'needs_you', '--timeout', '0.3')).code, 124);
  await shell.json('run', 'demo', '--id', 'long', '--cwd', folder, '--watch', '--resume-after-limit', '1s', '--detach', '--context', 'limit 600');
  assert.equal((await shell.run('wait', '--id', 'long', '--until', 'needs_you', '--timeout', '30')).code, 0);
  assert.match((await shell.run('status')).stdout, /^long\s+demo\s+needs you \(limited until \d\d:\d\d\)/m);
  await shell.json('run', 'demo', '--id', 'permits', '--cwd', folder, '--detach', '--context', 'permission');
  assert.equal((await shell.run('wait', '--id', 'permits', '--until', 'needs_you', '--timeout', '30')).code, 0);
  assert.match((await shell.run('status')).stdout, /^permits\s+demo\s+needs you \(permission\)/m);
  await shell.json('run', 'demo', '--id', 'asks', '--cwd', folder, '--detach', '--context', 'dialog');
  assert.equal((await shell.run('wait', '--id', 'asks', '--until', 'needs_you', '--timeout', '30')).code, 0);
  assert.match((await shell.run('status')).stdout, /^asks\s+demo\s+needs you \(\S+\)/m);
});
