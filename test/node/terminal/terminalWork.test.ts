import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SerializeAddon } from '@xterm/addon-serialize';
import xterm, { type ITerminalAddon } from '@xterm/headless';
import { speedUpLines } from '../../../src/node/screenLines.ts';
import { slicesOf } from '../../../src/node/terminalWork.ts';

const size = { cols: 80, rows: 24 };
const left = (text: string): string => slicesOf(text, size).map((slice) => slice.text).join('');

describe('what has had all its effect is not done again', () => {
  const cases: Record<string, [text: string, left: string]> = {
    'lines inserted beyond the screen': ['\x1b[999L'.repeat(1000), '\x1b[999L'],
    'lines inserted one by one, to the height': ['\x1b[L'.repeat(1000), '\x1b[L'.repeat(24)],
    'lines deleted': ['\x1b[10M'.repeat(1000), '\x1b[10M'.repeat(3)],
    'scrolled up': ['\x1b[24S'.repeat(1000), '\x1b[24S'],
    'cleared again': ['a\x1b[2J\x1b[2J\x1b[3J\x1b[3Jb', 'a\x1b[2J\x1b[3Jb'],
    'alignment pattern': ['\x1b#8'.repeat(1000), '\x1b#8'],
    'alternate screen and back': ['a' + '\x1b[?1049h\x1b[?1049l'.repeat(1000), 'a\x1b[?1049h\x1b[?1049l'],
    'alternate screen, back, and there': ['\x1b[?47h\x1b[?47l'.repeat(1000) + '\x1b[?47h', '\x1b[?47h\x1b[?47l\x1b[?47h'],
    'resets with drawing between': ['\x1b[31mtext\r\n\x1b[5;5H\x1b[2K\x1b[99L\x1bc'.repeat(1000) + 'rest', '\x1bcrest'],
  };
  for (const [name, [text, expected]] of Object.entries(cases)) test(name, () => assert.equal(left(text), expected));
});

describe('all else stays byte for byte', () => {
  const cases: Record<string, string> = {
    drawing: '\x1b[1;1H\x1b[38;5;7mtext\x1b[0m\x1b[K\r\n'.repeat(500), 'something between': 'a\x1b[2Jb\x1b[2J'.repeat(10), 'deleted, then inserted': '\x1b[3L\x1b[3M\x1b[3L', 'down and up': '\x1b[24T\x1b[24S\x1b[24T',
    'a screen left open': '\x1b[?1049h\x1b[?1049l\x1b[?1049h', 'characters deleted': '\x1b[P\x1b[P', 'long text': 'x'.repeat(10_000),
    'an answer before a reset': 'a\x1b[6n\x1bc', 'a title before a reset': '\x1b]0;t\x07\x1bc', 'the end of a title before a reset': 'itle\x07\x1bc', 'a keyboard mode before a reset': '\x1b[>1u\x1bc', 'a bell before a reset': '\x07\x1bc',
  };
  for (const [name, text] of Object.entries(cases)) test(name, () => assert.equal(left(text), text));
});

describe('a megabyte, read 4 KB at a time', () => {
  /** Bytes left for the emulator, at most; where nothing may go, the slices are what bounds it. */
  const storms: Record<string, [piece: string, leftBytes: number]> = {
    'IL 999': ['\x1b[999L', 2000], 'IL 9': ['\x1b[9L', 5000], SU: ['\x1b[999S', 2000], DL: ['\x1b[24M', 2000], 'alternate screens': ['\x1b[?1049h\x1b[?1049l', 9000], RIS: ['\x1bc', 1000], 'RIS after text': ['a\x1bc', 2000], DECALN: ['\x1b#8', 1000], 'ED 2': ['\x1b[2J', 2000], 'ED 3': ['\x1b[3J', 2000],
    'IL after text': ['a\x1b[999L', 1e6], 'SD and SU': ['\x1b[24T\x1b[24S', 1e6], 'DECALN after text': ['a\x1b#8', 1e6], 'alternate screens with text': ['\x1b[?1049ha\x1b[?1049l', 1e6], 'ED 2 and 3': ['\x1b[2J\x1b[3J', 1e6], 'combining marks': ['\u0301', 1e6], REP: ['a\x1b[999b', 1e6], wide: ['漢', 1e6],
    'OSC 8': ['\x1b]8;;http://x/1\x07a', 1e6], titles: ['\x1b]0;t\x07', 1e6], DECSTBM: ['\x1b[2;5r\x1b[r', 1e6], 'DECSTBM and SU': ['\x1b[1;2r\x1b[99S', 1e6], sixel: ['#0;2;0;0;0~~@@!255~', 1e6], 'DCS garbage': ['\x1bP0;0|x', 1e6],
  };
  for (const [name, [piece, most]] of Object.entries(storms)) {
    test(name, () => {
      const chunk = piece.repeat(Math.floor(4096 / piece.length));
      let size = 0;
      for (let total = 0; total < 1_000_000; total += chunk.length) {
        for (const slice of slicesOf(chunk, { cols: 80, rows: 24 })) {
          size += slice.text.length;
          assert.ok(slice.text.length <= 1024 && slice.costUs <= 4000, `${slice.text.length} characters, ${slice.costUs} us`);
        }
      }
      assert.ok(size <= most + 4096, `${size}`);
    });
  }
});

