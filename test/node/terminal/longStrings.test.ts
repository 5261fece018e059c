import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import xterm from '@xterm/headless';
import { Screen } from '../../../src/node/screen.ts';
import { speedUpBlanks } from '../../../src/node/screenBlanks.ts';
import { TerminalQueries } from '../../../src/node/terminalQueries.ts';

interface Told {
  screen: string;
  views: string;
}

/** What is told of a stream that comes in such chunks. */
function told(chunks: Iterable<string>): Told {
  const queries = new TerminalQueries(() => Infinity);
  const all: Told = { screen: '', views: '' };
  for (const chunk of chunks) {
    const { screen, views } = queries.push(chunk);
    all.screen += screen;
    all.views += views;
  }
  return all;
}

const megabyte = 1 << 20;
const inPieces = (text: string, length: number): string[] => Array.from({ length: Math.ceil(text.length / length) }, (_, at) => text.slice(at * length, (at + 1) * length));

/** The beginning, the end, and whether views get all of it (data), its beginning, or nothing (what asks). */
const strings: Record<string, [begin: string, end: string, forViews: 'all' | 'beginning' | 'nothing']> = {
  'a title': ['\x1b]0;', '\x07', 'beginning'], 'a title in 8 bits': ['\x9d2;', '\x9c', 'beginning'], 'an icon': ['\x1b]1;', '\x1b\\', 'beginning'],
  'a link': ['\x1b]8;id=a;', '\x1b\\', 'beginning'], 'a folder': ['\x1b]7;file://', '\x07', 'beginning'], 'a number that none knows': ['\x1b]777;', '\x07', 'beginning'],
  'a privacy message': ['\x1b^', '\x1b\\', 'beginning'], 'a start of string': ['\x1bX', '\x1b\\', 'beginning'], 'the same in 8 bits': ['\x98', '\x9c', 'beginning'],
  'the clipboard': ['\x1b]52;c;', '\x07', 'all'], 'an image': ['\x1b]1337;File=:', '\x07', 'all'], sixel: ['\x1bPq', '\x1b\\', 'all'], 'an application command': ['\x1b_Gf=24;', '\x1b\\', 'all'],
  'a request for a setting': ['\x1bP$q', '\x1b\\', 'nothing'], 'a palette that asks': ['\x1b]4;1;?;', '\x07', 'nothing'], 'a question in graphics': ['\x1b_Gi=31,a=q;', '\x1b\\', 'nothing'],
};

describe('of a string of any length the emulator gets a beginning, and what follows the string is told', () => {
  for (const [name, [begin, end, forViews]] of Object.entries(strings)) {
    test(`${name} of ten megabytes`, () => {
      const whole = `a${begin}${'1;?;'.repeat(10 * megabyte / 4)}${end}b`;
      for (const chunks of [[whole], inPieces(whole, 65_536), [...inPieces(whole, 65_536).slice(0, -1), `${end}b`]]) {
        const { screen, views } = told(chunks);
        assert.ok(screen.length <= 5_000, `${screen.length} characters for the emulator`);
        assert.ok(screen.startsWith(`a${begin}`) && screen.endsWith(`${end}b`));
        if (forViews === 'all') assert.equal(views.length, chunks.join('').length);
        else if (forViews === 'nothing') assert.ok(views.startsWith('a') && views.endsWith('b') && views.length <= 4, JSON.stringify(views.slice(0, 20)));
        else assert.ok(views.startsWith(`a${begin}`) && views.endsWith(`${end}b`) && views.length <= 66_000 && views.length > 65_000, `${views.length} characters for views`);
      }
    });

    test(`${name} that has no end costs no more, however much comes`, () => {
      const queries = new TerminalQueries(() => Infinity);
      let screen = queries.push(begin).screen.length;
      for (let at = 0; at < 160; at++) screen += queries.push('a'.repeat(65_536)).screen.length;
      assert.ok(screen <= 70_000, `${screen} characters for the emulator`);
      assert.equal(told([begin, 'a'.repeat(megabyte), '\x1b\\', 'after']).screen.endsWith('after'), true);
    });

    test(`${name} may be split anywhere`, () => {
      const whole = `a${begin}${'é漢x'.repeat(600)}${end}b`;
      const expected = told([whole]);
      for (let at = 1; at < whole.length; at += at < 20 || at > whole.length - 20 ? 1 : 53) assert.deepEqual(told([whole.slice(0, at), whole.slice(at)]), expected, `split at ${at}`);
      assert.deepEqual(told(whole), expected);
    });
  }

  test('no character is cut in two', () => {
    const { screen } = told([`\x1b]0;${'\u{1f600}'.repeat(2_000)}\x07`]);
    assert.equal(screen.isWellFormed(), true);
  });

  test('a title is kept as far as it is shown, and the next one takes its place', async () => {
    const titles: string[] = [];
    const screen = new Screen({ cols: 80, rows: 24, answer: () => undefined, onTitle: (title) => titles.push(title) });
    for (const piece of inPieces(`\x1b]0;${'t'.repeat(10 * megabyte)}\x07after`, 65_536)) screen.write(piece);
    screen.write('\x1b]0;next\x07');
    assert.equal(await screen.text(), 'after');
    assert.deepEqual(titles, ['t'.repeat(256), 'next']);
    screen.dispose();
  });
});

