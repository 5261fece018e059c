import type { Terminal } from '@xterm/headless';

/** What is read of xterm.js's inside (6.0.0; the version is pinned exactly because of it): it has no other place that tells. */
interface Inside {
  _core?: {
    _inputHandler?: {
      _activeBuffer: { x: number; y: number; ybase: number; savedX: number; savedY: number; savedCurAttrData: Attributes; savedCharset: Charset | undefined };
      _curAttrData: Attributes & { extended: { underlineStyle: number; underlineColor: number } };
      _charsetService: { glevel: number; _charsets: (Charset | undefined)[] };
    };
  };
}
interface Attributes {
  fg: number;
  bg: number;
}
type Charset = Record<string, string>;

const hasExtended = 0x10000000;

/**
 * What makes a fresh view, already showing the serialized screen with the whole of it as scroll region, hold the same saved cursor (DECSC), and the
 * same character sets. The present cursor and its attributes are as before. Empty where there is nothing to tell.
 */
export function savedCursorOf(terminal: Terminal): string {
  const handler = (terminal as Inside)._core?._inputHandler;
  return handler === undefined ? '' : cursorOf(handler, terminal) + charsetsOf(handler._charsetService);
}

type Handler = NonNullable<NonNullable<Inside['_core']>['_inputHandler']>;

function cursorOf({ _activeBuffer: buffer, _curAttrData: present }: Handler, { cols, rows }: Terminal): string {
  const { savedX, savedCurAttrData: saved } = buffer;
  const savedRow = Math.min(rows - 1, Math.max(0, buffer.savedY - buffer.ybase));
  const isGraphic = isLineDrawing(buffer.savedCharset);
  if (savedX === 0 && savedRow === 0 && saved.fg === 0 && saved.bg === 0 && !isGraphic) return '';
  // A cursor that waits behind the last column to wrap cannot be put there again; where it goes on matters more than where it may go back to.
  if (buffer.x >= cols) return '';
  const save = `${at(savedRow, Math.min(cols - 1, savedX))}${sgr(saved)}${isGraphic ? '\x1b(0\x1b7\x1b(B' : '\x1b7'}`;
  return save + sgr(present) + underline(present) + at(buffer.y, buffer.x);
}

function charsetsOf({ glevel, _charsets }: Handler['_charsetService']): string {
  const designated = [...'()*+'].map((set, level) => (isLineDrawing(_charsets[level]) ? `\x1b${set}0` : '')).join('');
  return designated + (['', '\x0e', '\x1bn', '\x1bo'][glevel] ?? '');
}

/** The one set besides ASCII that programs still use. */
const isLineDrawing = (charset: Charset | undefined): boolean => charset?.['q'] === '─';

const at = (row: number, column: number): string => `\x1b[${row + 1};${column + 1}H`;

function sgr({ fg, bg }: Attributes): string {
  const flags: [boolean, string][] = [
    [(fg & 0x8000000) !== 0, '1'], [(bg & 0x8000000) !== 0, '2'], [(bg & 0x4000000) !== 0, '3'], [(fg & 0x10000000) !== 0, '4'], [(fg & 0x20000000) !== 0, '5'],
    [(fg & 0x4000000) !== 0, '7'], [(fg & 0x40000000) !== 0, '8'], [(fg & 0x80000000) !== 0, '9'], [(bg & 0x40000000) !== 0, '53'],
  ];
  return `\x1b[${['0', ...flags.flatMap(([isOn, code]) => (isOn ? [code] : [])), ...colour(fg, 30), ...colour(bg, 40)].join(';')}m`;
}

/** `base`: 30 for text, 40 for its ground, 50 for its underline, as the codes go. */
function colour(value: number, base: 30 | 40 | 50): string[] {
  const index = value & 0xff;
  switch (value & 0x3000000) {
    case 0x1000000:
      return [String(index < 8 ? base + index : base + 60 + index - 8)];
    case 0x2000000:
      return [`${base + 8};5;${index}`];
    case 0x3000000:
      return [`${base + 8};2;${(value >> 16) & 0xff};${(value >> 8) & 0xff};${index}`];
    default:
      return [];
  }
}

function underline({ bg, extended }: Handler['_curAttrData']): string {
  if ((bg & hasExtended) === 0) return '';
  const codes = [...(extended.underlineStyle > 1 ? [`4:${extended.underlineStyle}`] : []), ...colour(extended.underlineColor, 50)];
  return codes.length === 0 ? '' : `\x1b[${codes.join(';')}m`;
}
