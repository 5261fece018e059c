import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detachKeys } from '../../src/cli/detachKeys.ts';
import { PlainStream } from '../../src/cli/plainStream.ts';
import { shortTime } from '../../src/cli/print.ts';
import { terminalModes } from '../../src/cli/terminalModes.ts';

test('Ctrl-\\ d detaches, also in two reads; other keys pass as they are', () => {
  const keys = detachKeys();
  assert.deepEqual(keys('ls\r'), { pass: 'ls\r', detach: false });
  assert.deepEqual(keys('a\x1c'), { pass: 'a', detach: false });
  assert.deepEqual(keys('x'), { pass: '\x1cx', detach: false });
  assert.deepEqual(keys('\x1c\x1c'), { pass: '\x1c', detach: false });
  assert.deepEqual(keys('d'), { pass: 'd', detach: false });
  assert.deepEqual(keys('b\x1c'), { pass: 'b', detach: false });
  assert.deepEqual(keys('dcc'), { pass: '', detach: true });
});

test('the other screen is left only when the program is on it', () => {
  const modes = terminalModes();
  assert.equal(modes.restore().includes('\x1b[?1049l'), false);
  modes.see('\x1b[?10');
  modes.see('49h');
  assert.equal(modes.restore().startsWith('\x1b[?1049l'), true);
  modes.see('bye\x1b[?1049l');
  assert.equal(modes.restore().includes('\x1b[?1049l'), false);
});

test('times are short', () => {
  assert.deepEqual([-1, 0, 59.9, 60, 3_599, 3_600, 86_400 * 3].map(shortTime), ['0s', '0s', '59s', '1m', '59m', '1h', '3d']);
});

test('output is said line by line, an unfinished line soon after, each character once and no sequence in two', async () => {
  const said: string[] = [];
  let wake = (): void => undefined;
  const stream = new PlainStream((text) => { said.push(text); wake(); });
  const next = async (): Promise<string | undefined> => {
    while (said.length === 0) await new Promise<void>((resolve) => { wake = resolve; });
    return said.shift();
  };
  const write = (text: string): void => stream.write(Buffer.from(text, 'latin1'));
  write('one\r\ntwo\nContin');
  assert.equal(await next(), 'one\ntwo\n');
  write('ue? [y/N] \x1b[3');
  assert.equal(await next(), 'Continue? [y/N] ');
  write('1mred\x1b]0;title');
  assert.equal(await next(), 'red');
  write(' goes on\x1b');
  write('\\ 10%\r 20%\xe2\x82');
  assert.equal(await next(), ' 10% 20%');
  write('\xac\n\x1b[0');
  assert.equal(await next(), '\u20ac\n');
  write('mlast\x1b]0;open');
  stream.end();
  assert.deepEqual(said, ['last']);
});
