import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OutputDecoder } from '../../../src/node/decodedOutput.ts';
import { TerminalQueries } from '../../../src/node/terminalQueries.ts';

const words = 'plain text\r\n\x1b[31mred\x1b[m „Anführung“ 漢字 🧵🪡 e\u0301 \x9b2J \u0085 end';

test('however bytes are cut, the text is whole, and ASCII is said only of what is', () => {
  const bytes = Buffer.from(words);
  for (let first = 0; first <= bytes.length; first++)
    for (let second = first; second <= bytes.length; second += 3) {
      const decoder = new OutputDecoder();
      const parts = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)].map((part) => decoder.write(part));
      assert.equal(parts.map(({ text }) => text).join(''), words);
      for (const { text, isAscii } of parts) if (isAscii) assert.match(text, /^[\x00-\x7f]*$/);
    }
  assert.deepEqual(new OutputDecoder().write(Buffer.from('all of it')), { text: 'all of it', isAscii: true });
});

test('half a character that is never finished is told as such, and what follows is whole', () => {
  const decoder = new OutputDecoder();
  assert.deepEqual(decoder.write(Buffer.from([0x61, 0xe2, 0x82])), { text: 'a', isAscii: false });
  assert.deepEqual(decoder.write(Buffer.from('b')), { text: '\ufffdb', isAscii: false });
  assert.deepEqual(decoder.write(Buffer.from('c')), { text: 'c', isAscii: true });
});

test('what was held back of another alphabet comes with the next chunk, which is then not of ASCII alone', () => {
  const queries = new TerminalQueries(() => Infinity);
  assert.deepEqual(queries.push('one', true), { screen: 'one', views: 'one', isAscii: true, asks: false });
  assert.equal(queries.push('\x1b]4;é', false).screen, '');
  assert.deepEqual(queries.push(';red\x07', true), { screen: '\x1b]4;é;red\x07', views: '\x1b]4;é;red\x07', isAscii: false, asks: false });
  assert.equal(queries.push('two', true).isAscii, true);
});
