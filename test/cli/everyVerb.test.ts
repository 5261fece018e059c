import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { dist } from '../support/product.ts';
import { helpsOf } from './helps.ts';
import { onTerminal } from './onTerminal.ts';
import { Shell } from './shell.ts';

const shell = new Shell();
const folder = shell.product.folder();
const seen = new Set<string>();
before(async () => {
  await shell.json('run', 'demo', '--id', 'fix-1', '--cwd', folder, '--detach');
  await shell.json('send', '--id', 'fix-1', '-m', 'Sew the first seam', '--wait-for-idle');
});
after(() => shell.dispose());

const isJson = (text: string): boolean => {
  try {
    for (const line of text.trimEnd().split('\n')) JSON.parse(line);
    return true;
  } catch {
    return false;
  }
};

/** Runs a verb as a person and as a script; `said` is how the words for a person begin. */
const both = async (said: RegExp, person: string[], script = person): Promise<void> => {
  const told = await shell.run(...person);
  assert.equal(told.code, 0, `${person.join(' ')}: ${told.stderr}`);
  assert.match(told.stdout, said, person.join(' '));
  assert.equal(isJson(told.stdout), false, `${person.join(' ')} prints JSON that nobody asked for: ${told.stdout}`);
  const printed = await shell.run(...script, '--json');
  assert.equal(printed.code, 0, `${script.join(' ')}: ${printed.stderr}`);
  assert.equal(isJson(printed.stdout), true, `${script.join(' ')} --json: ${printed.stdout}`);
  seen.add(person[0] ?? '').add(person.slice(0, 2).join(' '));
};

const of = (verb: string, ...more: string[]): string[] => [verb, '--id', 'fix-1', ...more];

