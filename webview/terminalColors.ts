import type { TerminalColor, TerminalStyle } from '../src/core/terminalStyle.ts';

/** Red, green and blue, each from 0 to 255. */
type Rgb = readonly [number, number, number];

const names = ['Black', 'Red', 'Green', 'Yellow', 'Blue', 'Magenta', 'Cyan', 'White'];
const variables = [...names.map((name) => `ansi${name}`), ...names.map((name) => `ansiBright${name}`)];
/** VS Code's own, where a page has no theme. */
const usual = [
  '#000000', '#cd3131', '#0dbc79', '#e5e510', '#2472c8', '#bc3fbc', '#11a8cd', '#e5e5e5',
  '#666666', '#f14c4c', '#23d18b', '#f5f543', '#3b8eea', '#d670d6', '#29b8db', '#e5e5e5',
];
/** As VS Code's terminal keeps it (terminal.integrated.minimumContrastRatio), and what a high contrast is. */
const usualContrast = 4.5;
const highContrast = 7;

/** The colours of the theme that the page has now. */
export interface TerminalTheme {
  foreground: Rgb;
  background: Rgb;
  palette: readonly Rgb[];
  contrast: number;
}

/** Colours as CSS; absent: those of the terminal itself. */
export interface Painted {
  color?: string;
  background?: string;
}

const parsed = (color: string): Rgb | null => {
  const text = color.trim();
  const [, digits = ''] = /^#([0-9a-f]{3,8})$/i.exec(text) ?? [];
  const long = digits.length === 3 || digits.length === 4 ? [...digits].map((digit) => digit + digit).join('') : digits;
  if (long.length >= 6) return [0, 2, 4].map((at) => Number.parseInt(long.slice(at, at + 2), 16)) as unknown as Rgb;
  const numbers = /^rgba?\(/i.test(text) ? (text.match(/[\d.]+/g) ?? []).map(Number) : [];
  return numbers.length >= 3 ? [numbers[0] ?? 0, numbers[1] ?? 0, numbers[2] ?? 0] : null;
};

let known: TerminalTheme | null = null;
const listeners = new Set<() => void>();

/** VS Code changes the variables on the page's root, and the class of its body. */
const observe = (): void => {
  const changed = new MutationObserver(() => {
    known = null;
    for (const listener of listeners) listener();
  });
  const attributeFilter = ['style', 'class', 'data-vscode-theme-id'];
  for (const element of [document.documentElement, document.body]) changed.observe(element, { attributeFilter });
};
let isObserved = false;

/** Calls back when the theme has changed, until the returned function is called. */
export function onThemeChange(listener: () => void): () => void {
  if (!isObserved) observe();
  isObserved = true;
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function terminalTheme(): TerminalTheme {
  if (known !== null) return known;
  const styles = getComputedStyle(document.documentElement);
  const colorOf = (...candidates: string[]): Rgb | null =>
    candidates.map((name) => parsed(styles.getPropertyValue(`--vscode-${name}`))).find((color) => color !== null) ?? null;
  known = {
    foreground: colorOf('terminal-foreground', 'editor-foreground', 'foreground') ?? [204, 204, 204],
    background: colorOf('terminal-background', 'editor-background') ?? [30, 30, 30],
    palette: variables.map((name, at) => colorOf(`terminal-${name}`) ?? parsed(usual[at] ?? '') ?? [0, 0, 0]),
    contrast: /\bvscode-high-contrast\b/.test(document.body.className) ? highContrast : usualContrast,
  };
  return known;
}

const luminance = ([red, green, blue]: Rgb): number => {
  const part = (share: number): number => (share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4);
  return 0.2126 * part(red / 255) + 0.7152 * part(green / 255) + 0.0722 * part(blue / 255);
};

/** How well one colour is read on another, as WCAG counts it: from 1 to 21. */
export const contrastOf = (one: Rgb, other: Rgb): number => {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
};

const mixed = (from: Rgb, to: Rgb, share: number): Rgb => {
  const between = (one: number, other: number): number => Math.round(one + (other - one) * share);
  return [between(from[0], to[0]), between(from[1], to[1]), between(from[2], to[2])];
};

const white: Rgb = [255, 255, 255];
const black: Rgb = [0, 0, 0];

/** The colour, or as little lighter or darker as it takes to be read. */
const legible = (color: Rgb, background: Rgb, contrast: number): Rgb => {
  const towards = contrastOf(white, background) > contrastOf(black, background) ? white : black;
  for (let share = 0; share < 1; share += 0.1) {
    const found = mixed(color, towards, share);
    if (contrastOf(found, background) >= contrast) return found;
  }
  return towards;
};

const css = ([red, green, blue]: Rgb): string => `rgb(${red}, ${green}, ${blue})`;

/**
 * How text of a style is painted: as VS Code's terminal does it (bold ones of the first eight colours are bright), and
 * so that it can be read.
 */
export function painted(style: TerminalStyle, theme: TerminalTheme): Painted {
  const rgbOf = (color: TerminalColor | undefined, usually: Rgb): Rgb =>
    (typeof color === 'number' ? theme.palette[color] : parsed(color ?? '')) ?? usually;
  const isBright = style.bold && typeof style.foreground === 'number' && style.foreground < 8;
  const named = isBright ? Number(style.foreground) + 8 : style.foreground;
  const [own, behind] = [rgbOf(named, theme.foreground), rgbOf(style.background, theme.background)];
  const [foreground, background] = style.inverse ? [behind, own] : [own, behind];
  const isOwn = named === undefined && style.background === undefined && !style.inverse && !style.dim;
  if (isOwn) return {};
  const wanted = style.dim ? mixed(foreground, background, 0.5) : foreground;
  const hasBackground = style.background !== undefined || style.inverse === true;
  const color = css(legible(wanted, background, theme.contrast));
  return { color, ...(hasBackground && { background: css(background) }) };
}
