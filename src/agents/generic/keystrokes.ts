import type { Keystroke, UserInput } from '../../core/adapter.ts';
import { HumanError, unreachable } from '../../core/errors.ts';

/** A terminal in canonical mode cuts a longer line in silence (Linux at 4,095 bytes), and from outside nobody sees which mode it is in. */
const longestLineBytes = 4_000;
/** A text and its Enter in one write are taken for a paste by some programs, and a paste is not submitted. */
const beforeEnterMs = 75;
const perKibMs = 50;
const afterKillMs = 50;

/** How to type to a program of which nothing is known: line by line, as a person does. @throws HumanError for what it could not take whole */
export function keystrokes(input: UserInput): Keystroke[] {
  switch (input.is) {
    case 'prompt': {
      const lines = typedLines(input.text);
      const problem = untypeable(lines);
      if (problem) throw new HumanError('cannot-be-typed', problem, 2);
      return lines.flatMap((line) => [...(line === '' ? [] : [typed(line), { pauseMs: pauseFor(line) }]), { write: '\r' }]);
    }
    case 'text': {
      const lines = typedLines(input.text);
      const problem = lines.length > 1 ? 'A text of several lines cannot be typed without submitting it: Enter ends each line. Send it as a prompt.' : untypeable(lines);
      if (problem) throw new HumanError('cannot-be-typed', problem, 2);
      return lines[0] ? [typed(lines[0])] : [];
    }
    case 'submit': return [{ write: '\r' }];
    case 'interrupt': return [{ write: '\u0003' }];
    // The present line is emptied, since the end of input counts at the beginning of a line only.
    case 'exit': return [{ write: '\u0015' }, { pauseMs: afterKillMs }, { write: '\u0004' }];
    default: return unreachable(input);
  }
}

/** Tab is a key to programs that edit their line: readline completes with it. */
const typed = (line: string): Keystroke => (line.includes('\t') ? { paste: line } : { write: line });

/** The lines of a text without what a terminal reads as a key. A last line end adds no line. */
// oxlint-disable-next-line no-control-regex
export const typedLines = (text: string): string[] => text.replace(/\r\n?|[\u2028\u2029]/g, '\n').replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '').replace(/\n$/, '').split('\n');

/** Why these lines cannot be typed, in words; null: they can. */
export function untypeable(lines: readonly string[]): string | null {
  const at = lines.findIndex((line) => bytesOf(line) > longestLineBytes);
  if (at < 0) return null;
  return `Line ${at + 1} is ${bytesOf(lines[at] ?? '')} bytes long; a terminal may cut a line of more than ${longestLineBytes}, so nothing was typed. Put it into a file, or break the line.`;
}

const pauseFor = (line: string): number => beforeEnterMs + perKibMs * Math.floor(bytesOf(line) / 1024);
const bytesOf = (text: string): number => new TextEncoder().encode(text).length;
