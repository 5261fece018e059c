import assert from 'node:assert/strict';
import { test } from 'node:test';
import xterm from '@xterm/headless';
import { terminalLines, terminalPlain } from '../../src/core/terminalText.ts';

const order = ['link', 'foreground', 'background', 'bold', 'dim', 'italic', 'underline', 'inverse', 'strike'];
/** Lines with the style of each text that has one. */
const styled = (text: string): string => terminalLines(text).map((line) => line.map(({ text: said, style }) => {
  const fields = Object.entries(style).sort(([one], [other]) => order.indexOf(one) - order.indexOf(other)).map(([name, value]) => (value === true ? name : `${name} ${value}`));
  return fields.length === 0 ? said : `{${fields.join(' ')}: ${said}}`;
}).join('')).join('\n');

test('what was written over, erased or redrawn is as it was left', () => {
  for (const [text, wanted] of [
    ['progress 1%\rprogress 100%\nok\n', 'progress 100%\nok'],
    ['progress 100%\rdone\n', 'doneress 100%'],
    ['progress 100%\r\u001b[Kdone', 'done'],
    ['one\u001b[2K\rtwo', 'two'],
    ['one\r\ntwo\r\n', 'one\ntwo'],
    ['typo\b\b\bxt', 'txto'],
    ['a: 0%\nb: 0%\n\u001b[2A\u001b[Ka: 100%\n\u001b[Kb: 50%\n', 'a: 100%\nb: 50%'],
    ['layer 1\nlayer 2\n\u001b[1F\u001b[2Kdone 2\n', 'layer 1\ndone 2'],
    ['\u001b7one\ntwo\u001b8\u001b[Jthree', 'three'],
    ['\u001b[sone\u001b[utwo', 'two'],
    ['first\n\u001b[H\u001b[2Jlast', 'last'],
    ['a\tb\tc', 'a\tb\tc'],
    ['a\tb\rx', 'x       b'],
    ['12345678\t|\r\t|', '12345678|       |'],
    ['日本語\r\u001b[2Cx', '日x 語'],
    ['日本語\r\u001b[1Cx', ' x本語'],
    ['e\u0301te\rE', 'Ete'],
    ['shell\n\u001b[?1049h\u001b[2J\u001b[Hvim\u001b[?1049l$ ', 'shell\n$ '],
    ['shell\n\u001b[?1049h\u001b[2J\u001b[Hvim', 'vim'],
    ['x\u001b[5;3Hy', 'x\n\n\n\n  y'],
    ['\u001b]0;title\u0007shown\u001bP1$r0m\u001b\\ too\u009b1m', 'shown too'],
    ['cut \u001b]8;;http://x', 'cut '],
    ['open \u001b[3', 'open '],
    ['red\u202eevil', 'red<U+202E>evil'],
    ['', ''],
    ['\n\n', ''],
  ] as const) assert.equal(terminalPlain(text), wanted, JSON.stringify(text));
});

test('styles are those that a terminal knows', () => {
  for (const [text, wanted] of [
    ['\u001b[31mred\u001b[0m \u001b[1;32mok\u001b[22m dim\u001b[m.', '{foreground 1: red} {foreground 2 bold: ok}{foreground 2:  dim}.'],
    ['\u001b[91;104mbright\u001b[39;49mplain', '{foreground 9 background 12: bright}plain'],
    ['\u001b[38;5;9ma\u001b[38;5;16mb\u001b[38;5;196mc\u001b[38;5;244md\u001b[48;5;255me', '{foreground 9: a}{foreground #000000: b}{foreground #ff0000: c}{foreground #808080: d}{foreground #808080 background #eeeeee: e}'],
    ['\u001b[38;2;1;2;300ma\u001b[38:2::10:20:30mb\u001b[48:5:3mc', '{foreground #0102ff: a}{foreground #0a141e: b}{foreground #0a141e background 3: c}'],
    ['\u001b[2md\u001b[3mi\u001b[4mu\u001b[7mr\u001b[9ms\u001b[22;23;24;27;29m.', '{dim: d}{dim italic: i}{dim italic underline: u}{dim italic underline inverse: r}{dim italic underline inverse strike: s}.'],
    ['\u001b[4:3mcurly\u001b[4:0m.\u001b[58;5;1mx\u001b[8mhidden', '{underline: curly}.xhidden'],
    ['\u001b[38;5m?\u001b[38;2;1mx\u001b[99;1000mz', '?xz'],
    ['\u001b]8;id=1;https://example.com/\u001b\\link\u001b[1mbold\u001b]8;;\u0007end', '{link https://example.com/: link}{link https://example.com/ bold: bold}{bold: end}'],
    ['\u001b[31mone\ntwo\u001b[0m\n', '{foreground 1: one}\n{foreground 1: two}'],
    ['\u001b[31mred\rX', '{foreground 1: Xed}'],
  ] as const) assert.equal(styled(text), wanted, JSON.stringify(text));
});

