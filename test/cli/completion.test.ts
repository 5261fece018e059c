import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { onTerminal } from './onTerminal.ts';
import { Shell } from './shell.ts';

const shell = new Shell();
const { home } = shell.product;
const folder = shell.product.folder();

/** A script where its shell looks for it. */
const install = async (of: string, ...path: string[]): Promise<void> => {
  const { code, stdout } = await shell.run('completion', of);
  assert.equal(code, 0);
  mkdirSync(join(home, ...path.slice(0, -1)), { recursive: true });
  writeFileSync(join(home, ...path), stdout);
};

before(async () => {
  await shell.json('run', 'demo', '--id', 'early', '--cwd', folder, '--detach');
  await shell.json('send', '--id', 'early', '-m', 'Sew the first seam', '--wait-for-idle');
  await shell.json('rewind', '--id', 'early', '--to', 's5');
  await shell.json('fork', '--id', 'early');
  mkdirSync(join(folder, 'sub dir'));
  writeFileSync(join(folder, 'some file.txt'), '');
  await install('bash', 'backstitch.bash');
  await install('zsh', '.zfunc', '_backstitch');
  await install('fish', '.config', 'fish', 'completions', 'backstitch.fish');
  writeFileSync(join(home, '.zshrc'), "fpath=(~/.zfunc $fpath)\nautoload -Uz compinit\ncompinit -u\nPROMPT='%% '\nunsetopt PROMPT_SP\n");
  writeFileSync(join(home, '.bashrc'), "source ~/backstitch.bash\nPS1='$ '\n");
  writeFileSync(join(home, '.inputrc'), 'set enable-bracketed-paste off\nset bell-style none\n');
});
after(() => shell.dispose());

/** What every shell is to offer at the end of a line, with all that begins as its last word does. */
const offered: { at: string; line: string; words: string[] }[] = [
  { at: 'the verbs', line: 'sw', words: ['switch'] },
  { at: 'a verb that scripts alone use', line: 'compl', words: ['completion'] },
  { at: "a verb's options", line: 'rewind --dry', words: ['--dry-run'] },
  { at: 'an option that was given already', line: 'rewind --dry-run --dry', words: [] },
  { at: 'the options of one verb when an option of it has the name of another', line: 'fork --to watch --a', words: ['--at'] },
  { at: "a verb's parts", line: 'queue mo', words: ['move'] },
  { at: "a part's options", line: 'queue move --t', words: ['--to'] },
  { at: 'the options of the verb after a part', line: 'queue move --i', words: ['--id'] },
  { at: 'help', line: 'help qu', words: ['queue'] },
  { at: "help of a verb's parts", line: 'help queue p', words: ['pause'] },
  { at: 'the shells', line: 'completion ', words: ['bash', 'zsh', 'fish'] },
  { at: 'choices of an option', line: 'wait --id early --until e', words: ['exited'] },
  { at: 'presets', line: 'run demo --watch --preset ', words: ['impl', 'plan', 'gate'] },
  { at: 'agents', line: 'run d', words: ['demo'] },
  { at: 'recipes', line: 'recipes show 01', words: ['01_fire_and_watch'] },
  { at: 'skills', line: 'skills show backstitch-b', words: ['backstitch-buddy'] },
  { at: 'sessions', line: 'wait --id ea', words: ['early (fork)', 'early'] },
  { at: 'a label that is made up now', line: 'run demo --id ea', words: [] },
  { at: 'branches', line: 'switch --id early --branch ', words: ['main'] },
  { at: 'seams of a session that is named with a blank', line: 'rewind --id early\\ \\(fork\\) --to s', words: ['s4', 's3', 's1'] },
  { at: 'the tip of a session', line: 'fork --id early --at t', words: ['tip'] },
];
const withEquals = { line: 'wait --id early --until=ex', words: ['exited'] };

/** Words as bash has them: split at blanks and around =. */
const bashWords = (line: string): string[] => line.split(/(?<!\\) |(=)/).filter((word) => word !== undefined);

