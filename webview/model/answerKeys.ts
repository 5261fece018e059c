import type { PermissionOption } from '../../src/core/events.ts';

/** What a person can answer: an option of the request, or to deny it and say why. */
export type Answer = PermissionOption['option'] | 'why';

export interface AnswerKey {
  answer: Answer;
  /** The key that gives it where nobody is typing. */
  key: string;
  /** As the agent calls it; empty for what it does not know. */
  label: string;
}

/** What can be answered to a request, in the order in which it is shown, with the keys: 1, 2, 3, ... */
export function answerKeys(options: readonly PermissionOption[]): AnswerKey[] {
  const given = options.map(({ option, label }) => ({ answer: option as Answer, label }));
  const all = options.some(({ option }) => option === 'deny')
    ? [...given, { answer: 'why' as const, label: '' }]
    : given;
  return all.map((one, index) => ({ ...one, key: String(index + 1) }));
}

/** What a pressed key is for the card; null: nothing. With Ctrl or Cmd it counts also where one types, as long as nothing is typed there yet. */
export function answerKeyOf(
  event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey' | 'repeat' | 'isComposing'>,
): { digit: string } | { answer: Answer } | null {
  const { key, altKey, shiftKey } = event;
  const isMain = event.ctrlKey || event.metaKey;
  if (event.repeat || event.isComposing || shiftKey) return null;
  if (isMain && key === 'Enter') return { answer: altKey ? 'deny' : 'allow' };
  return !isMain && !altKey && /^[1-9]$/.test(key) ? { digit: key } : null;
}