const screenOf = async (text: string): Promise<string> => {
  const terminal = new xterm.Terminal({ cols: 60, rows: 24, convertEol: true, allowProposedApi: true, scrollback: 1_000 });
  await new Promise<void>((resolve) => terminal.write(text, resolve));
  const { active } = terminal.buffer;
  const lines = Array.from({ length: active.length }, (_, at) => active.getLine(at)?.translateToString(true).trimEnd() ?? '');
  terminal.dispose();
  return lines.join('\n').trimEnd();
};

test('it is what an emulator shows, on a random way through words and sequences', async () => {
  let seed = 20_261_201;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  const pieces = [
    () => ['alpha', 'be', 'c', 'delta-epsilon', '日本', 'x y'][random(6)]!, () => ' '.repeat(random(4)), () => '\n', () => '\r', () => '\r\n', () => '\b', () => '\t',
    () => `\u001b[${random(4)}${'ABCDEFG'[random(7)]}`, () => `\u001b[${random(3)}K`, () => `\u001b[${random(4)}${'PX@'[random(3)]}`, () => `\u001b[${1 + random(8)};${1 + random(20)}H`,
    () => '\u001b7', () => '\u001b8', () => '\u001b[J', () => `\u001b[${30 + random(8)}m`, () => '\u001b[0m', () => '\u001b]0;t\u0007',
  ];
  for (let round = 0; round < 400; round++) {
    const text = Array.from({ length: 4 + random(26) }, () => pieces[random(pieces.length)]!()).join('');
    // Longer lines than the emulator is wide would be wrapped there.
    if (text.split('\n').some((line) => line.length > 50)) continue;
    const wanted = await screenOf(text);
    assert.equal(expanded(terminalPlain(text)), wanted, JSON.stringify(text));
  }
});

/** Tabs as the blanks that they go over. */
const expanded = (text: string): string => text.split('\n').map((line) => {
  let [out, column] = ['', 0];
  for (const sign of line) {
    const columns = sign === '\t' ? 8 - (column % 8) : /[日本]/.test(sign) ? 2 : 1;
    out += sign === '\t' ? ' '.repeat(columns) : sign;
    column += columns;
  }
  return out.trimEnd();
}).join('\n').trimEnd();

test('the work is bounded, whatever the text', () => {
  const million = (piece: string): string => piece.repeat(Math.ceil(1_000_000 / piece.length));
  const hostile = ['x', '\u001b[31m', '\u001b[1000Cx\n', '\u001b[1@', 'x\u001b[1K', '\u001b[L', '\u001b[9999B', '\u001b[2J', '\u001b[999;999Hx', '\r x', '\t', '\u001b7\u001b8', '\n\u001b[24A', '\u001b[?1049h\u001b[?1049l', '\u001b]8;;x', '\u001b[38;5;1;', 'e\u0301', '日\b'];
  for (const piece of hostile) {
    const lines = terminalLines(`${'y'.repeat(3_000)}\r${million(piece)}`);
    const size = lines.reduce((sum, line) => sum + line.reduce((all, span) => all + span.text.length, 0), 0);
    assert.ok(size < 4_000_000 && lines.length < 1_100_000, `${JSON.stringify(piece)}: ${size} characters in ${lines.length} lines`);
  }
});