const inBash = (line: string): string[] => {
  const words = bashWords(`backstitch ${line}`);
  const script = 'source ~/backstitch.bash; COMP_LINE=$1 COMP_POINT=${#1}; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _backstitch; printf "%s\\n" "${COMPREPLY[@]}"';
  const output = execFileSync('bash', ['-c', script, 'bash', `backstitch ${line}`, ...words], { encoding: 'utf8', env: shell.inShell(), cwd: folder });
  return output.split('\n').filter((word) => word !== '');
};

test('bash offers what may follow, quoted where it has to be', () => {
  for (const { at, line, words } of offered) assert.deepEqual(inBash(line), words.map((word) => word.replace(/[ ()]/g, '\\$&')), `${at}: ${line}`);
  assert.deepEqual(inBash(withEquals.line), withEquals.words);
  assert.deepEqual(inBash('wait --id "early'), ['early (fork)', 'early'], 'within quotes of its own');
  assert.deepEqual(inBash('run --cwd s'), ['sub dir']);
  assert.deepEqual(inBash('run --cwd=s'), ['sub dir']);
  assert.deepEqual(inBash('run --watch-file s').toSorted(), ['some file.txt', 'sub dir']);
});

test('fish offers what may follow', () => {
  const inFish = (line: string): string[] =>
    execFileSync('fish', ['-c', 'complete -C $argv[1]', `backstitch ${line}`], { encoding: 'utf8', env: shell.inShell(), cwd: folder })
      .split('\n').filter((word) => word !== '').map((word) => word.split('\t')[0] ?? '');
  // fish offers what holds the typed word too, behind what begins with it
  for (const { at, line, words } of offered) {
    const typed = line.split(' ').at(-1) ?? '';
    assert.deepEqual(inFish(line).filter((word) => word.startsWith(typed)), words, `${at}: ${line}`);
  }
  assert.deepEqual(inFish(withEquals.line), withEquals.words.map((word) => `--until=${word}`));
  assert.deepEqual(inFish('run --cwd s'), ['sub dir/']);
  assert.deepEqual(inFish('run --cwd=s'), ['--cwd=sub dir/']);
  assert.deepEqual(inFish('run --summary-out so'), ['some file.txt']);
});

test('completion --json is the script; another shell is a mistake', async () => {
  const { stdout } = await shell.run('completion', 'zsh');
  assert.deepEqual(await shell.json('completion', 'zsh'), { shell: 'zsh', script: stdout });
  assert.equal((await shell.run('completion', 'tcsh')).code, 2);
});

/** What an interactive shell has made of a line once Tab was pressed at its end. */
const typed = async (program: string, args: string[], prompt: string, cases: [string, string][]): Promise<void> => {
  for (const [line, becomes] of cases) {
    const view = onTerminal(program, args, { env: shell.inShell(), cwd: folder, cols: 100, rows: 10 });
    await view.untilScreen(([first]) => first === prompt);
    view.pty.write(`backstitch ${line}\t`);
    await view.untilScreen(([first]) => first === `${prompt} backstitch ${becomes}`);
    view.pty.write('\u0015exit\r');
    await view.ended;
  }
};

test('Tab in a real bash puts what is offered into the line', () => typed('bash', ['-i'], '$', [
  ['sw', 'switch'],
  ['wait --id early\\ ', 'wait --id early\\ \\(fork\\)'],
  ['wait --id "early ', 'wait --id "early (fork)"'],
  ['wait --until=ex', 'wait --until=exited'],
  ['run --cwd su', 'run --cwd sub\\ dir/'],
]));

test('Tab in a real zsh does so too, from the first one on', () => typed('zsh', ['-i'], '%', [
  ['sw', 'switch'],
  ['wait --id early\\ ', 'wait --id early\\ \\(fork\\)'],
  ['wait --id "early ', 'wait --id "early (fork)"'],
  ['wait --until=ex', 'wait --until=exited'],
  ['run demo --preset im', 'run demo --preset impl'],
  ['run --cwd su', 'run --cwd sub\\ dir/'],
  ['run --watch-file so', 'run --watch-file some\\ file.txt'],
  ['fork --id early\\ \\(fork\\) --at t', 'fork --id early\\ \\(fork\\) --at tip'],
  ['switch --id early --branch m', 'switch --id early --branch main'],
]));
