/** One of a terminal's own 16 colours by its number, else a colour as #rrggbb. */
export type TerminalColor = number | `#${string}`;

/** How text looks on a terminal; a plain one has no field. What blinks or is concealed is shown. */
export interface TerminalStyle {
  readonly foreground?: TerminalColor;
  readonly background?: TerminalColor;
  readonly bold?: true;
  readonly dim?: true;
  readonly italic?: true;
  readonly underline?: true;
  readonly strike?: true;
  readonly inverse?: true;
  /** Where the text leads to, as the program said it. */
  readonly link?: string;
}

export const plainStyle: TerminalStyle = {};

type Fields = { -readonly [Field in keyof TerminalStyle]?: TerminalStyle[Field] | undefined };

const switches: Readonly<Record<number, Fields>> = {
  1: { bold: true }, 2: { dim: true }, 3: { italic: true }, 4: { underline: true },
  7: { inverse: true }, 9: { strike: true }, 21: { underline: true },
  22: { bold: undefined, dim: undefined }, 23: { italic: undefined }, 24: { underline: undefined },
  27: { inverse: undefined }, 29: { strike: undefined },
  39: { foreground: undefined }, 49: { background: undefined },
};

const hexOf = (part: number): string => Math.max(0, Math.min(255, part || 0)).toString(16).padStart(2, '0');
const hex = (...parts: number[]): `#${string}` => `#${parts.map(hexOf).join('')}`;

/** A colour of the 256: the terminal's own, a cube of 6 by 6 by 6, and greys. */
const indexed = (index: number): TerminalColor | undefined => {
  if (!(index >= 0 && index <= 255)) return undefined;
  if (index < 16) return index;
  if (index >= 232) return hex(...Array.from({ length: 3 }, () => 8 + (index - 232) * 10));
  const level = (n: number): number => (n === 0 ? 0 : 55 + n * 40);
  const at = index - 16;
  return hex(level(Math.floor(at / 36)), level(Math.floor(at / 6) % 6), level(at % 6));
};

/** The colour that begins behind a 38 or 48, and how many parameters it took. */
const extended = (numbers: readonly number[]): { color: TerminalColor | undefined; taken: number } => {
  if (numbers[0] === 5) return { color: indexed(numbers[1] ?? Number.NaN), taken: 2 };
  if (numbers[0] === 2) return { color: numbers.length < 4 ? undefined : hex(...numbers.slice(1, 4)), taken: 4 };
  return { color: undefined, taken: 1 };
};

const mostParameters = 64;

/** One parameter with its parts, as `38:2::1:2:3`; one of these has a place for a colour space that nobody fills. */
const withParts = (parts: readonly number[], style: Fields): void => {
  const [kind = 0, ...rest] = parts;
  if (kind === 4) style.underline = rest[0] === 0 ? undefined : true;
  const numbers = rest[0] === 2 && rest.length > 4 ? [2, ...rest.slice(2)] : rest;
  const color = kind === 38 || kind === 48 ? extended(numbers).color : undefined;
  if (color !== undefined) style[kind === 38 ? 'foreground' : 'background'] = color;
};

/** The style after a sequence `CSI parameters m`. */
export const styleAfter = (before: TerminalStyle, parameters: string): TerminalStyle => {
  const given = parameters.split(';', mostParameters);
  const numbers = given.map(Number);
  let style: Fields = { ...before };
  for (let at = 0; at < given.length; at++) {
    const number = numbers[at] ?? 0;
    if (given[at]?.includes(':')) withParts(given[at]!.split(':').map(Number), style);
    else if (number === 0) style = { link: style.link };
    else if (number === 38 || number === 48 || number === 58) {
      const { color, taken } = extended(numbers.slice(at + 1));
      if (color !== undefined && number !== 58) style[number === 38 ? 'foreground' : 'background'] = color;
      at += taken;
    } else if (number >= 30 && number <= 37) style.foreground = number - 30;
    else if (number >= 40 && number <= 47) style.background = number - 40;
    else if (number >= 90 && number <= 97) style.foreground = number - 82;
    else if (number >= 100 && number <= 107) style.background = number - 92;
    else Object.assign(style, switches[number]);
  }
  return kept(style);
};

/** The style with a link, or without one. */
export const linkedStyle = (before: TerminalStyle, link: string): TerminalStyle =>
  kept({ ...before, link: link === '' ? undefined : link });

const kept = (style: Fields): TerminalStyle => {
  const fields = Object.entries(style).filter(([, value]) => value !== undefined);
  return fields.length === 0 ? plainStyle : Object.fromEntries(fields) as TerminalStyle;
};
