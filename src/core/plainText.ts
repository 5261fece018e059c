/* eslint-disable no-control-regex -- control characters are what this is about */

/** CSI, then string sequences (OSC, DCS, SOS, PM, APC; to ST, BEL or the end), then other ESC sequences, in 7-bit and 8-bit form. */
const sequences = /(?:\u001b\[|\u009b)[\u0030-\u003f]*[\u0020-\u002f]*[\u0040-\u007e]?|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u009c|\u001b\\)?|\u001b[\u0020-\u002f]*[\u0030-\u007e]?/g;
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
const directions = /[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/g;

/**
 * A text as it may be shown anywhere: no control sequence, no control character but newline and tab; marks that turn the direction
 * of writing are shown by their code, so that text cannot pose as other text.
 */
export const plainText = (text: string): string =>
  shownMarks(text.replace(/\r\n/g, '\n').replace(sequences, '').replace(controls, ''));

/** A text whose marks that turn the direction of writing are shown by their code. */
export const shownMarks = (text: string): string => text.replace(directions, (mark) => `<U+${mark.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}>`);

const inPath = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\u2028\u2029]/g;

/** A path as it may be shown: what is no sign is shown by its code, so that no two paths look alike and none breaks a line. */
export const shownPath = (path: string): string =>
  path.replace(inPath, (sign) => `<U+${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}>`);
