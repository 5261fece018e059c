import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Seam } from '../../src/core/view.ts';
import { Shell } from './shell.ts';

const shell = new Shell();
const folder = shell.product.folder();
const notes = join(folder, 'demo/notes.md');
const rowsOf = (text: string) => text.trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);

before(async () => {
  await shell.json('run', 'demo', '--id', 'Main-Job', '--cwd', folder, '--description', 'tests', '--detach');
});
after(() => shell.dispose());

test('run says what it started', async () => {
  const started = await shell.json('run', 'demo', '--id', 'second', '--cwd', folder, '--meta', '{"ticket":7}', '--detach');
  assert.deepEqual(Object.keys(started), ['ok', 'id', 'uid', 'agent', 'pid', 'mode', 'cwd', 'log_path', 'cli', 'log', 'output_log_path']);
  assert.deepEqual({ ok: started['ok'], id: started['id'], agent: started['agent'], mode: started['mode'], cwd: started['cwd'] }, { ok: true, id: 'second', agent: 'demo', mode: 'headless', cwd: folder });
  assert.equal(process.kill(started['pid'] as number, 0), true);
  const [first] = rowsOf(readFileSync(started['log_path'] as string, 'utf8'));
  assert.deepEqual(first?.['meta'], { ticket: 7 });
});

test('send waits until the agent is idle again; the label is found in any case', async () => {
  const sent = await shell.json('send', '--id', 'main-job', '--message', 'Sew the first seam', '--wait-for-idle');
  assert.deepEqual({ ok: sent['ok'], id: sent['id'], state: sent['state'] }, { ok: true, id: 'Main-Job', state: 'idle' });
  assert.equal(readFileSync(notes, 'utf8'), '1. Sew the first seam\n');
});

test('send takes words and standard input; several lines arrive whole', async () => {
  const { ran } = shell.start(['send', '--id', 'second', '--wait-for-idle', '--json'], 'echo one\ntwo\n\nfour');
  assert.equal((await ran).code, 0);
  const { stdout } = await shell.run('events', '--id', 'second', '--snapshot');
  const texts = rowsOf(stdout).filter((row) => row['type'] === 'block').map((row) => `${String(row['kind'])}: ${String(row['text'])}`);
  assert.deepEqual(texts, ['prompt: echo one\ntwo\n\nfour', 'text: one\ntwo\n\nfour']);
  const words = await shell.run('send', '--id', 'second', 'What', 'do', 'you', 'remember?', '--wait-for-idle');
  assert.deepEqual(words, { code: 0, stdout: 'Sent to second; it is idle.\n', stderr: '' });
});

test('status lists the sessions of this folder, and one by its id', async () => {
  const sessions = await shell.json<Record<string, unknown>[]>('status');
  assert.deepEqual(sessions.map(({ id, agent, state, alive, branch }) => ({ id, agent, state, alive, branch })).sort((a, b) => String(a.id).localeCompare(String(b.id))), [
    { id: 'Main-Job', agent: 'demo', state: 'idle', alive: true, branch: 'main' },
    { id: 'second', agent: 'demo', state: 'idle', alive: true, branch: 'main' },
  ]);
  const one = await shell.json('status', '--id', 'MAIN-JOB');
  assert.deepEqual([one['description'], one['title']], ['tests', 'tests']);
  assert.equal((await shell.json('status', '--id', one['uid'] as string))['id'], 'Main-Job');
  const { stdout } = await shell.run('status');
  assert.match(stdout, /^ID\s+AGENT\s+STATE\s+AGE\s+IDLE\s+PID\s+BRANCH\s+FOLDER\s+TITLE\n/);
  // What it was said to be for, else its first prompt.
  assert.match(stdout, /^Main-Job .* tests$/m);
  assert.match(stdout, /^second .* echo one$/m);
});

test('seams are told with what they would drop', async () => {
  const seams = await shell.json<Seam[]>('seams', '--id', 'main-job');
  assert.deepEqual(seams.map(({ seam, kind, fidelity, drops }) => [seam, kind, fidelity, drops.text, drops.tool, drops.thinking]), [
    ['s1', 'prompt', 'exact', 4, 4, 2],
    ['s3', 'text', 'exact', 3, 4, 1],
    ['s4', 'tool', 'exact', 3, 3, 1],
    ['s5', 'text', 'exact', 2, 3, 1],
    ['s7', 'tool', 'exact', 2, 1, 1],
    ['s9', 'text', 'exact', 1, 1, 0],
    ['s10', 'tool', 'exact', 1, 0, 0],
  ]);
  assert.deepEqual(Object.keys(seams[0] ?? {}), ['seam', 'turn', 'after', 'kind', 'fidelity', 'reason', 'drops', 'checkpoint', 'uncovered']);
});

