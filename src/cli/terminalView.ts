import type { MessageConnection } from 'vscode-jsonrpc/node';
import type { SessionEnd, SessionSummary } from '../core/view.ts';
import { shellWord } from '../core/shellWord.ts';
import { terminalDetach, terminalInput } from '../protocol/protocol.ts';
import { detachKeys } from './detachKeys.ts';
import { endWords, exitCodeOf } from './sessionEnd.ts';
import { ShownTerminal } from './shownTerminal.ts';
import { waitOn } from './waiting.ts';

export const canAttach = (): boolean => process.stdin.isTTY === true && process.stdout.isTTY === true;

/** Why an attachment ended: the person detached, the session has ended, or the host went away. */
export type End = { is: 'detached' } | { is: 'exited'; end: SessionEnd } | { is: 'lost' };

const sentence = (end: End, id: string): string => {
  switch (end.is) {
    case 'detached': return `[detached from ${id}; it goes on. backstitch attach --id ${shellWord(id)}]`;
    case 'exited': return `[${id} ${endWords(end.end)}]`;
    case 'lost': return '[the session host has gone away]';
  }
};

/** 0 when detached, else that of the session's end. */
export const exitCodeAfter = (end: End): number => (end.is === 'exited' ? exitCodeOf(end.end) : Number(end.is === 'lost'));

/** Resolves when the session has ended, or its host is gone. */
const untilEnd = async (connection: MessageConnection, session: SessionSummary): Promise<End> => {
  const waited = await waitOn(connection, session, 'exited');
  return waited?.end ? { is: 'exited', end: waited.end } : { is: 'lost' };
};

/**
 * Puts the session's terminal on this shell until the person detaches (Ctrl-\ d) or the session ends; the terminal is put back in
 * order whatever happens, and then says on stderr how it ended.
 */
export const attachTerminal = async (connection: MessageConnection, session: SessionSummary): Promise<End> => {
  const { uid, id } = session;
  const shown = new ShownTerminal(connection, uid);
  const keys = detachKeys();
  const detached = Promise.withResolvers<End>();
  const onInput = (data: string): void => {
    const typed = keys(data);
    if (typed.pass !== '') void connection.sendNotification(terminalInput, { session: uid, data: typed.pass }).catch(() => undefined);
    if (typed.detach) detached.resolve({ is: 'detached' });
  };
  const onResize = (): void => shown.resized();
  process.stderr.write(`[${id}: Ctrl-\\ then d detaches, the agent goes on]\r\n`);
  const putBack = (): void => {
    process.stdin.off('data', onInput).setRawMode(false).pause();
    process.stdout.off('resize', onResize).write(shown.restore());
  };
  try {
    process.stdin.setRawMode(true).setEncoding('utf8').on('data', onInput);
    process.stdout.on('resize', onResize);
    const over = untilEnd(connection, session);
    const [, end] = await Promise.all([shown.attach(), Promise.race([over, detached.promise])]);
    if (end.is === 'detached') await connection.sendRequest(terminalDetach, { session: uid });
    putBack();
    process.stderr.write(`${sentence(end, id)}\n`);
    return end;
  } catch (error) {
    putBack();
    throw error;
  }
};
