import type { WriteStream } from 'node:tty';

const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const isZero = (code: number) => (code >= 0x300 && code <= 0x36f) || (code >= 0x200b && code <= 0x200f) || (code >= 0xfe00 && code <= 0xfe0f);
const widthOf = (character: string): number => (isZero(character.codePointAt(0) ?? 0) ? 0 : wide.test(character) ? 2 : 1);
// oxlint-disable-next-line no-control-regex
const control = /[\u0000-\u001f\u007f-\u009f]/g;

const dim = (text: string) => `\u001b[2m${text}\u001b[22m`;
const spinnerFrames = ['·', '•', '●', '•'];
/** A long prompt is not shown whole. */
const echoLimit = 2_000;

/** Breaks a text into rows no wider than given, so that the terminal never wraps by itself. */
export function rowsOf(text: string, width: number): string[] {
  const rows: string[] = [];
  for (const line of text.split('\n')) {
    let row = '';
    let used = 0;
    for (const character of line) {
      const needed = widthOf(character);
      if (used + needed > width) {
        rows.push(row);
        row = '';
        used = 0;
      }
      row += character;
      used += needed;
    }
    rows.push(row);
  }
  return rows;
}

/** A terminal used line by line: what is said scrolls up; below it stand the line being said, a spinner and the prompt. */
export class Screen {
  #out: WriteStream;
  #partial = '';
  #busy: string | null = null;
  #frame = 0;
  #label = '› ';
  #text = '';
  #cursor = 0;
  #drawnRow = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(out: WriteStream) {
    this.#out = out;
  }

  /** Prints whole lines as they are, with the control sequences that are in them. */
  print(text: string): void {
    this.#write(`${this.#erased()}${text.replace(/\r?\n/g, '\r\n')}\r\n${this.#drawn()}`);
  }

  /** The line that is being said, until it is whole. */
  partial(text: string): void {
    // More than a screen of it is never shown.
    this.#partial = text.slice(-4_000).replace(control, '');
    this.#redraw();
  }

  prompt(text: string): void {
    const shown = text.length > echoLimit ? `${text.slice(0, echoLimit)}… (${text.length.toLocaleString('en')} characters)` : text;
    const lines = shown.split('\n').map((line, index) => `${index ? '  ' : '› '}\u001b[1m${line.replace(control, '')}\u001b[22m`);
    this.print(`\n${lines.join('\n')}\n`);
  }

  tool(title: string): void {
    this.print(`\u001b[36m⏺\u001b[39m ${title.replace(control, ' ')}`);
  }

  /** The beginning of what a tool said, as it said it. */
  result(text: string, isGood: boolean): void {
    const lines = text.replace(/\n$/, '').split('\n');
    const more = lines.length > 4 ? [dim(`  … ${lines.length - 4} more lines`)] : [];
    this.print([...lines.slice(0, 4).map((line, index) => `${index ? '   ' : isGood ? ' \u001b[32m⎿\u001b[39m ' : ' \u001b[31m⎿\u001b[39m '}${dim(line)}`), ...more].join('\n'));
  }

  note(text: string): void {
    this.print(dim(text));
  }

  busy(what: string | null): void {
    this.#busy = what;
    if (what === null && this.#timer) {
      clearInterval(this.#timer);
      this.#timer = null;
    }
    if (what !== null) this.#timer ??= setInterval(() => this.#tick(), 200);
    this.#redraw();
  }

  /** What the user is writing, or the question that waits for a key. */
  input(label: string, text: string, cursor: number): void {
    this.#label = label;
    this.#text = text;
    this.#cursor = cursor;
    this.#redraw();
  }

  resized(): void {
    this.#redraw();
  }

  /** Leaves the terminal as it was found. */
  close(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#write(`${this.#erased()}\u001b[?2004l\u001b[0m`);
  }

  open(): void {
    this.#write('\u001b[?2004h');
  }

  #tick(): void {
    this.#frame++;
    this.#redraw();
  }

  #redraw(): void {
    this.#write(this.#erased() + this.#drawn());
  }

  #erased(): string {
    const up = this.#drawnRow > 0 ? `\u001b[${this.#drawnRow}A` : '';
    return `${up}\r\u001b[J`;
  }

  #drawn(): string {
    const width = Math.max(10, (this.#out.columns || 80) - 1);
    const height = Math.max(6, this.#out.rows || 24);
    const head = [
      ...(this.#partial ? rowsOf(this.#partial, width).slice(-(height - 5)) : []),
      ...(this.#busy === null ? [] : [dim(`${spinnerFrames[this.#frame % spinnerFrames.length]} ${this.#busy} (Esc to interrupt)`)]),
    ];
    const indent = ' '.repeat(this.#label.length);
    const shown = (text: string) => rowsOf(this.#label + text.replaceAll('\n', `\n${indent}`), width);
    const before = shown(this.#text.slice(0, this.#cursor));
    const all = shown(this.#text);
    const first = Math.max(0, before.length - Math.max(1, height - head.length - 2));
    const rows = [...head, ...all.slice(first, first + Math.max(1, height - head.length - 2))];
    const cursorRow = head.length + before.length - 1 - first;
    const column = [...(before.at(-1) ?? '')].reduce((sum, character) => sum + widthOf(character), 0);
    this.#drawnRow = cursorRow;
    const up = rows.length - 1 - cursorRow;
    return `${rows.join('\r\n')}${up > 0 ? `\u001b[${up}A` : ''}\r${column > 0 ? `\u001b[${column}C` : ''}`;
  }

  #write(text: string): void {
    this.#out.write(text);
  }
}
