import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { jsonLines, jsonText } from '../../src/cli/print.ts';
import { dist } from '../support/product.ts';
import { productSources } from '../support/sources.ts';
import { onTerminal } from './onTerminal.ts';
import { Shell } from './shell.ts';

/** What a terminal would take for a control, another direction of writing or an end of line; a line feed alone is none of them. */
// eslint-disable-next-line no-control-regex -- control characters are what this is about
const deceiving = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
const evil = 'a\u009d0;OWNED\u0007b\u009b31mc\u001b]0;OWNED\u0007d\u007fe\u202ef\u2028g\u2066h\u061ci\u0085j';

const shell = new Shell();
const folder = shell.product.folder();

/** All that a command writes to its terminal; the terminal itself makes a carriage return before each line feed. */
const shownBy = async (...args: string[]): Promise<string> => {
  const view = onTerminal(process.execPath, [dist('cli.mjs'), ...args], { env: shell.product.env, cwd: folder, cols: 4_000, rows: 50 });
  await view.ended;
  return view.output().replaceAll('\r\n', '\n');
};

before(async () => {
  await shell.json('run', 'demo', '--id', 'evil', '--cwd', folder, '--description', evil, '--meta', JSON.stringify({ evil }), '--detach');
  await shell.json('send', '--id', 'evil', '-m', 'hang', '--no-wait');
  await shell.json('send', '--id', 'evil', '-m', evil, '--no-wait');
});
after(() => shell.dispose());

test('JSON is the same when it is parsed, and holds nothing that a terminal obeys', () => {
  const every = Array.from({ length: 0x3000 }, (_, code) => String.fromCharCode(code)).join('') + evil;
  for (const value of [every, { [evil]: [evil, 1, null, true] }]) {
    assert.deepEqual(JSON.parse(jsonText(value)), value);
    assert.doesNotMatch(jsonText(value), deceiving);
  }
  const lines = `${JSON.stringify(every)}\n${JSON.stringify({ evil })}\n`;
  const safe = Buffer.from(jsonLines(Buffer.from(lines))).toString();
  assert.doesNotMatch(safe, deceiving);
  assert.deepEqual(safe.trimEnd().split('\n').map((line) => JSON.parse(line)), [every, { evil }]);
  const plain = Buffer.from('{"text":"Fäden, 漢字, \u{1f600}"}\n');
  assert.equal(jsonLines(plain), plain, 'what needs nothing is handed on as it is');
});

test('no verb hands a control of an agent, a prompt or a label to the terminal', async () => {
  const verbs = [
    ['events', '--id', 'evil', '--snapshot'], ['status', '--json', '--all'], ['status', '--all'], ['status', '--id', 'evil'], ['queue', '--id', 'evil', '--json'], ['queue', '--id', 'evil'], ['watch', '--id', 'evil', '--json'],
    ['seams', '--id', 'evil'], ['branches', '--id', 'evil', '--json'], ['pane', '--id', 'evil', '--json'], ['pane', '--id', 'evil'], ['logs', '--id', 'evil', '--json'], ['logs', '--id', 'evil'], ['doctor', '--json'],
  ];
  for (const args of verbs) assert.doesNotMatch(await shownBy(...args), deceiving, args.join(' '));
});

test('no mistake in a command line is repeated as a control', async () => {
  for (const args of [['status', '--id', evil], ['status', '--id', evil, '--json'], [evil], ['status', `--${evil}`], ['run', 'demo', '--detach', '--id', evil], ['run', evil, '--detach'], ['run', 'demo', '--detach', '--cwd', `/${evil}`], ['recipes', 'show', evil], ['run', 'demo', '--detach', '--preset', evil], ['events', '--id', 'evil', '--snapshot', '--types', evil]]) {
    const shown = await shownBy(...args);
    assert.notEqual(shown, '');
    assert.doesNotMatch(shown, deceiving, args.join(' '));
  }
});

test('a row of a log is the same in a pipe, whatever it holds', async () => {
  const { stdout } = await shell.run('events', '--id', 'evil', '--snapshot', '--types', 'started');
  const [row] = stdout.split('\n');
  const { log_path: path } = await shell.json('status', '--id', 'evil');
  assert.deepEqual(JSON.parse(row ?? ''), JSON.parse(readFileSync(path as string, 'utf8').split('\n')[0] ?? ''));
  assert.doesNotMatch(stdout, deceiving);
});

test('one door: nothing else of the command line writes to standard output or error', () => {
  const others = productSources().filter(({ path, text }) => path.startsWith('src/cli/') && /process\.std(out|err)\.write\(|console\./.test(text)).map(({ path }) => path);
  assert.deepEqual(others, ['src/cli/print.ts', 'src/cli/shownTerminal.ts'], 'the latter is the terminal of an agent');
});
