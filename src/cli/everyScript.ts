import stringWidth from 'string-width';
import type { Ruler } from './ruler.ts';

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Measures text of any script, with wide characters, marks and emoji. */
export const everyScript: Ruler = {
  widthOf: (text) => stringWidth(text),
  charactersOf: (text) => [...graphemes.segment(text)].map(({ segment }) => segment),
};
