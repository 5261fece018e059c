import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { dist } from '../support/product.ts';
import { root } from '../support/sources.ts';
import { examplesIn, fits } from './documented.ts';
import { helpsOf } from './helps.ts';
import { onTerminal } from './onTerminal.ts';
import { Shell, type Ran } from './shell.ts';

const shell = new Shell();
const folder = shell.product.folder();
const sections = readFileSync(join(root, 'docs/cli.md'), 'utf8').split(/^(?=## )/m);
after(() => shell.dispose());

/** The part of docs/cli.md whose heading names the verb. */
const sectionNamed = (name: string): string => sections.find((section) => (/^## (.+)$/m.exec(section)?.[1] ?? '').split(', ').includes(name)) ?? '';
/** Verbs, and parts of one, whose fields were looked at. */
const seen = new Set<string>();

const isDocumented = (printed: unknown, section: string, words: string, plus: Record<string, unknown> = {}): void => {
  const examples = examplesIn(sectionNamed(section)).map((example) => (Array.isArray(example) ? example : { ...example as object, ...plus }));
  assert.ok(examples.some((example) => fits(example, printed)), `docs/cli.md, “${section}”, has no example with the fields of ${words}: ${JSON.stringify(printed, null, 1)}`);
};

const linesOf = ({ stdout, stderr }: Ran): unknown[] => {
  assert.notEqual(stdout, '', stderr);
  return stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
};

/** Runs a verb with --json: each line that it prints has the fields of an example in the verb's section. */
const look = async (...args: string[]): Promise<unknown[]> => lookAs(args[0] ?? '', {}, ...args);

const lookAs = async (section: string, plus: Record<string, unknown>, ...args: string[]): Promise<unknown[]> => {
  const lines = linesOf(await shell.run(...args, '--json'));
  noted(args);
  for (const line of lines) isDocumented(line, section, args.join(' '), plus);
  return lines;
};

const noted = ([verb = '', part = '']: string[]): void => void seen.add(verb).add(`${verb} ${part}`);

before(async () => {
  await look('run', 'demo', '--id', 'fix-1', '--cwd', folder, '--detach');
});

test('a field that is missing, or too many, is seen', () => {
  const [one, list] = examplesIn('Prints `{"ok":true,"files":{…},"own":{"a":1},"id":…}`, or\n[{"seam":"s1","drops":[…]}].');
  assert.deepEqual([one, list], [{ ok: true, files: {}, own: { a: 1 }, id: null }, [{ seam: 's1', drops: [] }]]);
  assert.ok(fits(one, { id: 'x', ok: false, files: { any: 1 }, own: { a: 2 } }));
  assert.ok(!fits(one, { ok: false, files: {}, own: { a: 2 } }));
  assert.ok(!fits(one, { id: 'x', ok: false, files: {}, own: { a: 2 }, more: 1 }));
  assert.ok(!fits(one, { id: 'x', ok: false, files: {}, own: { a: 2, b: 3 } }));
  assert.ok(fits(list, [{ seam: 's1', drops: [1] }]));
  assert.ok(!fits(list, [{ seam: 's1', drops: [] }, { seam: 's2' }]));
});

test('prompts', async () => {
  await look('send', '--id', 'fix-1', '-m', 'Sew the first seam', '--wait-for-idle');
  await look('send', '--id', 'fix-1', '-m', 'echo more');
  await look('wait', '--id', 'fix-1', '--until', 'task_complete');
  await look('queue', 'pause', '--id', 'fix-1');
  const [{ send }] = await look('send', '--id', 'fix-1', '-m', 'echo later', '--no-wait') as [{ send: string }];
  await look('send', '--id', 'fix-1', '-m', 'echo last', '--no-wait');
  await look('queue', '--id', 'fix-1');
  await look('queue', 'edit', send, '-m', 'echo then', '--id', 'fix-1');
  await look('queue', 'move', '2', '--to', '1', '--id', 'fix-1');
  await look('queue', 'drop', send, '--id', 'fix-1');
  await look('queue', 'continue', '--id', 'fix-1');
  await look('wait', '--id', 'fix-1', '--until', 'idle');
  await look('queue', 'pause', '--id', 'fix-1');
  await look('send', '--id', 'fix-1', '-m', 'echo now', '--no-wait');
  await look('queue', 'now', '1', '--id', 'fix-1');
  await look('queue', 'clear', '--id', 'fix-1');
  await look('queue', 'continue', '--id', 'fix-1');
});

test('a session', async () => {
  for (const one of await shell.json<unknown[]>('status')) isDocumented(one, 'status', 'status');
  await look('status', '--id', 'fix-1');
  await look('watch', '--id', 'fix-1');
  await look('pane', '--id', 'fix-1');
  await look('logs', '--id', 'fix-1');
});

test('the conversation', async () => {
  await look('seams', '--id', 'fix-1');
  await look('rewind', '--id', 'fix-1', '--to', 's5', '--dry-run');
  await look('rewind', '--id', 'fix-1', '--to', 's5');
  await look('branches', '--id', 'fix-1');
  await look('switch', '--id', 'fix-1', '--branch', 'main', '--dry-run');
  await lookAs('rewind', {}, 'switch', '--id', 'fix-1', '--branch', 'main');
  await lookAs('run', { from: '' }, 'fork', '--id', 'fix-1', '--to', 'other');
});

test('a permission', async () => {
  const sent = shell.run('send', '--id', 'other', '-m', 'something that needs a permission', '--wait-for-idle');
  await look('wait', '--id', 'other', '--until', 'waiting');
  await look('answer', '--id', 'other');
  await look('answer', '--id', 'other', '--allow');
  assert.equal((await sent).code, 0);
});

test('the end', async () => {
  await look('interrupt', '--id', 'other');
  const terminal = onTerminal(process.execPath, [dist('cli.mjs'), 'attach', '--id', 'other', '--json'], { env: shell.product.env, cwd: folder, cols: 200, rows: 20 });
  await terminal.until('\x1b[');
  const { child, ran } = shell.start(['watch', '--id', 'other', '--follow', '--json']);
  let isFollowing = false;
  child.stdout?.once('data', () => { isFollowing = true; });
  // It tells what comes from when it has connected on; each prompt is a step.
  while (!isFollowing) await look('send', '--id', 'other', '-m', 'echo on', '--wait-for-idle');
  await look('stop', '--id', 'other');
  for (const line of linesOf(await ran)) isDocumented(line, 'watch', 'watch --follow');
  assert.equal(await terminal.ended, 0);
  isDocumented(JSON.parse(/\{"ok".*\}/.exec(terminal.output())?.[0] ?? 'null'), 'attach', 'attach');
  noted(['attach']);
  await lookAs('run', { branch: 'main', fidelity: 'exact', reason: null }, 'resume', '--id', 'other');
  await look('rename', '--id', 'other', '--to', 'another');
  await look('stop', '--id', 'another');
  await look('wait', '--id', 'another');
  await look('rm', '--id', 'another', '--force');
  isDocumented(linesOf(await shell.run('status', '--id', 'nobody', '--json'))[0], 'For all verbs', 'a failure');
});

test('texts, and what is there', async () => {
  await look('guide');
  await look('recipes');
  await look('recipes', 'list');
  await look('recipes', 'show', '01');
  await look('recipes', '01');
  await look('skills');
  await look('skills', 'list');
  await look('skills', 'show', 'buddy');
  await look('skills', 'install', '--folder', join(shell.product.home, 'skills'));
  await look('skills', 'uninstall', '--folder', join(shell.product.home, 'skills'));
  await look('doctor');
  await look('completion', 'fish');
  await look('host', 'status');
  await look('demo');
});

test('the end of the host, and all verbs that print JSON were looked at', async () => {
  await look('host', 'stop', '--force');
  const withJson = [...await helpsOf(shell)].filter(([words, help]) => /^ {2}--json /m.test(help) && words !== 'events').map(([words]) => words);
  assert.deepEqual(withJson.filter((words) => !seen.has(words)), []);
});