type Emulator = InstanceType<typeof xterm.Terminal>;
const emulator = (): Emulator => new xterm.Terminal({ cols: 20, rows: 6, allowProposedApi: true, logLevel: 'off' });
const written = (terminal: Emulator, text: string): Promise<void> => new Promise((resolve) => { terminal.write(text, resolve); });

const steps: [text: string, cols: number, rows: number][] = [
  ['\x1b[?1049h\x1b[41mred e\u0301 \x1b[4:3mcurly漢\x1b#8', 20, 6], ['\x1b[?1049l\x1b[44m\x1b[?1049h\x1b[3;3Hx', 31, 9], ['\x1b[?47l\x1b[0m\x1b[?47h\x1b[2Jclear', 12, 4],
  ['\x1b[?1047l\x1b[4m\x1b[?1047h\x1b[J', 12, 4], ['\x1b[1"qkept\x1b[?2Jz\x1bc', 20, 6],
];

/** All cells after each step. */
async function cellsOf(terminal: Emulator): Promise<unknown[]> {
  const all: unknown[] = [];
  for (const [text, cols, rows] of steps) {
    await written(terminal, text);
    terminal.resize(cols, rows);
    const { active } = terminal.buffer;
    all.push(Array.from({ length: rows }, (_, row) => Array.from({ length: cols }, (__, column) => {
      const cell = active.getLine(active.baseY + row)?.getCell(column);
      return [cell?.getChars(), cell?.getBgColor(), cell?.getFgColor(), cell?.isUnderline()].join();
    }).join(' ')));
  }
  terminal.dispose();
  return all;
}

/** Before anything is sped up: that holds for all emulators of a process. */
const plainCells = await cellsOf(emulator());

describe('the alternate screen', () => {
  const linesOf = (terminal: Emulator): unknown[] =>
    Array.from({ length: terminal.rows }, (_, at) => (terminal.buffer.alternate.getLine(at) as unknown as { _line: object })._line);

  test('gets the lines back that it had: going there and back allocates none', async () => {
    const terminal = emulator();
    speedUpBlanks(terminal);
    await written(terminal, '\x1b[?1049hone');
    const before = new Set(linesOf(terminal));
    await written(terminal, '\x1b[?1049l\x1b[?1049htwo\x1b[?47l\x1b[?1047hthree'.repeat(50));
    assert.deepEqual(new Set(linesOf(terminal)), before);
    terminal.dispose();
  });

  test('shows what it would without that, also after another size and in another colour', async () => {
    const terminal = emulator();
    speedUpBlanks(terminal);
    assert.deepEqual(await cellsOf(terminal), plainCells);
  });
});
