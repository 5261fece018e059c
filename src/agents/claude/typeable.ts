import { HumanError } from '../../core/errors.ts';

/** A joiner between two parts of one emoji stays; the CLI takes every other invisible character out, some only after another Enter. */
const joiner = /(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d(?=\p{Extended_Pictographic})/gu;

/** What does not arrive as it is typed or pasted (measured with 2.1.329), with its name for people. */
const unfit: readonly { is: RegExp; name(found: string): string }[] = [
  { is: /\t/, name: () => 'a tab (it makes blanks of it)' },
  // oxlint-disable-next-line no-control-regex
  { is: /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/, name: (found) => `the control character ${codeOf(found)}` },
  { is: /\p{Cs}/u, name: (found) => `half a character (${codeOf(found)})` },
  { is: /\p{Cf}/u, name: (found) => `the invisible character ${codeOf(found)}` },
];

const codeOf = (character: string): string => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

/** The text with line ends as \n, which is how it arrives. @throws HumanError that names what would not arrive as it is */
export function typeable(text: string): string {
  const lines = text.replace(/\r\n?/g, '\n').replace(/[\u2028\u2029]/g, '\n');
  const told = lines.replace(joiner, '');
  for (const { is, name } of unfit) {
    const found = is.exec(told)?.[0];
    if (found !== undefined) throw refused(`cannot take ${name(found)} as it is. Leave it out, or write the text to a file and send the file’s name.`);
  }
  return lines;
}

/** A prompt as it arrives: the CLI takes blanks and line ends at its end away. @throws HumanError for one of which nothing would be left */
export function prompted(text: string): string {
  const whole = typeable(text).trimEnd();
  if (whole === '') throw refused('takes no prompt of blanks alone. Send some words.');
  if (whole.trim() === '/') throw refused('takes a “/” alone for a command without a name. Send the command’s name with it, or some words before it.');
  if (endings.has(whole.trim())) {
    throw refused(`takes “${whole.trim()}” alone for the wish to end. Stop the session for that, or send some words with it.`);
  }
  return whole;
}

/** Words at which the CLI ends when they are all that is entered (2.1.329). */
const endings = new Set(['exit', 'quit', ':q', ':q!', ':wq', ':wq!']);

const refused = (why: string) => new HumanError('cannot-be-typed', `Claude Code’s prompt ${why}`);

/** Whether the CLI takes the text for one of its commands: a name without dots and slashes behind a “/”. */
export const isCommand = (text: string): boolean => commandOf(text) !== undefined;

/** What of the text names a command, with the blanks before it. */
export const commandOf = (text: string): string | undefined => /^\s*\/[\w:-]+(?=\s|$)/.exec(text)?.[0];
