import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Screen, type ScreenOptions } from '../../../src/node/screen.ts';
import { ended, eventually, start } from './support.ts';

function screenWith(options: Partial<ScreenOptions> = {}): { screen: Screen; answers: string[]; titles: string[] } {
  const answers: string[] = [];
  const titles: string[] = [];
  return { screen: new Screen({ cols: 80, rows: 24, answer: (data) => answers.push(data), onTitle: (title) => titles.push(title), ...options }), answers, titles };
}

describe('exactly one party answers', () => {
  test('the emulator does, once, and neither a view nor a replay asks', async () => {
    const { screen, answers } = screenWith();
    const views = screen.write('ab\x1b[6n\x1b[c\x1b[>c\x1b[5n\x1b[?25$p\x1bP$qm\x1b\\\x1b[18t\x1b[?u\x1b]11;?\x07c');
    assert.equal(views, 'abc');
    const replay = await screen.replay();
    assert.deepEqual(answers, ['\x1b[1;3R', '\x1b[?1;2c', '\x1b[>0;276;0c', '\x1b[0n', '\x1b[?25;1$y', '\x1bP1$r0m\x1b\\', '\x1b[8;24;80t']);
    const view = screenWith();
    assert.equal(view.screen.write(replay), replay);
    await view.screen.replay();
    assert.deepEqual(view.answers, []);
  });

  test('with two views on a real program that asks, the program reads one reply', async () => {
    const terminal = start(['bash', '-c', 'stty raw -echo; printf "\\033[6n"; IFS= read -r -d R -t 5 first; IFS= read -r -N 1 -t 0.3 more; printf "%q|%q" "$first" "$more"']);
    const host = screenWith({ answer: (data) => terminal.write(data) });
    const views = [screenWith({ answer: (data) => terminal.write(data) }), screenWith({ answer: (data) => terminal.write(data) })];
    let text = '';
    terminal.onData((data) => {
      const shown = host.screen.write(data);
      text += shown;
      for (const view of views) view.screen.write(shown);
    });
    await ended(terminal);
    assert.equal(text, "$'\\E[1;1'|''");
  });
});

describe('a replay shows the same screen', () => {
  const same = async (output: string, next = '') => {
    const { screen } = screenWith();
    screen.write(output);
    const fresh = screenWith().screen;
    fresh.write(await screen.replay());
    assert.equal(await fresh.replay(), await screen.replay());
    fresh.write(screen.write(next));
    assert.equal(await fresh.replay(), await screen.replay());
    return fresh;
  };
  test('text, colours, cursor, scrollback', async () => {
    const fresh = await same(Array.from({ length: 60 }, (_, at) => `\x1b[3${at % 8}mline ${at}`).join('\r\n') + '\x1b[5;7H', 'here');
    assert.match(await fresh.text(), /^line 4here$/m);
  });
  test('alternate screen, bracketed paste, mouse, cursor keys, hidden cursor, cursor style, keyboard', async () => {
    const set = '\x1b[?1049h\x1b[?2004h\x1b[?1002h\x1b[?1006h\x1b[?1h\x1b[?25l\x1b[?1004h\x1b[5 q\x1b[>1u\x1b[>4;2m';
    const fresh = await same(`before${set}full screen`);
    const replay = await fresh.replay();
    for (const mode of ['\x1b[?1049h', '\x1b[?2004h', '\x1b[?1002h', '\x1b[?1006h', '\x1b[?1h', '\x1b[?25l', '\x1b[?1004h', '\x1b[5 q', '\x1b[>1u', '\x1b[>4;2m']) assert.ok(replay.includes(mode), JSON.stringify(mode));
  });
  test('modes that were set and reset', async () => {
    assert.equal(await (await same('\x1b[?25l\x1b[?1006h\x1b[>1u\x1b[?25h\x1b[?1006l\x1b[<u')).replay(), '');
    assert.equal(await (await same('\x1b[?25l\x1b[5 q\x1bc')).replay(), '');
  });
  test('a scroll region, and what scrolls in it next', async () => {
    await same('one\r\ntwo\r\nthree\r\nfour\x1b[2;3r\x1b[3;1H', 'x\r\ny\r\nz');
  });
  const saved = {
    'in colours': ['one\r\ntwo \x1b[1;4;38;2;1;2;3;48;5;7m\x1b7\x1b[0;33m\x1b[7;9Hthree', 'A\x1b8B'],
    'with scrollback': ['line\r\n'.repeat(60) + '\x1b[9;9H\x1b[95;3m\x1b[s\x1b[2;2H', 'A\x1b[uB'],
    'under a curly underline': ['\x1b[5;5H\x1b7\x1b[4:3;58;2;9;8;7mx', 'A\x1b8B'],
    'in a scroll region': ['\x1b[3;9r\x1b[5;5H\x1b7\x1b[8;1H', 'A\r\nB\r\nC\x1b8D'],
    'with line drawing': ['\x1b[4;4H\x1b(0\x1b7\x1b(B\x1b[1;1Hq', 'q\x1b8q'],
    'on the alternate screen': ['before\x1b[?1049h\x1b[6;7H\x1b[32m\x1b7\x1b[H\x1b[m', 'A\x1b8B\x1b[?1049lC'],
  } as const;
  for (const [name, [output, next]] of Object.entries(saved)) test(`a saved cursor ${name}, and what returns to it`, async () => void (await same(output, next)));
  for (const [name, output] of Object.entries({ 'in G0': '\x1b(0lq', 'in G1': '\x1b)0\x0eq', 'in G1, shifted in': '\x1b)0q' })) {
    test(`line drawing ${name}, and what is drawn next`, async () => assert.match(await (await same(output, 'q\x0eq\x0fq\x1b(Bq')).text(), /─.*q$/));
  }
  test('every write before the call is in it, none after', async () => {
    const { screen } = screenWith();
    for (let at = 0; at < 2000; at++) screen.write(`${at}\r\n`);
    const replay = screen.replay();
    screen.write('later');
    assert.match(await replay, /1998\r\n1999\r\n$/);
    assert.match(await screen.text(1), /later/);
  });
  test('in the middle of a title, the rest of it is not text', async () => {
    const { screen } = screenWith();
    screen.write('\x1b]2;half');
    const fresh = screenWith().screen;
    fresh.write(await screen.replay());
    fresh.write(screen.write(' a title\x07shown'));
    assert.equal(await fresh.text(), 'shown');
  });
});

