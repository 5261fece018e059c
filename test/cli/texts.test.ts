import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { globSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { root } from '../support/sources.ts';
import { helpsOf, optionsIn } from './helps.ts';
import { Shell } from './shell.ts';

const shell = new Shell();
after(() => shell.dispose());

const texts = globSync('src/cli/texts/**/*.md', { cwd: root }).sort();
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
/** All that a text tells its reader to type, in one go. */
const commandsOf = (text: string): string => [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((block) => block[1]).join('');

const inBash = (script: string, folder: string): Promise<{ code: number | null; output: string }> => new Promise((resolve, reject) => {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder, env: { ...shell.inShell(), TMUX_TMPDIR: shell.product.home }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { output += chunk.toString('utf8'); });
  child.once('error', reject);
  child.once('close', (code) => resolve({ code, output }));
});

assert.equal(texts.length, 7, 'the texts were found');
for (const path of texts) {
  test(`every command in ${path} does what the text says of it`, async () => {
    const folder = shell.product.folder(basename(path, '.md'));
    mkdirSync(folder, { recursive: true });
    const commands = commandsOf(read(path));
    assert.match(commands, /backstitch run /);
    const { code, output } = await inBash(commands, folder);
    assert.equal(code, 0, output);
  });
}

test('what README.md says of the command line works as it stands there', async () => {
  const readme = read('README.md');
  const section = readme.slice(readme.indexOf('## In a shell'), readme.indexOf('## Requirements'));
  // the one command that wants a terminal of its own has tests of its own
  const commands = commandsOf(section).replaceAll(/^backstitch attach .*$/gm, '');
  const { code, output } = await inBash(`trap 'tmux kill-server' EXIT\n${commands}`, shell.product.folder('readme'));
  assert.equal(code, 0, output);
});

test('every verb and option that a text names is one of the command', async () => {
  const known = new Map<string, string[]>();
  for (const [words, help] of await helpsOf(shell)) {
    const verb = words.split(' ')[0] ?? '';
    known.set(verb, [...known.get(verb) ?? [], ...optionsIn(help)]);
  }
  const unknown = texts.flatMap((path) => [...read(path).matchAll(/backstitch ([a-z]+)\b((?:(?!backstitch )[^\n`])*)/g)].flatMap(([, verb = '', rest = '']) => {
    const options = known.get(verb);
    if (options === undefined) return verb === 'relay' ? [] : [`${path}: ${verb}`];
    return [...rest.matchAll(/(?<=\s)--[a-z-]+/g)].filter(([option]) => option !== '--help' && !options.includes(option)).map(([option]) => `${path}: ${verb} ${option}`);
  }));
  assert.deepEqual(unknown, []);
});
