/** Measures text in columns of a terminal, and takes it apart into what is seen as one character. */
export interface Ruler {
  widthOf(text: string): number;
  charactersOf(text: string): string[];
}

const plain: Ruler = { widthOf: (text) => text.length, charactersOf: (text) => [...text] };

/** What measures these texts. To know the width of every script costs tens of milliseconds at a start, so it is loaded only for a text that needs it. */
export const rulerFor = async (texts: readonly string[]): Promise<Ruler> =>
  (texts.every((text) => /^[\u0020-\u007e]*$/.test(text)) ? plain : (await import('./everyScript.ts')).everyScript);