test('characters cut by a chunk, titles, sizes', async () => {
  const { screen, titles } = screenWith();
  const bytes = Buffer.from('grün 漢\x1b]0;a \x1b\\\x1b]0;Titel ü\x07');
  for (const byte of bytes) screen.write(Uint8Array.of(byte));
  assert.equal(await screen.text(), 'grün 漢');
  assert.deepEqual(titles, ['a ', 'Titel ü']);
  screen.write('\r\n' + 'x'.repeat(80));
  screen.resize(40, 10);
  screen.write('\r\n' + 'y'.repeat(41));
  assert.equal((await screen.text()).split('\n').at(-1), 'y');
});

test('disposed, it answers nothing and leaves nobody waiting', async () => {
  const { screen, answers } = screenWith();
  screen.write('x'.repeat(100_000) + '\x1b[6n');
  const replay = screen.replay();
  screen.dispose();
  assert.equal(await replay, '');
  assert.equal(await screen.replay(), '');
  assert.equal(await screen.text(), '');
  assert.deepEqual(answers, []);
});

test('a flood asks for a stop, and for more when it is parsed', async () => {
  const told: boolean[] = [];
  const { screen } = screenWith({ onBacklog: (isHigh) => told.push(isHigh) });
  screen.write('0123456789\r\n'.repeat(200_000));
  assert.deepEqual(told, [true]);
  await screen.replay();
  assert.deepEqual(told, [true, false]);
});

describe('hostile output costs bounded work, and other work goes on', () => {
  const finals = [...'bLMSTZ@PXIABCDEFGHJKdefgmnrta`^', ' @', ' A', "'}", "'~"];
  const hostile: Record<string, string> = Object.fromEntries(finals.map((final) => [`one ${final}`, `a\x1b[2147483647${final}`]));
  for (const final of 'bLMSTZ@PXI') hostile[`a hundred ${final}`] = `a\x1b[10000${final}`.repeat(100);
  Object.assign(hostile, {
    'combining marks': `a${'\u0301'.repeat(50_000)}`, 'long title': `\x1b]0;${'x'.repeat(2_000_000)}\x07`, 'long parameters': `\x1b[${'1;'.repeat(200_000)}m`, 'no end': `\x1b[${'9'.repeat(500_000)}`,
    'alternate screens': '\x1b[?1049h\x1b[?1049l'.repeat(60_000), resets: '\x1bc'.repeat(500_000), alignment: '\x1b#8'.repeat(300_000), links: Array.from({ length: 40_000 }, (_, at) => `\x1b]8;;http://x/${at}\x07a`).join(''),
  });
  for (const [name, output] of Object.entries(hostile)) {
    test(name, async () => {
      const { screen } = screenWith();
      const memory = process.memoryUsage().rss;
      screen.write(output);
      screen.write('\x1bc\x1b\\\x1bcstill here');
      assert.equal(await screen.text(), 'still here');
      // Without the caps: gigabytes and minutes.
      assert.ok(process.memoryUsage().rss - memory < 300e6);
      screen.dispose();
    });
  }

  const storms = { 'inserted lines': 'a\x1b[999L', scrolling: '\x1b[23T\x1b[23S', 'alternate screens': '\x1b[?1049ha\x1b[?1049l', repetition: 'a\x1b[999b', columns: "a\x1b[99'}" };
  for (const [name, piece] of Object.entries(storms)) {
    test(`another terminal goes on echoing through a storm of ${name}`, async () => {
      const terminal = start(['cat']);
      let echoed = 0;
      let isOver = false;
      terminal.onData(() => {
        echoed++;
        if (!isOver) terminal.write('hello\n');
      });
      let goOn = () => {};
      let isBehind = false;
      let stops = 0;
      const { screen } = screenWith({
        onBacklog: (isHigh) => {
          isBehind = isHigh;
          stops += Number(isHigh);
          if (!isHigh) goOn();
        },
      });
      terminal.write('hello\n');
      const chunk = piece.repeat(Math.floor(4096 / piece.length));
      while (echoed < 20 || stops < 5) {
        // As much as is read of a terminal in one turn.
        for (let at = 0; at < 8 && !isBehind; at++) screen.write(chunk);
        if (isBehind) await new Promise<void>((resolve) => (goOn = resolve));
        await new Promise(setImmediate);
      }
      isOver = true;
      const end = ended(terminal);
      terminal.kill('SIGKILL');
      await end;
      screen.dispose();
    });
  }

  test('another terminal echoes while one is flooded with the worst of it', async () => {
    const { screen } = screenWith();
    const terminal = start(['cat']);
    let echoed = '';
    terminal.onData((data) => (echoed += Buffer.from(data).toString()));
    let isParsed = false;
    for (let round = 0; round < 2_000; round++) screen.write('a\x1b[10000L'.repeat(100));
    void screen.replay().then(() => (isParsed = true));
    terminal.write('hello\n');
    await eventually(() => echoed.includes('hello'));
    assert.equal(isParsed, false);
    terminal.kill('SIGKILL');
    await ended(terminal);
    screen.dispose();
  });
});
