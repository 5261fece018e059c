import type { Keystroke, UserInput } from '../../core/adapter.ts';
import { unreachable } from '../../core/errors.ts';

const escape = '\u001b';
const pasteStart = `${escape}[200~`;
const pasteEnd = `${escape}[201~`;
/** An Enter right behind a paste is taken as part of it by some versions of the CLI. */
const afterTextMs = 120;
/** Escape followed at once by other bytes is read as one escape sequence (measured: 100 ms are enough). */
const afterEscapeMs = 150;
/** Text goes in pieces, so that a terminal's input queue is never asked for more than it holds at once. */
const pieceLength = 4096;

/** How to type to the CLI's terminal interface. No control character of a text reaches it: they would be keys. */
export function keystrokes(input: UserInput): Keystroke[] {
  switch (input.is) {
    case 'prompt': return [...pasted(typeable(input.text)), { pauseMs: afterTextMs }, { write: '\r' }];
    case 'text': return pasted(typeable(input.text));
    case 'submit': return [{ write: '\r' }];
    case 'interrupt': return [{ write: escape }, { pauseMs: afterEscapeMs }];
    case 'exit': return [{ write: escape }, { pauseMs: afterEscapeMs }, { write: '\u0015' }, { pauseMs: afterTextMs }, { write: '/exit' }, { pauseMs: afterTextMs }, { write: '\r' }];
    default: return unreachable(input);
  }
}

/** Line ends as \n; everything else that a terminal reads as a key or a sequence is taken out. */
function typeable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/\r\n?/g, '\n').replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '').replace(/[\u2028\u2029]/g, '\n');
}

function pasted(text: string): Keystroke[] {
  if (!text.includes('\n') && text.length <= 200) return [{ write: text }];
  const pieces: Keystroke[] = [{ write: pasteStart }];
  for (let at = 0; at < text.length;) {
    const last = text.charCodeAt(at + pieceLength - 1);
    const end = at + pieceLength + (last >= 0xd800 && last < 0xdc00 ? 1 : 0);
    pieces.push({ write: text.slice(at, end) });
    at = end;
  }
  return [...pieces, { write: pasteEnd }];
}
