import type { Observation } from '../../core/adapter.ts';

export type ScreenSeen = Extract<Observation, { is: 'screen' }>;

/** The screen's line with the cursor, cut at it. `before` keeps the blanks that stand between its text and the cursor. */
export interface CursorLine {
  before: string;
  after: string;
}

export function cursorLineOf({ rows, cursor }: Pick<ScreenSeen, 'rows' | 'cursor'>): CursorLine {
  const row = rows[cursor.row] ?? '';
  let column = 0;
  let at = 0;
  for (const character of row) {
    if (column >= cursor.column) break;
    column += isWide(character) ? 2 : 1;
    at += character.length;
  }
  return { before: row.slice(0, at) + ' '.repeat(Math.max(0, cursor.column - column)), after: row.slice(at).trim() };
}

/** Two columns wide: East Asian scripts and most emoji. */
const isWide = (character: string): boolean => /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(character);

/** Prompts that stand alone on their line. */
const whole = [/^\.\.\.$/, /^\s*\.\.\.:$/, /^In \[\d+\]:$/, /^\(\w[\w.+-]*\)$/, /^irb\(.*[>*"'/\]]$/];
/** Ends of a prompt's text: a sign that is no part of an arrow, a bar or a percentage. */
const ends = [/[›❯➜λ»]$/, /(?:^|[^\s=\-#>])>$/, /^>{1,3}$/, /\s>{1,3}$/, /[^\d%\s]\s?%$/, /^%$/, /(?:^|[^#])#$/, /\$$/, /\w=[>#]$/];
/** What a line begins with on which a program waits for input, whatever stands behind it. */
const begins = /^\s*(?:[│┃|]\s*)?(?:[›❯➜»]|>{1,3}|[$%#])\s/;
const menu = /^\s*[>›❯]?\s*\d+[.)]\s/;
const questions = [
  /[[(]\s*y(?:es)?\s*\/\s*n(?:o)?(?:\s*\/\s*[^)]{1,40})?\s*[\])]\s*[?:]?\s*$/i,
  /\b(?:pass(?:word|phrase)|passcode|pin)\b[^:]{0,120}:\s*$/i,
  /\bpress (?:enter|return|any key)\b[^\n]{0,60}$/i,
];

/** Whether the cursor stands where a person is asked to answer something. */
export const isQuestion = ({ before, after }: CursorLine): boolean => after === '' && questions.some((question) => question.test(before));

/** Whether a text that ends at the cursor is a prompt. */
function isPromptText(before: string): boolean {
  const text = before.trimEnd();
  if (text === '' || menu.test(before)) return false;
  // Between a prompt and what is typed at it stands a blank; without one a sign counts only where it stands alone.
  const hasGap = before.length > text.length;
  if (!hasGap) return /^(?:>{1,3}|[›❯$#%])$/.test(text);
  return whole.some((prompt) => prompt.test(text)) || ends.some((prompt) => prompt.test(text));
}

/** Whether the cursor stands at a prompt: right behind one, or on a line that begins as one (with a draft, or with words that say what to type). */
export function isPrompt(line: CursorLine): boolean {
  const text = line.before + line.after;
  return !menu.test(text) && (isPromptText(line.before) || begins.test(line.before));
}

/** A text with one blank for each stretch of blanks and tabs. */
export const flat = (text: string): string => text.replace(/\s+/g, ' ');

/** Whether what stands before the cursor is (the beginning of) one of the lines that we have typed, behind a prompt or without one. */
export function isEcho({ before }: CursorLine, typed: readonly string[]): boolean {
  const text = before.trimEnd();
  return text !== '' && typed.some((line) => {
    if (line.trim() === '') return false;
    // On the screen a tab is blanks.
    if (line.includes('\t')) return isEcho({ before: flat(before), after: '' }, [flat(line)]);
    if (before === line.trimEnd()) return true;
    // The last row of a line that was wrapped.
    if (line.length > 60 && text.length > 3 && line.trimEnd().endsWith(text)) return true;
    for (let length = Math.min(line.length, text.length); length > 0; length--) {
      const part = line.slice(0, length).trimEnd();
      const prompt = text.slice(0, text.length - part.length);
      if (part !== '' && text.endsWith(part) && /\s$/.test(prompt) && isPromptText(prompt)) return true;
    }
    return false;
  });
}

/** What a screen says apart from what only shows that time passes: digits and turning signs. */
export const wordsOf = (rows: readonly string[]): string =>
  rows.map((row) => row.replace(/[\d:|/\\\-\u2800-\u28ff\u25d0-\u25d3\u25f4-\u25f7\u2190-\u2199✢✣✤✥✦✧✱✲✳✴✵✶✷✸✹✺✻✼✽·∙•●○◌*+.…]+/g, '').replace(/\s+/g, ' ').trim()).join('\n');
