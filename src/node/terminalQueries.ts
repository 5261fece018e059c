import { answersItself, isCsiQuery, isStringQuery, mayBecomeQuery, withoutQueries } from './terminalSequences.ts';

/** Longest sequence that is kept back until its end has come. No query in use is longer than 100 characters. */
const heldLimit = 4096;

/**
 * Highest repeat count that views get: they may be larger than our screen for a moment, but no screen is this large. Without it thirteen
 * bytes of an agent's output freeze the window that shows it.
 */
const viewCap = 500;

/** What one write becomes: all of it for our own emulator, and what views may get; repeat counts are capped in both. */
export interface Filtered {
  screen: string;
  views: string;
  /** Whether it is known to be of ASCII alone. */
  isAscii: boolean;
}

type Within =
  | { is: 'nothing' }
  /** The rest of an OSC, or of a DCS, APC, PM or SOS, that goes to views as it comes, or not at all. */
  | { is: 'string'; osc: boolean; passes: boolean }
  /** The rest of a control sequence that is too long to be one: it goes nowhere. */
  | { is: 'overlong' };

/**
 * Takes terminal queries out of a stream, so that of all who see it only our emulator answers. All else passes unchanged (but for repeat
 * counts beyond any screen), whatever the chunks:
 * a sequence cut by a chunk's end is kept back until it is whole. Reads sequences as xterm.js does, 8-bit controls included.
 */
export class TerminalQueries {
  #held = '';
  /** Of the last chunk and what was held before it. */
  #isAscii = true;
  #within: Within = { is: 'nothing' };
  #screen = '';
  #views = '';
  readonly #capOf: (final: string) => number;

  /** `capOf`: the highest repeat count that our emulator gets for a control sequence that ends in `final`. */
  constructor(capOf: (final: string) => number) {
    this.#capOf = capOf;
  }

  /** `isAscii`: the chunk is known to be. */
  push(chunk: string, isAscii = false): Filtered {
    const text = this.#held + chunk;
    this.#isAscii = isAscii && (this.#held === '' || this.#isAscii);
    this.#held = '';
    for (let at = 0; at < text.length; ) at = this.#step(text, at);
    const filtered = { screen: this.#screen, views: this.#views, isAscii: this.#isAscii };
    this.#screen = '';
    this.#views = '';
    return filtered;
  }

  /** What a view must be given that joins now, after the screen: it opens a string that swallows the rest of the one we are in. */
  get joining(): string {
    if (this.#within.is !== 'string' || !this.#within.passes) return '';
    return this.#within.osc ? '\x1b]9999;' : '\x1b^';
  }

  #step(text: string, at: number): number {
    if (this.#within.is === 'string') return this.#stringRest(text, at, this.#within);
    if (this.#within.is === 'overlong') return this.#overlongRest(text, at);
    const start = this.#plainEnd(text, at);
    this.#both(text.slice(at, start));
    if (start === text.length) return start;
    const first = text[start]!;
    if (answersItself.has(first)) {
      this.#screen += first;
      return start + 1;
    }
    if (first !== '\x1b') return this.#sequence(text, start, start + 1, first);
    if (start + 1 === text.length) return this.#hold(text, start);
    const introduced = eightBit[text[start + 1]!];
    return introduced === undefined ? this.#escape(text, start) : this.#sequence(text, start, start + 2, introduced);
  }

  /** Where what needs a closer look begins: text and the everyday sequences (colours, cursor moves) are passed over in one go. */
  #plainEnd(text: string, at: number): number {
    for (let start = indexFrom(special, text, at); ; start = indexFrom(special, text, start)) {
      if (text[start] !== '\x1b' || text[start + 1] !== '[') return start;
      const colourEnd = coloursEnd(text, start);
      if (colourEnd > 0) start = colourEnd;
      else {
        everyday.lastIndex = start;
        if (!everyday.test(text)) return start;
        start = everyday.lastIndex;
      }
    }
  }

  #sequence(text: string, start: number, body: number, introducer: string): number {
    switch (introducer) {
      case '\x9b':
        return this.#control(text, start, body);
      case '\x9d':
        return this.#osc(text, start, body);
      case '\x90':
        return this.#dcs(text, start, body);
      case '\x9f':
        return this.#apc(text, start, body);
      default:
        return this.#enterString(text.slice(start, body), body, true);
    }
  }

  /** ESC, intermediates, final. */
  #escape(text: string, start: number): number {
    const final = indexFrom(/[^ -/]/g, text, start + 1);
    if (final === text.length) return this.#hold(text, start, { is: 'overlong' });
    const isWhole = text[final]! >= '0' && text[final]! <= '~';
    const end = isWhole ? final + 1 : final;
    const sequence = text.slice(start, end);
    this.#screen += sequence;
    if (!answersItself.has(sequence)) this.#views += sequence;
    return end;
  }

