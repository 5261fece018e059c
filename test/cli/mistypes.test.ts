import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearestOf } from '../../src/cli/nearest.ts';
import { otherWords } from '../../src/cli/otherWords.ts';
import { verbs } from '../../src/cli/verbs.ts';
import { shellWord } from '../../src/core/shellWord.ts';
import { Shell } from './shell.ts';

// A mistake in the command line is answered before a host is looked for.
const shell = new Shell();
const answer = async (line: string): Promise<string> => {
  const { code, stdout, stderr } = await shell.run(...line.split(' '));
  assert.deepEqual([code, stdout], [2, ''], line);
  return stderr;
};

test('a mistyped verb is answered with the nearest one, also before --help and behind help', async () => {
  for (const [line, verb] of [
    ['sesions', 'status'], ['list', 'status'], ['ls --all', 'status'], ['kill --id x', 'stop'], ['sttaus', 'status'], ['stauts --json-x', 'status'],
    ['seems --help', 'seams'], ['rewnd --id x --to s1', 'rewind'], ['help intrerupt', 'interrupt'], ['undo -h', 'rewind'], ['RUN', 'run'],
    ['delete --help', 'rm'], ['stat', 'status'], ['agents', 'doctor'], ['compl', 'completion'],
  ] as const) assert.equal(await answer(line), `backstitch: There is no verb “${line.replace('help ', '').split(' ')[0] ?? ''}”. Did you mean \`backstitch ${verb}\`?\n`);
  for (const line of ['nosuchverb', 'nosuchverb --help', 'help nosuchverb', 'constructor', '__proto__ --help']) {
    assert.equal(await answer(line), `backstitch: There is no verb “${line.split(' ').find((word) => /^(?!help|--help)/.test(word)) ?? ''}”. \`backstitch --help\` lists the verbs.\n`);
  }
});

test('a mistyped part, option or word is answered with what was most likely meant', async () => {
  for (const [line, said] of [
    ['host stauts', '`host` has no part “stauts”. Did you mean `backstitch host status`?'],
    ['queue --id x drp 1 --help', '`queue` has no part “drp”. Did you mean `backstitch queue drop`?'],
    ['queue frobnicate', '`queue` has no part “frobnicate”. There are edit, move, drop, clear, pause, continue, now.'],
    ['recipes shwo 01', '`recipes` has no part “shwo”. Did you mean `backstitch recipes show`?'],
    ['recipes bddy', 'There is no recipe “bddy”. Did you mean 03_buddy?'],
    ['recipes 9', 'There is no recipe “9”. There are 01_fire_and_watch, 02_chain_implement, 03_buddy.'],
    ['skills budy', 'There is no skill “budy”. Did you mean backstitch-buddy?'],
    ['status --jsn', '`status` has no option “--jsn”. Did you mean --json?'],
    ['status --jsn --help', '`status` has no option “--jsn”. Did you mean --json?'],
    ['send --id x --wiat-for-idle -m hello', '`send` has no option “--wiat-for-idle”. Did you mean --wait-for-idle?'],
    ['rewind --id x --to=s1 --frobnicate', '`rewind` has no option “--frobnicate”. `backstitch rewind --help` lists its options.'],
    ['seams fix-1', '`seams` takes no word “fix-1”. Did you mean `backstitch seams --id fix-1`?'],
    ['rewind --id x s4', '`rewind` takes no word “s4”. `backstitch rewind --help` shows what it takes.'],
    ['--all status', 'There is no option “--all” without a verb. Say the verb first: `backstitch status --all`'],
    ['--jsn', 'There is no option “--jsn” without a verb. `backstitch --help` lists the verbs.'],
  ] as const) assert.equal(await answer(line), `backstitch: ${said}\n`);
});

test('a mistake is told to a script as one too', async () => {
  const { code, stdout } = await shell.run('sesions', '--json');
  assert.deepEqual([code, JSON.parse(stdout)], [2, { error: { code: 'usage', message: 'There is no verb “sesions”. Did you mean `backstitch status`?' } }]);
});

test('what is an argument of the agent, a value or a text is no mistake', async () => {
  for (const line of ['send --id nobody --message --wiat', 'send --id nobody many words --', 'events --id nobody --no-follow']) {
    const { code, stderr } = await shell.run(...line.split(' '));
    assert.deepEqual([code, stderr.startsWith('backstitch: There is no session “nobody”.')], [1, true], stderr);
  }
  const { stderr } = await shell.run('run', 'nosuchprogram', '--detach', '--', '--jsn', 'x');
  assert.match(stderr, /^backstitch: There is no agent “nosuchprogram”/);
  await shell.dispose();
});

test('what people call a verb is no verb itself, and stands for one only', () => {
  const words = Object.values(otherWords).flat();
  assert.deepEqual(words.filter((word) => Object.hasOwn(verbs, word)), []);
  assert.deepEqual(words.filter((word, at) => words.indexOf(word) !== at), []);
  assert.deepEqual(Object.keys(otherWords).filter((verb) => !Object.hasOwn(verbs, verb)), []);
});

test('near is what few edits make of a word, two neighbours exchanged among them', () => {
  assert.equal(nearestOf('teh', ['the', 'tea']), 'the');
  assert.equal(nearestOf('abc', ['xyz']), null);
  assert.equal(nearestOf('a', ['b', 'c']), 'b');
  assert.equal(nearestOf('x'.repeat(100_000), ['x'.repeat(40)]), null);
});

test('a name in a command that is to be typed is one word of a shell', () => {
  assert.deepEqual(['fix-1', "it's (2)", '$(reboot)', '日本', 'a/../b', ''].map(shellWord), ['fix-1', "'it'\\''s (2)'", "'$(reboot)'", '日本', 'a/../b', "''"]);
});
