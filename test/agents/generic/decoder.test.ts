import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cursorLineOf, isEcho, isPrompt, isQuestion, wordsOf } from '../../../src/agents/generic/cursorLine.ts';
import { GenericDecoder } from '../../../src/agents/generic/decoder.ts';
import { keystrokes } from '../../../src/agents/generic/keystrokes.ts';
import type { Decoded, Observation } from '../../../src/core/adapter.ts';
import { joinPrinted, PrintedText } from '../../../src/core/printedText.ts';

/** A line with the cursor at `▏`. */
const at = (line: string) => cursorLineOf({ rows: [line.replace('▏', '').trimEnd()], cursor: { row: 0, column: line.indexOf('▏') + (line.match(/[日本語]/g)?.length ?? 0) } });
type Screen = Extract<Observation, { is: 'screen' }>;
/** A screen whose cursor stands behind the last row's `gap` blanks. */
const screen = (rows: string[], newText: string, gap = 1, more: Partial<Screen> = {}): Screen => ({ is: 'screen', rows, cursor: { row: rows.length - 1, column: (rows.at(-1) ?? '').length + gap }, alternate: false, newText, rested: true, ...more });
const onNewLine = (rows: string[], newText: string, more: Partial<Screen> = {}): Screen => ({ ...screen(rows, newText), cursor: { row: rows.length, column: 0 }, ...more });
const newDecoder = (resumed = false) => new GenericDecoder({ native: { session: 's', path: '' }, resumed });

/** What was decoded, in short. */
function short(items: Decoded[]): string[] {
  return items.flatMap((item) => {
    if (item.is !== 'draft') return item.is === 'active' ? [] : [item.is];
    const { draft } = item;
    switch (draft.type) {
      case 'state': return [`state ${draft.state.is}${draft.state.is === 'idle' && draft.state.interrupted ? ' interrupted' : ''}`];
      case 'block': return [`${draft.body.kind} ${'text' in draft.body ? JSON.stringify(draft.body.text) : ''}`];
      case 'task_complete': return [`turn ${draft.status}`];
      default: return [draft.type];
    }
  });
}
const decoded = (decoder: GenericDecoder, ...observations: Observation[]) => short(observations.flatMap((observation) => decoder.decode(observation)));

test('lines that are prompts', () => {
  for (const line of ['> ▏', '› ▏', '❯ ▏', '$ ▏', '# ▏', 'host% ▏', '>>> ▏', '... ▏', '(gdb) ▏', 'In [1]: ▏', 'mysql> ▏', 'irb(main):001> ▏', 'irb(main):002* ▏', 'me@host:~/dir$ ▏', 'root@host:/# ▏', 'sh-5.2$ ▏', 'db=> ▏', 'db=# ▏', '➜ ▏', '➜  dir ▏', '$▏', '>▏', '(Pdb) ▏', '日本語 $ ▏', '> write here▏', '› ▏Ask me anything', '│ > ▏           │', '$ half a dra▏ft'])
    assert.equal(isPrompt(at(line)), true, line);
});

test('lines that are none', () => {
  for (const line of ['▏', 'working▏', 'Downloading 45% ▏', '45%▏', '[####    ] ▏', '[=====> ▏', '--> ▏', '> 1. Yes▏', '❯ 2. No ▏', '1. ▏', 'total: 5▏', 'a => ▏', 'text## ▏', 'Name: ▏'])
    assert.equal(isPrompt(at(line)), false, line);
});

test('questions', () => {
  for (const line of ['go on? [y/N] ▏', 'Proceed (Y/n)? ▏', 'Are you sure (yes/no/[fingerprint])? ▏', 'overwrite? (yes/no): ▏', 'Password: ▏', "[sudo] password for someone: ▏", 'Enter passphrase for key: ▏'])
    assert.equal(isQuestion(at(line)), true, line);
  for (const line of ['What? ▏', 'the [y/n] was answered▏', 'Name: ▏', '$ ▏', 'go on? [y/N] ▏ more']) assert.equal(isQuestion(at(line)), false, line);
});

