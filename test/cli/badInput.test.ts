import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Shell } from './shell.ts';

const shell = new Shell();
const folder = shell.product.folder();
const failure = async (...args: string[]) => {
  const { code, stdout, stderr } = await shell.run(...args, '--json');
  const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
  assert.equal(stderr.startsWith('backstitch: ') && stderr.endsWith('\n'), true, stderr);
  return { exit: code, code: error.code };
};

before(async () => {
  await shell.json('run', 'demo', '--id', 'one', '--cwd', folder, '--detach');
  await shell.json('send', '--id', 'one', '-m', 'Sew the first seam', '--wait-for-idle');
});
after(() => shell.dispose());

test('what does not exist is named, and nothing happens', async () => {
  assert.deepEqual(await failure('seams', '--id', 'nobody'), { exit: 1, code: 'no-such-session' });
  assert.deepEqual(await failure('rewind', '--id', 'one', '--to', 's99'), { exit: 1, code: 'no-such-seam' });
  assert.deepEqual(await failure('rewind', '--id', 'one', '--to', '__proto__'), { exit: 1, code: 'no-such-seam' });
  assert.deepEqual(await failure('switch', '--id', 'one', '--branch', 'nowhere'), { exit: 1, code: 'no-such-branch' });
  assert.deepEqual(await failure('seams', '--id', 'one', '--branch', 'nowhere'), { exit: 1, code: 'no-such-branch' });
  assert.deepEqual(await failure('switch', '--id', 'one', '--branch', 'main'), { exit: 1, code: 'already-there' });
  assert.deepEqual(await failure('run', 'nobody', '--detach'), { exit: 2, code: 'no-such-agent' });
  assert.deepEqual(await failure('run', 'demo', '--detach', '--cwd', '/there/is/no/such/folder'), { exit: 2, code: 'no-such-folder' });
  assert.equal((await shell.json<unknown[]>('branches', '--id', 'one')).length, 1);
});

test('an agent whose program is missing is told in the same sentence by run and doctor', async () => {
  const env = { PATH: shell.product.folder('empty-path') };
  const { code, stderr } = await shell.start(['run', 'claude', '--detach', '--cwd', folder], '', env).ran;
  assert.deepEqual([code, stderr], [1, 'backstitch: Claude Code cannot be started: the program “claude” is not on the PATH. Install it with “npm install -g @anthropic-ai/claude-code” (or as https://code.claude.com/docs describes), then try again.\n']);
  const { stdout } = await shell.start(['doctor', '--json'], '', env).ran;
  const found = (JSON.parse(stdout) as { what: string; found: string; todo: string }[]).find(({ what }) => what === 'Claude Code');
  assert.deepEqual([found?.found, found?.todo], ['the program “claude” is not on the PATH.', 'Install it with “npm install -g @anthropic-ai/claude-code” (or as https://code.claude.com/docs describes), then try again.']);
});

test('a seam of another branch is refused with the branch it is on', async () => {
  await shell.json('rewind', '--id', 'one', '--to', 's4');
  for (const more of [[], ['--dry-run']]) {
    const { code, stderr } = await shell.run('rewind', '--id', 'one', '--to', 's9', ...more);
    assert.deepEqual({ code, stderr }, { code: 1, stderr: 'backstitch: Seam “s9” is not on the current branch but on “main”. Switch to that branch first: `backstitch switch --id one --branch main`.\n' });
  }
  await shell.json('switch', '--id', 'one', '--branch', 'main');
});

test('a label in use is refused', async () => {
  assert.deepEqual(await failure('run', 'demo', '--id', 'ONE', '--cwd', folder, '--detach'), { exit: 1, code: 'id-taken' });
});

test('mistakes in the command line end with 2 and say what is wrong', async () => {
  const { code, stderr } = await shell.run('seams');
  assert.deepEqual({ code, stderr }, { code: 2, stderr: "backstitch: required option '--id <session>' not specified\n(add --help for what is possible)\n" });
  assert.equal((await shell.run('sew')).code, 2);
  assert.equal((await shell.run('run', 'demo')).code, 2, 'without a terminal');
  assert.deepEqual(await failure('send', '--id', 'one'), { exit: 2, code: 'usage' });
  assert.deepEqual(await failure('send', '--id', 'one', 'a', '--message', 'b'), { exit: 2, code: 'usage' });
  assert.equal((await shell.run('rewind', '--id', 'one', '--to', 's4', '--files', '--keep-files')).code, 2);
  assert.equal((await shell.run('run', 'demo', '--meta', '[1]', '--detach')).code, 2);
  assert.equal((await shell.run('--help')).code, 0);
  assert.equal((await shell.run('rewind', '--help')).code, 0);
});

