const isPlain = /^[\p{L}\p{N}_@%+=:,./-]+$/u;

/**
 * A name as one word of a shell, for the commands that sentences tell to type: in quotes where it would else be
 * several, or something else.
 */
export const shellWord = (text: string): string => (isPlain.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
