/** Number of words in a text; words are what spaces separate. */
export function countWords(text) {
  return text.split(' ').filter((word) => word !== '').length;
}