test('the echo of what was typed is no prompt', () => {
  assert.equal(isEcho(at('$ sleep 2▏'), ['sleep 2']), true);
  assert.equal(isEcho(at('$ sle▏'), ['sleep 2']), true);
  assert.equal(isEcho(at('$ echo a >▏'), ['echo a > b']), true);
  assert.equal(isEcho(at('echo▏'), ['echo']), true);
  assert.equal(isEcho(at('$ echo a      b▏'), ['echo a\tb']), true, 'a tab is shown as blanks');
  assert.equal(isEcho(at('$ ▏'), ['$', '  x', '']), false);
  assert.equal(isEcho(at('>>> ▏'), ['> x']), false);
  assert.equal(isEcho(at('$ ▏'), ['sleep 2']), false);
});

test('a turn: busy at once, its output, idle at the next prompt', () => {
  const decoder = newDecoder();
  assert.deepEqual(decoded(decoder, { is: 'spawned', pid: 1 }, screen(['$'], '$ ')), ['state idle']);
  assert.deepEqual(decoded(decoder, { is: 'typed', text: 'work' }), ['state busy', 'turn_started', 'prompt "work"']);
  assert.deepEqual(decoded(decoder, screen(['$ work'], 'work', 0)), [], 'only the echo');
  assert.deepEqual(decoded(decoder, onNewLine(['$ work', 'one'], '\none\n')), []);
  assert.deepEqual(decoded(decoder, { is: 'quiet', ms: 1500 }), [], 'silent on an empty line: at work');
  assert.deepEqual(decoded(decoder, screen(['$ work', 'one', 'two', '$'], 'two\n$ ')), ['text "one\\ntwo"', 'turn completed', 'state idle']);
});

test('a screen that has not changed but for the prompt’s return', () => {
  const decoder = newDecoder();
  const full = ['$ :', '$ :', '$'];
  decoded(decoder, screen(full, '$ '), { is: 'typed', text: ':' });
  assert.deepEqual(decoded(decoder, screen(full, ':\n$ ')), ['turn completed', 'state idle']);
});

test('while it prints, the line at the cursor says nothing', () => {
  const decoder = newDecoder();
  decoded(decoder, screen(['$'], '$ '), { is: 'typed', text: 'cat notes.md' });
  assert.deepEqual(decoded(decoder, screen(['$ cat notes.md', '#'], 'cat notes.md\n# ', 1, { rested: false })), []);
  assert.deepEqual(decoded(decoder, screen(['$ cat notes.md', '# Title', '$'], 'Title\n$ ')), ['text "# Title"', 'turn completed', 'state idle']);
});

test('a question inside a turn, answered by us', () => {
  const decoder = newDecoder();
  decoded(decoder, screen(['$'], '$ '), { is: 'typed', text: 'ask' });
  assert.deepEqual(decoded(decoder, screen(['$ ask', 'go on? [y/N]'], 'ask\ngo on? [y/N] ')), ['state waiting']);
  assert.deepEqual(decoded(decoder, { is: 'typed', text: 'y' }), ['state busy', 'prompt "y"']);
  assert.deepEqual(decoded(decoder, screen(['$ ask', 'go on? [y/N] y', 'done', '$'], 'y\ndone\n$ ')), ['text "done"', 'turn completed', 'state idle']);
});

test('a program with a prompt of its own kind is ready once it is silent', () => {
  const decoder = newDecoder();
  assert.deepEqual(decoded(decoder, screen(['Welcome', 'You:'], 'Welcome\nYou: ')), ['state busy']);
  assert.deepEqual(decoded(decoder, { is: 'quiet', ms: 0 }), []);
  assert.deepEqual(decoded(decoder, { is: 'quiet', ms: 1500 }), ['notice "Welcome"', 'state idle']);
  assert.deepEqual(decoded(decoder, { is: 'typed', text: 'hi' }, { is: 'quiet', ms: 1500 }), ['state busy', 'turn_started', 'prompt "hi"'], 'nothing has come of it yet');
});

test('an interrupt is seen by its sign', () => {
  const decoder = newDecoder();
  decoded(decoder, screen(['$'], '$ '), { is: 'typed', text: 'sleep 9' }, onNewLine(['$ sleep 9'], 'sleep 9\n'));
  assert.deepEqual(decoded(decoder, screen(['$ sleep 9', '^C', '$'], '^C\n$ ')), ['turn interrupted', 'state idle interrupted']);
});

