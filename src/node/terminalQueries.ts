import { answersItself, isCsiQuery, isStringQuery, mayBecomeQuery, withoutQueries } from './terminalSequences.ts';

/** Longest sequence that is kept back until its end has come. No query in use is longer than 100 characters. */
const heldLimit = 4096;

/**
 * Highest repeat count that views get: they may be larger than our screen for a moment, but no screen is this large. Without it thirteen
 * bytes of an agent's output freeze the window that shows it.
 */
const viewCap = 500;

/**
 * So much of a string (a title, a device control, …) is of any use: the emulator keeps titles, which are cut to far less, and answers requests
 * that are far shorter. What follows goes nowhere but for the string's end; parsing it all would hold up every session of the process.
 */
const screenStringChars = 1024;
/** Views also get what carries links, colours and marks of a shell; a longer one freezes the window that shows it. */
const viewStringChars = 64 * 1024;
/** Operating system commands that carry data of any size for views: the clipboard, files and images. */
const carriesData = /^0*(52|1337);/;

/** What one write becomes: all of it for our own emulator, and what views may get; repeat counts are capped in both. */
export interface Filtered {
  screen: string;
  views: string;
  /** Whether it is known to be of ASCII alone. */
  isAscii: boolean;
  /** Whether the program asks something in it, so that it waits for the emulator. */
  asks: boolean;
}

