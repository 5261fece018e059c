import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { decodeRow, encodeRows, type Row } from '../../../src/node/eventLogRow.ts';

const rowOf = (seq: number, text: string): Row => ({ schema_version: 1, seq, ts: '2030-01-02T03:04:05.678Z', id: 'S', type: 'from the future', text }) as Row;

/** Of all lengths about what is put together in one place, and of characters of one to four bytes, which in JSON may be six and in memory half. */
const texts = ['', 'x', 'é', '„“', '🧵', '\ud83e', '\n\u2028\u0000', ...[1_000, 87_200, 87_380, 87_381, 87_382, 262_000, 262_144, 300_000, 2_000_000].flatMap((length) => ['x', 'é', '水', '\\'].map((one) => one.repeat(length))), 'after'];

test('rows of any size and alphabet become lines of JSON that end in the checksum of what is before it', () => {
  const rows = texts.map((text, index) => rowOf(index + 1, text));
  const lines = Buffer.concat(encodeRows(rows)).toString('utf8').split('\n');
  assert.equal(lines.pop(), '');
  assert.equal(lines.length, rows.length);
  for (const [index, line] of lines.entries()) {
    const [, body = '', crc = ''] = /^(.*),"crc":"([0-9a-f]{8})"\}$/su.exec(line) ?? [];
    assert.equal(`${body}}`, JSON.stringify(rows[index]), `row ${index + 1}`);
    assert.equal(Number.parseInt(crc, 16), crc32(Buffer.from(body)));
    assert.deepEqual(decodeRow(Buffer.from(line)), JSON.parse(`${body}}`));
  }
});

test('what is handed out has whole rows, and stays as it is when more rows follow', () => {
  const rows = Array.from({ length: 3_000 }, (_, index) => rowOf(index + 1, 'some text '.repeat(index % 40)));
  const first = encodeRows(rows);
  assert.ok(first.length > 1);
  const before = first.map((piece) => piece.toString());
  encodeRows(rows.map((row) => ({ ...row, id: 'other' })));
  assert.deepEqual(first.map((piece) => piece.toString()), before);
  assert.deepEqual(before.map((piece) => piece.at(-1)), before.map(() => '\n'));
  assert.deepEqual(encodeRows([]), []);
});