test('drafts at the prompt are no work; what is run there is told', () => {
  const decoder = newDecoder();
  decoded(decoder, screen(['me$'], 'me$ '));
  assert.deepEqual(decoded(decoder, screen(['me$ ls'], 'ls', 0)), []);
  assert.deepEqual(decoded(decoder, onNewLine(['me$ ls'], '\n')), ['state busy']);
  assert.deepEqual(decoded(decoder, screen(['me$ ls', 'file', 'me$'], 'file\nme$ ')), ['text "ls\\nfile"', 'state idle']);
});

test('digits and turning signs are no activity', () => {
  const decoder = newDecoder();
  const isActive = (row: string) => decoder.decode(screen([row], `\r${row}`, 0)).some(({ is }) => is === 'active');
  assert.deepEqual(['⠋ building 1 s', '⠙ building 2 s', '| 12:00:01 building 3 s', '⠹ linking 3 s'].map(isActive), [true, false, false, true]);
  assert.equal(wordsOf(['⠋ 45% [==  ]']), wordsOf(['⠙ 46% [==  ]']));
});

test('the end of the program ends the turn, with what was printed', () => {
  const decoder = newDecoder();
  decoded(decoder, screen(['$'], '$ '), { is: 'typed', text: 'exit' }, onNewLine(['$ exit', 'bye'], 'exit\nbye\n'));
  assert.deepEqual(decoded(decoder, { is: 'exited', code: 0, signal: null }), ['text "bye"', 'turn interrupted', 'state exited']);
  assert.deepEqual(decoded(decoder, screen(['x'], 'x')), []);
});

test('long output keeps its end and says so; a new start says that nothing is remembered', () => {
  const decoder = newDecoder(true);
  assert.match(decoded(decoder, { is: 'spawned', pid: 1 })[0] ?? '', /^notice "The program was started anew/);
  decoded(decoder, screen(['$'], '$ '), { is: 'typed', text: 'seq' });
  const lines = Array.from({ length: 9_000 }, (_, n) => `line ${n}`).join('\n');
  const [text] = decoded(decoder, screen(['$'], `seq\n${lines}\n$ `));
  assert.match(text ?? '', /^text "\(Only the end is kept here\.\)\\nline \d+\\n/);
  assert.match(text ?? '', /line 8999"$/);
  assert.ok((text ?? '').length < 24_000);
});

test('what is typed: line by line with pauses, no keys in it, no line that may be cut', () => {
  assert.deepEqual(keystrokes({ is: 'prompt', text: 'one\n\u001b[31mtwo\n' }), [{ write: 'one' }, { pauseMs: 75 }, { write: '\r' }, { write: '[31mtwo' }, { pauseMs: 75 }, { write: '\r' }]);
  assert.deepEqual(keystrokes({ is: 'prompt', text: 'a\tb' }), [{ paste: 'a\tb' }, { pauseMs: 75 }, { write: '\r' }]);
  assert.deepEqual(keystrokes({ is: 'text', text: 'a\tb' }), [{ paste: 'a\tb' }]);
  assert.deepEqual(keystrokes({ is: 'prompt', text: 'x'.repeat(2_048) })[1], { pauseMs: 175 });
  assert.throws(() => keystrokes({ is: 'prompt', text: `ok\n${'é'.repeat(2_001)}` }), /Line 2 is 4002 bytes long/);
  assert.throws(() => keystrokes({ is: 'text', text: 'a\nb' }), /several lines/);
  assert.deepEqual([keystrokes({ is: 'interrupt' }), keystrokes({ is: 'exit' })], [[{ write: '\u0003' }], [{ write: '\u0015' }, { pauseMs: 50 }, { write: '\u0004' }]]);
});

test('printed text: what is overwritten is gone, in any chunks', () => {
  const raw = 'plain\r\n\u001b[1mbold\u001b[0m\r\n10%\r20%\r100% done\nab\u0008\u0008xy\ncut here\u001b[5D\u001b[K\ntitle\u001b]0;t\u0007 end\nopen';
  const expected = 'plain\nbold\n100% done\nxy\ncut\ntitle end\nopen';
  const whole = new PrintedText();
  whole.write(raw);
  assert.equal(joinPrinted('', whole.take()), expected);
  for (let cut = 1; cut < raw.length; cut++) {
    const parts = new PrintedText();
    parts.write(raw.slice(0, cut));
    const first = parts.take();
    parts.write(raw.slice(cut));
    assert.equal(joinPrinted(joinPrinted('', first), parts.take()), expected, `cut at ${cut}`);
  }
});
