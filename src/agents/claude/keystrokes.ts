import type { Keystroke, UserInput } from '../../core/adapter.ts';
import { unreachable } from '../../core/errors.ts';
import { commandOf, prompted, typeable } from './typeable.ts';

const escape = '\u001b';
const pasteStart = `${escape}[200~`;
const pasteEnd = `${escape}[201~`;
/** An Enter right behind a paste is taken as part of it by some versions of the CLI. */
const afterTextMs = 120;
/** Escape followed at once by other bytes is read as one escape sequence (measured: 100 ms are enough). */
const afterEscapeMs = 150;
/** Text goes in pieces, so that a terminal's input queue is never asked for more than it holds at once. */
const pieceLength = 4096;
/** Up to so many characters a text is pasted in parts, each so long behind the one before. */
const inPartsLength = 4_000;
const betweenPartsMs = 30;

/** The keys Home, End and Delete. */
const home: Keystroke[] = [{ write: `${escape}[H` }, { pauseMs: afterTextMs }];
const end: Keystroke[] = [{ write: `${escape}[F` }, { pauseMs: afterTextMs }];
const deletion: Keystroke[] = [{ write: `${escape}[3~` }, { pauseMs: afterTextMs }];

/** Two Ctrl-C that the CLI reads at once end nothing, and it does not wait long for the second. */
const betweenInterruptsMs = 300;
const interruptKey: Keystroke[] = [{ pauseMs: betweenInterruptsMs }, { write: '\u0003' }];
/**
 * The first takes away what is entered, the second ends the CLI; one that has just started may miss the first. “/exit” would be a command of the
 * conversation: the CLI writes it into its history when it is slow to leave, and the model is given it (measured with 2.1.329).
 */
const interruptKeys: Keystroke[] = [...interruptKey, ...interruptKey, { pauseMs: betweenInterruptsMs }, ...interruptKey];

/** How to type to the CLI's terminal interface. No control character of a text reaches it: they would be keys. @throws HumanError for what would not arrive as it is */
export function keystrokes(input: UserInput): Keystroke[] {
  switch (input.is) {
    case 'prompt': return submitted(prompted(input.text));
    case 'text': return pasted(typeable(input.text));
    case 'submit': return [{ write: '\r' }];
    case 'interrupt': return [{ write: escape }, { pauseMs: afterEscapeMs }];
    case 'exit': return [{ write: escape }, ...interruptKeys];
    default: return unreachable(input);
  }
}

/**
 * A prompt that arrives as it is (measured with 2.1.329). Behind a backslash Enter makes a new line, and behind an “@” it may choose a file:
 * it is pressed at the start of the line then.
 */
function submitted(text: string): Keystroke[] {
  const isHeld = text.endsWith('\\') || /(?:^|\s)@\S*$/.test(text);
  return [...entered(text), { pauseMs: afterTextMs }, ...(isHeld ? home : []), { write: '\r' }];
}

/**
 * The CLI looks at what is entered first: a “!” would open a shell, and the name of a command a list whose first entry Enter takes, whatever was
 * typed. So it is entered behind another character, which is taken away again.
 */
function entered(text: string): Keystroke[] {
  const head = text.startsWith('!') ? '!' : commandOf(text);
  if (head === undefined) return pasted(text);
  const rest = text.slice(head.length);
  const start: Keystroke[] = [...bracketed(`x${head}`), { pauseMs: afterTextMs }, ...home, ...deletion];
  return rest === '' ? start : [...start, ...end, ...pasted(rest)];
}

function pasted(text: string): Keystroke[] {
  const isPlain = !text.includes('\n') && text.length <= 200 && text !== '?';
  if (isPlain) return [{ write: text }];
  return text.length <= inPartsLength ? partsOf(text).flatMap((part, index) => [...(index > 0 ? [{ pauseMs: betweenPartsMs }] : []), ...bracketed(part)]) : bracketed(text);
}

/** A paste of more than two lines or some hundred characters is handed to the model as an attachment; in such parts it is not. */
function partsOf(text: string): string[] {
  return text.match(/[^\n]{0,400}(?:\n[^\n]{0,200})?|\n/gu)?.filter((part) => part !== '') ?? [];
}

function bracketed(text: string): Keystroke[] {
  const pieces: Keystroke[] = [{ write: pasteStart }];
  for (let at = 0; at < text.length;) {
    const last = text.charCodeAt(at + pieceLength - 1);
    const end = at + pieceLength + (last >= 0xd800 && last < 0xdc00 ? 1 : 0);
    pieces.push({ write: text.slice(at, end) });
    at = end;
  }
  return [...pieces, { write: pasteEnd }];
}