test('rewind takes memory and files back, switch brings both again', async () => {
  const preview = await shell.json<{ files: { path: string; is: string }[] }>('rewind', '--id', 'main-job', '--to', 's5', '--dry-run');
  assert.deepEqual(preview.files.map(({ path, is }) => `${is} ${path}`).sort(), ['deleted demo/notes.md', 'deleted demo/step-1.ts']);
  assert.equal(existsSync(notes), true, 'a dry run changes nothing');

  const rewound = await shell.json<{ branch: string; from: string; seam: string; files: { is: string; restored: string[] } }>('rewind', '--id', 'main-job', '--to', 's5');
  assert.deepEqual([rewound.branch, rewound.from, rewound.seam, rewound.files.is], ['branch-2', 'main', 's5', 'restored']);
  assert.deepEqual(rewound.files.restored.toSorted(), ['demo/notes.md', 'demo/step-1.ts']);
  assert.equal(existsSync(notes), false);
  await shell.json('send', '--id', 'main-job', '-m', 'What do you remember?', '--wait-for-idle');
  const { stdout } = await shell.run('events', '--id', 'main-job', '--snapshot');
  const answer = rowsOf(stdout).findLast((row) => row['kind'] === 'text');
  assert.match(String(answer?.['text']), /^I remember 5 steps:/);

  const branches = await shell.json<{ branch: string; current: boolean; parent: string | null; seam: string | null }[]>('branches', '--id', 'main-job');
  assert.deepEqual(branches.map(({ branch, current, parent, seam }) => [branch, current, parent, seam]), [['main', false, null, null], ['branch-2', true, 'main', 's5']]);
  await shell.json('switch', '--id', 'main-job', '--branch', 'main');
  assert.equal(readFileSync(notes, 'utf8'), '1. Sew the first seam\n');
});

test('rewind --keep-files leaves the files alone', async () => {
  const rewound = await shell.json<{ files: { is: string } }>('rewind', '--id', 'main-job', '--to', 's4', '--keep-files');
  assert.equal(rewound.files.is, 'kept');
  assert.equal(readFileSync(notes, 'utf8'), '1. Sew the first seam\n');
  await shell.json('switch', '--id', 'main-job', '--branch', 'main', '--keep-files');
});

test('a permission request is listed and answered', async () => {
  const { ran } = shell.start(['send', '--id', 'second', '--message', 'something that needs a permission', '--wait-for-idle', '--json']);
  let requests: { request: string; title: string }[] = [];
  while (requests.length === 0) requests = await shell.json<typeof requests>('answer', '--id', 'second');
  assert.equal((await shell.json('status', '--id', 'second'))['waiting_for'], 'permission');
  assert.equal((await shell.json('answer', '--id', 'second', '--allow'))['won'], true);
  assert.equal((await ran).code, 0);
  assert.equal(existsSync(join(folder, 'demo/allowed.txt')), true);
  assert.equal((await shell.run('answer', '--id', 'second', '--allow')).stderr, 'backstitch: second is not asking for a permission now.\n');
});

test('interrupt ends the turn and not the session', async () => {
  await shell.json('send', '--id', 'second', '--message', 'a slow and long one');
  while ((await shell.json('status', '--id', 'second'))['state'] !== 'busy') { /* it has not begun yet */ }
  await shell.json('interrupt', '--id', 'second');
  while ((await shell.json('status', '--id', 'second'))['state'] !== 'idle') { /* it is ending its turn */ }
  assert.equal((await shell.json('status', '--id', 'second'))['alive'], true);
});

test('events follow a session to its end; stop and resume', async () => {
  const { ran } = shell.start(['events', '--id', 'second']);
  const stopped = await shell.json('stop', '--id', 'second');
  assert.equal(stopped['ok'], true);
  const followed = rowsOf((await ran).stdout);
  assert.equal(followed.at(-1)?.['type'], 'exited');
  assert.deepEqual(followed.map((row) => row['seq']), followed.map((_, at) => at + 1));
  assert.equal((await shell.json('status', '--id', 'second'))['alive'], false);

  const again = await shell.run('events', '--id', 'second');
  assert.deepEqual(rowsOf(again.stdout).at(-1)?.['type'], 'exited', 'of a session that is over the rows are printed, and it ends');
  await shell.json('rename', '--id', 'second', '--to', 'third');
  assert.equal((await shell.run('events', '--id', 'third', '--types', 'exited')).code, 0, 'also when something was done to it since');
  assert.equal((await shell.json('wait', '--id', 'third'))['code'], 0);
  await shell.json('rename', '--id', 'third', '--to', 'second');
  assert.equal((await shell.json('resume', '--id', 'second'))['ok'], true);
  assert.equal((await shell.json('send', '--id', 'second', '-m', 'echo I am back', '--wait-for-idle'))['state'], 'idle');
});

test('host tells of itself', async () => {
  const host = await shell.json('host', 'status');
  assert.equal(host['state_directory'], shell.product.env['BACKSTITCH_STATE_DIR']);
  assert.equal(host['sessions'], 2);
  assert.match((await shell.run('host', 'stop')).stderr, /^backstitch: The session host keeps 2 sessions and was left running\./);
});