test('prompts', async () => {
  await both(/^Sent to fix-1\./, of('send', '-m', 'echo one'));
  await both(/^Sent to fix-1; it is idle\.$/m, of('send', '-m', 'echo two', '--wait-for-idle'));
  await both(/^fix-1 came to “idle”: it is idle\.$/m, of('wait', '--until', 'idle'));
  await both(/^The queue of fix-1 is paused/m, ['queue', 'pause', '--id', 'fix-1']);
  for (const text of ['one', 'two', 'three', 'four', 'five', 'six']) await shell.json(...of('send', '-m', `echo ${text}`, '--no-wait'));
  await both(/^# +SEND +AGE +FROM +EXPIRES +TEXT$/m, of('queue'));
  await both(/echo again$/m, ['queue', 'edit', '1', '-m', 'echo again', '--id', 'fix-1']);
  await both(/^1 .*echo three$/m, ['queue', 'move', '3', '--to', '1', '--id', 'fix-1']);
  await both(/^1 /m, ['queue', 'drop', '1', '--id', 'fix-1']);
  await both(/^1 /m, ['queue', 'now', '1', '--id', 'fix-1']);
  await both(/^Nothing waits for fix-1\.$/m, ['queue', 'clear', '--id', 'fix-1']);
  await both(/^Nothing waits for fix-1\.$/m, ['queue', 'continue', '--id', 'fix-1']);
  await shell.json(...of('wait', '--until', 'idle'));
});

test('what a session is, and where it can go', async () => {
  await both(/^ID +AGENT/, ['status']);
  await both(/^ID +AGENT/, of('status'));
  await both(/^A working agent that is silent for 8m is stalled\.$/m, of('watch', '--on'));
  await both(/Demo agent/, of('pane', '--lines', '200'));
  await both(/demo\/notes\.md/, of('logs'));
  await both(/^fix-1 asks for nothing\.$/m, of('answer'));
  await both(/^SEAM +AFTER +FIDELITY +FILES +LAST KEPT +FIRST DROPPED/, of('seams'));
  await both(/^To s5 \(exact\)/, of('rewind', '--to', 's5', '--dry-run'));
  await both(/^fix-1 is at s5, on branch-2 \(exact\)\..*\nBack again: backstitch switch --id fix-1 --branch main$/m,
    of('rewind', '--to', 's5'), of('rewind', '--to', 's4'));
  await both(/^\* +branch-3 .*\n`backstitch switch --id fix-1 --branch BRANCH` goes to another one\.$/m, of('branches'));
  await both(/^To main \(exact\)\n/, of('switch', '--branch', 'main', '--dry-run'));
  await both(/^fix-1 is on main, left branch-3 as it was\..*\nBack again: backstitch switch --id fix-1 --branch branch-3$/m,
    of('switch', '--branch', 'main'), of('switch', '--branch', 'branch-2'));
  await both(/^it's \(2\) goes on from fix-1 at tip .* `backstitch attach --id 'it'\\''s \(2\)'` shows its terminal\.$/m,
    of('fork', '--to', "it's (2)"), of('fork', '--to', 'third'));
  await shell.run('stop', '--id', "it's (2)");
  await both(/^Interrupted fix-1\.$/m, of('interrupt'));
});

test('run says in a sentence what it started, also where its output is no terminal', async () => {
  await both(/^other runs Demo agent \(process \d+\)\. `backstitch attach --id other` shows its terminal\.\n$/,
    ['run', 'demo', '--detach', '--id', 'other', '--cwd', folder], ['run', 'demo', '--detach', '--cwd', folder]);
});

test('events are words on a terminal, and rows for a script', async () => {
  const view = (...args: string[]) => onTerminal(process.execPath, [dist('cli.mjs'), ...of('events', '--snapshot'), ...args], { env: shell.product.env, cwd: folder, cols: 160, rows: 200 });
  const words = view();
  assert.equal(await words.ended, 0);
  assert.match(words.output(), /^\d\d:\d\d:\d\d {2}session of demo 1\.0\.0 started in /);
  assert.match(words.output(), /^\d\d:\d\d:\d\d {2}turn [0-9a-f]{8} completed, \d+ tokens\r$/m);
  const rows = view('--json');
  assert.equal(await rows.ended, 0);
  assert.match(rows.output(), /^\{"schema_version":1,"seq":1,/);
  assert.deepEqual(await shell.run(...of('events', '--snapshot')), await shell.run(...of('events', '--snapshot', '--json')), 'for a script it is JSON either way');
  seen.add('events');
});

test('the end of a session', async () => {
  const each = (verb: string, ...more: string[]): [string[], string[]] => [[verb, '--id', 'other', ...more], [verb, '--id', 'third', ...more]];
  await both(/^Stopped other: it ended with code 0\. `backstitch resume --id other` goes on with it\.$/m, ...each('stop'));
  await both(/^other runs again \(process \d+\)\./, ...each('resume'));
  await shell.run('stop', '--id', 'other');
  await shell.run('stop', '--id', 'third');
  await both(/^other ended with code 0\.$/m, ...each('wait'));
  await both(/^other is renamed now\.$/m, ['rename', '--id', 'other', '--to', 'renamed'], ['rename', '--id', 'third', '--to', 'fourth']);
  await both(/^Removed renamed\.$/m, ['rm', '--id', 'renamed', '--force'], ['rm', '--id', 'fourth', '--force']);
});

test('texts, and what is there', async () => {
  await both(/^# /, ['guide']);
  await both(/^RECIPE +WHAT\n01_fire_and_watch /, ['recipes']);
  await both(/^RECIPE +WHAT\n/, ['recipes', 'list']);
  for (const words of [['recipes', '03_buddy'], ['recipes', 'show', 'buddy']]) await both(/^# Buddy: a second agent/, words);
  await both(/^SKILL +WHAT\nbackstitch-dispatch /, ['skills']);
  await both(/^SKILL +WHAT\n/, ['skills', 'list']);
  for (const words of [['skills', 'buddy'], ['skills', 'show', 'backstitch-buddy']]) await both(/^---\nname: backstitch-buddy\n/, words);
  const place = ['--folder', join(shell.product.home, 'skills')];
  await both(/^Written: /, ['skills', 'install', ...place]);
  await both(/^Removed: /, ['skills', 'uninstall', ...place]);
  await both(/^WHAT +IS +FOUND\n/, ['doctor']);
  await both(/_backstitch/, ['completion', 'bash']);
  await both(/^Session host /, ['host', 'status']);
});

test('the end of the host, and all verbs were looked at', async () => {
  await both(/^The session host has ended\.$/m, ['host', 'stop', '--force']);
  // The first takes a terminal of its own (attach.test.ts), the second plays for a minute (demo.test.ts).
  const elsewhere = ['attach', 'demo', 'host'];
  const all = [...(await helpsOf(shell)).keys()];
  assert.ok(all.length > 35, 'the verbs were found');
  assert.deepEqual(all.filter((words) => !seen.has(words) && !elsewhere.includes(words)), []);
});
