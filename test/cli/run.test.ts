import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Shell } from './shell.ts';

const shell = new Shell();
const folder = shell.product.folder();
/** A tmux server of our own: nobody's windows are touched. */
const tmuxPlace = { TMUX_TMPDIR: shell.product.home };
const tmux = (...args: string[]): string => execFileSync('tmux', args, { encoding: 'utf8', env: { ...shell.product.env, ...tmuxPlace } }).trim();
const runJson = async (args: string[], env: Record<string, string> = tmuxPlace): Promise<Record<string, unknown>> => {
  const { code, stdout, stderr } = await shell.start(['run', '--json', ...args], '', env).ran;
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Record<string, unknown>;
};
const windows = (): string[] => tmux('list-windows', '-a', '-F', '#{session_name} #{window_name}').split('\n').sort();
const untilShown = async (window: string, part: string): Promise<void> => {
  for (const until = Date.now() + 20_000; !tmux('capture-pane', '-p', '-t', window).includes(part);) {
    assert.ok(Date.now() < until, `${part} came on the screen`);
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
};

before(() => shell.json('host', 'status'));
after(async () => {
  try {
    tmux('kill-server');
  } catch { /* no window was opened */ }
  await shell.dispose();
});

test('--tmux opens a window that shows the terminal; the word after it is its name only when an agent is left', async () => {
  const first = await runJson(['--tmux', 'demo', '--id', 'alone']);
  assert.deepEqual([first['cli'], first['id'], first['mode'], first['window']], ['demo', 'alone', 'tmux', 'alone']);
  assert.deepEqual(Object.keys(first), ['ok', 'id', 'uid', 'agent', 'pid', 'mode', 'cwd', 'log_path', 'cli', 'window', 'output_log_path']);
  const named = await runJson(['--tmux', 'shown', 'demo', '--id', 'named', '--description', 'with a window']);
  assert.deepEqual([named['cli'], named['window'], named['description']], ['demo', 'shown', 'with a window']);
  const withArguments = await runJson(['--id', 'dashed', '--tmux', 'demo', '--', '--flag', '--tmux']);
  assert.deepEqual([withArguments['cli'], withArguments['window']], ['demo', 'dashed']);
  const rows = readFileSync(withArguments['log_path'] as string, 'utf8').split('\n');
  assert.deepEqual((JSON.parse(rows[0] ?? '') as { args: string[] }).args, ['--flag', '--tmux']);
  await runJson(['demo', '--id', 'behind', '--tmux', 'last']);
  assert.deepEqual(windows(), ['backstitch alone', 'backstitch dashed', 'backstitch last', 'backstitch shown']);
  await untilShown('backstitch:shown', 'Demo agent');
  assert.equal((JSON.parse(rows[0] ?? '') as { tmux_session: string }).tmux_session, 'backstitch');
});

test('inside tmux the window is one more of the session one is in; closing it ends nothing', async () => {
  const inside = { ...tmuxPlace, TMUX: tmux('display-message', '-p', '#{socket_path},#{pid},0') };
  tmux('rename-session', '-t', 'backstitch', 'mine');
  const rows = join(folder, 'inside.jsonl');
  await runJson(['--tmux', 'demo', '--id', 'inside', '--summary-out', rows], inside);
  assert.deepEqual(windows().filter((name) => name.endsWith('inside')), ['mine inside']);
  await untilShown('mine:inside', 'Demo agent');
  tmux('kill-window', '-t', 'mine:inside');
  assert.equal((await shell.json('status', '--id', 'inside'))['alive'], true);
  await shell.json('stop', '--id', 'inside');
  assert.equal((JSON.parse(readFileSync(rows, 'utf8')) as { meta: Record<string, unknown> }).meta['tmux_session'], 'mine');
});

test('no label and no name of a window is anything to tmux but words', async () => {
  const traps = ['#(touch p)y', "#{E:#(touch p)}z", '$(touch p)x', '`touch p`w', 'k; kill-server;', '#[fg=red]red', 'v; run-shell "touch p"'];
  for (const [at, label] of traps.entries()) {
    const { window } = await runJson(['demo', '--id', label, '--tmux']);
    await untilShown(`backstitch:${window as string}`, 'Demo agent');
    tmux('kill-window', '-t', `backstitch:${window as string}`);
    const named = await runJson(['--tmux', label, 'demo', '--id', `named-${at}`]);
    assert.equal(named['window'], window);
  }
  assert.deepEqual((await shell.json<{ id: string }[]>('status', '--all')).map(({ id }) => id).filter((id) => traps.includes(id)).sort(), traps.toSorted());
  const made = [folder, shell.product.home, '/', process.cwd()].filter((place) => existsSync(join(place, 'p')));
  assert.deepEqual(made, []);
  const { window } = await runJson(['demo', '--id', 'Fäden #1 (fork)', '--tmux']);
  assert.equal(window, 'Fäden -1 -fork');
});

test('a variable of the user names the file for all sessions; an option goes before it', async () => {
  const env = { ...tmuxPlace, BACKSTITCH_SUMMARY_OUT: 'all.jsonl' };
  const outOf = async (id: string): Promise<unknown> => (await shell.json<{ watch: { summary_out: unknown } }>('watch', '--id', id)).watch.summary_out;
  await runJson(['demo', '--id', 'by-variable', '--detach'], env);
  await runJson(['demo', '--id', 'by-option', '--detach', '--summary-out', 'one.jsonl'], env);
  assert.deepEqual([await outOf('by-variable'), await outOf('by-option')], [join(folder, 'all.jsonl'), join(folder, 'one.jsonl')]);
  const { code, stderr } = await shell.start(['run', 'demo', '--detach'], '', { BACKSTITCH_SUMMARY_OUT: folder }).ran;
  assert.deepEqual([code, stderr], [2, `backstitch: BACKSTITCH_SUMMARY_OUT ${folder}: This is a folder; give the path of a file.\n`]);
});

test('without tmux nothing is created', async () => {
  const before = (await shell.json<unknown[]>('status', '--all')).length;
  const { code, stderr } = await shell.start(['run', '--tmux', 'demo'], '', { PATH: join(shell.product.home, 'nothing') }).ran;
  assert.deepEqual([code, stderr], [1, 'backstitch: There is no tmux on the PATH. Install the package tmux, or use --detach, and `backstitch attach` in a terminal of your own.\n']);
  assert.equal((await shell.json<unknown[]>('status', '--all')).length, before);
});

test('a mistake is named, and nothing is created', async () => {
  const before = (await shell.json<unknown[]>('status', '--all')).length;
  const mistakes: [string[], RegExp][] = [
    [[], /Say which agent to start/],
    [['--detach', '--', 'demo'], /Say which agent to start/],
    [['demo', '--detach', '--preset', 'impl'], /--preset needs --watch/],
    [['demo', '--detach', '--max-resumes', '2'], /--max-resumes needs --watch/],
    [['demo', '--detach', '--watch', '--preset', 'fast'], /Allowed choices are impl, plan, gate/],
    [['demo', '--detach', '--watch', '--stall-after', '0'], /Give a length of time/],
    [['demo', '--detach', '--watch', '--stall-after', '5x'], /Give a length of time/],
    [['demo', '--detach', '--watch', '--max-resumes', '-1'], /Give a whole number/],
    [['demo', '--detach', '--limit-resumes', '2'], /--limit-resumes needs --resume-after-limit/],
    [['demo', '--json'], /--json needs --detach, --tmux or --watch/],
  ];
  for (const [args, sentence] of mistakes) {
    const { code, stderr } = await shell.run('run', ...args);
    assert.equal(code, 2, args.join(' '));
    assert.match(stderr, sentence);
  }
  assert.equal((await shell.json<unknown[]>('status', '--all')).length, before);
});

test('a start that takes too long ends with 124', async () => {
  const { code, stdout } = await shell.run('run', 'demo', '--detach', '--timeout', '0.001', '--json');
  assert.deepEqual([code, (JSON.parse(stdout) as { error: { code: string } }).error.code], [124, 'timeout']);
});

test("harnex's way to name a file to be watched is taken, and said to be called otherwise now; a bare --watch stays what it is", async () => {
  const started = async (...args: string[]) => {
    const { code, stdout, stderr } = await shell.run('run', '--detach', '--json', ...args);
    assert.equal(code, 0, stderr);
    const { id, agent, log_path } = JSON.parse(stdout) as { id: string; agent: string; log_path: string };
    const { watch } = await shell.json<{ watch: { watch_file: string | null; max_resumes: number } }>('status', '--id', id);
    const [first] = readFileSync(log_path, 'utf8').split('\n');
    await shell.json('stop', '--id', id);
    return { agent, args: (JSON.parse(first ?? '') as { args: string[] }).args, file: watch.watch_file, nudges: watch.max_resumes, stderr };
  };
  const said = (path: string): string => `backstitch: --watch ${path} is --watch-file ${path} now; --watch alone looks after a stalled agent.\n`;
  const notes = join(folder, 'tmp/notes.md');
  assert.deepEqual(await started('demo', '--watch=tmp/notes.md'), { agent: 'demo', args: [], file: notes, nudges: 0, stderr: said('tmp/notes.md') });
  assert.deepEqual(await started('demo', '--watch', './tmp/notes.md'), { agent: 'demo', args: [], file: notes, nudges: 0, stderr: said('./tmp/notes.md') });
  assert.deepEqual(await started('--watch', './tmp/notes.md', 'demo', '--', '--watch=x'), { agent: 'demo', args: ['--watch=x'], file: notes, nudges: 0, stderr: said('./tmp/notes.md') });
  assert.deepEqual(await started('--watch', 'demo'), { agent: 'demo', args: [], file: null, nudges: 1, stderr: '' });
  assert.deepEqual(await started('--watch', 'demo', 'fast'), { agent: 'demo', args: ['fast'], file: null, nudges: 1, stderr: '' });
  assert.deepEqual(await started('--watch', 'demo', '--', 'a/b'), { agent: 'demo', args: ['a/b'], file: null, nudges: 1, stderr: '' });
  const bash = execFileSync('bash', ['-c', 'type -P bash'], { encoding: 'utf8' }).trim();
  assert.deepEqual(await started('--watch', bash), { agent: bash, args: [], file: null, nudges: 1, stderr: '' });
  const aFolder = await shell.run('run', 'demo', '--detach', '--watch', './');
  assert.deepEqual([aFolder.code, aFolder.stderr.split('\n')[1]], [2, 'backstitch: --watch-file ./: This is a folder; give the path of a file.']);
});

test('what the watch shall do is said at the start: presets, and flags over them', async () => {
  const watchOf = async (id: string, ...args: string[]): Promise<Record<string, unknown>> => {
    await shell.json('run', 'demo', '--id', id, '--cwd', folder, '--detach', ...args);
    return (await shell.json<{ watch: Record<string, unknown> }>('status', '--id', id)).watch;
  };
  const nothing = { stall_after_s: 480, max_resumes: 0, nudge: 'resume', limit_window_s: null, limit_resumes: 0, inbox_ttl_s: null, auto_stop: false, summary_out: null, watch_file: null };
  assert.deepEqual(await watchOf('w-none'), nothing);
  assert.deepEqual(await watchOf('w-watch', '--watch'), { ...nothing, max_resumes: 1 });
  assert.deepEqual(await watchOf('w-plan', '--watch', '--preset', 'plan'), { ...nothing, stall_after_s: 180, max_resumes: 2 });
  assert.deepEqual(await watchOf('w-gate', '--watch', '--preset', 'gate', '--stall-after', '1.5h'), { ...nothing, stall_after_s: 5_400, max_resumes: 0 });
  assert.deepEqual(await watchOf('w-all', '--watch', '--preset', 'impl', '--max-resumes', '3', '--nudge', 'go on', '--resume-after-limit', '6h', '--inbox-ttl', '2m', '--summary-out', 'out.jsonl', '--watch-file', 'notes.md', '--auto-stop'), {
    stall_after_s: 480, max_resumes: 3, nudge: 'go on', limit_window_s: 21_600, limit_resumes: 1, inbox_ttl_s: 120, auto_stop: true, summary_out: join(folder, 'out.jsonl'), watch_file: join(folder, 'notes.md'),
  });
});

test('--context is the first prompt; with --auto-stop the session ends after it, and its row is written', async () => {
  await shell.json('run', 'demo', '--id', 'given', '--cwd', folder, '--detach', '--context', 'echo done so far', '--auto-stop', '--summary-out', 'rows.jsonl', '--meta', '{"ticket":7}');
  assert.equal((await shell.run('wait', '--id', 'given', '--timeout', '60')).code, 0);
  const { stdout } = await shell.run('events', '--id', 'given', '--snapshot', '--types', 'block');
  const [prompt] = stdout.split('\n');
  assert.equal((JSON.parse(prompt ?? '') as { text: string }).text, '[backstitch session id=given] echo done so far');
  assert.equal(existsSync(join(folder, 'rows.jsonl')), true);
});

test('the line that names the session is left out by an option, and by the environment', async () => {
  const promptOf = async (id: string): Promise<string> => {
    const { code, stdout } = await shell.start(['events', '--id', id, '--types', 'queued', '--snapshot']).ran;
    assert.equal(code, 0);
    return (JSON.parse(stdout.trim().split('\n')[0] ?? '') as { text: string }).text;
  };
  await runJson(['demo', '--id', 'lined', '--detach', '--context', 'echo a']);
  await runJson(['demo', '--id', 'plain', '--detach', '--context', 'echo a', '--no-session-line']);
  await runJson(['demo', '--id', 'never', '--detach', '--context', 'echo a'], { ...tmuxPlace, BACKSTITCH_SESSION_LINE: 'off' });
  assert.deepEqual([await promptOf('lined'), await promptOf('plain'), await promptOf('never')], ['[backstitch session id=lined] echo a', 'echo a', 'echo a']);
});
