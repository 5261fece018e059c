import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Terminal } from '../../src/core/ports.ts';
import { SessionTerminal } from '../../src/host/sessionTerminal.ts';
import { openOutputFile } from '../../src/node/outputFile.ts';
import { spawnTerminal } from '../../src/node/pty.ts';

/** A client's view in this process: what it got, and how much of it was on its way at most. */
class View {
  text = '';
  /** Characters of data got, and their offset. */
  got = 0;
  offset = 0;
  resets = 0;
  mostInFlight = 0;
  #acked = 0;
  #gap = false;
  #terminal: SessionTerminal;
  readonly #acks: boolean;
  readonly #onData: (data: string) => void;

  constructor(terminal: SessionTerminal, options: { acks: boolean; onData?: (data: string) => void }) {
    this.#terminal = terminal;
    this.#acks = options.acks;
    this.#onData = options.onData ?? ((data) => { this.text += data; });
  }

  async attach(cols = 80, rows = 24): Promise<this> {
    const { replay, offset } = await this.#terminal.attach(this, {
      data: (data, at) => this.#take(data, at),
      reset: (screen, at) => { this.text = screen; this.offset = at; this.#acked = at; this.resets++; },
    }, cols, rows);
    this.text += replay;
    this.offset = offset;
    this.#acked = offset;
    return this;
  }

  /** Whether some data did not follow on what came before it. */
  get hasGap(): boolean {
    return this.#gap;
  }

  ack(): void {
    this.#acked = this.offset;
    this.#terminal.views.ack(this, this.offset);
  }

  #take(data: string, at: number): void {
    this.#gap ||= at - data.length !== this.offset;
    this.offset = at;
    this.got += data.length;
    this.#onData(data);
    this.mostInFlight = Math.max(this.mostInFlight, this.offset - this.#acked);
    if (this.#acks) setImmediate(() => this.ack());
  }
}