type Within =
  | { is: 'nothing' }
  /** The rest of an OSC, or of a DCS, APC, PM or SOS; `forScreen` and `forViews`: how many more characters of it each gets. */
  | { is: 'string'; osc: boolean; passes: boolean; forScreen: number; forViews: number }
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
  #asks = false;
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
    const filtered = { screen: this.#screen, views: this.#views, isAscii: this.#isAscii, asks: this.#asks };
    this.#asks = false;
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
      this.#ask(first);
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
        return this.#enterString(text.slice(start, body), body, { passes: true, forViews: viewStringChars });
    }
  }

  /** ESC, intermediates, final. */
  #escape(text: string, start: number): number {
    const final = indexFrom(/[^ -/]/g, text, start + 1);
    if (final === text.length) return this.#hold(text, start, { is: 'overlong' });
    const isWhole = text[final]! >= '0' && text[final]! <= '~';
    const end = isWhole ? final + 1 : final;
    const sequence = text.slice(start, end);
    if (answersItself.has(sequence)) this.#ask(sequence);
    else this.#both(sequence);
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
    this.#asks ||= isQuery;
    this.#views += isQuery ? controls.replaceAll('\x05', '') : capped(Math.max(cap, viewCap), whole, pure, text[final]!, controls);
    return final + 1;
  }

  #osc(text: string, start: number, body: number): number {
    const end = stringEnd(text, body, true);
    const content = text.slice(body, end).replace(/[\x00-\x1f]/g, '');
    if (end === text.length || (text[end] === '\x1b' && end + 1 === text.length)) {
      if (!mayBecomeQuery(content)) return this.#enterString(text.slice(start, end), end, { osc: true, passes: true, forViews: forViewsOf(content) });
      return this.#holdString(text, start, end, true);
    }
    const after = terminatorEnd(text, end, true);
    const isQuery = content.length <= heldLimit && isStringQuery(content);
    const [head, tail] = [text.slice(start, end), text.slice(end, after)];
    this.#asks ||= isQuery;
    this.#screen += cutTo(head, screenStringChars) + tail;
    if (isQuery) this.#views += withoutQueries(content);
    else if (!mayBecomeQuery(content) || content.length <= heldLimit) this.#views += cutTo(head, forViewsOf(content)) + tail;
    return after;
  }

  /** Device control strings: the header (up to its final character) says what they are. */
  #dcs(text: string, start: number, body: number): number {
    const final = indexFrom(/[@-~\x18\x1a\x1b\x80-\uffff]/g, text, body);
    if (final === text.length) return this.#holdString(text, start, final, false);
    const header = text.slice(body, final + 1).replace(/[\x00-\x1f\x7f]/g, '');
    return this.#enterString(text.slice(start, final), final, { passes: !/^[0-9;:]*[$+]q$/.test(header) });
  }

  /** Application commands: of them only kitty's graphics (`G`) answer, when asked to by `a=q`. */
  #apc(text: string, start: number, body: number): number {
    const end = indexFrom(/[;\x18\x1a\x1b\x80-\x9f]/g, text, body);
    if (end === text.length && (end === body || text[body] === 'G')) return this.#holdString(text, start, end, false);
    return this.#enterString(text.slice(start, end), end, { passes: !/^G(.*,)?a=q(,|$)/.test(text.slice(body, end)) });
  }

  /** The beginning of a string; what follows is told as it comes. Without `forViews` views get all of it. */
  #enterString(head: string, next: number, { osc = false, passes, forViews = Infinity }: { osc?: boolean; passes: boolean; forViews?: number }): number {
    const string = { is: 'string' as const, osc, passes, forScreen: screenStringChars, forViews: passes ? forViews : 0 };
    this.#within = string;
    this.#asks ||= !passes;
    this.#tellString(head, string);
    return next;
  }

  #stringRest(text: string, at: number, string: Extract<Within, { is: 'string' }>): number {
    const end = stringEnd(text, at, string.osc);
    const isCutInTerminator = text[end] === '\x1b' && end + 1 === text.length;
    const after = end === text.length || isCutInTerminator ? end : terminatorEnd(text, end, string.osc);
    this.#tellString(text.slice(at, end), string);
    const terminator = text.slice(end, after);
    this.#screen += terminator;
    if (string.passes) this.#views += terminator;
    if (isCutInTerminator) return this.#hold(text, end);
    if (end < text.length) this.#within = { is: 'nothing' };
    return after;
  }

  /** A part of a string, as far as it is of use. */
  #tellString(part: string, string: Extract<Within, { is: 'string' }>): void {
    const [screen, views] = [cutTo(part, string.forScreen), cutTo(part, string.forViews)];
    this.#screen += screen;
    this.#views += views;
    string.forScreen -= screen.length < part.length ? string.forScreen : screen.length;
    string.forViews -= views.length < part.length ? string.forViews : views.length;
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
    return text.length - start <= heldLimit ? this.#hold(text, start) : this.#enterString(text.slice(start, end), end, { osc, passes: false });
  }

  #ask(text: string): void {
    this.#screen += text;
    this.#asks = true;
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
/**
 * Whole control sequences that neither ask nor repeat much: none of the finals of csiQueries, and no repeat count over 9. Of the window's
 * those that put titles on a stack and take them back: a program may send them by the thousand.
 */
const everyday = /\x1b\[(?:\??[0-9;:]*[ABCDEFGHJKdefghlrs]|[0-9;:]*m|[0-9]?[LMSTbPX@IZ]|2[23](?:;[0-2])?t)/y;

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

const forViewsOf = (content: string): number => (carriesData.test(content) ? Infinity : viewStringChars);

/** Its beginning, of no more than so many characters, and no half of one. */
function cutTo(text: string, chars: number): string {
  if (text.length <= chars) return text;
  return text.slice(0, isLow(text.charCodeAt(chars)) ? Math.max(0, chars - 1) : chars);
}

const isLow = (code: number): boolean => code >= 0xdc00 && code <= 0xdfff;

const stringEnd = (text: string, from: number, osc: boolean): number => indexFrom(osc ? /[\x07\x18\x1a\x1b\x80-\x9f]/g : /[\x18\x1a\x1b\x80-\x9f]/g, text, from);

/** Behind BEL or ST; an aborting control, or an ESC that begins something else, is not part of the string. */
function terminatorEnd(text: string, end: number, osc: boolean): number {
  if (text[end] === '\x1b') return text[end + 1] === '\\' ? end + 2 : end;
  return text[end] === '\x9c' || (osc && text[end] === '\x07') ? end + 1 : end;
}
