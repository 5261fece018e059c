import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TerminalQueries } from '../../../src/node/terminalQueries.ts';

const viewsOf = (...chunks: string[]): string => {
  const queries = new TerminalQueries(() => Infinity);
  return chunks.map((chunk) => queries.push(chunk).views).join('');
};
const screenOf = (...chunks: string[]): string => {
  const queries = new TerminalQueries((final) => ('LMb'.includes(final) ? 50 : Infinity));
  return chunks.map((chunk) => queries.push(chunk).screen).join('');
};

const asking = {
  DA1: '\x1b[c', 'DA1 with 0': '\x1b[0c', 'DA1 in 8 bits': '\x9bc', DA2: '\x1b[>c', DA3: '\x1b[=0c', DECID: '\x1bZ', ENQ: '\x05',
  status: '\x1b[5n', CPR: '\x1b[6n', DECXCPR: '\x1b[?6n', 'colour scheme': '\x1b[?996n',
  'mode, ANSI': '\x1b[4$p', 'mode, private': '\x1b[?2026$p', XTVERSION: '\x1b[>0q', 'kitty keyboard': '\x1b[?u', XTQMODKEYS: '\x1b[?4m',
  DECREQTPARM: '\x1b[x', 'size in characters': '\x1b[18t', 'size in pixels': '\x1b[14;2t', 'window title': '\x1b[21t',
  DECRQSS: '\x1bP$qm\x1b\\', 'DECRQSS in 8 bits': '\x90$qm\x9c', XTGETTCAP: '\x1bP+q544e\x1b\\',
  'foreground, BEL': '\x1b]10;?\x07', 'background, ST': '\x1b]11;?\x1b\\', 'background in 8 bits': '\x9d11;?\x9c', palette: '\x1b]4;7;?\x07', clipboard: '\x1b]52;c;?\x07',
  'kitty colours': '\x1b]21;foreground=?\x1b\\', 'cell size': '\x1b]1337;ReportCellSize\x07', 'kitty graphics': '\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\',
} as const;

const telling = {
  text: 'plain ü 漢 \u{1f600}\r\n\t', colours: '\x1b[1;38;2;1;2;3;48;5;7m', 'colon colours': '\x1b[4:3m', cursor: '\x1b[10;20H\x1b[2J\x1b[K', 'alternate screen': '\x1b[?1049h\x1b[?25l\x1b[?2004h',
  'cursor style': '\x1b[2 q', 'kitty push and pop': '\x1b[>1u\x1b[<u\x1b[=1;2u', 'other keys': '\x1b[>4;2m', 'linux cursor': '\x1b[?1c', 'window size': '\x1b[8;24;80t', 'title stack': '\x1b[22;0t\x1b[23;0t',
  title: '\x1b]0;what is this?\x07', 'hyperlink with ?': '\x1b]8;;http://example.org/?q=1\x1b\\link\x1b]8;;\x1b\\', 'clipboard set': '\x1b]52;c;aGk=\x07', 'set background': '\x1b]11;#102030\x07',
  sixel: '\x1bPq#0;2;0;0;0#0~~@@\x1b\\', 'sync': '\x1b[?2026h\x1b[?2026l', 'application string': '\x1b_anything\x1b\\', charset: '\x1b(0lqk\x1b(B', reset: '\x1bc\x1b[!p', 'saved cursor': '\x1b7\x1b8\x1b[s\x1b[u',
  'image': '\x1b]1337;File=inline=1:AAAA\x07', 'shell integration': '\x1b]633;A\x07\x1b]133;B\x07', cancelled: '\x1b[6\x18', 'interrupted by another': '\x1b[3\x1b[31m', 'nonsense': '\x1b[5$6n\x1b[1?n',
} as const;

describe('queries are taken out', () => {
  for (const [name, query] of Object.entries(asking)) test(name, () => assert.equal(viewsOf(`a${query}b`), 'ab'));
  test('the emulator still gets them', () => assert.equal(screenOf(Object.values(asking).join('x')), Object.values(asking).join('x')));
  test('what a query sets beside stays', () => assert.equal(viewsOf('\x1b]4;1;#010101;2;?;3;#030303\x07'), '\x1b]4;1;#010101;3;#030303\x1b\\'));
  test('and in dynamic colours', () => assert.equal(viewsOf('\x1b]10;?;#010101\x07'), '\x1b]11;#010101\x1b\\'));
  test('a line feed inside a query stays', () => assert.equal(viewsOf('\x1b[6\nn'), '\n'));
});

describe('all else passes byte for byte', () => {
  for (const [name, sequence] of Object.entries(telling)) test(name, () => assert.equal(viewsOf(`a${sequence}b`), `a${sequence}b`));
});

test('any split of a stream, in two and into single characters, gives the same', () => {
  const told = Object.values(telling).join('-');
  const all = Object.values(asking).map((query, at) => `${Object.values(telling)[at % Object.values(telling).length]}${query}`).join('') + told;
  const expected = viewsOf(all);
  for (let at = 0; at <= all.length; at++) assert.equal(viewsOf(all.slice(0, at), all.slice(at)), expected, `split at ${at}`);
  assert.equal(viewsOf(...all), expected);
  assert.equal(screenOf(...all), screenOf(all));
  assert.equal(screenOf(all), all);
});

test('what cannot become a query is not kept back', () => {
  assert.equal(viewsOf('\x1b]0;half a ti'), '\x1b]0;half a ti');
  assert.equal(viewsOf('\x1b]52;c;aGk'), '\x1b]52;c;aGk');
  assert.equal(viewsOf('\x1b]11;'), '');
});

test('what is kept back is bounded, and what is too long to be decided reaches no view', () => {
  assert.equal(viewsOf(`\x1b[${'0'.repeat(10_000)}`, '6nb'), 'b');
  assert.equal(viewsOf(`\x1b]11;${' '.repeat(10_000)}`, '?\x07b'), 'b');
  assert.equal(viewsOf(`\x1b]11;${' '.repeat(10_000)}\x1b`, '\\b'), 'b');
});

test('repeat counts are capped: at the screen for the emulator, beyond any screen for views', () => {
  assert.equal(screenOf('\x1b[2147483647L\x1b[49M\x1b[99b\x1b[99A'), '\x1b[50L\x1b[49M\x1b[50b\x1b[99A');
  const queries = new TerminalQueries((final) => ('LMb'.includes(final) ? 50 : Infinity));
  assert.equal(queries.push('\x1b[2147483647L\x1b[400M\x1b[999b\x1b[999A').views, '\x1b[500L\x1b[400M\x1b[500b\x1b[999A');
});

test('a view that joins within a string swallows its rest', () => {
  const queries = new TerminalQueries(() => Infinity);
  queries.push('\x1b]0;half');
  assert.equal(queries.joining, '\x1b]9999;');
  queries.push('\x07');
  assert.equal(queries.joining, '');
});