test('an empty name is a mistake in the command line, and so is one without end', async () => {
  const sentence = async (...args: string[]): Promise<[number | null, string]> => {
    const { code, stdout } = await shell.run(...args, '--json');
    return [code, (JSON.parse(stdout) as { error: { code: string; message: string } }).error.message];
  };
  for (const [args, said] of [
    [['seams', '--id', ''], "option '--id <session>' argument '' is invalid. Give the label or uid of a session."],
    [['status', '--id', ' '], "option '--id <session>' argument ' ' is invalid. Give the label or uid of a session."],
    [['attach', '--id', ''], "option '--id <session>' argument '' is invalid. Give the label or uid of a session."],
    [['rewind', '--id', 'one', '--to', ''], "option '--to <seam>' argument '' is invalid. Give a seam, as `backstitch seams` names it."],
    [['fork', '--id', 'one', '--at', ''], "option '--at <seam>' argument '' is invalid. Give a seam, as `backstitch seams` names it."],
    [['fork', '--id', 'one', '--to', ''], "option '--to <label>' argument '' is invalid. Give a label for the session."],
    [['rename', '--id', 'one', '--to', ''], "option '--to <label>' argument '' is invalid. Give a label for the session."],
    [['run', 'demo', '--detach', '--id', ''], "option '--id <label>' argument '' is invalid. Give a label for the session."],
    [['run', '', '--detach'], "command-argument value '' is invalid for argument 'agent'. Give an agent or a program."],
    [['run', 'demo', '--detach', '--model', ''], "option '--model <model>' argument '' is invalid. Give a model."],
    [['switch', '--id', 'one', '--branch', ''], "option '--branch <branch>' argument '' is invalid. Give a branch, as `backstitch branches` names it."],
    [['seams', '--id', 'one', '--branch', ''], "option '--branch <branch>' argument '' is invalid. Give a branch, as `backstitch branches` names it."],
    [['answer', '--id', 'one', '--request', '', '--allow'], "option '--request <request>' argument '' is invalid. Give a request, as this verb lists them."],
    [['watch', '--id', 'one', '--on', '--nudge', ''], "option '--nudge <text>' argument '' is invalid. Give words."],
    [['watch', '--id', 'one', '--on', '--watch-file', ''], "option '--watch-file <path>' argument '' is invalid. Give the path of a file."],
  ] as const) assert.deepEqual(await sentence(...args), [2, said]);
  const long = 'x'.repeat(501);
  assert.deepEqual(await sentence('rename', '--id', 'one', '--to', long), [2, `option '--to <label>' argument '${long}' is invalid. Give a label for the session: at most 500 characters.`]);
});

test('an id is a label: of any characters that can be shown, and never part of a path', async () => {
  const taken = { exit: 2, code: 'bad-id' };
  for (const id of ['red\u001b[31m', 'two\nlines', 'tab\there', 'a\u007f', 'a\u202egnp', 'a\u2028b', '/../']) {
    assert.deepEqual(await failure('run', 'demo', '--id', id, '--cwd', folder, '--detach'), taken, JSON.stringify(id));
    assert.deepEqual(await failure('rename', '--id', 'one', '--to', id), taken, JSON.stringify(id));
  }
  const home = shell.product.home;
  const before = readdirSync(home).sort();
  const { uid } = await shell.json<{ uid: string }>('run', 'demo', '--id', 'a/../../b', '--cwd', folder, '--detach');
  await shell.json('send', '--id', 'a/../../b', '-m', 'echo über', '--wait-for-idle');
  assert.equal((await shell.json('status', '--id', 'A b'))['id'], 'a/../../b', 'compared by its letters and digits');
  await shell.json('rename', '--id', 'a/../../b', '--to', '../../über/the top');
  await shell.json('stop', '--id', '../../über/the top');
  const names = (readdirSync(home, { recursive: true }) as string[]).filter((path) => path.includes(uid)).map((path) => path.replaceAll(uid, 'UID').replace(/[0-9a-f]{16}--/, 'REPO--')).filter((path) => !path.includes('UID/')).sort();
  assert.deepEqual(names, ['state/checkpoints/UID', 'state/events/REPO--UID.jsonl', 'state/native/UID', 'state/output/UID.log', 'state/runs/UID']);
  await shell.json('rm', '--id', '../../über/the top', '--force');
  assert.deepEqual((readdirSync(home, { recursive: true }) as string[]).filter((path) => path.includes(uid)), []);
  assert.deepEqual(readdirSync(home).sort(), before);
});

