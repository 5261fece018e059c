import type { BackstitchPanel } from './backstitch-panel.ts';
import { answerKeyOf } from './model/answerKeys.ts';

const editable = 'textarea, input, select, [contenteditable]';
/** What has keys of its own while it has the focus. */
const apart = '[role=dialog], [role=menu], prompt-queue';

/**
 * Gives a key to the first permission card. A digit counts only where nothing is typed; Ctrl+Enter also in a composer that is empty, since with
 * words in it that key may be meant for them.
 */
export function answerByKey(event: KeyboardEvent, panel: BackstitchPanel): void {
  const meant = event.defaultPrevented ? null : answerKeyOf(event);
  const card = meant === null ? null : panel.card();
  if (meant === null || card === null || !mayAnswer(event, 'digit' in meant)) return;
  if ('digit' in meant ? !card.press(meant.digit) : card.request.isTerminalOnly) return;
  if ('answer' in meant) card.give(meant.answer);
  event.preventDefault();
  event.stopPropagation();
}

function mayAnswer(event: KeyboardEvent, isDigit: boolean): boolean {
  const path = event.composedPath().filter((target): target is HTMLElement => target instanceof HTMLElement);
  if (path.some((element) => element.matches(apart))) return false;
  const field = path.find((element) => element.matches(editable));
  if (field === undefined) return true;
  const isEmptyComposer =
    path.some(({ localName }) => localName === 'prompt-composer') && (field as HTMLTextAreaElement).value === '';
  return !isDigit && isEmptyComposer;
}
