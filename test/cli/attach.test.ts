import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { dist } from '../support/product.ts';
import { onTerminal as programOnTerminal } from './onTerminal.ts';
import { Shell } from './shell.ts';

const shell = new Shell();
const folder = shell.product.folder();

before(async () => {
  await shell.json('run', 'demo', '--id', 'seen', '--cwd', folder, '--detach');
});
after(() => shell.dispose());

/** A verb on a terminal of its own, as in a person's shell. */
const onTerminal = (...args: string[]) => onTerminalOf({ cols: 90, rows: 25 }, ...args);

const onTerminalOf = (size: { cols: number; rows: number }, ...args: string[]) =>
  programOnTerminal(process.execPath, [dist('cli.mjs'), ...args], { env: shell.product.env, cwd: folder, ...size });

test('attach shows the terminal, passes keys and the size on, and detaches', async () => {
  const view = onTerminal('attach', '--id', 'seen');
  await view.until('[seen: Ctrl-\\ then d detaches, the agent goes on]');
  await view.until('\x1b[');
  view.pty.resize(70, 20);
  view.pty.write('echo typed by hand\r');
  await view.until('typed by hand');
  view.pty.write('\x1cd');
  assert.equal(await view.ended, 0);
  assert.match(view.output(), /\[detached from seen; it goes on\. backstitch attach --id seen\]/);
  assert.equal((await shell.json('status', '--id', 'seen'))['alive'], true);
});

test('run puts the agent on this terminal, and ends as it does', async () => {
  const view = onTerminal('run', 'demo', '--id', 'short', '--cwd', folder);
  await view.until('[short: Ctrl-\\');
  await shell.json('send', '--id', 'short', '-m', 'echo all is well', '--wait-for-idle');
  await view.until('all is well');
  await shell.json('stop', '--id', 'short');
  assert.equal(await view.ended, 0);
  assert.match(view.output(), /\[short ended with code 0\]/);
});

test('attach --json says how it ended, once the terminal is put back in order', async () => {
  const { uid } = await shell.json<{ uid: string }>('run', 'demo', '--id', 'told', '--cwd', folder, '--detach');
  const saidBy = (output: string): unknown => JSON.parse(output.trimEnd().split('\n').findLast((line) => line.includes('{"ok"'))?.replace(/^.*(?=\{"ok")/, '') ?? '');
  const left = onTerminal('attach', '--id', 'told', '--json');
  await left.until('[told: Ctrl-\\');
  await left.until('\x1b[');
  left.pty.write('\x1cd');
  assert.equal(await left.ended, 0);
  assert.deepEqual(saidBy(left.output()), { ok: true, id: 'told', uid, end: 'detached', code: null, signal: null, ended: null });
  const stayed = onTerminal('attach', '--id', 'told', '--json');
  await stayed.until('\x1b[');
  await shell.json('stop', '--id', 'told');
  assert.equal(await stayed.ended, 0);
  assert.deepEqual(saidBy(stayed.output()), { ok: true, id: 'told', uid, end: 'exited', code: 0, signal: null, ended: 'stopped' });
});

test('attach without a terminal says what to use', async () => {
  const { code, stdout, stderr } = await shell.run('attach', '--id', 'seen', '--json');
  assert.equal(code, 2);
  assert.equal((JSON.parse(stdout) as { error: { code: string } }).error.code, 'usage');
  assert.equal(stderr, 'backstitch: Standard input and output are not a terminal. `backstitch pane --id seen` prints its screen, `backstitch logs --id seen` what it wrote.\n');
});

test('attach to a session that is over says how to go on', async () => {
  const { code, stderr } = await shell.run('attach', '--id', 'short');
  assert.deepEqual({ code, stderr }, { code: 1, stderr: 'backstitch: Session “short” has no running agent. `backstitch resume --id short` starts it again.\n' });
});

test('a view of another size than the one used last shows the text, cut to it, and is drawn whole when a key is typed in it', async () => {
  const { uid } = await shell.json<{ uid: string }>('run', 'demo', '--id', 'shared', '--cwd', folder, '--detach');
  const isTaken = (rows: string[]): boolean => rows.some((row) => row.includes('the size of another view'));
  const pane = async () => (await shell.json<{ text: string }>('pane', '--id', 'shared')).text.split('\n').map((row) => row.trimEnd()).filter((row) => row !== '');
  const wide = onTerminalOf({ cols: 100, rows: 30 }, 'attach', '--id', uid);
  await shell.json('send', '--id', 'shared', '-m', `echo ${'stitch '.repeat(30)}end`, '--wait-for-idle');
  await wide.untilScreen((rows) => rows.some((row) => row.includes('end')));

  const narrow = onTerminalOf({ cols: 40, rows: 12 }, 'attach', '--id', uid);
  await wide.untilScreen(isTaken);
  assert.match(wide.rows().at(-1) ?? '', /^\[40x12, the size of another view; a key typed here takes it\]$/);
  // What is drawn for the narrow one goes on being seen in the wide one.
  await shell.json('send', '--id', 'shared', '-m', 'echo seen by both', '--wait-for-idle');
  await Promise.all([wide, narrow].map((view) => view.untilScreen((rows) => rows.some((row) => /^\W*seen by both/.test(row)))));
  const small = await pane();
  await wide.untilScreen((rows) => rows.slice(0, -1).join('\n') === small.join('\n'));
  assert.equal(isTaken(narrow.rows()), false);

  wide.pty.write('x');
  await narrow.untilScreen(isTaken);
  assert.ok(narrow.rows().every((row) => row.length <= 40));
  await wide.untilScreen((rows) => !isTaken(rows) && rows.some((row) => row.endsWith('x')));
  // A pane has rows too that have scrolled off.
  assert.deepEqual(wide.rows(), (await pane()).slice(-wide.rows().length));
  assert.ok(wide.rows().length >= 5);

  // The one that leaves gives the size back.
  wide.pty.write('\x7f\x1cd');
  assert.equal(await wide.ended, 0);
  await narrow.untilScreen((rows) => !isTaken(rows) && rows.at(-1) === '›');
  assert.deepEqual(narrow.rows(), (await pane()).slice(-narrow.rows().length));
  narrow.pty.write('\x1cd');
  assert.equal(await narrow.ended, 0);
});

test('status on a terminal is no wider than it, whatever a label is like', async () => {
  const label = 'a-label-of-seventy-eight-characters-as-somebody-may-well-give-it-in-a-script-1';
  await shell.json('run', 'demo', '--id', label, '--cwd', folder, '--detach');
  await shell.json('wait', '--id', label, '--until', 'prompt', '--timeout', '30');
  const view = onTerminalOf({ cols: 80, rows: 25 }, 'status');
  assert.equal(await view.ended, 0);
  const lines = view.output().split('\r\n');
  assert.ok(lines.every((line) => line.length <= 80), view.output());
  assert.match(lines[0] ?? '', /^ID +AGENT +STATE +AGE +IDLE +PID +/);
  assert.match(lines.find((line) => line.startsWith('a-label-of')) ?? '', /^a-label-of-\S*… +demo +idle +\d+s +\d+s +\d+ /);
  assert.match((await shell.run('status')).stdout, new RegExp(`^${label} +demo +idle +`, 'm'), 'in a pipe all of it');
});