  #control(text: string, start: number, body: number): number {
    // Controls such as a line feed may stand inside a control sequence and are carried out at once.
    const final = indexFrom(/[@-~\x18\x1a\x1b\x80-\uffff]/g, text, body);
    if (final === text.length) return this.#hold(text, start, { is: 'overlong' });
    if (text[final]! < '@' || text[final]! > '~') {
      this.#both(text.slice(start, final));
      return final;
    }
    const inside = text.slice(body, final);
    const controls = inside.replace(/[ -\x7f]/g, '');
    const pure = controls === '' ? inside : inside.replace(/[\x00-\x1f]/g, '');
    const whole = text.slice(start, final + 1);
    const cap = this.#capOf(text[final]!);
    this.#screen += capped(cap, whole, pure, text[final]!, controls);
    const isQuery = isCsiQuery(pure.replaceAll('\x7f', ''), text[final]!);
    this.#views += isQuery ? controls.replaceAll('\x05', '') : capped(Math.max(cap, viewCap), whole, pure, text[final]!, controls);
    return final + 1;
  }

  #osc(text: string, start: number, body: number): number {
    const end = stringEnd(text, body, true);
    const content = text.slice(body, end).replace(/[\x00-\x1f]/g, '');
    if (end === text.length || (text[end] === '\x1b' && end + 1 === text.length)) {
      if (!mayBecomeQuery(content)) return this.#enterString(text.slice(start, end), end, true, true);
      return this.#holdString(text, start, end, true);
    }
    const after = terminatorEnd(text, end, true);
    const whole = text.slice(start, after);
    this.#screen += whole;
    this.#views += isStringQuery(content) ? withoutQueries(content) : whole;
    return after;
  }

  /** Device control strings: the header (up to its final character) says what they are. */
  #dcs(text: string, start: number, body: number): number {
    const final = indexFrom(/[@-~\x18\x1a\x1b\x80-\uffff]/g, text, body);
    if (final === text.length) return this.#holdString(text, start, final, false);
    const header = text.slice(body, final + 1).replace(/[\x00-\x1f\x7f]/g, '');
    return this.#enterString(text.slice(start, final), final, !/^[0-9;:]*[$+]q$/.test(header));
  }

  /** Application commands: of them only kitty's graphics (`G`) answer, when asked to by `a=q`. */
  #apc(text: string, start: number, body: number): number {
    const end = indexFrom(/[;\x18\x1a\x1b\x80-\x9f]/g, text, body);
    if (end === text.length && (end === body || text[body] === 'G')) return this.#holdString(text, start, end, false);
    return this.#enterString(text.slice(start, end), end, !/^G(.*,)?a=q(,|$)/.test(text.slice(body, end)));
  }

  #enterString(head: string, next: number, passes: boolean, osc = false): number {
    this.#within = { is: 'string', osc, passes };
    this.#screen += head;
    if (passes) this.#views += head;
    return next;
  }

  #stringRest(text: string, at: number, string: { osc: boolean; passes: boolean }): number {
    const end = stringEnd(text, at, string.osc);
    const isCutInTerminator = text[end] === '\x1b' && end + 1 === text.length;
    const after = end === text.length || isCutInTerminator ? end : terminatorEnd(text, end, string.osc);
    const part = text.slice(at, after);
    this.#screen += part;
    if (string.passes) this.#views += part;
    if (isCutInTerminator) return this.#hold(text, end);
    if (end < text.length) this.#within = { is: 'nothing' };
    return after;
  }

  #overlongRest(text: string, at: number): number {
    const end = indexFrom(/[@-~\x18\x1a\x1b\x80-\uffff]/g, text, at);
    if (end === text.length) return end;
    this.#within = { is: 'nothing' };
    return text[end]! >= '@' && text[end]! <= '~' ? end + 1 : end;
  }

  #hold(text: string, start: number, otherwise?: Within): number {
    if (otherwise === undefined || text.length - start <= heldLimit) {
      this.#held = text.slice(start);
      return text.length;
    }
    this.#within = otherwise;
    return text.length;
  }

  /** A string that may still turn out to ask; one too long to be decided is kept from views. */
  #holdString(text: string, start: number, end: number, osc: boolean): number {
    return text.length - start <= heldLimit ? this.#hold(text, start) : this.#enterString(text.slice(start, end), end, false, osc);
  }

  #both(text: string): void {
    this.#screen += text;
    this.#views += text;
  }
}

/** A control sequence with its repeat counts bounded; unchanged where there is nothing to bound. */
function capped(cap: number, whole: string, inside: string, final: string, controls: string): string {
  if (cap === Infinity) return whole;
  const bounded = inside.replace(/\d+/g, (digits) => (Number(digits) > cap ? String(cap) : digits));
  return bounded === inside ? whole : `${controls}\x1b[${bounded}${final}`;
}

/** `ESC x` for each 8-bit control that begins a sequence. */
const eightBit: Readonly<Record<string, string>> = { '[': '\x9b', ']': '\x9d', P: '\x90', X: '\x98', '^': '\x9e', _: '\x9f' };

const special = /[\x05\x1b\x90\x98\x9b\x9d-\x9f]/g;
/** Whole control sequences that neither ask nor repeat much: none of the finals of csiQueries, and no repeat count over 9. */
const everyday = /\x1b\[(?:\??[0-9;:]*[ABCDEFGHJKdefghlrs]|[0-9;:]*m|[0-9]?[LMSTbPX@IZ])/y;

/** Where the first character that matches stands, else the end. `pattern` matches one character; its `test` makes no list of what it has found. */
const indexFrom = (pattern: RegExp, text: string, from: number): number => {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex - 1 : text.length;
};

/** Behind the most frequent sequence of all, that sets colours; 0 for any other. */
function coloursEnd(text: string, start: number): number {
  let at = start + 2;
  for (let code = text.charCodeAt(at); code >= 0x30 && code <= 0x3b; code = text.charCodeAt(at)) at++;
  return text.charCodeAt(at) === 0x6d ? at + 1 : 0;
}

const stringEnd = (text: string, from: number, osc: boolean): number => indexFrom(osc ? /[\x07\x18\x1a\x1b\x80-\x9f]/g : /[\x18\x1a\x1b\x80-\x9f]/g, text, from);

/** Behind BEL or ST; an aborting control, or an ESC that begins something else, is not part of the string. */
function terminatorEnd(text: string, end: number, osc: boolean): number {
  if (text[end] === '\x1b') return text[end + 1] === '\\' ? end + 2 : end;
  return text[end] === '\x9c' || (osc && text[end] === '\x07') ? end + 1 : end;
}