const until = async (what: string, test: () => boolean): Promise<void> => {
  for (let round = 0; !test(); round++) {
    if (round > 6_000) throw new Error(`never: ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 10); });
  }
};

/** A child that tells its size when asked, and when it changes: the question may overtake the news. */
const tellSize = `const tell = () => console.log('size ' + process.stdout.getWindowSize().join('x')); process.stdin.on('data', tell); process.stdout.on('resize', tell);`;

describe('views of a session’s terminal', () => {
  let folder: string;
  const open: SessionTerminal[] = [];
  const children: Terminal[] = [];
  before(() => { folder = mkdtempSync(join(tmpdir(), 'bs-views-')); });
  after(async () => {
    for (const child of children) child.kill('SIGKILL');
    for (const terminal of open) await terminal.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  function terminalOf(script: string, onTitle: (title: string) => void = () => undefined): { terminal: SessionTerminal; output: string; start(): { child: Terminal; ended: Promise<unknown> } } {
    const output = join(folder, `output-${open.length}.log`);
    const terminal = new SessionTerminal({ cols: 80, rows: 24, output: openOutputFile(output, { capBytes: 1 << 30 }), onTitle });
    open.push(terminal);
    const start = (): { child: Terminal; ended: Promise<unknown> } => {
      const spawned = spawnTerminal({ argv: [process.execPath, '-e', script], cwd: folder, env: { ...process.env }, cols: terminal.cols, rows: terminal.rows });
      if (spawned.is === 'failed') throw new Error(spawned.problem);
      children.push(spawned.terminal);
      const ended = new Promise((resolve) => spawned.terminal.onExit(resolve));
      terminal.connect(spawned.terminal);
      return { child: spawned.terminal, ended };
    };
    return { terminal, output, start };
  }

  /** Lines of 79 characters, numbered, so that what is missing can be named; the pty makes \r\n of \n. */
  const lines = (count: number): string => `
    let at = 0;
    const more = () => { while (at < ${count}) { if (!process.stdout.write(String(at++).padStart(79, '.') + '\\n')) return process.stdout.once('drain', more); } };
    more();`;

  it('passes 100 MB through a view that acknowledges, whole, with a bounded amount on its way', async () => {
    const count = 1_250_000;
    const { terminal, start } = terminalOf(lines(count));
    const hash = createHash('sha256');
    const view = await new View(terminal, { acks: true, onData: (data) => hash.update(data) }).attach();
    await start().ended;
    await until('all of it', () => view.got === count * 81);
    const expected = createHash('sha256');
    for (let at = 0; at < count; at++) expected.update(`${String(at).padStart(79, '.')}\r\n`);
    assert.equal(hash.digest('hex'), expected.digest('hex'));
    assert.equal(view.hasGap, false);
    assert.equal(view.resets, 0);
    assert.ok(view.mostInFlight <= 150_000, `${view.mostInFlight} on its way`);
  });

  it('sends a view that never acknowledges no more than fits, and the others all of it', async () => {
    const count = 200_000;
    const { terminal, start } = terminalOf(lines(count));
    const silent = await new View(terminal, { acks: false }).attach();
    const reading = await new View(terminal, { acks: true, onData: () => undefined }).attach();
    await start().ended;
    await until('all of it', () => reading.got === count * 81);
    assert.ok(silent.got <= 150_000, `${silent.got} sent`);
    assert.ok(silent.got > 50_000);
    assert.equal(reading.hasGap, false);
    // It comes back: the screen as it is now.
    silent.ack();
    await until('a fresh screen', () => silent.resets === 1);
    assert.match(silent.text, new RegExp(`${count - 1}\\D*$`));
    assert.equal(silent.offset, reading.offset);
  });

  it('lets the program go on when its only view stops in the middle of taking what waits', async () => {
    const count = 100_000;
    const { terminal, start } = terminalOf(lines(count));
    const view = await new View(terminal, { acks: false }).attach();
    const { ended } = start();
    let before = -1;
    await until('the program waits for it', () => {
      const isStill = terminal.views.offset === before && before > view.got;
      before = terminal.views.offset;
      return isStill;
    });
    const { got } = view;
    terminal.views.ack(view, 40_000);
    assert.ok(view.got > got, 'there was more for it');
    await ended;
    assert.equal(terminal.views.offset, count * 81);
    view.ack();
    await until('a fresh screen', () => view.resets === 1);
    assert.equal(view.offset, count * 81);
  });

  it('lets the program go on when its only view says again and again that it is where it was', async () => {
    const count = 100_000;
    const { terminal, start } = terminalOf(lines(count));
    const view = await new View(terminal, { acks: false }).attach();
    const repeating = setInterval(() => terminal.views.ack(view, 1_000), 100);
    await start().ended.finally(() => clearInterval(repeating));
    assert.equal(terminal.views.offset, count * 81);
    view.ack();
    await until('a fresh screen', () => view.resets === 1);
  });

  it('does not take a view for gone that had nothing to acknowledge for long', async () => {
    const { terminal, start } = terminalOf(`setTimeout(() => process.stdout.write('x'.repeat(400000) + 'end'), 1500)`);
    const view = await new View(terminal, { acks: true }).attach();
    await start().ended;
    await until('all of it', () => view.got === 400_003);
    assert.equal(view.resets, 0);
    assert.equal(view.hasGap, false);
  });

  it('lets a view in while output flows, without a gap and without waiting for it to stop', async () => {
    const { terminal, start } = terminalOf(`setInterval(() => process.stdout.write('y'.repeat(2000)), 0)`);
    const first = await new View(terminal, { acks: true, onData: () => undefined }).attach();
    const { child, ended } = start();
    await until('output', () => first.got > 100_000);
    const views = await Promise.all(Array.from({ length: 5 }, () => new View(terminal, { acks: true, onData: () => undefined }).attach()));
    await until('every view follows', () => views.every((view) => view.got > 100_000));
    child.kill('SIGKILL');
    await ended;
    await until('all at the same place', () => views.every((view) => view.offset === terminal.views.offset));
    assert.deepEqual(views.map((view) => [view.hasGap, view.resets]), views.map(() => [false, 0]));
  });

  it('forgets a view that goes away while its screen is being made', async () => {
    const { terminal } = terminalOf('');
    const view = new View(terminal, { acks: true });
    const attaching = view.attach();
    terminal.views.detach(view);
    await attaching;
    assert.equal(terminal.views.count, 0);
  });

  it('gives two views of different sizes the same output, at the size that was set last', async () => {
    const { terminal, start } = terminalOf(`${tellSize} setInterval(() => {}, 1000)`);
    const wide = await new View(terminal, { acks: true }).attach(120, 40);
    const narrow = await new View(terminal, { acks: true }).attach(60, 20);
    start();
    terminal.resize(60, 20);
    terminal.write('\r');
    await until('the narrow size', () => /size 60x20/.test(wide.text) && /size 60x20/.test(narrow.text));
    terminal.resize(120, 40);
    terminal.write('\r');
    await until('the wide size', () => /size 120x40/.test(wide.text) && /size 120x40/.test(narrow.text));
    assert.equal(wide.offset, narrow.offset);
  });

  it('takes a storm of sizes, nonsense among them, and ends at the last', async () => {
    const { terminal, start } = terminalOf(`${tellSize} process.stdout.write('\\x1b[?1049hfull screen'); setInterval(() => {}, 1000)`);
    const view = await new View(terminal, { acks: true }).attach();
    start();
    await until('the first words', () => view.text.includes('full screen'));
    for (let n = 0; n < 3_000; n++) terminal.resize((n * 37) % 300, (n * 17) % 90);
    for (const [cols, rows] of [[NaN, NaN], [-5, 0], [1e9, 1e9], [0.5, Infinity]] as const) terminal.resize(cols, rows);
    terminal.resize(91, 31);
    terminal.write('\r');
    await until('the last size', () => /size 91x31/.test(view.text));
    assert.deepEqual([terminal.cols, terminal.rows], [91, 31]);
  });

  it('tells a storm of titles by a few of them, the last one among them', async () => {
    const titles: string[] = [];
    const { terminal, start } = terminalOf(`
      let text = '';
      for (let at = 0; at < 50_000; at++) text += '\\x1b]0;title ' + at + '\\x07\\x1b[22;0t';
      process.stdout.write(text + '\\x1b]0;the last one\\x07');`, (title) => titles.push(title));
    await start().ended;
    await until('the last title', () => titles.includes('the last one'));
    assert.equal(terminal.title, 'the last one');
    assert.ok(titles.length < 5_000, `${titles.length} of 50,001`);
  });

  it('keeps little of the answers to a program that asks in masses and reads none', async () => {
    const { terminal, start } = terminalOf(`
      process.stdin.setRawMode(true);
      process.stdout.on('resize', () => {
        let read = 0;
        process.stdin.on('data', (data) => { read += data.length; if (data.includes('!')) console.log('read ' + read + ' of it'); });
      });
      process.stdout.write('\\x1b[c'.repeat(200_000) + 'asked');
      setInterval(() => undefined, 1_000);`);
    const view = await new View(terminal, { acks: true }).attach();
    start();
    await until('all questions', () => view.text.includes('asked'));
    await terminal.text();
    terminal.resize(70, 20);
    terminal.write('!');
    await until('what was read', () => view.text.includes('of it'));
    // Of a million characters; what the kernel holds comes on top of ours.
    const read = Number(/read (\d+) of it/.exec(view.text)?.[1]);
    assert.ok(read > 1 && read < 200_000, String(read));
  });

  it('keeps every byte of binary output in the raw file, and goes on showing', async () => {
    const { terminal, output, start } = terminalOf(`
      process.stdin.setRawMode(true);
      const all = Buffer.alloc(1 << 20, 0).map((_, at) => (at * 7 + (at >> 8)) & 255);
      process.stdout.write(all, () => setTimeout(() => process.stdout.write('\\x18\\x1b\\\\\\x1bcthe end'), 200));`);
    const view = await new View(terminal, { acks: true }).attach();
    await start().ended;
    await until('the end', () => view.text.endsWith('the end'));
    await terminal.dispose();
    const raw = readFileSync(output);
    const sent = Buffer.alloc(1 << 20, 0).map((_, at) => (at * 7 + (at >> 8)) & 255);
    // The pty makes \\r\\n of \\n, of nothing else.
    const expected = Buffer.from(Buffer.from(sent).toString('latin1').replaceAll('\n', '\r\n'), 'latin1');
    assert.equal(raw.length, expected.length + '\x18\x1b\\\x1bcthe end'.length);
    assert.ok(raw.subarray(0, expected.length).equals(expected));
  });
});
