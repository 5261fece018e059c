/** A piece of the stream that the emulator parses in one go: only between pieces it looks at the clock. */
export interface Slice {
  text: string;
  /** In microseconds, about as on the 2-core machine where it was measured. */
  costUs: number;
}

interface Token {
  text: string;
  costUs: number;
  /** Lines inserted, deleted or scrolled by this and its like directly before it. */
  lines: number;
}

/** Less than a frame, with all that an estimate may be wrong. */
const sliceCostUs = 4000;
const sliceChars = 1024;
const charUs = 0.04;

/** Sequences whose cost is that of a line, of the screen, or of a repeat count. */
const costly = /(?:\x1b\[|\x9b)(?:([\x00-\x3f\x7f]*)([JLMSTbPX@IZ^}~])|\?[\x00-\x3f\x7f]*47[\x00-\x3f\x7f]*[hl]|\?[\x00-\x3f\x7f]*1049[\x00-\x3f\x7f]*[hl])|\x1b(?:c|#8)/g;
/** Text of which nothing is left, not even an answer or a title, once a full reset follows. */
const passing = /^(?:[^\x05\x07\x1b\x80-\x9f]|\x1b(?:[c78DEHM=>]|#8|[()*+][0-9A-Z])|(?:\x1b\[|\x9b)[0-9;:?]*[A-HJ-MP-TX@`abd-hlmr])*$/;
/** Where the cursor stands, doing it again directly is doing nothing. */
const idempotent = /^(?:\x1bc|\x1b#8|(?:\x1b\[|\x9b)\??[0-9]*[JX])$/;
const alternateToggle = /^\x1b\[\?(?:47|1047|1049)[hl]$/;

/**
 * Cuts a program's output into slices of bounded cost, and leaves out what changes nothing: sequences repeated after they have had all the effect
 * they can have, and what a full reset in the same piece undoes. No control sequence may be cut at the ends of `text`.
 */
export function slicesOf(text: string, size: { cols: number; rows: number }): Slice[] {
  const tokens: Token[] = [];
  let kept = 0;
  let at = 0;
  costly.lastIndex = 0;
  for (let match = costly.exec(text); match !== null; match = costly.exec(text)) {
    if (match.index > at) tokens.push(plain(text.slice(at, match.index)));
    at = match.index + match[0].length;
    if (match[0] === '\x1bc') kept = dropPassing(tokens, kept);
    add(tokens, tokenOf(match, size), size.rows);
  }
  if (at < text.length) tokens.push(plain(text.slice(at)));
  return joined(tokens);
}

const plain = (text: string): Token => ({ text, costUs: text.length * charUs, lines: 0 });

function tokenOf(match: RegExpExecArray, { cols, rows }: { cols: number; rows: number }): Token {
  const [text, params = '', final = ''] = match;
  const count = Number.parseInt(params, 10) || 1;
  const area = cols * rows;
  if (final === '') return { text, costUs: area * 0.1, lines: 0 };
  // Whatever has intermediates here scrolls sideways or moves columns, all rows of it.
  if (/[^0-9;:]/.test(params) && final !== 'J') return { text, costUs: area * 0.02, lines: 0 };
  switch (final) {
    case 'J':
      return { text, costUs: area * 0.02, lines: 0 };
    case 'b':
      return { text, costUs: Math.min(count, cols * 2) * 0.5, lines: 0 };
    case 'I':
    case 'Z':
      return { text, costUs: Math.min(count, cols * 2) * 0.15, lines: 0 };
    case 'P':
    case 'X':
    case '@':
      return { text, costUs: cols * 0.05, lines: 0 };
    default:
      return { text, costUs: (rows + Math.min(count, rows) * cols) * 0.015, lines: /^\d*$/.test(params) ? count : 0 };
  }
}

function add(tokens: Token[], token: Token, rows: number): void {
  const before = tokens.at(-1);
  if (before !== undefined) {
    if (before.text === token.text && idempotent.test(token.text)) return;
    if (before.lines > 0 && token.lines > 0 && before.text.at(-1) === token.text.at(-1)) {
      if (before.lines >= rows) return;
      token.lines += before.lines;
    }
    if (completesToggling(tokens, token)) return void tokens.pop();
  }
  tokens.push(token);
}

/** Whether `token` ends the second of two equal pairs: to the alternate screen and back, or back and to it again. */
function completesToggling(tokens: Token[], token: Token): boolean {
  const [first, second, third] = tokens.slice(-3).map(({ text }) => text);
  return first !== undefined && first === third && second === token.text && alternateToggle.test(first) && alternateToggle.test(token.text) && first.slice(0, -1) === token.text.slice(0, -1) && first !== token.text;
}

/** Before a full reset: keeps the tokens up to the last that leaves something, and gives their number. `kept` is that of the reset before. */
function dropPassing(tokens: Token[], kept: number): number {
  let last = tokens.length;
  while (last > kept && passing.test(tokens[last - 1]!.text)) last--;
  tokens.length = last;
  return last;
}

function joined(tokens: Token[]): Slice[] {
  const slices: Slice[] = [];
  let slice: Slice = { text: '', costUs: 0 };
  const put = (text: string, costUs: number) => {
    if (slice.text !== '' && (slice.costUs + costUs > sliceCostUs || slice.text.length + text.length > sliceChars)) {
      slices.push(slice);
      slice = { text: '', costUs: 0 };
    }
    slice.text += text;
    slice.costUs += costUs;
  };
  for (const { text, costUs } of tokens) {
    if (text.length <= sliceChars) put(text, costUs);
    else for (let at = 0; at < text.length; at += sliceChars) put(text.slice(at, at + sliceChars), (costUs * Math.min(sliceChars, text.length - at)) / text.length);
  }
  if (slice.text !== '') slices.push(slice);
  return slices;
}
