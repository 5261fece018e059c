import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineOf } from '../../src/core/describe.ts';
import { parseEvent } from '../../src/core/parse.ts';
import { plainText } from '../../src/core/plainText.ts';

test('control sequences go, newlines and tabs stay, direction marks show', () => {
  const cases: [string, string][] = [
    ['a\u001b[31mred\u001b[0m b', 'ared b'],
    ['\u001b]0;title\u0007x', 'x'],
    ['\u001b]8;;https://example.org\u001b\\link\u001b]8;;\u001b\\', 'link'],
    ['\u001bPq#0\u001b\\y', 'y'],
    ['\u001b]52;c;Zm9v', ''],
    ['\u009b2Jz\u009d0;t\u009cw', 'zw'],
    ['\u001bc\u001b(Bq\u0000\u0008\u007f', 'q'],
    ['one\r\ntwo\rthree\tfour', 'one\ntwothree\tfour'],
    ['abc\u202edef\u2066', 'abc<U+202E>def<U+2066>'],
    ['ends in \u001b', 'ends in '],
    ['grüße 🎉 אב', 'grüße 🎉 אב'],
  ];
  for (const [given, wanted] of cases) assert.equal(plainText(given), wanted);
});

test('no control character survives, wherever a sequence is cut', () => {
  const hostile = '\u001b[1;2;3mA\u001b]0;x\u001b\\B\u001bPz\u009cC\u009b5nD\u001b#8E';
  for (let from = 0; from < hostile.length; from++)
    for (let to = from; to <= hostile.length; to++) assert.doesNotMatch(plainText(hostile.slice(from, to)), /\p{Cc}/u);
});

test('a row is parsed when its envelope is right', () => {
  const row = { schema_version: 1, seq: 1, ts: '2026-01-01T00:00:00.000Z', id: 's', type: 'state', state: { is: 'idle' }, later_field: 1 };
  assert.deepEqual(parseEvent({ ...row, crc: 'abc' }), row);
  assert.deepEqual(parseEvent({ ...row, type: 'from_the_future' }), { ...row, type: 'from_the_future' });
  for (const bad of [null, 1, 'x', [], { ...row, schema_version: 2 }, { ...row, seq: 0 }, { ...row, seq: 1.5 }, { ...row, ts: 1 }, { ...row, id: null }, { ...row, type: '' }, { ...row, run: 'one' }])
    assert.equal(parseEvent(bad), null);
});

test('an event is one plain line', () => {
  const envelope = { schema_version: 1, seq: 1, ts: '', id: 's' } as const;
  assert.equal(lineOf({ ...envelope, type: 'state', state: { is: 'waiting', for: 'permission' } }), 'state: waiting for a permission');
  assert.equal(lineOf({ ...envelope, type: 'block', block: 'b1', lane: 'main', after: null, kind: 'text', text: 'one\n\u001b[31mtwo' }), 'b1 main text: one two');
  assert.equal(lineOf({ ...envelope, type: 'toString' }), 'toString (not known to this version)');
  assert.equal(lineOf({ ...envelope, type: 'queued', send: '1', text: 'x'.repeat(500), from: 'cli' }).length, 160);
});
