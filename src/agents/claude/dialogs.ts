import type { DialogKind } from '../../core/events.ts';

export interface Dialog {
  dialog: DialogKind;
  message: string;
}

/** Words of the CLI's dialogs (2.1.329; the trust dialog also as older versions ask), without their blanks: lines are wrapped anywhere. */
const kinds: readonly { dialog: DialogKind; all: readonly RegExp[]; says: RegExp }[] = [
  { dialog: 'trust', all: [/Quicksafetycheck:|Doyoutrustthefiles/, /trustthisfolder|Yes,proceed/], says: /Quick safety check|Do you trust the files/ },
  { dialog: 'resume-summary', all: [/Resumefromsummary/, /Resumefullsession|Startanewconversation/], says: /Resum/ },
  { dialog: 'sign-in', all: [/Selectloginmethod:/], says: /Select login method/ },
  { dialog: 'sign-in', all: [/DetectedacustomAPIkey/, /usethisAPIkey\?/], says: /Detected a custom API key/ },
  { dialog: 'sign-in', all: [/Choosethetextstylethatlooksbest/], says: /Choose the text style/ },
  { dialog: 'sign-in', all: [/Pastecodehereifprompted/], says: /Paste code here/ },
];
const footer = /^\s*Enter to confirm\b.*\bEsc to (?:cancel|exit|go back)\b/i;
const update = /\b(?:update|upgrade|new version)\b/i;
/** Rows below a dialog's last one. A menu's options stand in one piece at the end of the screen. */
const lastRows = 3;

/**
 * The dialog that the CLI shows in place of its input box; null while there is none. Tools' permission requests and questions to the user are no
 * dialogs in this sense: hooks tell those, and they look otherwise.
 */
export function dialogOnScreen(rows: readonly string[]): Dialog | null {
  const shown = rows.filter((row) => row.trim() !== '');
  const part = lastPart(shown);
  const hasFooter = shown.slice(-lastRows).some((row) => footer.test(row));
  // Without a footer it is one only if a choice is open.
  if (!hasFooter && !part.some((row) => /^\s*❯\s*\S/.test(row) || /Paste code here/.test(row))) return null;
  if (!hasFooter && isInputBox(shown)) return null;
  const words = part.join('').replace(/\s+/g, '');
  const known = kinds.find(({ all }) => all.every((word) => word.test(words)));
  if (known) return { dialog: known.dialog, message: messageOf(part, known.says) };
  if (!hasFooter) return null;
  return { dialog: part.slice(0, 4).some((row) => update.test(row)) ? 'update' : 'other', message: messageOf(part, /\S/) };
}

/** What follows the last line that is drawn across the screen. */
function lastPart(rows: readonly string[]): string[] {
  return rows.slice(rows.findLastIndex((row) => isRule(row)) + 1);
}

const isRule = (row: string): boolean => /^\s*[─━╌▔]{20,}/.test(row);

/** The input box stands between two lines. */
const isInputBox = (rows: readonly string[]): boolean =>
  rows.some((row, at) => /^\s*[❯>]/.test(row) && isRule(rows[at - 1] ?? '') && rows.slice(at + 1).some(isRule));

function messageOf(rows: readonly string[], says: RegExp): string {
  const first = rows.findIndex((row) => says.test(row) && /[\p{L}\d]/u.test(row));
  const text = (rows[Math.max(0, first)] ?? '').replace(/^[\s│❯]+/, '').trim();
  return (text.split(/(?<=[?.])\s/)[0] ?? text).slice(0, 200);
}

/** The token counters of the lines that tell that it is at work: they grow while it hears from the model. Elapsed time is no sign of that. */
export const tokenCountsOn = (rows: readonly string[]): string =>
  rows.flatMap((row) => [...row.matchAll(/[↑↓]\s*([\d.,]+\s*[km]?)\s+tokens\b/gi)].map((found) => found[1] ?? '')).join(' ');