const said = async (...args: string[]) => {
  const { code, stderr } = await shell.run(...args);
  return [code, stderr.split('\n')[0]];
};

test('what the session host would not take is a mistake in the command line, which names the option and its limit', async () => {
  const is = (option: string, value: string, why: string) => [2, `backstitch: option '${option}' argument '${value}' is invalid. ${why}`];
  const long = 'x'.repeat(100_001);
  assert.deepEqual(await said('watch', '--id', 'one', '--nudge', long), is('--nudge <text>', long, 'Give words: at most 100000 characters.'));
  assert.deepEqual(await said('watch', '--id', 'one', '--stall-after', '9999h'), is('--stall-after <duration>', '9999h', 'Give at most 555h (23 days).'));
  assert.deepEqual(await said('run', 'demo', '--inbox-ttl', '9999h', '--detach'), is('--inbox-ttl <duration>', '9999h', 'Give at most 555h (23 days).'));
  assert.deepEqual(await said('watch', '--id', 'one', '--max-resumes', '1000001'), is('--max-resumes <number>', '1000001', 'Give a whole number from 0 to 1000000.'));
  assert.deepEqual(await said('queue', 'move', '1', '--to', '1000001', '--id', 'one'), is('--to <number>', '1000001', 'Give a place in the list, 1 or more.'));
});

test('a time that is longer than can be waited for is refused wherever one is given', async () => {
  for (const [verb, ...args] of [['wait', '--timeout'], ['send', '-m', 'x', '--timeout'], ['stop', '--timeout'], ['pane', '--interval']]) {
    const [code, sentence] = await said(verb ?? '', '--id', 'one', ...args, '2147484');
    assert.deepEqual([code, String(sentence).replace(/^.* is invalid/, 'It is invalid')], [2, 'It is invalid. Give a number of seconds, at most 2000000 (23 days).']);
  }
  assert.deepEqual((await said('run', 'demo', '--detach', '--timeout', '1e10'))[0], 2);
  assert.deepEqual(await shell.run('wait', '--id', 'one', '--until', 'prompt', '--timeout', '2000000'), { code: 0, stdout: 'one came to “prompt”: it is idle.\n', stderr: '' });
});

test('a wait that does not come true ends with 124', async () => {
  const waited = await failure('send', '--id', 'one', '-m', 'a permission', '--wait-for-idle', '--timeout', '0.2');
  assert.deepEqual(waited, { exit: 124, code: 'timeout' });
  while ((await shell.json<unknown[]>('answer', '--id', 'one')).length === 0) { /* it has not asked yet */ }
  await shell.json('answer', '--id', 'one', '--deny');
});

test('a prompt of a megabyte arrives whole', async () => {
  const prompt = `echo ${'stitch by stitch, '.repeat(58_255)}`.slice(0, 1 << 20);
  const { ran } = shell.start(['send', '--id', 'one', '--wait-for-idle', '--json'], prompt);
  assert.deepEqual((await ran).code, 0);
  const { stdout } = await shell.run('events', '--id', 'one', '--snapshot');
  const prompts = stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>).filter((row) => row['kind'] === 'prompt');
  assert.equal(prompts.at(-1)?.['text'], prompt);
});

test('control sequences in what is printed for people are taken out', async () => {
  await shell.json('run', 'demo', '--id', 'red', '--cwd', folder, '--description', '\u001b]0;owned\u0007\u001b[31mred\u001b[0m', '--detach');
  const { stdout } = await shell.run('status', '--all');
  assert.equal(stdout.includes('\u001b'), false);
  assert.match(stdout, /^red .* red$/m);
});
