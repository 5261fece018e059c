import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SerializeAddon } from '@xterm/addon-serialize';
import xterm, { type ITerminalAddon } from '@xterm/headless';
import { ScreenBacklog } from '../../../src/node/screenBacklog.ts';
import { scrollsWhole } from '../../../src/node/screenLines.ts';
import { Screen } from '../../../src/node/screen.ts';

const size = { cols: 20, rows: 6 };
const scrollback = 15;
const output = (text: string) => ({ text, isAscii: /^[\x00-\x7f]*$/.test(text) });

class Emulator {
  readonly terminal = new xterm.Terminal({ ...size, scrollback, allowProposedApi: true, logLevel: 'off' });
  readonly #serializer = new SerializeAddon();

  constructor() {
    this.terminal.loadAddon(this.#serializer as unknown as ITerminalAddon);
  }

  write(text: string): Promise<void> {
    return new Promise((resolve) => this.terminal.write(text, resolve));
  }

  get state(): unknown {
    const { active } = this.terminal.buffer;
    const lines = Array.from({ length: active.length }, (_, at) => active.getLine(at)!.translateToString());
    return [this.#serializer.serialize(), active.type, active.cursorX, active.cursorY, lines];
  }
}

/** The same on every run, so that a failure can be looked at. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

/** Everything that drawing lines may consist of. */
function line(random: (below: number) => number): string {
  const parts = ['word ', 'x'.repeat(random(50)), '\t', '漢字', 'e\u0301', '\x07', `\x1b[${31 + random(7)}m`, `\x1b[48;5;${random(200)}m`, '\x1b[1;4m', '\x1b[0m', '\x1b[m', '\x1b[K', '\x1b[1K', '\x1b[2K', '50%\r', '\n'];
  return `${Array.from({ length: random(6) }, () => parts[random(parts.length)]!).join('')}${random(4) === 0 ? '\n' : '\r\n'}`;
}

const begins = ['', 'at the top\r\n', '\x1b[6;1Hat the bottom', '\x1b[3;5H\x1b7\x1b[41m', '\x1b[?1049hother screen', '\x1b[4hinserting', '\x1b[?7lno wrap', '\x1b[2;4r', '\x1b[?1049h\x1b[2;3r\x1b[?1049l', 'full\r\n'.repeat(40)];
const ends = ['', '\x1b8restored', '\x1b[?1049l', '\x1b[2;5Hthere', '\x1b[S\x1b[L'];

test('random floods of lines leave the emulator as it would be with all of it', async () => {
  const random = randomFrom(11);
  let left = 0;
  let all = 0;
  for (let round = 0; round < 120; round++) {
    const [whole, ours] = [new Emulator(), new Emulator()];
    const begin = begins[random(begins.length)]!;
    await Promise.all([whole.write(begin), ours.write(begin)]);
    const backlog = new ScreenBacklog();
    let text = '';
    for (let pieces = 0; pieces < 60; pieces++) {
      const piece = Array.from({ length: random(8) }, () => line(random)).join('');
      text += piece;
      backlog.push(output(piece), size);
      if (random(10) === 0 && scrollsWhole(ours.terminal)) backlog.shorten(size.rows, scrollback);
    }
    const end = ends[random(ends.length)]!;
    backlog.push(output(end), size);
    if (scrollsWhole(ours.terminal)) backlog.shorten(size.rows, scrollback);
    all += text.length;
    left += backlog.chars;
    await whole.write(text + end);
    for (const slice of backlog.take(size)) await ours.write(slice.text);
    assert.deepEqual(ours.state, whole.state, JSON.stringify({ begin, text, end }));
  }
  assert.ok(left < all * 0.6, `${left} of ${all} characters left`);
});

describe('what is kept of a flood', () => {
  const flood = (piece: string): ScreenBacklog => {
    const backlog = new ScreenBacklog();
    for (let at = 0; at < 1000; at++) {
      backlog.push(output(piece), size);
      if (at % 50 === 49) backlog.shorten(24, 1000);
    }
    backlog.shorten(24, 1000);
    return backlog;
  };
  const pieceOf = (text: string): string => text.repeat(Math.floor(32_768 / text.length));
  test('of lines no more than fills the screen and what is above it', () => assert.ok(flood(pieceOf(`${'x'.repeat(60)}\r\n`)).chars < 200_000));
  test('of coloured lines too', () => assert.ok(flood(pieceOf(`\x1b[32m${'x'.repeat(60)}\x1b[0m\r\n`)).chars < 200_000));
  for (const [name, text] of Object.entries({ 'a cursor that moves': 'a\x1b[5A\r\n', 'a title': '\x1b]0;t\x07a\r\n', 'a backspace': 'a\b\r\n', 'a mode': '\x1b[?25l\r\n', 'lines without an end that is known': 'a\n' })) {
    test(`all, where there is ${name}`, () => assert.equal(flood(pieceOf(text)).chars, pieceOf(text).length * 1000));
  }
  test('all that follows anything else', () => {
    const backlog = new ScreenBacklog();
    backlog.push(output('\x1b[2;5r'), size);
    for (let at = 0; at < 100; at++) backlog.push(output('line\r\n'.repeat(100)), size);
    backlog.shorten(24, 10);
    assert.equal(backlog.chars, 6 + 100 * 600);
  });
});

test('a flood of lines asks for no stop, and the screen shows its end', async () => {
  const told: boolean[] = [];
  const screen = new Screen({ cols: 80, rows: 24, answer: () => {}, onBacklog: (isHigh) => told.push(isHigh) });
  let at = 0;
  for (let chunk = 0; chunk < 300; chunk++) screen.write(Array.from({ length: 400 }, () => `${'.'.repeat(70)} ${at++}\r\n`).join(''));
  assert.match(await screen.text(2), /^\.+ 119998\n\.+ 119999$/);
  assert.deepEqual(told, []);
  screen.dispose();
});

test('lines that pour in while the size changes are drawn for the size they came at', async () => {
  const screen = new Screen({ cols: 80, rows: 24, scrollback: 30, answer: () => {} });
  screen.write('\r\n'.repeat(30));
  for (let round = 0; round < 40; round++) {
    for (let chunk = 0; chunk < 20; chunk++) screen.write(`${'y'.repeat(60)}\r\n`.repeat(100));
    screen.resize(60 + (round % 20), 10 + (round % 7));
  }
  screen.write('the end');
  assert.equal((await screen.text(30)).split('\n').length, 30);
  assert.match(await screen.text(1), /^the end$/);
  screen.dispose();
});
