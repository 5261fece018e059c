import type { SessionUnderTest } from './sessionUnderTest.ts';
import { press, untilSteady } from './terminalKeys.ts';

/** The own rewind of Claude Code (2.1.329) to before a prompt, of the conversation alone; the prompt that it puts into its box is cleared. */
export async function goBack(session: SessionUnderTest, prompt: string): Promise<void> {
  await press(session, [/❯\s*\n/, '/rewind'], [/❯\s\/rewind/, '\r']);
  await moveTo(session, '(current)', prompt, '\u001b[A');
  // What has changed since is told below each prompt once that is known; what can be chosen next depends on it.
  await press(session, [new RegExp(`^ {2}❯ ${literal(prompt)}\\s*\\n {4}\\S`, 'm'), '\r']);
  await moveTo(session, '1. ', 'Restore conversation', '\u001b[B');
  await press(session, [/❯/, '\r'], [new RegExp(`❯\\s${literal(prompt)}\\s*\\n─`), '\u0015'], [/❯\s*\n─/, '']);
}

/**
 * Answers the permission dialog that asks so by its first item. The dialog takes no key in its first 100 ms, which begin at its last
 * drawing: a key that it did not take is pressed again while the dialog is still shown.
 */
export async function allow(session: SessionUnderTest, question: RegExp): Promise<void> {
  const open = new Set(session.conversation.requests.keys());
  const isAnswered = (): boolean => ![...session.conversation.requests.keys()].some((request) => open.has(request));
  while (!isAnswered()) {
    await press(session, [question, '\r']);
    await session.until('the answer', isAnswered, 2_000).catch(() => undefined);
  }
}

/**
 * Moves from item to item of a menu of the agent's by a key, until one is chosen that holds the words. Items come and go
 * until the agent knows what has changed, and the chosen one with them.
 */
async function moveTo(session: SessionUnderTest, first: string, words: string, key: string): Promise<void> {
  const chosen = (screen: string): string => /^ {2}❯ .*$/m.exec(screen)?.[0] ?? '';
  let item = chosen(await untilSteady(session, new RegExp(`^ {2}❯ ${literal(first)}`, 'm')));
  while (!item.includes(words)) {
    const before = item;
    await press(session, [/❯/, key]);
    item = chosen(await untilSteady(session, { test: (screen) => ![before, ''].includes(chosen(screen)) }));
  }
}

const literal = (words: string): string => words.replace(/[[\]().]/g, '\\$&');
