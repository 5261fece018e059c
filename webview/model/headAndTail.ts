/** Names of fewer characters are not cut in the middle: their beginning says enough. */
const shortest = 24;
/** So much of the end stays. */
const tailLength = 9;

const graphemes = new Intl.Segmenter();

/** A name's beginning, which may be cut, and its end, which stays; no end where the name is short. Never parts what is one sign. */
export function headAndTail(text: string): { head: string; tail: string } {
  if (text.length < shortest) return { head: text, tail: '' };
  // Only the end is taken apart: a name may be long.
  const end = [...graphemes.segment(text.slice(-tailLength * 4))].slice(1).map(({ segment }) => segment);
  const tail = end.slice(-tailLength).join('');
  return { head: text.slice(0, text.length - tail.length), tail };
}