test('one sequence on the largest screen is a slice of its own', () => {
  assert.deepEqual(slicesOf('ab\x1b#8cd', { cols: 500, rows: 200 }).map((slice) => slice.text), ['ab', '\x1b#8', 'cd']);
});

test('random output leaves the emulator as the plain emulator would be', async () => {
  const random = randomFrom(7);
  for (let round = 0; round < 150; round++) {
    const output = Array.from({ length: random(60) }, () => atom(random).repeat(random(3) === 0 ? 3 : 1)).join('');
    const [plain, ours] = [emulator(), emulator()];
    speedUpLines(ours.terminal);
    await new Promise<void>((resolve) => plain.terminal.write(output, resolve));
    for (const slice of slicesOf(output, { cols: 20, rows: 8 })) ours.terminal.write(slice.text);
    await new Promise<void>((resolve) => ours.terminal.write('', resolve));
    assert.deepEqual(stateOf(ours), stateOf(plain), JSON.stringify(output));
    plain.terminal.dispose();
    ours.terminal.dispose();
  }
});

test('no line is allocated for those inserted, deleted and scrolled', async () => {
  const { terminal } = emulator();
  speedUpLines(terminal);
  const linesOf = () => Array.from({ length: 8 }, (_, at) => (terminal.buffer.active.getLine(at) as unknown as { _line: object })._line);
  const before = new Set(linesOf());
  await new Promise<void>((resolve) => terminal.write('a\r\nb\x1b[3L\x1b[2M\x1b[9S\x1b[5T\x1b[99L\x1b[H\x1bM\x1bM', resolve));
  assert.deepEqual(new Set(linesOf()), before);
});

/** The same on every run, so that a failure can be looked at. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

function atom(random: (below: number) => number): string {
  const fixed = ['\r\n', '\x1b[L', '\x1b[9L', '\x1b[r', '\x1b[?1049h', '\x1b[?1049l', '\x1b[?47h\x1b[?47l', '\x1b[?1049h\x1b[?1049l', '\x1b[?1049l\x1b[?1049h', '\x1bc', '\x1b#8', '\x1b[2J', '\x1b[J', '\x1b[1J', '\x1b[3J', '\x1b7', '\x1b8', '\x1b[?6h', '\x1b[?6l', '\x1bM', '漢字'];
  const drawn = [
    'abc'.repeat(random(12)), ...[...'LMSTX'].map((final) => `\x1b[${random(12)}${final}`), `\x1b[${1 + random(6)};${1 + random(8)}r`, `\x1b[${40 + random(8)}m`, `\x1b[${30 + random(8)}m`, `\x1b[${1 + random(9)};${1 + random(21)}H`,
  ];
  return random(2) === 0 ? drawn[random(drawn.length)]! : fixed[random(fixed.length)]!;
}

interface Emulator {
  terminal: InstanceType<typeof xterm.Terminal>;
  serializer: SerializeAddon;
}

function emulator(): Emulator {
  const terminal = new xterm.Terminal({ cols: 20, rows: 8, scrollback: 30, allowProposedApi: true, logLevel: 'off' });
  const serializer = new SerializeAddon();
  terminal.loadAddon(serializer as unknown as ITerminalAddon);
  return { terminal, serializer };
}

function stateOf({ terminal, serializer }: Emulator): unknown {
  const { active } = terminal.buffer;
  const lines = Array.from({ length: active.length }, (_, at) => [active.getLine(at)!.isWrapped, active.getLine(at)!.translateToString()]);
  return [serializer.serialize(), active.type, active.cursorX, active.cursorY, lines];
}
